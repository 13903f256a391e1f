//! What each detector is for, as a table that other programs share.
//!
//! In: `detectors.csv` with the columns `DeviceId`, `Phase`, `Parameter` (the channel), `Function`, as
//! the `atspm` package reads it; or a site file. Out: [`DetectorRoles`].

use std::fmt;
use std::path::Path;

use crate::intersection::Detector;
use crate::intersection::DetectorFunction;
use crate::intersection::Intersection;
use crate::intersection::PhaseSet;
use crate::units::Millis;

/// What detectors are for, by phase. A detector may serve several phases and have several roles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectorRoles(pub Vec<DetectorRole>);

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectorRole {
    /// Phase whose vehicles it sees.
    pub phase: u16,
    /// Cabinet channel: the parameter of events 81 and 82.
    pub channel: u16,
    /// What for.
    pub role: Role,
    /// Time a free vehicle takes from it to the stop bar; zero where unknown.
    pub travel: Millis,
}

/// What a detector is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// `Presence`: covered while vehicles stand at the stop bar.
    Presence,
    /// `Advance`: upstream.
    Advance,
    /// `Yellow_Red`: counts vehicles that enter, also on yellow and red.
    YellowRed,
    /// `stop bar count`: one pulse per vehicle.
    StopBarCount,
}

impl Role {
    const ALL: [Self; 4] = [
        Self::Presence,
        Self::Advance,
        Self::YellowRed,
        Self::StopBarCount,
    ];

    /// How the table spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Presence => "Presence",
            Self::Advance => "Advance",
            Self::YellowRed => "Yellow_Red",
            Self::StopBarCount => "stop bar count",
        }
    }
}

/// A table of detectors that cannot be used: one line per problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolesError(pub Vec<String>);

impl fmt::Display for RolesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for RolesError {}

/// Most problems reported at once.
const PROBLEMS_MAX: usize = 20;

impl DetectorRoles {
    /// Reads a table. With `device`, rows of other signals are left out. Functions other than the four
    /// are left out too: cities keep more in their tables than these measures use.
    ///
    /// # Errors
    /// Every problem at once: the file cannot be read, lacks a column, has rows without numbers, or no
    /// row for this signal.
    pub fn read(path: &Path, device: Option<&str>) -> Result<Self, RolesError> {
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| RolesError(vec![format!("{name}: {error}")]))?;
        Self::parse(&text, device).map_err(|problems| {
            let lines = problems.into_iter().take(PROBLEMS_MAX);
            RolesError(lines.map(|line| format!("{name}: {line}")).collect())
        })
    }

    fn parse(text: &str, device: Option<&str>) -> Result<Self, Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let header = reader
            .headers()
            .map_err(|error| vec![error.to_string()])?
            .clone();
        let place = |wanted: &str| {
            header
                .iter()
                .position(|name| name.eq_ignore_ascii_case(wanted))
                .ok_or_else(|| {
                    let found: Vec<&str> = header.iter().collect();
                    format!("no column {wanted}; found {}", found.join(", "))
                })
        };
        let places = ["DeviceId", "Phase", "Parameter", "Function"].map(place);
        let missing: Vec<String> = places
            .iter()
            .filter_map(|place| place.clone().err())
            .collect();
        let [Ok(device_at), Ok(phase_at), Ok(channel_at), Ok(function_at)] = places else {
            return Err(missing);
        };
        let (mut roles, mut problems) = (Vec::new(), Vec::new());
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    problems.push(error.to_string());
                    break;
                }
            };
            let field = |at: usize| record.get(at).unwrap_or("");
            if device.is_some_and(|device| device != field(device_at)) {
                continue;
            }
            let row = record.position().map_or(0, csv::Position::line);
            let mut whole = |column: &str, text: &str| {
                let parsed = text.parse::<u16>().ok();
                if parsed.is_none() {
                    problems.push(format!(
                        "row {row}, column {column}: found {text:?}; allowed: a whole number"
                    ));
                }
                parsed
            };
            let phase = whole("Phase", field(phase_at));
            let channel = whole("Parameter", field(channel_at));
            let role = Role::ALL
                .into_iter()
                .find(|role| role.name().eq_ignore_ascii_case(field(function_at)));
            if let (Some(phase), Some(channel), Some(role)) = (phase, channel, role) {
                roles.push(DetectorRole {
                    phase,
                    channel,
                    role,
                    travel: Millis::ZERO,
                });
            }
        }
        if problems.is_empty() && roles.is_empty() {
            problems.push("no detector of this signal with a known function".to_owned());
        }
        if problems.is_empty() {
            Ok(Self(roles))
        } else {
            Err(problems)
        }
    }

    /// The roles that a site file gives its detectors: those of the phases that serve their lanes.
    /// Count detectors also watch yellow and red.
    #[must_use]
    pub fn of_site(site: &Intersection) -> Self {
        let mut roles = Vec::new();
        for (_, detector) in site.detectors.iter() {
            let kinds: &[Role] = match detector.function {
                DetectorFunction::StopBarPresence => &[Role::Presence],
                DetectorFunction::StopBarCount => &[Role::StopBarCount, Role::YellowRed],
                DetectorFunction::Advance => &[Role::Advance],
                DetectorFunction::PedestrianButton => &[],
            };
            for phase in phases_of(site, detector).iter() {
                for &role in kinds {
                    roles.push(DetectorRole {
                        phase: u16::from(phase.number()),
                        channel: detector.channel,
                        role,
                        travel: travel(site, detector),
                    });
                }
            }
        }
        Self(roles)
    }

    /// Phases that have a detector with this role, ascending.
    #[must_use]
    pub fn phases(&self, role: Role) -> Vec<u16> {
        let mut phases: Vec<u16> = self
            .0
            .iter()
            .filter(|row| row.role == role)
            .map(|row| row.phase)
            .collect();
        phases.sort_unstable();
        phases.dedup();
        phases
    }

    /// Channels with this role for this phase.
    #[must_use]
    pub fn channels(&self, role: Role, phase: u16) -> Vec<u16> {
        self.0
            .iter()
            .filter(|row| row.role == role && row.phase == phase)
            .map(|row| row.channel)
            .collect()
    }

    /// The table as CSV, for other programs.
    #[must_use]
    pub fn to_csv(&self, device: &str) -> String {
        let mut text = String::from("DeviceId,Phase,Parameter,Function\n");
        for row in &self.0 {
            text.push_str(&format!(
                "{device},{},{},{}\n",
                row.phase,
                row.channel,
                row.role.name()
            ));
        }
        text
    }
}

/// Phases that serve the detector's lanes protected, or permissively where none does.
fn phases_of(site: &Intersection, detector: &Detector) -> PhaseSet {
    let mut phases = PhaseSet::default();
    for &lane in &detector.lanes {
        for &movement in &site.lanes[lane].movements {
            let movement = &site.movements[movement];
            phases = phases.union(if movement.protected.is_empty() {
                movement.permissive
            } else {
                movement.protected
            });
        }
    }
    phases
}

fn travel(site: &Intersection, detector: &Detector) -> Millis {
    detector.lanes.first().map_or(Millis::ZERO, |&lane| {
        let meters = detector.distance_m + detector.length_m;
        Millis::from_secs(meters / site.lanes[lane].speed_limit_mps.max(1.0))
    })
}
