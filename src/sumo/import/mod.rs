//! Turns the signals of a net into site files.
//!
//! In: a [`Net`]. Out: for every signal an [`Imported`]: the text of its site file, the intersection it describes (read
//! from that text, through the same checks as any other), the wiring back to the net, and what could not be carried
//! over. Signals that have nothing to decide, or that a controller cannot run, come back as [`NotImported`]; SUMO goes
//! on running them. Not here: files (`cli/import.rs`).

mod draft;
mod lanes;
mod movements;
mod neighbors;
mod phases;
mod program;
mod roads;
mod sensors;
mod timing;
mod wiring;
mod write;

use std::collections::BTreeMap;
use std::fmt;

use crate::intersection::Intersection;
use crate::sumo::net::{EdgeIx, Net, Signal};
use crate::units::Millis;

use draft::Draft;
use neighbors::follow;

pub use phases::Shows;
pub use wiring::{LinkWiring, PieceWiring, Stretch, Wiring};

/// What may be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How far cameras see from the stop bar, m; 0 for none.
    pub view_m: f64,
    /// How far lanes are followed upstream, m.
    pub reach_m: f64,
    /// Shortest green, s.
    pub min_green_s: f64,
    /// Longest wait, s.
    pub max_wait_s: f64,
    /// Length of the simulator's steps: what a signal shows changes only between two of them. Yellow, red clearance
    /// and minimum green are whole numbers of them, so that none is ever shown shorter than it is.
    pub step: Millis,
    /// Roads that the program serves together may also be served apart: a through movement with the left turn beside
    /// it, say. Otherwise a phase is whatever the program shows together.
    pub by_road: bool,
}

impl Default for Options {
    /// As the published experiments with these nets have it: greens of at least 5 s. 300 m are 20 s at 50 km/h. Steps of
    /// 1 s are SUMO's default.
    fn default() -> Self {
        Self {
            view_m: 100.0,
            reach_m: 300.0,
            min_green_s: 5.0,
            max_wait_s: 120.0,
            step: Millis(1000),
            by_road: true,
        }
    }
}

/// A signal as a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Its id in the net.
    pub signal: String,
    /// Its site file.
    pub text: String,
    /// The site, read from `text`. It has one pattern, the net's own program, scheduled all day; whoever wants free
    /// actuated control clears `schedule`.
    pub site: Intersection,
    /// Which part of the net is which part of the site.
    pub wiring: Wiring,
    /// What could not be carried over, or was changed, in sentences.
    pub notes: Vec<String>,
}

/// A signal that goes on with its own program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotImported {
    /// Its id in the net.
    pub signal: String,
    /// Why.
    pub why: String,
}

impl fmt::Display for NotImported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "signal {:?} keeps its own program: {}",
            self.signal, self.why
        )
    }
}

impl std::error::Error for NotImported {}

/// Imports every signal of a net, in the order of the net.
#[must_use]
pub fn signals(net: &Net, options: &Options) -> Vec<Result<Imported, NotImported>> {
    let drafts = Drafts::new(net, options);
    let done = net
        .signals
        .iter()
        .map(|signal| drafts.finish(net, signal, options));
    done.collect()
}

/// Imports one signal of a net.
///
/// # Errors
/// When the net has no such signal, or it cannot be controlled by phases.
pub fn signal(net: &Net, id: &str, options: &Options) -> Result<Imported, NotImported> {
    match net.signal(id) {
        Some(signal) => Drafts::new(net, options).finish(net, signal, options),
        None => Err(NotImported {
            signal: id.to_owned(),
            why: "the net has no such signal".to_owned(),
        }),
    }
}

/// All signals of a net, so that neighbors know each other's names.
struct Drafts {
    by_signal: BTreeMap<String, Result<Draft, String>>,
    /// By signal and edge at its stop bar: exits that lead there, with their length.
    feeders: BTreeMap<(String, EdgeIx), Vec<Feeder>>,
}

/// An exit of another site, and how long the road is.
struct Feeder {
    length_m: f64,
    signal: String,
    site: String,
    exit: String,
}

/// Roads of a site shared with other sites.
#[derive(Clone, Debug, Default, PartialEq)]
struct Links {
    /// By approach: site and exit upstream.
    upstream: Vec<Option<(String, String)>>,
    /// By exit: length, and site and approach downstream.
    downstream: Vec<(f64, Option<(String, String)>)>,
}

