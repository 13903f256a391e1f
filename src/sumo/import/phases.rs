//! Phases of a signal: links from one road that are always green together.
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
    /// By link: phases during which it is closed whatever else is green.
    pub(super) not_with: Vec<PhaseSet>,
    /// By link with turn on red: phases during which there is none.
    pub(super) red_with: Vec<PhaseSet>,
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
    /// Who uses it.
    pub(super) user: User,
}

/// Who uses a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum User {
    /// Vehicles of the road, from a stop bar.
    Vehicles,
    /// Vehicles that wait once more within the junction.
    Inner,
    /// Pedestrians.
    Foot,
    /// Bicycles, trams, trains.
    Other,
}

impl Way {
    /// Whether it is a way of vehicles from a stop bar.
    pub(super) fn is_for_vehicles(&self) -> bool {
        self.user == User::Vehicles
    }
}

/// In which green states something is on.
type Pattern = Vec<bool>;

/// Works out the phases. `by_road`: roads that the program serves together may also be served apart, a through
/// movement with the left turn beside it, say, which the program never shows without the opposing ones.
///
/// # Errors
/// Why the signal cannot be controlled by phases.
pub(super) fn phasing(
    net: &Net,
    program: &Program,
    ways: &[Way],
    by_road: bool,
) -> Result<Phasing, String> {
    let mut notes = Vec::new();
    let mut patterns = Patterns::new(program, ways, by_road);
    if patterns.found.len() > PHASES_MAX {
        patterns = Patterns::new(program, ways, false);
    }
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
            .map(|on| Group {
                from: None,
                pattern: (0..greens).map(|at| at == on).collect(),
            })
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
        not_with: vec![PhaseSet::EMPTY; program.links],
        red_with: Vec::new(),
        compatible: PerPhase::default(),
        notes,
    };
    let red_with = (0..program.links).map(|link| phasing.red_with(program, link));
    phasing.red_with = red_with.collect();
    phasing.settle_conflicts(net, program, ways);
    if by_road && !phasing.meets_as_program(net, program, ways) {
        return self::phasing(net, program, ways, false);
    }
    if phases
        .iter()
        .all(|phase| phasing.compatible[phase] == phases)
    {
        return Err("it has nothing to decide: whatever it stops may go together".to_owned());
    }
    Ok(phasing)
}

/// Links that are on together.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    /// The road they come from, where each road has groups of its own.
    from: Option<EdgeIx>,
    pattern: Pattern,
}

impl Group {
    /// Greens of the program in which it is on.
    fn length(&self) -> usize {
        self.pattern.iter().filter(|on| **on).count()
    }
}

/// Takes candidates, in their order, as long as each covers some of what is still `open`; `None` if some of it
/// is left in the end.
fn cover(mut open: Pattern, candidates: Vec<(usize, &Group)>) -> Option<Vec<usize>> {
    let mut chosen = Vec::new();
    for (at, group) in candidates {
        let pattern = &group.pattern;
        if pattern.iter().zip(&open).any(|(on, open)| *on && *open) {
            chosen.push(at);
            for (open, on) in open.iter_mut().zip(pattern) {
                *open &= !on;
            }
        }
    }
    (!open.contains(&true)).then_some(chosen)
}

/// The groups that become phases, in the order of the program.
struct Patterns {
    found: Vec<Group>,
    greens: usize,
}

impl Patterns {
    fn new(program: &Program, ways: &[Way], by_road: bool) -> Self {
        let mut patterns = Self {
            found: Vec::new(),
            greens: program.greens.len(),
        };
        let changing: Vec<(usize, Option<EdgeIx>)> = ways
            .iter()
            .filter(|way| way.is_for_vehicles() && !program.never_stops(way.link))
            .map(|way| (way.link, by_road.then_some(way.from)))
            .collect();
        for (link, from) in &changing {
            patterns.add(*from, patterns.of(program, *link, |c| c == 'G'));
        }
        // Always permissive, and not only beside phases there are.
        for (link, from) in &changing {
            if patterns.permissive(program, (*link, *from), &[]).is_none() {
                patterns.add(*from, patterns.of(program, *link, |c| c == 'g'));
            }
        }
        let first = |group: &Group| group.pattern.iter().position(|on| *on);
        patterns
            .found
            .sort_by(|a, b| first(a).cmp(&first(b)).then(b.pattern.cmp(&a.pattern)));
        patterns
    }

