//! Phases of a signal: links that are always green together.
//!
//! In: a program taken apart, and which links meet. Out: [`Phasing`]: what serves every link, which phases may run
//! together, in which order the program serves them. A link that is `G` in some states and `g` in others
//! (protected and permissive left) is protected by the phase of its `G` and permissive by the phases beside which it
//! is `g`. Not here: times (`timing.rs`).

use crate::intersection::{PHASES_MAX, PerPhase, PhaseId, PhaseSet};
use crate::sumo::net::{ConnectionIx, EdgeIx, Net};

use super::program::{Program, is_on};

/// What a link of a signal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Always this.
    Always(char),
    /// Green with its phases.
    ByPhases {
        /// `G` while one of these is green.
        protected: PhaseSet,
        /// Else `g` while one of these is.
        permissive: PhaseSet,
        /// What it shows otherwise: `s` where traffic may turn on red after a stop, else `r`.
        closed: char,
    },
}

/// The phases of a signal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Phasing {
    /// All phases, numbered from 1 on.
    pub(super) phases: PhaseSet,
    /// By link.
    pub(super) shows: Vec<Shows>,
    /// Phases of each green state of the program.
    pub(super) entries: Vec<PhaseSet>,
    /// Which phases may run together, themselves included.
    pub(super) compatible: PerPhase<PhaseSet>,
    /// What somebody should know.
    pub(super) notes: Vec<String>,
}

/// A way that a signal controls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Way {
    /// Place in the state of the signal.
    pub(super) link: usize,
    /// From where to where.
    pub(super) connection: ConnectionIx,
    /// Where it starts.
    pub(super) from: EdgeIx,
    /// Whether vehicles of the road use it, rather than pedestrians, bicycles or trains.
    pub(super) is_for_vehicles: bool,
}

/// In which green states something is on.
type Pattern = Vec<bool>;

/// Works out the phases.
///
/// # Errors
/// Why the signal cannot be controlled by phases.
pub(super) fn phasing(net: &Net, program: &Program, ways: &[Way]) -> Result<Phasing, String> {
    let mut notes = Vec::new();
    let mut patterns = Patterns::new(program, ways);
    if patterns.found.len() > PHASES_MAX {
        let greens = program.greens.len();
        if greens > PHASES_MAX {
            return Err(format!(
                "{} signal groups and {greens} green states; a controller has {PHASES_MAX} phases",
                patterns.found.len()
            ));
        }
        notes.push(format!(
            "it has {} signal groups, more than the {PHASES_MAX} phases of a controller: each green state of its program \
             is a phase",
            patterns.found.len()
        ));
        patterns.found = (0..greens)
            .map(|on| (0..greens).map(|at| at == on).collect())
            .collect();
    }
    let phases: PhaseSet = patterns.set(&(0..patterns.found.len()).collect::<Vec<_>>());
    let shows = (0..program.links).map(|link| patterns.shows(program, ways, link));
    let mut phasing = Phasing {
        phases,
        shows: shows.collect::<Result<_, _>>()?,
        entries: (0..program.greens.len())
            .map(|green| patterns.entry(green))
            .collect(),
        compatible: PerPhase::default(),
        notes,
    };
    phasing.settle_conflicts(net, ways);
    if phases
        .iter()
        .all(|phase| phasing.compatible[phase] == phases)
    {
        return Err("it has nothing to decide: whatever it stops may go together".to_owned());
    }
    Ok(phasing)
}

/// The patterns that become phases, in the order of the program.
struct Patterns {
    found: Vec<Pattern>,
    greens: usize,
}

impl Patterns {
    fn new(program: &Program, ways: &[Way]) -> Self {
        let mut patterns = Self {
            found: Vec::new(),
            greens: program.greens.len(),
        };
        let changing: Vec<usize> = ways
            .iter()
            .filter(|way| way.is_for_vehicles && !program.never_stops(way.link))
            .map(|way| way.link)
            .collect();
        for link in &changing {
            patterns.add(patterns.of(program, *link, |c| c == 'G'));
        }
        // Always permissive, and not only beside phases there are.
        for link in &changing {
            if patterns.permissive(program, *link, &[]).is_none() {
                patterns.add(patterns.of(program, *link, |c| c == 'g'));
            }
        }
        let first = |pattern: &Pattern| pattern.iter().position(|on| *on);
        patterns
            .found
            .sort_by(|a, b| first(a).cmp(&first(b)).then(b.cmp(a)));
        patterns
    }

    fn of(&self, program: &Program, link: usize, is: impl Fn(char) -> bool) -> Pattern {
        (0..self.greens)
            .map(|green| is(program.shows(green, link)))
            .collect()
    }

    fn add(&mut self, pattern: Pattern) {
        if pattern.contains(&true) && !self.found.contains(&pattern) {
            self.found.push(pattern);
        }
    }

    fn protected(&self, program: &Program, link: usize) -> Option<Vec<usize>> {
        let protected = self.of(program, link, |c| c == 'G');
        self.covering(&protected, &protected, &[])
    }

    fn permissive(&self, program: &Program, link: usize, beside: &[usize]) -> Option<Vec<usize>> {
        let permissive = self.of(program, link, |c| c == 'g');
        self.covering(&permissive, &self.of(program, link, is_on), beside)
    }

