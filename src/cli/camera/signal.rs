//! What the signal showed while a video was taken: a CSV file in, indications at any moment out.

use std::path::Path;

use anyhow::{Context, bail};
use phasewise::intersection::{PerPhase, PhaseId};
use phasewise::signal::Indication;
use phasewise::units::Millis;
use serde::Deserialize;

/// Most wrong rows that are told one by one.
const TOLD_MAX: usize = 20;

#[derive(Debug, Deserialize)]
struct Row {
    from_s: f64,
    until_s: f64,
    phase: u8,
    indication: String,
}

/// One indication of one phase, and when.
type Span = ([Millis; 2], PhaseId, Indication);

/// Indications over time.
#[derive(Debug, Default)]
pub(super) struct Signal {
    spans: Vec<Span>,
}

impl Signal {
    /// Reads the file; tells everything that is wrong with it.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let file = path.display();
        let mut reader =
            csv::Reader::from_path(path).with_context(|| format!("cannot open {file}"))?;
        let (mut spans, mut problems) = (Vec::new(), Vec::new());
        for (number, row) in reader.deserialize::<Row>().enumerate() {
            // The first row is the one below the names of the columns.
            let told = |what: String| format!("{file}: row {}: {what}", number + 1);
            match row {
                Ok(row) => match span(&row) {
                    Ok(span) => spans.push(span),
                    Err(wrong) => problems.extend(wrong.into_iter().map(told)),
                },
                Err(error) => problems.push(told(format!(
                    "{error}; columns are from_s, until_s, phase, indication"
                ))),
            }
        }
        if problems.is_empty() {
            return Ok(Self { spans });
        }
        let more = problems.len().saturating_sub(TOLD_MAX);
        problems.truncate(TOLD_MAX);
        if more > 0 {
            problems.push(format!("{file}: {more} more"));
        }
        bail!(problems.join("\n"))
    }

    /// What each phase shows; dark where the file says nothing.
    pub(super) fn at(&self, now: Millis) -> PerPhase<Indication> {
        let mut shown = PerPhase::from_fn(|_| Indication::Dark);
        for ([from, until], phase, indication) in &self.spans {
            if (*from..*until).contains(&now) {
                shown[*phase] = *indication;
            }
        }
        shown
    }
}

/// What a row says, or everything that is wrong with it.
fn span(row: &Row) -> Result<Span, Vec<String>> {
    let mut problems = Vec::new();
    let (from, until) = (row.from_s, row.until_s);
    let is_time = |time: f64| (0.0..1e9).contains(&time);
    if !is_time(from) || !is_time(until) || from >= until {
        problems.push(format!(
            "from_s {from}, until_s {until}; allowed: 0 or later, from_s before until_s"
        ));
    }
    let phase = PhaseId::try_from(row.phase)
        .map_err(|why| problems.push(why))
        .ok();
    let indication = match row.indication.as_str() {
        "red" => Some(Indication::Red),
        "yellow" => Some(Indication::Yellow),
        "green" => Some(Indication::Green),
        other => {
            problems.push(format!("indication {other:?}; allowed: red, yellow, green"));
            None
        }
    };
    match (phase, indication) {
        (Some(phase), Some(indication)) if problems.is_empty() => {
            Ok(([from, until].map(Millis::from_secs), phase, indication))
        }
        _ => Err(problems),
    }
}