    fn of(&self, program: &Program, link: usize, is: impl Fn(char) -> bool) -> Pattern {
        (0..self.greens)
            .map(|green| is(program.shows(green, link)))
            .collect()
    }

    fn add(&mut self, from: Option<EdgeIx>, pattern: Pattern) {
        let group = Group { from, pattern };
        if group.pattern.contains(&true) && !self.found.contains(&group) {
            self.found.push(group);
        }
    }

    fn protected(
        &self,
        program: &Program,
        (link, from): (usize, Option<EdgeIx>),
    ) -> Option<Vec<usize>> {
        let protected = self.of(program, link, |c| c == 'G');
        self.covering(&protected, (&protected, from), &[])
    }

    fn permissive(
        &self,
        program: &Program,
        (link, from): (usize, Option<EdgeIx>),
        beside: &[usize],
    ) -> Option<Vec<usize>> {
        let permissive = self.of(program, link, |c| c == 'g');
        let on = self.of(program, link, is_on);
        self.covering(&permissive, (&on, from), beside)
    }

    /// Groups of the road that are on in every state of `target` and only in states of `within`: those in `first`
    /// first, then the longest. `None` when there are none.
    fn covering(
        &self,
        target: &Pattern,
        (within, from): (&Pattern, Option<EdgeIx>),
        first: &[usize],
    ) -> Option<Vec<usize>> {
        let fits = |group: &Group| {
            let mut states = group.pattern.iter().zip(within);
            let is_own = group.from.is_none() || group.from == from;
            is_own && states.all(|(on, may)| !on || *may)
        };
        let found = self.found.iter().enumerate();
        let mut candidates: Vec<(usize, &Group)> = found.filter(|(_, it)| fits(it)).collect();
        candidates.sort_by_key(|(at, it)| (!first.contains(at), usize::MAX - it.length(), *at));
        cover(target.clone(), candidates)
    }

    /// For pedestrians and rails that are green for a part of the time that some vehicles are: with these, if there are
    /// such vehicles whenever they are green.
    fn along(&self, program: &Program, link: usize) -> Option<Vec<usize>> {
        let on = self.of(program, link, is_on);
        let both = |group: &Group| {
            group
                .pattern
                .iter()
                .zip(&on)
                .filter(|(a, b)| **a && **b)
                .count()
        };
        let mut candidates: Vec<(usize, &Group)> = self.found.iter().enumerate().collect();
        // Those that it misses the least of, then those that have the most of it.
        candidates.sort_by_key(|(at, it)| (it.length() - both(it), usize::MAX - both(it), *at));
        cover(on, candidates)
    }

