//! Broken site files: each is a good file with one mistake, and says exactly what the loader answers.
//!
//! `broken/NAME.txt` holds a sentence about the mistake, the good file it is made in, what is replaced
//! (`<<<`) by what (`>>>`), as often as needed, and after `===` the expected answer. After a change of
//! words, `cargo test --test it rewrite_expected_answers -- --ignored` writes the answers anew; read
//! the difference before you commit it.

use std::fs;
use std::path::{Path, PathBuf};

use phasewise::intersection::Intersection;

struct Case {
    path: PathBuf,
    /// Everything before the expected answer.
    setup: String,
    text: String,
    expected: String,
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/sites/broken")
}

fn cases() -> Vec<Case> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    paths.sort();
    paths.into_iter().map(read_case).collect()
}

fn read_case(path: PathBuf) -> Case {
    let name = path.display().to_string();
    let all = fs::read_to_string(&path).unwrap();
    let (setup, expected) = all
        .split_once("===\n")
        .unwrap_or_else(|| panic!("{name}: no ==="));
    let base = setup
        .lines()
        .find_map(|line| line.strip_prefix("in: "))
        .unwrap_or_else(|| panic!("{name}: no `in:`"));
    let mut text = fs::read_to_string(folder().join(base)).unwrap();
    for change in setup.split("<<<\n").skip(1) {
        let (old, new) = change
            .split_once(">>>\n")
            .unwrap_or_else(|| panic!("{name}: no >>>"));
        assert_eq!(
            text.matches(old).count(),
            1,
            "{name}: {old:?} is not there once"
        );
        text = text.replacen(old, new, 1);
    }
    Case {
        setup: setup.to_owned(),
        expected: expected.to_owned(),
        text,
        path,
    }
}

fn answer(text: &str) -> String {
    let checked = Intersection::check_text(text);
    let problems = checked.problems.iter();
    problems
        .map(|problem| problem.in_file("site.toml") + "\n")
        .collect()
}

#[test]
fn good_files_have_no_problems() {
    for base in ["rings.toml", "table.toml"] {
        let text = fs::read_to_string(folder().join(base)).unwrap();
        assert_eq!(answer(&text), "", "{base}");
    }
}

#[test]
fn every_mistake_gets_its_answer() {
    let cases = cases();
    assert!(cases.len() >= 30, "only {} broken files", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let got = answer(&case.text);
        assert!(!got.is_empty(), "{}: no problem", case.path.display());
        if got != case.expected {
            wrong.push(format!("{}\n{got}", case.path.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "other answers than expected:\n{}",
        wrong.join("\n")
    );
}

#[test]
#[ignore = "writes the expected answers anew; to be run by hand"]
fn rewrite_expected_answers() {
    for case in cases() {
        let all = format!("{}===\n{}", case.setup, answer(&case.text));
        fs::write(case.path, all).unwrap();
    }
}
