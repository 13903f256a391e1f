//! Whatever the file, the loader answers: no panic, and no file is good by accident.

use std::fs;

use phasewise::intersection::Intersection;
use proptest::prelude::*;

use super::broken::folder;

fn base(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// Answers, and either with an intersection or with an error.
fn answers(text: &str) {
    let name = "site.toml";
    match Intersection::parse(text, name) {
        Ok(site) => assert!(!site.phases.is_empty()),
        Err(error) => assert!(error.errors() > 0, "refused without an error"),
    }
}

fn values() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "-1",
        "0",
        "1e300",
        "nan",
        "-inf",
        "99999999999999999999",
        "0x7f",
        "\"\"",
        "\"north\"",
        "[]",
        "[1]",
        "[[1]]",
        "{}",
        "{ 2 = 1 }",
        "true",
        "1979-05-27",
        "[\"EB-1\"]",
        "2",
        "16",
        "17",
        "0.05",
        "\"1 2 | 3\"",
        "\"24:00\"",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        answers(&text);
    }

    #[test]
    fn any_truncated_file_is_answered(table in any::<bool>(), share in 0.0..1.0_f64) {
        let text = base(if table { "table.toml" } else { "rings.toml" });
        let characters = text.chars().count();
        let kept = format!("{:.0}", share * f64::from(u32::try_from(characters).unwrap()));
        answers(&text.chars().take(kept.parse().unwrap()).collect::<String>());
    }

    #[test]
    fn any_value_anywhere_is_answered(
        table in any::<bool>(), place in any::<prop::sample::Index>(), value in values(),
    ) {
        let text = base(if table { "table.toml" } else { "rings.toml" });
        let at: Vec<usize> = text.match_indices(" = ").map(|(at, _)| at + 3).collect();
        let from = *place.get(&at);
        let ends = |c: char| matches!(c, ',' | '\n' | '}');
        let length = text[from..].find(ends).unwrap();
        answers(&format!("{}{value}{}", &text[..from], &text[from + length..]));
    }

    #[test]
    fn any_lost_line_is_answered(
        table in any::<bool>(), lost in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let text = base(if table { "table.toml" } else { "rings.toml" });
        let mut lines: Vec<&str> = text.lines().collect();
        for place in lost {
            lines.remove(place.index(lines.len()));
        }
        answers(&lines.join("\n"));
    }
}
