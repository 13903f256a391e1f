//! A SUMO scenario file (`.sumocfg`): what the driver must know of it.
//!
//! In: the file. Out: [`Scenario`]: net, further inputs, begin, end, step length. Everything else in it
//! is SUMO's own business. Not here: the net (`net/`).

use std::fmt;
use std::path::{Path, PathBuf};

use roxmltree::Document;

use crate::units::{Millis, TICK};

/// Largest scenario file taken.
pub const SCENARIO_BYTES_MAX: u64 = 1 << 20;

/// Longest step: yellow and clearance, at most 25.5 s, are whole numbers of steps, and sensors are read once a step.
pub const STEP_MAX: Millis = Millis(5_000);

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
    /// Length of a step; a whole number of ticks, at most [`STEP_MAX`].
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
        let mut found = None;
        match Document::parse(text) {
            Err(error) => {
                problems.push(format!(
                    "found no XML ({error}); allowed: a SUMO configuration"
                ));
            }
            Ok(document) => found = Some(Self::from_document(&document, file, &mut problems)),
        }
        match found {
            Some(scenario) if problems.is_empty() => Ok(scenario),
            Some(_) | None => Err(ScenarioError {
                file: file.to_owned(),
                problems,
            }),
        }
    }

    fn from_document(document: &Document<'_>, file: &Path, problems: &mut Vec<String>) -> Self {
        let root = document.root_element().tag_name().name();
        if !matches!(root, "configuration" | "sumoConfiguration") {
            problems.push(format!(
                "found <{root}>; allowed: <configuration> or <sumoConfiguration>"
            ));
        }
        let net = value(document, &["net-file", "net", "n"]).unwrap_or_default();
        if net.trim().is_empty() {
            problems.push("net-file: found none; allowed: the path of a .net.xml file".to_owned());
        }
        let additional = value(document, &["additional-files", "additional", "a"]);
        let mut time = |names: &[&str]| {
            let text = value(document, names)?;
            let read = read_time(text);
            if read.is_none() {
                problems.push(format!(
                    "{}: found {text:?}; allowed: seconds, or [days:]hours:minutes:seconds",
                    names.first().unwrap_or(&"")
                ));
            }
            read
        };
        let begin = time(&["begin", "b"]).unwrap_or_default();
        let end = time(&["end", "e"]).filter(|end| end.0 >= 0);
        let step = time(&["step-length"]).unwrap_or(Millis(1000));
        if step < TICK || step > STEP_MAX || step.0 % TICK.0 != 0 {
            problems.push(format!(
                "step-length: found {step}; allowed: a whole number of ticks of {TICK}, at most {STEP_MAX}"
            ));
        }
        if let Some(end) = end.filter(|end| *end <= begin) {
            problems.push(format!("end: found {end}; allowed: after begin ({begin})"));
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        let paths = additional.unwrap_or_default().split(',').map(str::trim);
        Self {
            name: file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            net: folder.join(net.trim()),
            additional: paths
                .filter(|path| !path.is_empty())
                .map(|path| folder.join(path))
                .collect(),
            file: file.to_owned(),
            begin,
            end,
            step,
        }
    }
}

/// The value of an option, by any of its names.
fn value<'a>(document: &'a Document<'_>, names: &[&str]) -> Option<&'a str> {
    let mut elements = document.root_element().descendants();
    let element = elements.find(|node| names.contains(&node.tag_name().name()))?;
    element
        .attribute("value")
        .or_else(|| element.attribute("v"))
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
