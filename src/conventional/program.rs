//! Patterns compiled to what the ring machine walks through: entries, force-offs, windows.
//!
//! In: the site's rings, patterns and schedule. Out: one [`Program`] per pattern, and one for running
//! free. Everything here is computed once, so that a tick only compares numbers. Not here: any state.

use crate::conventional::webster;
use crate::intersection::Coordination;
use crate::intersection::Intersection;
use crate::intersection::Pattern;
use crate::intersection::PerPhase;
use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::intersection::Ring;
use crate::intersection::entry_lengths;
use crate::units::ClockTime;
use crate::units::Millis;

/// Most rings of one site; NTCIP cabinets know 16, no street needs more than four.
pub const RINGS_MAX: usize = 4;

/// NTCIP number of free operation, as in `coordPatternStatus` and event 131.
pub const FREE: u16 = 254;

/// One pattern, ready to run.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// NTCIP pattern number; [`FREE`] when nothing is scheduled.
    pub(super) number: u16,
    /// By ring, at most [`RINGS_MAX`].
    pub(super) rings: Vec<RingProgram>,
    /// Number of groups between barriers, at least 1.
    pub(super) groups: usize,
    /// Maximum green in force.
    pub(super) max_green: PerPhase<Millis>,
    /// Phases whose maximum comes from the pattern (logged as MAX 2).
    pub(super) max_two: PhaseSet,
    /// Cycle and offset; `None`: free.
    pub(super) timeline: Option<Timeline>,
}

/// What the local cycle timer needs.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    pub(super) cycle: Millis,
    pub(super) offset: Millis,
    pub(super) coordinated: PhaseSet,
    /// Split by phase, for the log.
    pub(super) splits: PerPhase<Millis>,
    /// Every split still holds its minimum service when the cycle is shortened in transition.
    pub(super) can_shorten: bool,
}

/// One ring of a program.
#[derive(Clone, Debug, Default)]
pub(super) struct RingProgram {
    /// In order of service, all groups one after another.
    pub(super) entries: Vec<Entry>,
    /// Yield point of this ring after the local zero of the cycle. Times of the entries count from it.
    pub(super) lag: Millis,
    /// From its yield point to the last ring's. Until then no ring can cross the barrier.
    pub(super) last_yield: Millis,
}

/// One thing a ring serves: a phase, or a set of phases of a site given by a conflict table.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// Between which barriers.
    pub(super) group: usize,
    pub(super) phases: PhaseSet,
    /// Some phase of it enters without a call when the other ring crosses the barrier.
    pub(super) dual_entry: bool,
    /// It has a coordinated phase: held to its yield point.
    pub(super) coordinated: bool,
    /// Its force-off is the ring's yield point, from which the times of the ring count. The coordinated
    /// entry, or in a ring without one what it serves when the coordinated phases yield.
    pub(super) anchor: bool,
    /// Start of its split, after the ring's yield point.
    pub(super) starts: Millis,
    /// May not be entered from the anchor before this, so that other phases get their chance first.
    pub(super) opens: Millis,
    /// End of its green, after the ring's yield point; the whole cycle for the anchor.
    pub(super) force_off: Millis,
}

impl RingProgram {
    /// When the green of `phase`, begun in the entry at `index`, is forced off: it lasts through the
    /// following entries that have it too.
    pub(super) fn service_end(&self, index: usize, phase: PhaseId) -> Millis {
        self.entries
            .iter()
            .skip(index)
            .take_while(|entry| entry.phases.contains(phase))
            .last()
            .map_or(Millis::ZERO, |entry| entry.force_off)
    }
}

/// Compiles every pattern; the last program is free operation. With `fixed`, every program gets a
/// cycle: its own, or one by Webster's formula.
pub(super) fn compile_all(site: &Intersection, fixed: bool) -> Vec<Program> {
    let unscheduled = unscheduled(if fixed { 0 } else { FREE });
    site.patterns
        .iter()
        .chain(std::iter::once(&unscheduled))
        .map(|pattern| compile(site, pattern, fixed))
        .collect()
}

/// Index of the program that the schedule asks for at this civil time: the first entry that matches
/// wins; none means the last program, free.
pub(super) fn scheduled(site: &Intersection, clock: ClockTime) -> usize {
    site.scheduled_pattern(clock).unwrap_or(site.patterns.len())
}

/// Free operation in the site's own sequence, whatever is scheduled: what a cycle fault falls back to.
pub(super) fn free(site: &Intersection) -> Program {
    compile(site, &unscheduled(FREE), false)
}

fn unscheduled(number: u16) -> Pattern {
    Pattern {
        id: String::new(),
        number,
        coordination: None,
        rings: None,
        max_green: PerPhase::default(),
    }
}

