//! Complains about everything that is wrong with a site file, in one pass.
//!
//! In: the text of a site file. Out: every problem, and the file as types when none of them is an
//! error. First the shape of the file is checked against its schema (`shape.rs`), then its meaning,
//! one file per idea. Not here: reading files (`load.rs`).

mod cameras;
mod detectors;
mod facts;
mod key;
mod meetings;
mod names;
mod order;
mod schema;
mod shape;
mod suggest;
mod timing;
mod traffic;
mod trap;
mod tuning;
mod waits;

use toml::de::DeTable;

use self::facts::Facts;
use self::key::{Findings, Key, line_of};
use super::file::SiteFile;
use super::problem::{Problem, Severity};

/// Checks the text of a site file. The file comes back when there is no error.
pub(super) fn check(text: &str) -> (Option<SiteFile>, Vec<Problem>) {
    let (table, syntax) = DeTable::parse_recoverable(text);
    if !syntax.is_empty() {
        let problems = syntax.iter().map(|error| of_syntax(text, error));
        let mut problems: Vec<Problem> = problems.collect();
        problems.sort_by_key(|problem| problem.line);
        return (None, problems);
    }
    let mut findings = Findings::default();
    let value = shape::check(&super::schema(), text, table.get_ref(), &mut findings);
    let file = match value.try_into::<SiteFile>() {
        Ok(file) => file,
        Err(error) => {
            let mut problems = findings.into_problems(text, &table);
            problems.push(Problem::of_file(
                error.to_string(),
                "this is a fault of Phasewise; please report it",
            ));
            return (None, problems);
        }
    };
    check_meaning(&file, &mut findings);
    let problems = findings.into_problems(text, &table);
    let good = problems
        .iter()
        .all(|problem| problem.severity < Severity::Error);
    (good.then_some(file), problems)
}

fn check_meaning(file: &SiteFile, findings: &mut Findings) {
    let mut facts = Facts::new(file);
    names::check(&facts, findings);
    order::check(&facts, findings);
    if findings.is_broken(&Key::new("site.rings")) {
        facts.distrust_rings();
    }
    traffic::check(&facts, findings);
    meetings::check(&facts, findings);
    trap::check(&facts, findings);
    timing::check(&facts, findings);
    detectors::check(&facts, findings);
    cameras::check(&facts, findings);
    tuning::check(&facts, findings);
    waits::check(&facts, findings);
}

fn of_syntax(text: &str, error: &toml::de::Error) -> Problem {
    let at = error.span().map_or(0, |span| span.start);
    let line = line_of(text, at);
    let found = text.lines().nth(line - 1).unwrap_or("").trim();
    Problem {
        severity: Severity::Error,
        line,
        key: String::new(),
        found: if found.is_empty() {
            "an empty line".to_owned()
        } else {
            format!("`{found}`")
        },
        allowed: "TOML".to_owned(),
        hint: Some(error.message().to_owned()),
    }
}