impl Drafts {
    fn new(net: &Net, options: &Options) -> Self {
        let mut ids: Vec<String> = Vec::new();
        let mut by_signal = BTreeMap::new();
        for signal in &net.signals {
            let id = site_id(&signal.id, &ids);
            ids.push(id.clone());
            let draft = Draft::new(net, signal, id, (options, options.by_road));
            by_signal.insert(signal.id.clone(), draft);
        }
        let mut feeders: BTreeMap<(String, EdgeIx), Vec<Feeder>> = BTreeMap::new();
        for draft in by_signal.values().flatten() {
            for exit in &draft.roads.exits {
                let onward = follow(net, exit.edge);
                if let Some(end) = onward.signal {
                    feeders.entry(end).or_default().push(Feeder {
                        length_m: onward.length_m,
                        signal: draft.signal.clone(),
                        site: draft.site_id.clone(),
                        exit: exit.name.long.clone(),
                    });
                }
            }
        }
        Self { by_signal, feeders }
    }

    fn finish(
        &self,
        net: &Net,
        signal: &Signal,
        options: &Options,
    ) -> Result<Imported, NotImported> {
        let not = |why: String| NotImported {
            signal: signal.id.clone(),
            why,
        };
        let draft = match self.by_signal.get(&signal.id) {
            Some(Ok(draft)) => draft,
            Some(Err(why)) => return Err(not(why.clone())),
            None => return Err(not("the net has no such signal".to_owned())),
        };
        let links = self.links(net, draft);
        let read = |draft: &Draft| {
            let text = write::site_file(net, draft, &links);
            let site = Intersection::parse(&text, &draft.site_id);
            site.map(|site| (text, site))
        };
        // A strange program may only make sense with its roads served together.
        let simple =
            Draft::new(net, signal, draft.site_id.clone(), (options, false)).map_err(not)?;
        let (draft, read) = match read(draft) {
            Ok(read) => (draft, Ok(read)),
            Err(_) => (&simple, read(&simple)),
        };
        let (text, site) =
            read.map_err(|error| not(format!("its site file would have problems:\n{error}")))?;
        Ok(Imported {
            signal: signal.id.clone(),
            text,
            site,
            wiring: draft.wiring(net, signal),
            notes: draft.notes.clone(),
        })
    }

    fn links(&self, net: &Net, draft: &Draft) -> Links {
        let downstream = draft.roads.exits.iter().map(|exit| {
            let onward = follow(net, exit.edge);
            let to = onward.signal.and_then(|(signal, edge)| {
                let other = self.by_signal.get(&signal)?.as_ref().ok()?;
                let approach = other.roads.approaches.get(other.roads.approach(edge)?)?;
                let is_other = signal != draft.signal;
                is_other.then(|| (other.site_id.clone(), approach.name.long.clone()))
            });
            (onward.length_m, to)
        });
        let upstream = draft.roads.approaches.iter().map(|approach| {
            let feeders = self
                .feeders
                .get(&(draft.signal.clone(), approach.edge))?
                .iter();
            // Where several exits lead here, the nearest.
            let others = feeders.filter(|feeder| feeder.signal != draft.signal);
            let nearest = others.min_by(|a, b| a.length_m.total_cmp(&b.length_m))?;
            Some((nearest.site.clone(), nearest.exit.clone()))
        });
        Links {
            upstream: upstream.collect(),
            downstream: downstream.collect(),
        }
    }
}

/// Longest id of a site.
const SITE_ID_MAX: usize = 64;

/// The nearest short name that is allowed and not taken.
fn site_id(signal: &str, taken: &[String]) -> String {
    let letters: String = signal
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    let mut name = letters.split_whitespace().collect::<Vec<_>>().join("-");
    if name.is_empty() {
        name = "signal".to_owned();
    }
    // Room for a number at the end.
    if name.len() > SITE_ID_MAX - 8 {
        name = name.chars().take(SITE_ID_MAX - 8).collect();
        name = name.trim_end_matches('-').to_owned();
    }
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(|name| !taken.contains(name)).unwrap_or(name)
}
