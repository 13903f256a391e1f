//! What the signal showed while a video was taken: a CSV file in, indications at any moment out.

use std::path::Path;

use anyhow::{Context, bail};
use phasewise::intersection::{PerPhase, PhaseId};
use phasewise::signal::Indication;
use phasewise::units::Millis;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Row {
    from_s: f64,
    until_s: f64,
    phase: u8,
    indication: String,
}

/// Indications over time.
#[derive(Debug, Default)]
pub(super) struct Signal {
    spans: Vec<([Millis; 2], PhaseId, Indication)>,
}

impl Signal {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let file = path.display();
        let mut reader =
            csv::Reader::from_path(path).with_context(|| format!("cannot open {file}"))?;
        let mut spans = Vec::new();
        for row in reader.deserialize() {
            let row: Row = row.with_context(|| {
                format!("{file}: columns are from_s, until_s, phase, indication")
            })?;
            let phase = PhaseId::try_from(row.phase)
                .map_err(anyhow::Error::msg)
                .context(file.to_string())?;
            let indication = match row.indication.as_str() {
                "red" => Indication::Red,
                "yellow" => Indication::Yellow,
                "green" => Indication::Green,
                other => bail!("{file}: indication {other:?}; allowed: red, yellow, green"),
            };
            let span = [row.from_s, row.until_s].map(Millis::from_secs);
            spans.push((span, phase, indication));
        }
        Ok(Self { spans })
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