fn compile(site: &Intersection, pattern: &Pattern, fixed: bool) -> Program {
    let rings = pattern.rings.as_ref().unwrap_or(&site.rings);
    let derived;
    let coordination = match &pattern.coordination {
        None if fixed => {
            derived = webster::plan(site, rings, &webster::assumed_ratios(site, rings));
            Some(&derived)
        }
        given => given.as_ref(),
    };
    let mut program = Program {
        number: pattern.number,
        rings: rings
            .iter()
            .take(RINGS_MAX)
            .map(|ring| entries_of(site, ring))
            .collect(),
        groups: rings
            .iter()
            .map(|ring| ring.groups.len())
            .max()
            .unwrap_or(0)
            .max(1),
        max_green: PerPhase::from_fn(|phase| {
            pattern.max_green[phase].unwrap_or(site.phase[phase].actuated.max_green)
        }),
        max_two: site
            .phases
            .iter()
            .filter(|&phase| pattern.max_green[phase].is_some())
            .collect(),
        timeline: None,
    };
    if let Some(coordination) = coordination {
        lay_out(site, &mut program, coordination);
    }
    program
}

fn entries_of(site: &Intersection, ring: &Ring) -> RingProgram {
    let entries = ring
        .groups
        .iter()
        .enumerate()
        .flat_map(|(group, sets)| sets.iter().map(move |&phases| (group, phases)))
        .map(|(group, phases)| Entry {
            group,
            phases,
            dual_entry: phases
                .iter()
                .any(|phase| site.phase[phase].actuated.dual_entry),
            ..Entry::default()
        })
        .collect();
    RingProgram {
        entries,
        ..RingProgram::default()
    }
}

/// Time from the end of green to the end of red clearance, the longest among these phases.
pub(super) fn clearance(site: &Intersection, phases: PhaseSet) -> Millis {
    phases
        .iter()
        .map(|phase| {
            let safety = &site.phase[phase].safety;
            safety.yellow_change + safety.red_clearance
        })
        .max()
        .unwrap_or(Millis::ZERO)
}

/// Least time from the start of service to the end of green, with or without pedestrians, the longest
/// among these phases.
pub(super) fn least_service(site: &Intersection, phases: PhaseSet, walking: PhaseSet) -> Millis {
    phases
        .iter()
        .map(|phase| {
            let safety = &site.phase[phase].safety;
            match safety.pedestrian {
                Some(pedestrian) if walking.contains(phase) => (pedestrian.walk
                    + pedestrian.clearance)
                    .max(pedestrian.leading + safety.min_green),
                Some(_) | None => safety.min_green,
            }
        })
        .max()
        .unwrap_or(Millis::ZERO)
}

/// Gives every entry its place in the cycle. Splits are laid one after another from the first group
/// on; every group is as long as its longest ring, and the last entry of a shorter one is stretched.
/// What the splits leave of the cycle goes to the coordinated entries' group.
fn lay_out(site: &Intersection, program: &mut Program, coordination: &Coordination) {
    let cycle = coordination.cycle.max(Millis(1000));
    for ring in &mut program.rings {
        mark_coordinated(ring, coordination.coordinated);
        let sets: Vec<PhaseSet> = ring.entries.iter().map(|entry| entry.phases).collect();
        for (entry, length) in ring
            .entries
            .iter_mut()
            .zip(entry_lengths(&sets, &coordination.splits))
        {
            entry.force_off = length; // its length for now
        }
    }
    let mut group_lengths: Vec<Millis> = (0..program.groups)
        .map(|group| {
            program
                .rings
                .iter()
                .map(|ring| length_of_group(ring, group))
                .max()
        })
        .map(|length| length.unwrap_or(Millis::ZERO))
        .collect();
    let main_group = program
        .rings
        .iter()
        .flat_map(|ring| &ring.entries)
        .find(|entry| entry.coordinated)
        .map_or(0, |entry| entry.group);
    let laid = group_lengths
        .iter()
        .fold(Millis::ZERO, |sum, &length| sum + length);
    if let Some(main) = group_lengths.get_mut(main_group) {
        *main = (*main + cycle - laid).max(Millis::ZERO);
    }
    for ring in &mut program.rings {
        place_entries(site, ring, &group_lengths);
    }
    refer_to_yield(program, cycle);
    open_windows(site, program, main_group);
    program.timeline = Some(Timeline {
        cycle,
        offset: coordination.offset,
        coordinated: coordination.coordinated,
        splits: coordination.splits,
        can_shorten: can_shorten(site, program),
    });
}

/// The entry with most coordinated phases (the first of equals) anchors the ring.
fn mark_coordinated(ring: &mut RingProgram, coordinated: PhaseSet) {
    let most = ring
        .entries
        .iter()
        .map(|entry| entry.phases.intersection(coordinated).len())
        .max()
        .unwrap_or(0);
    let anchor = ring
        .entries
        .iter_mut()
        .find(|entry| most > 0 && entry.phases.intersection(coordinated).len() == most);
    if let Some(entry) = anchor {
        entry.coordinated = true;
    }
}

fn length_of_group(ring: &RingProgram, group: usize) -> Millis {
    ring.entries
        .iter()
        .filter(|entry| entry.group == group)
        .fold(Millis::ZERO, |sum, entry| sum + entry.force_off)
}

