//! A SUMO scenario file (`.sumocfg`): what the driver must know of it.
//!
//! In: the file. Out: [`Scenario`]: net, further inputs, begin, end, step length. Everything else in it
//! is SUMO's own business. Not here: the net (`net/`).

use std::fmt;
use std::path::{Path, PathBuf};

use crate::units::{Millis, TICK};

/// Largest scenario file taken.
pub const SCENARIO_BYTES_MAX: u64 = 1 << 20;

/// What the driver must know of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The scenario file.
    pub file: PathBuf,
    /// What it is called: the name of its file.
    pub name: String,
    /// Its net.
    pub net: PathBuf,
    /// Further inputs; ours are added to them.
    pub additional: Vec<PathBuf>,
    /// Where the simulation begins.
    pub begin: Millis,
    /// Where it ends; `None`: when everybody has arrived.
    pub end: Option<Millis>,
    /// Length of a step; a whole number of ticks.
    pub step: Millis,
}

/// What is wrong with a scenario file: everything at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The file.
    pub file: PathBuf,
    /// Key, what was found, what is allowed; at least one.
    pub problems: Vec<String>,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            let end = if place == 0 { "" } else { "\n" };
            write!(f, "{end}{}: {problem}", self.file.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioError {}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// When it cannot be read, is no SUMO configuration, names no net, or has times that are none.
    pub fn read(file: &Path) -> Result<Self, ScenarioError> {
        let wrong = |problem: String| ScenarioError {
            file: file.to_owned(),
            problems: vec![problem],
        };
        let length = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        if length > SCENARIO_BYTES_MAX {
            return Err(wrong(format!(
                "found {length} bytes; allowed: at most {SCENARIO_BYTES_MAX}"
            )));
        }
        let text = std::fs::read_to_string(file)
            .map_err(|error| wrong(format!("cannot be read: {error}")))?;
        Self::parse(&text, file)
    }

    /// Reads the text of a scenario file; paths in it are relative to `file`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str, file: &Path) -> Result<Self, ScenarioError> {
        let mut problems = Vec::new();
        let document = match roxmltree::Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let problems = vec![format!(
                    "found no XML ({error}); allowed: a SUMO configuration"
                )];
                return Err(ScenarioError {
                    file: file.to_owned(),
                    problems,
                });
            }
        };
        let root = document.root_element().tag_name().name();
        if !matches!(root, "configuration" | "sumoConfiguration") {
            problems.push(format!(
                "found <{root}>; allowed: <configuration> or <sumoConfiguration>"
            ));
        }
        let value = |names: &[&str]| {
            let mut elements = document.root_element().descendants();
            let element = elements.find(|node| names.contains(&node.tag_name().name()))?;
            element
                .attribute("value")
                .or_else(|| element.attribute("v"))
        };
        let folder = file.parent().unwrap_or(Path::new(""));
        let net = value(&["net-file", "net", "n"]);
        if net.is_none_or(|net| net.trim().is_empty()) {
            problems.push("net-file: found none; allowed: the path of a .net.xml file".to_owned());
        }
        let additional = value(&["additional-files", "additional", "a"]).unwrap_or_default();
        let mut time = |names: &[&str], default: Option<Millis>| {
            let Some(text) = value(names) else {
                return default;
            };
            let read = read_time(text);
            if read.is_none() {
                problems.push(format!(
                    "{}: found {text:?}; allowed: seconds, or [days:]hours:minutes:seconds",
                    names.first().unwrap_or(&"")
                ));
            }
            read
        };
        let begin = time(&["begin", "b"], Some(Millis::ZERO)).unwrap_or_default();
        let end = time(&["end", "e"], None).filter(|end| end.0 >= 0);
        let step = time(&["step-length"], Some(Millis(1000))).unwrap_or(TICK);
        if step < TICK || step.0 % TICK.0 != 0 {
            problems.push(format!(
                "step-length: found {step}; allowed: a whole number of ticks of {TICK}"
            ));
        }
        if let Some(end) = end.filter(|end| *end <= begin) {
            problems.push(format!("end: found {end}; allowed: after begin ({begin})"));
        }
        if !problems.is_empty() {
            return Err(ScenarioError {
                file: file.to_owned(),
                problems,
            });
        }
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.into_owned(),
            net: folder.join(net.unwrap_or_default().trim()),
            additional: additional
                .split(',')
                .map(str::trim)
                .filter(|path| !path.is_empty())
                .map(|path| folder.join(path))
                .collect(),
            file: file.to_owned(),
            begin,
            end,
            step,
        })
    }
}

/// Seconds, or hours, minutes and seconds, or days too, as SUMO takes them.
fn read_time(text: &str) -> Option<Millis> {
    let text = text.trim();
    let parts: Vec<f64> = text
        .split(':')
        .map(|part| part.parse::<f64>().ok().filter(|number| number.is_finite()))
        .collect::<Option<_>>()?;
    let seconds = match parts[..] {
        [seconds] => seconds,
        [hours, minutes, seconds] => (hours * 60.0 + minutes) * 60.0 + seconds,
        [days, hours, minutes, seconds] => {
            ((days * 24.0 + hours) * 60.0 + minutes) * 60.0 + seconds
        }
        _ => return None,
    };
    // SUMO counts milliseconds in 64 bits; a century is enough.
    (seconds.abs() < 4e9).then(|| Millis::from_secs(seconds))
}
