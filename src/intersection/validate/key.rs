//! Places in a site file, and what was found there.
//!
//! In: what the checks find. Out: [`Problem`]s in order of lines. A complaint about a place where
//! something else is already wrong is dropped: it would only repeat the first in other words. Not
//! here: any check.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::intersection::PhaseId;
use crate::intersection::problem::{Problem, Severity};

/// A place in a site file: names of keys and places in lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Place(usize),
}

impl Key {
    /// The whole file.
    pub(super) fn root() -> Self {
        Self(Vec::new())
    }

    /// The place that a dotted text names: `site.lanes`.
    pub(super) fn new(dotted: &str) -> Self {
        Self(
            dotted
                .split('.')
                .map(|name| Step::Name(name.to_owned()))
                .collect(),
        )
    }

    /// The key `name` below this place.
    pub(super) fn sub(&self, name: &str) -> Self {
        self.with(Step::Name(name.to_owned()))
    }

    /// The row of a phase below this place.
    pub(super) fn phase(&self, phase: PhaseId) -> Self {
        self.sub(&phase.to_string())
    }

    /// The entry of the list at this place.
    pub(super) fn at(&self, place: usize) -> Self {
        self.with(Step::Place(place))
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Name of the innermost key, `""` for the whole file or an entry of a list.
    pub(super) fn last(&self) -> &str {
        match self.0.last() {
            Some(Step::Name(name)) => name,
            Some(Step::Place(_)) | None => "",
        }
    }

    /// Whether this place lies within `outer`, or is it.
    pub(super) fn is_within(&self, outer: &Self) -> bool {
        self.0.starts_with(&outer.0)
    }
}

/// Why a complaint is about what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A number is out of the range of its key; a check that knows better may say so instead.
    OutOfRange,
    /// Anything else.
    Other,
}

/// A problem before its line is known.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    severity: Severity,
    kind: Kind,
    key: Key,
    found: String,
    allowed: String,
    hint: Option<String>,
}

impl Finding {
    /// Something that keeps the site from loading.
    pub(super) fn error(key: Key, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            kind: Kind::Other,
            key,
            found: found.into(),
            allowed: allowed.into(),
            hint: None,
        }
    }

    /// Something worth a look.
    pub(super) fn warning(key: Key, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(key, found, allowed)
        }
    }

    /// A number out of the range of its key.
    pub(super) fn out_of_range(key: Key, found: String, allowed: String) -> Self {
        Self {
            kind: Kind::OutOfRange,
            ..Self::error(key, found, allowed)
        }
    }

    /// With advice.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With advice, if there is any.
    pub(super) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<Finding>,
    broken: Vec<Key>,
}

impl Findings {
    /// Notes a finding, unless something else is already wrong at its place.
    pub(super) fn add(&mut self, finding: Finding) {
        let known = |broken: &Key| finding.key.is_within(broken) || broken.is_within(&finding.key);
        if self.broken.iter().any(known) {
            return;
        }
        if finding.severity == Severity::Error {
            self.found
                .retain(|old| old.kind == Kind::Other || old.key != finding.key);
        }
        self.found.push(finding);
    }

    /// Notes a finding about a place that cannot be used at all: a wrong type, a missing key.
    pub(super) fn add_broken(&mut self, finding: Finding) {
        self.broken.push(finding.key.clone());
        self.found.push(finding);
    }

    /// Whether something within `key` cannot be used, so that checks that need all of it would
    /// complain about what is not the matter.
    pub(super) fn is_broken(&self, key: &Key) -> bool {
        self.broken
            .iter()
            .any(|broken| broken.is_within(key) || key.is_within(broken))
    }

    /// Whether there is an error within `key` already.
    pub(super) fn has_error(&self, key: &Key) -> bool {
        let is_error = |old: &&Finding| old.severity == Severity::Error && old.key.is_within(key);
        self.found.iter().any(|old| is_error(&old))
    }

    /// Whether an entry of the list at `key` lost its id, so that names may seem unknown.
    pub(super) fn lost_ids(&self, key: &Key) -> bool {
        self.broken.iter().any(|broken| {
            key.is_within(broken)
                || broken.is_within(key)
                    && (broken.last() == "id" || broken.0.len() == key.0.len() + 1)
        })
    }

    /// The problems in order of lines.
    pub(super) fn into_problems(self, text: &str, table: &Spanned<DeTable<'_>>) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self
            .found
            .into_iter()
            .map(|finding| {
                let (line, key) = locate(text, table, &finding.key);
                Problem {
                    severity: finding.severity,
                    line,
                    key,
                    found: finding.found,
                    allowed: finding.allowed,
                    hint: finding.hint,
                }
            })
            .collect();
        problems.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        problems
    }
}

/// Line of a place, and its name for people. A place that the file lacks is at its parent's line.
fn locate(text: &str, table: &Spanned<DeTable<'_>>, key: &Key) -> (usize, String) {
    let mut name = String::new();
    let mut at = None;
    let mut here = Here::Table(table.get_ref());
    for step in &key.0 {
        let inner = match (step, here) {
            (Step::Name(step), Here::Table(table)) => table
                .iter()
                .find(|(key, _)| key.get_ref().as_ref() == step.as_str())
                .map(|(key, value)| (key.span().start, value)),
            (Step::Place(place), Here::Value(DeValue::Array(list))) => {
                list.get(*place).map(|value| (value.span().start, value))
            }
            (Step::Name(_) | Step::Place(_), Here::Table(_) | Here::Value(_) | Here::Nowhere) => {
                None
            }
        };
        here = match inner.map(|(_, value)| value.get_ref()) {
            Some(DeValue::Table(table)) => Here::Table(table),
            Some(value) => Here::Value(value),
            None => Here::Nowhere,
        };
        at = inner.map(|(start, _)| start).or(at);
        push_name(&mut name, step, here);
    }
    (at.map_or(0, |start| line_of(text, start)), name)
}

#[derive(Clone, Copy)]
enum Here<'t> {
    Table(&'t DeTable<'t>),
    Value(&'t DeValue<'t>),
    Nowhere,
}

/// Appends `.name`, or `["id"]` for an entry of a list that has one, or `[place]` counted from 1.
fn push_name(name: &mut String, step: &Step, here: Here<'_>) {
    match step {
        Step::Name(step) => {
            if !name.is_empty() {
                name.push('.');
            }
            let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            match step.chars().all(is_bare) {
                true => name.push_str(step),
                false => name.push_str(&format!("\"{}\"", step.escape_debug())),
            }
        }
        Step::Place(place) => {
            let id = match here {
                Here::Table(table) => table.get("id").and_then(|id| id.get_ref().as_str()),
                Here::Value(_) | Here::Nowhere => None,
            };
            match id {
                Some(id) => name.push_str(&format!("[\"{}\"]", id.escape_debug())),
                None => name.push_str(&format!("[{}]", place + 1)),
            }
        }
    }
}

/// Line of a byte, counted from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    let before = text.bytes().take(at);
    1 + before.filter(|byte| *byte == b'\n').count()
}
