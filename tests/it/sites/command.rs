//! `phasewise check` and `phasewise schema` as they are typed.

use std::path::Path;
use std::process::{Command, Output};

/// The program with these arguments, from the project's folder.
pub(crate) fn phasewise(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_phasewise"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn check_of_a_good_file_prints_its_phases_and_exits_0() {
    let output = phasewise(&["check", "intersections/four-leg/site.toml"]);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("Main Street and Fourth Avenue"));
    assert!(text.contains("eastbound through"));
    assert!(text.ends_with("no errors, no warnings\n"));
}

#[test]
fn check_of_a_bad_file_exits_1_and_still_checks_the_others() {
    let good = "intersections/european/site.toml";
    let output = phasewise(&["check", "Cargo.toml", "intersections", good]);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("Cargo.toml: error: site\n"), "{text}");
    assert!(text.contains("intersections: error\n"), "{text}");
    assert!(text.contains(&format!("{good}: no errors")), "{text}");
}

#[test]
fn strict_makes_warnings_errors() {
    let recorded = "intersections/odot-1136/site.toml";
    assert_eq!(phasewise(&["check", recorded]).status.code(), Some(0));
    assert_eq!(
        phasewise(&["check", "--strict", recorded]).status.code(),
        Some(1)
    );
}

#[test]
fn wrong_usage_exits_2() {
    assert_eq!(phasewise(&["check"]).status.code(), Some(2));
    assert_eq!(phasewise(&["chekc", "x"]).status.code(), Some(2));
}

#[test]
fn schema_is_json_with_a_title() {
    let output = phasewise(&["schema"]);
    let schema: serde_json::Value = serde_json::from_str(&printed(&output)).unwrap();
    assert_eq!(schema["title"], "SiteFile");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in ["check", "schema"] {
        let output = phasewise(&[command, "--help"]);
        assert!(printed(&output).contains("Example"), "{command}");
    }
}