    fn shows(&self, program: &Program, ways: &[Way], link: usize) -> Result<Shows, String> {
        let users: Vec<&Way> = ways.iter().filter(|way| way.link == link).collect();
        if users.is_empty() {
            return Ok(Shows::Always(program.shows(0, link)));
        }
        if program.never_stops(link) {
            // Sometimes it yields: then always.
            let yields = (0..self.greens).any(|green| program.shows(green, link) == 'g');
            return Ok(Shows::Always(if yields { 'g' } else { 'G' }));
        }
        let from = users.first().map(|user| user.from);
        let beside: Vec<usize> = ways
            .iter()
            .filter(|way| users.iter().any(|user| user.from == way.from))
            .filter_map(|way| self.protected(program, (way.link, Some(way.from))))
            .flatten()
            .collect();
        let protected = self.protected(program, (link, from));
        let exact = protected.zip(self.permissive(program, (link, from), &beside));
        let along = || Some((self.along(program, link)?, Vec::new()));
        let (protected, permissive) = exact.or_else(along).ok_or_else(|| {
            format!("link {link}, not for vehicles, is green when no vehicles are")
        })?;
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
                .is_some_and(|it| it.pattern.get(green) == Some(&true))
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
    /// Phases with which a link shows red wherever it is closed, although it shows `s` with others.
    fn red_with(&self, program: &Program, link: usize) -> PhaseSet {
        let Some(Shows::ByPhases { closed: 's', .. }) = self.shows.get(link) else {
            return PhaseSet::EMPTY;
        };
        let with = |letter: char| {
            let entries = self.entries.iter().enumerate();
            let entries = entries.filter(|(green, _)| program.shows(*green, link) == letter);
            entries.fold(PhaseSet::EMPTY, |all, (_, entry)| all.union(*entry))
        };
        with('r').difference(with('s'))
    }

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

    /// Two phases may run together when none of their ways meet but such that yield to each other, as the net's own
    /// program has them; and in any case when that program has the phases together. Pedestrians that it keeps off the
    /// street meanwhile, it keeps off here too.
    fn settle_conflicts(&mut self, net: &Net, program: &Program, ways: &[Way]) {
        for a in self.phases.iter() {
            self.compatible[a].insert(a);
            for b in self.phases.iter().filter(|b| *b <= a) {
                let clashes = self.clashes(net, program, ways, a, b);
                let together = |entry: &PhaseSet| entry.contains(a) && entry.contains(b);
                let is_program = self.entries.iter().any(together);
                if clashes.is_empty() || is_program {
                    self.compatible[a].insert(b);
                    self.compatible[b].insert(a);
                }
                if is_program {
                    self.tolerate(program, a, b, &clashes);
                }
            }
        }
    }

    /// Whether ways of vehicles that meet without one yielding are shown so in the program itself, letter by letter:
    /// not only each with something else.
    fn meets_as_program(&self, net: &Net, program: &Program, ways: &[Way]) -> bool {
        let letter = |way: &Way, phase: PhaseId| match self.service(way, phase) {
            Some(Service::Protected) => 'G',
            _ => 'g',
        };
        let pairs = self.phases.iter().flat_map(|a| {
            let others = self.compatible[a].iter().filter(move |b| *b <= a);
            others.map(move |b| (a, b))
        });
        pairs.into_iter().all(|(a, b)| {
            let clashes = self.clashes(net, program, ways, a, b);
            let mut vehicles = clashes
                .iter()
                .filter(|(one, other)| one.is_for_vehicles() && other.is_for_vehicles());
            vehicles.all(|(one, other)| {
                let (x, y) = (letter(one, a), letter(other, b));
                (0..program.greens.len()).any(|green| {
                    program.shows(green, one.link) == x && program.shows(green, other.link) == y
                })
            })
        })
    }

    /// Keeps what the net's own program has, and says so.
    fn tolerate(&mut self, program: &Program, a: PhaseId, b: PhaseId, clashes: &[(Way, Way)]) {
        let (off_road, vehicles): (Vec<_>, Vec<_>) = clashes
            .iter()
            .partition(|(one, other)| !one.is_for_vehicles() || !other.is_for_vehicles());
        let apart = |(one, other): &&(Way, Way)| !program.has_together(one.link, other.link);
        for (one, other) in off_road.into_iter().filter(apart) {
            for (way, phase) in [(one, b), (other, a)] {
                let not_with = self.not_with.get_mut(way.link);
                if let Some(not_with) = not_with.filter(|_| !way.is_for_vehicles()) {
                    not_with.insert(phase);
                }
            }
        }
        if let Some((one, other)) = vehicles.first() {
            let phases = match a == b {
                true => format!("phase {a} has"),
                false => format!("phases {b} and {a} run together and have"),
            };
            self.notes.push(format!(
                "{phases} links {} and {}, which meet and do not yield; kept, because the net's own program shows them \
                 green together",
                one.link, other.link
            ));
        }
    }

    /// Ways of two phases that must not be green together.
    fn clashes(
        &self,
        net: &Net,
        program: &Program,
        ways: &[Way],
        a: PhaseId,
        b: PhaseId,
    ) -> Vec<(Way, Way)> {
        let of = |phase: PhaseId| {
            let ways = ways.iter();
            ways.filter_map(move |way| Some((way, self.service(way, phase)?)))
        };
        let pairs = of(a).flat_map(|one| of(b).map(move |other| (one, other)));
        let pairs = pairs.filter(|((one, _), (other, _))| one.link != other.link);
        pairs
            .filter(|((one, served), (other, others))| {
                let (x, y) = (one.connection, other.connection);
                let one_yields = *served == Service::Permissive && net.yields(x, y);
                let other_yields = *others == Service::Permissive && net.yields(y, x);
                // A side road that would yield to the main road is not meant to go along with it.
                let is_usual = program.has_together(one.link, other.link);
                may_meet(net, x, y) && !((one_yields || other_yields) && is_usual)
            })
            .map(|((one, _), (other, _))| (*one, *other))
            .collect()
    }
}

/// Whether two ways meet; in a junction without a right-of-way table they may.
fn may_meet(net: &Net, a: ConnectionIx, b: ConnectionIx) -> bool {
    let junction = |it: ConnectionIx| net.connections[it].junction;
    if junction(a).is_none() {
        return false;
    }
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