    /// Patterns that are on in every state of `target` and only in states of `within`: those in `first` first, then
    /// the longest. `None` when there are none.
    fn covering(&self, target: &Pattern, within: &Pattern, first: &[usize]) -> Option<Vec<usize>> {
        let mut open = target.clone();
        let fits = |pattern: &Pattern| pattern.iter().zip(within).all(|(on, may)| !on || *may);
        let length = |pattern: &Pattern| pattern.iter().filter(|on| **on).count();
        let found = self.found.iter().enumerate();
        let mut candidates: Vec<(usize, &Pattern)> = found.filter(|(_, it)| fits(it)).collect();
        candidates.sort_by_key(|(at, it)| (!first.contains(at), usize::MAX - length(it), *at));
        let mut chosen = Vec::new();
        for (at, pattern) in candidates {
            if pattern.iter().zip(&open).any(|(on, open)| *on && *open) {
                chosen.push(at);
                for (open, on) in open.iter_mut().zip(pattern) {
                    *open &= !on;
                }
            }
        }
        (!open.contains(&true)).then_some(chosen)
    }

    fn shows(&self, program: &Program, ways: &[Way], link: usize) -> Result<Shows, String> {
        let users: Vec<&Way> = ways.iter().filter(|way| way.link == link).collect();
        if users.is_empty() || program.never_stops(link) {
            return Ok(Shows::Always(program.shows(0, link)));
        }
        let beside: Vec<usize> = ways
            .iter()
            .filter(|way| users.iter().any(|user| user.from == way.from))
            .filter_map(|way| self.protected(program, way.link))
            .flatten()
            .collect();
        let protected = self.protected(program, link);
        let permissive = self.permissive(program, link, &beside);
        let (Some(protected), Some(permissive)) = (protected, permissive) else {
            return Err(format!(
                "link {link}, not for vehicles, is green at times of its own"
            ));
        };
        let stops_first = (0..self.greens).any(|green| program.shows(green, link) == 's');
        let closed = if stops_first { 's' } else { 'r' };
        if protected.is_empty() && permissive.is_empty() {
            return Ok(Shows::Always(closed));
        }
        let protected = self.set(&protected);
        Ok(Shows::ByPhases {
            protected,
            permissive: self.set(&permissive).difference(protected),
            closed,
        })
    }

    fn set(&self, places: &[usize]) -> PhaseSet {
        let numbers = places.iter().filter_map(|at| u8::try_from(at + 1).ok());
        numbers.filter_map(PhaseId::new).collect()
    }

    fn entry(&self, green: usize) -> PhaseSet {
        let on = |at: &usize| {
            self.found
                .get(*at)
                .is_some_and(|it| it.get(green) == Some(&true))
        };
        let on: Vec<usize> = (0..self.found.len()).filter(on).collect();
        self.set(&on)
    }
}

/// How a way is served by a phase.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Service {
    Protected,
    Permissive,
}

impl Phasing {
    fn service(&self, way: &Way, phase: PhaseId) -> Option<Service> {
        match self.shows.get(way.link)? {
            Shows::ByPhases { protected, .. } if protected.contains(phase) => {
                Some(Service::Protected)
            }
            Shows::ByPhases { permissive, .. } if permissive.contains(phase) => {
                Some(Service::Permissive)
            }
            Shows::ByPhases { .. } | Shows::Always(_) => None,
        }
    }

    /// Two phases may run together when of every two of their ways that meet one yields; and in any case when the
    /// net's own program has them together.
    fn settle_conflicts(&mut self, net: &Net, ways: &[Way]) {
        for a in self.phases.iter() {
            self.compatible[a].insert(a);
            for b in self.phases.iter().filter(|b| *b <= a) {
                let clash = self.clash(net, ways, a, b);
                let together = |entry: &PhaseSet| entry.contains(a) && entry.contains(b);
                let is_program = self.entries.iter().any(together);
                if let Some((one, other)) = clash.filter(|_| is_program) {
                    let phases = match a == b {
                        true => format!("phase {a} has"),
                        false => format!("phases {b} and {a} run together and have"),
                    };
                    self.notes.push(format!(
                        "{phases} links {one} and {other}, which meet and do not yield; kept, because the net's own \
                         program shows them green together"
                    ));
                }
                if clash.is_none() || is_program {
                    self.compatible[a].insert(b);
                    self.compatible[b].insert(a);
                }
            }
        }
    }

    /// Links of two phases that must not be green together.
    fn clash(&self, net: &Net, ways: &[Way], a: PhaseId, b: PhaseId) -> Option<(usize, usize)> {
        let of = |phase: PhaseId| {
            let ways = ways.iter();
            ways.filter_map(move |way| Some((way, self.service(way, phase)?)))
        };
        let pairs = of(a).flat_map(|one| of(b).map(move |other| (one, other)));
        let mut pairs = pairs.filter(|((one, _), (other, _))| one.link != other.link);
        pairs
            .find(|((one, served), (other, others))| {
                let (x, y) = (one.connection, other.connection);
                let one_yields = *served == Service::Permissive && net.yields(x, y);
                let other_yields = *others == Service::Permissive && net.yields(y, x);
                may_meet(net, x, y) && !one_yields && !other_yields
            })
            .map(|((one, _), (other, _))| (one.link, other.link))
    }
}

/// Whether two ways meet; in a junction without a right-of-way table they may.
fn may_meet(net: &Net, a: ConnectionIx, b: ConnectionIx) -> bool {
    let junction = |it: ConnectionIx| net.connections[it].junction;
    let has_table = |it: ConnectionIx| {
        let junction = net.connections[it].junction;
        junction.is_some_and(|junction| !net.junctions[junction].requests.is_empty())
    };
    let from = |it: ConnectionIx| net.connections[it].from;
    match junction(a) == junction(b) && !(has_table(a) && has_table(b)) {
        true => from(a) != from(b),
        false => net.are_foes(a, b),
    }
}
