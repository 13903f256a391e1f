//! Which column is which.

use super::error::Problem;

/// The four columns a log needs, in the order the rest of the reader uses.
pub(super) const COLUMNS: [&str; 4] = ["TimeStamp", "DeviceId", "EventId", "Parameter"];

/// Spellings that are understood, compared without case, spaces and underscores. The first of each
/// list is the column's own name.
const SPELLINGS: [&[&str]; 4] = [
    &["timestamp", "time", "datetime", "eventtime"],
    &[
        "deviceid",
        "device",
        "signalid",
        "signal",
        "locationidentifier",
        "location",
        "locationid",
        "intersection",
        "intersectionid",
        "controllerid",
    ],
    &["eventid", "eventcode", "eventcodeid", "code", "event"],
    &["parameter", "eventparameter", "eventparam", "param"],
];

/// Finds the place of each of [`COLUMNS`] among the names of a file. A column's own name wins over
/// other spellings; otherwise two candidates are a problem.
pub(super) fn find(names: &[String]) -> Result<[usize; 4], Vec<Problem>> {
    let plain: Vec<String> = names.iter().map(|name| normalized(name)).collect();
    let mut places = [0; 4];
    let mut problems = Vec::new();
    for ((place, column), spellings) in places.iter_mut().zip(COLUMNS).zip(SPELLINGS) {
        let matching = |wanted: &dyn Fn(&str) -> bool| -> Vec<usize> {
            (0..plain.len())
                .filter(|&at| plain.get(at).is_some_and(|name| wanted(name)))
                .collect()
        };
        let own = matching(&|name| Some(&name) == spellings.first());
        let any = matching(&|name| spellings.contains(&name));
        let candidates = if own.is_empty() { any } else { own };
        match candidates.as_slice() {
            [only] => *place = *only,
            [] => problems.push(Problem {
                row: None,
                column: Some(column),
                found: format!("no such column among: {}", shown(names)),
                allowed: format!("one of {}, in any case", spellings.join(", ")),
            }),
            several => problems.push(Problem {
                row: None,
                column: Some(column),
                found: format!("{} columns that could be it", several.len()),
                allowed: "exactly one".to_owned(),
            }),
        }
    }
    if problems.is_empty() {
        Ok(places)
    } else {
        Err(problems)
    }
}

fn normalized(name: &str) -> String {
    name.trim()
        .trim_start_matches('\u{feff}')
        .chars()
        .filter(|c| !matches!(c, ' ' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Names of a header, cut short where somebody's data took the header's place.
fn shown(names: &[String]) -> String {
    let text = names.join(", ");
    if text.chars().count() <= 200 {
        return text;
    }
    text.chars().take(200).chain("…".chars()).collect()
}