/// Lengths to places: start of split and end of green from the start of the first group on.
fn place_entries(site: &Intersection, ring: &mut RingProgram, group_lengths: &[Millis]) {
    let mut group_starts = Millis::ZERO;
    for (group, &group_length) in group_lengths.iter().enumerate() {
        let spare = group_length - length_of_group(ring, group);
        let stretched = ring
            .entries
            .iter()
            .position(|entry| entry.group == group && entry.coordinated)
            .or_else(|| ring.entries.iter().rposition(|entry| entry.group == group));
        let mut starts = group_starts;
        let mut nexts = ring
            .entries
            .iter()
            .skip(1)
            .map(|entry| entry.phases)
            .collect::<Vec<_>>();
        nexts.push(PhaseSet::EMPTY);
        for (i, (entry, next)) in ring.entries.iter_mut().zip(nexts).enumerate() {
            if entry.group != group {
                continue;
            }
            let extra = if stretched == Some(i) {
                spare
            } else {
                Millis::ZERO
            };
            let ends = starts + (entry.force_off + extra).max(Millis::ZERO);
            entry.starts = starts;
            entry.force_off = ends - clearance(site, entry.phases.difference(next));
            starts = ends;
        }
        group_starts += group_length;
    }
}

/// Counts every time from its ring's yield point, and the ring's yield point from the cycle's local
/// zero: the first coordinated green to end. Through phases that yield apart (lead/lag) leave a time in
/// which one ring has yielded and the barrier cannot be crossed yet: [`RingProgram::last_yield`].
fn refer_to_yield(program: &mut Program, cycle: Millis) {
    let zero = program
        .rings
        .iter()
        .flat_map(|ring| ring.entries.iter().filter(|entry| entry.coordinated))
        .map(|entry| entry.force_off)
        .min()
        .unwrap_or(Millis::ZERO);
    let mut last = zero;
    for ring in &mut program.rings {
        let entries = &mut ring.entries;
        let serving_at_zero = |entry: &Entry| entry.starts <= zero;
        let anchor = entries
            .iter()
            .position(|entry| entry.coordinated)
            .or_else(|| entries.iter().rposition(serving_at_zero));
        let mut yields = zero;
        if let Some(anchor) = anchor.and_then(|anchor| entries.get_mut(anchor)) {
            anchor.anchor = true;
            yields = anchor.force_off;
        }
        ring.lag = modulo(yields - zero, cycle);
        ring.last_yield = yields; // the place of its own for now
        last = last.max(yields);
        for entry in entries {
            entry.starts = modulo(entry.starts - yields, cycle);
            entry.force_off = modulo(entry.force_off - yields, cycle);
            if entry.force_off == Millis::ZERO {
                entry.force_off = cycle;
            }
        }
    }
    for ring in &mut program.rings {
        ring.last_yield = last - ring.last_yield;
    }
}

/// Entries that come before the anchor in the coordinated group open (to a ring that is at the anchor)
/// only when the others can no longer start: otherwise a leading left turn called first would send the
/// ring back to the coordinated phase and shut the side street out for a cycle. All others open at the
/// yield point.
fn open_windows(site: &Intersection, program: &mut Program, main_group: usize) {
    let leads = |ring: &RingProgram, index: usize| {
        let anchor = ring.entries.iter().position(|entry| entry.anchor);
        let group = ring.entries.get(index).map(|entry| entry.group);
        group == Some(main_group) && anchor.is_none_or(|anchor| index < anchor)
    };
    let last_close = program
        .rings
        .iter()
        .flat_map(|ring| {
            ring.entries
                .iter()
                .enumerate()
                .map(move |(i, entry)| (ring, i, entry))
        })
        .filter(|&(ring, i, entry)| !entry.anchor && !leads(ring, i))
        .map(|(ring, _, entry)| {
            ring.lag + entry.force_off - least_service(site, entry.phases, PhaseSet::EMPTY)
        })
        .max()
        .unwrap_or(Millis::ZERO);
    for ring in &mut program.rings {
        let leading: Vec<bool> = (0..ring.entries.len()).map(|i| leads(ring, i)).collect();
        for (entry, leads) in ring.entries.iter_mut().zip(leading) {
            if leads {
                entry.opens = (last_close - ring.lag).max(Millis::ZERO).min(entry.starts);
            }
        }
    }
}

/// Whether a cycle run a fifth faster still holds every minimum.
fn can_shorten(site: &Intersection, program: &Program) -> bool {
    program
        .rings
        .iter()
        .flat_map(|ring| &ring.entries)
        .all(|entry| {
            let recalled = entry
                .phases
                .iter()
                .filter(|&phase| site.phase[phase].actuated.pedestrian_recall)
                .collect();
            let green = entry.force_off - entry.starts;
            green.0 * 5 >= least_service(site, entry.phases, recalled).0 * 6
        })
}

/// `time` within one cycle, 0 to `cycle` − 1 ms.
pub(super) fn modulo(time: Millis, cycle: Millis) -> Millis {
    Millis(time.0.rem_euclid(cycle.0.max(1)))
}
