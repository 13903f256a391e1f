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
use crate::sumo::net::{Net, Signal};

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
}

impl Default for Options {
    /// As the published experiments with these nets have it: greens of at least 5 s. 300 m are 20 s at 50 km/h.
    fn default() -> Self {
        Self {
            view_m: 100.0,
            reach_m: 300.0,
            min_green_s: 5.0,
            max_wait_s: 120.0,
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
    let drafts = drafts(net, options);
    let done = net
        .signals
        .iter()
        .map(|signal| finish(net, signal, &drafts));
    done.collect()
}

/// Imports one signal of a net.
///
/// # Errors
/// When the net has no such signal, or it cannot be controlled by phases.
pub fn signal(net: &Net, id: &str, options: &Options) -> Result<Imported, NotImported> {
    let drafts = drafts(net, options);
    match net.signal(id) {
        Some(signal) => finish(net, signal, &drafts),
        None => Err(NotImported {
            signal: id.to_owned(),
            why: "the net has no such signal".to_owned(),
        }),
    }
}

type Drafts = BTreeMap<String, Result<Draft, String>>;

fn drafts(net: &Net, options: &Options) -> Drafts {
    let mut ids: Vec<String> = Vec::new();
    let mut drafts = Drafts::new();
    for signal in &net.signals {
        let id = site_id(&signal.id, &ids);
        ids.push(id.clone());
        drafts.insert(signal.id.clone(), Draft::new(net, signal, id, options));
    }
    drafts
}

fn finish(net: &Net, signal: &Signal, drafts: &Drafts) -> Result<Imported, NotImported> {
    let not = |why: String| NotImported {
        signal: signal.id.clone(),
        why,
    };
    let draft = match drafts.get(&signal.id) {
        Some(Ok(draft)) => draft,
        Some(Err(why)) => return Err(not(why.clone())),
        None => return Err(not("the net has no such signal".to_owned())),
    };
    let links = links(net, draft, drafts);
    let text = write::site_file(net, draft, &links);
    let site = Intersection::parse(&text, &draft.site_id)
        .map_err(|error| not(format!("its site file would have problems:\n{error}")))?;
    Ok(Imported {
        signal: signal.id.clone(),
        text,
        site,
        wiring: draft.wiring(net, signal),
        notes: draft.notes.clone(),
    })
}

/// Roads of a site shared with other sites.
#[derive(Clone, Debug, Default, PartialEq)]
struct Links {
    /// By approach: site and exit upstream.
    upstream: Vec<Option<(String, String)>>,
    /// By exit: length, and site and approach downstream.
    downstream: Vec<(f64, Option<(String, String)>)>,
}

fn links(net: &Net, draft: &Draft, drafts: &Drafts) -> Links {
    let sites = || drafts.values().filter_map(|draft| draft.as_ref().ok());
    let downstream = draft.roads.exits.iter().map(|exit| {
        let onward = follow(net, exit.edge);
        let to = onward.signal.and_then(|(signal, edge)| {
            let other = sites().find(|other| other.signal == signal && signal != draft.signal)?;
            let approach = other.roads.approaches.get(other.roads.approach(edge)?)?;
            Some((other.site_id.clone(), approach.name.long.clone()))
        });
        (onward.length_m, to)
    });
    let upstream = draft.roads.approaches.iter().map(|approach| {
        let exits = sites()
            .filter(|other| other.signal != draft.signal)
            .flat_map(|other| other.roads.exits.iter().map(move |exit| (other, exit)));
        let leads_here = exits.filter_map(|(other, exit)| {
            let onward = follow(net, exit.edge);
            let here = onward.signal? == (draft.signal.clone(), approach.edge);
            here.then(|| {
                (
                    onward.length_m,
                    other.site_id.clone(),
                    exit.name.long.clone(),
                )
            })
        });
        // Where several do, the nearest.
        let nearest = leads_here.min_by(|a, b| a.0.total_cmp(&b.0));
        nearest.map(|(_, site, exit)| (site, exit))
    });
    Links {
        upstream: upstream.collect(),
        downstream: downstream.collect(),
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
