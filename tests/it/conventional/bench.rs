//! A bench for conventional control: demand drawn as lines, the real gate, strips and events out.
//!
//! ```text
//! 4  ...c..cc        c  a vehicle arrives; it stands on the detector until 2 s of green have let it go
//! 2  ====....        =  the detector is covered
//! 4p ..p.....        p  somebody pushes the button
//! ```
//! One character is one second of the demand. Detection is what `Readings` promises, made by hand: calls
//! while not green, actuations, extension while covered, no delay.

use std::collections::BTreeMap;

use phasewise::conventional::{Change, Conventional, Mode};
use phasewise::detection::Readings;
use phasewise::hires::Event;
use phasewise::intersection::{Intersection, PerPhase, PhaseId, PhaseSet, Table};
use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls, GreenEnd, PedestrianInterval, SignalState};
use phasewise::units::{ClockTime, Millis, TICK, Timestamp};

use crate::safety::sites::phase;
use crate::strips::Strips;

/// Time that one waiting vehicle needs to leave.
const HEADWAY: Millis = Millis(2_000);
/// Time that a moving vehicle covers the detector.
const PASSING: Millis = Millis(500);

/// Traffic of one phase.
#[derive(Clone, Debug)]
struct Lane {
    waiting: u32,
    serving_since: Option<Timestamp>,
    covered_until: Timestamp,
    held_on: bool,
}

/// Demand of one tick: `c`, `=`, `p` or anything else for nothing.
#[derive(Clone, Copy)]
pub(crate) struct Drawn {
    pub(crate) vehicle: PerPhase<char>,
    pub(crate) pedestrian: PerPhase<char>,
}

pub(crate) struct Bench {
    pub(crate) site: Intersection,
    pub(crate) control: Conventional,
    pub(crate) gate: Gate,
    pub(crate) strips: Strips,
    /// Events of conventional control with the controller's time of their tick.
    pub(crate) events: Vec<(Timestamp, Event)>,
    pub(crate) changes: Vec<Change>,
    /// Every end of green: when, which, why.
    pub(crate) ends: Vec<(Timestamp, PhaseId, GreenEnd)>,
    pub(crate) failed: PhaseSet,
    pub(crate) now: Timestamp,
    /// Civil time less controller time.
    pub(crate) clock_offset: Millis,
    /// What is shown after the last tick, and before it.
    pub(crate) shown: SignalState,
    pub(crate) before: SignalState,
    /// Calls of the last tick.
    pub(crate) calls: Calls,
    lanes: BTreeMap<PhaseId, Lane>,
    buttons: PhaseSet,
}

impl Bench {
    /// Time starts six seconds before zero, so that the gate's all-red start is over at zero.
    pub(crate) fn new(site: Intersection, mode: Mode) -> Self {
        let start = Timestamp(-6_000);
        Self {
            control: Conventional::new(&site, mode),
            gate: Gate::new(&site, start),
            strips: Strips::per_second(site.phases),
            events: Vec::new(),
            changes: Vec::new(),
            ends: Vec::new(),
            failed: PhaseSet::EMPTY,
            now: start,
            clock_offset: Millis::ZERO,
            shown: SignalState::default(),
            before: SignalState::default(),
            calls: Calls::default(),
            lanes: site.phases.iter().map(|p| (p, Lane::empty())).collect(),
            buttons: PhaseSet::EMPTY,
            site,
        }
    }

    pub(crate) fn actuated(site: Intersection) -> Self {
        Self::new(site, Mode::Actuated)
    }

    /// Runs the demand to its last second, or `seconds` if that is longer.
    pub(crate) fn run(&mut self, demand: &str, seconds: i64) -> &mut Self {
        let lines = lines_of(demand);
        let lengths = lines
            .values()
            .map(|line| i64::try_from(line.len()).unwrap());
        let ticks = lengths.max().unwrap_or(0).max(seconds) * 10;
        while self.now.0 < 0 {
            self.step(&drawn_at(&BTreeMap::new(), 0));
        }
        for tick in 0..ticks {
            self.step(&drawn_at(&lines, tick));
        }
        assert_eq!(
            self.gate.refusals(),
            0,
            "conventional control never gives cause to refuse"
        );
        self
    }

    /// One tick of conventional control.
    pub(crate) fn step(&mut self, drawn: &Drawn) {
        self.step_with(drawn, None);
    }

    /// One tick; somebody else's advice, if given, is followed instead.
    pub(crate) fn step_with(&mut self, drawn: &Drawn, other: Option<Advice>) {
        let readings = self.read(drawn);
        let clock = ClockTime(self.now.0) + self.clock_offset;
        let advice = other.unwrap_or_else(|| {
            let advice = *self
                .control
                .advise(&self.site, &readings, &self.shown, self.now, clock);
            self.check_advice(advice.green);
            self.events
                .extend(self.control.events().iter().map(|&event| (self.now, event)));
            self.changes.extend(self.control.change().copied());
            advice
        });
        self.before = self.shown.clone();
        self.shown = self.gate.admit(&advice, &readings.calls, self.now).clone();
        for phase in self.before.greens().difference(self.shown.greens()).iter() {
            self.ends
                .push((self.now, phase, self.gate.green_ends()[phase]));
        }
        if self.now.0 >= 0 {
            self.strips.record(&self.shown, self.now);
        }
        self.now = self.now + TICK;
    }

    /// Asking for less than a minimum would not be refused, only ignored: it is checked here.
    fn check_advice(&self, green: PhaseSet) {
        for phase in self.shown.right_of_way().difference(green).iter() {
            let shown = self.shown.phases[phase];
            let safety = &self.site.phase[phase].safety;
            assert!(
                self.now.since(shown.since) >= safety.min_green
                    && shown.pedestrian != PedestrianInterval::Walk,
                "phase {phase} dropped too early at {}",
                self.now
            );
        }
        assert!(
            self.site.conflicts.are_compatible(green),
            "{green} conflict"
        );
    }

    fn read(&mut self, drawn: &Drawn) -> Readings {
        let mut actuations: PerPhase<u32> = PerPhase::default();
        let mut covered = PhaseSet::EMPTY;
        let greens = self.shown.greens();
        for (&phase, lane) in &mut self.lanes {
            let c = drawn.vehicle[phase];
            if c == 'c' {
                actuations[phase] += 1;
                lane.arrive(greens.contains(phase), self.now);
            }
            if c == '=' && !lane.held_on {
                actuations[phase] += 1;
            }
            lane.held_on = c == '=';
            lane.discharge(greens.contains(phase), self.now);
            if lane.held_on || lane.waiting > 0 || self.now < lane.covered_until {
                covered.insert(phase);
            }
            let crossing = self.site.phase[phase].safety.pedestrian.is_some();
            if crossing && drawn.pedestrian[phase] == 'p' {
                self.buttons.insert(phase);
            }
        }
        let walking = self
            .site
            .phases
            .iter()
            .filter(|&p| self.shown.phases[p].pedestrian == PedestrianInterval::Walk)
            .collect();
        self.buttons = self.buttons.difference(walking);
        self.calls = Calls {
            vehicle: covered.difference(greens),
            pedestrian: self.buttons,
        };
        Readings {
            calls: self.calls,
            vehicle_call_since: PerPhase::default(),
            pedestrian_call_since: PerPhase::default(),
            extending: covered.intersection(greens),
            actuations,
            failed: self.failed,
            detectors: Table::new(Vec::new()),
            events: Vec::new(),
        }
    }

    /// Seconds at which an event with this code and parameter was logged.
    pub(crate) fn seconds_of(&self, code: u16, parameter: u16) -> Vec<f64> {
        self.events
            .iter()
            .filter(|(_, event)| (event.code, event.parameter) == (code, parameter))
            .map(|(at, _)| Millis(at.0).secs())
            .collect()
    }

    /// How the greens of a phase ended.
    pub(crate) fn ends_of(&self, number: u8) -> Vec<GreenEnd> {
        let of = |&&(_, p, _): &&(Timestamp, PhaseId, GreenEnd)| p == phase(number);
        self.ends
            .iter()
            .filter(of)
            .map(|&(_, _, why)| why)
            .collect()
    }

    /// When the greens of a phase ended, seconds.
    pub(crate) fn end_seconds_of(&self, number: u8) -> Vec<f64> {
        let of = |&&(_, p, _): &&(Timestamp, PhaseId, GreenEnd)| p == phase(number);
        self.ends
            .iter()
            .filter(of)
            .map(|&(at, _, _)| Millis(at.0).secs())
            .collect()
    }

    pub(crate) fn shows(&self, expected: &str) {
        self.strips.assert_shows(expected);
    }
}

impl Lane {
    fn empty() -> Self {
        Self {
            waiting: 0,
            serving_since: None,
            covered_until: Timestamp(i64::MIN),
            held_on: false,
        }
    }

    fn arrive(&mut self, green: bool, now: Timestamp) {
        if green && self.waiting == 0 {
            self.covered_until = now + PASSING;
        } else {
            self.waiting += 1;
        }
    }

    fn discharge(&mut self, green: bool, now: Timestamp) {
        if !green || self.waiting == 0 {
            self.serving_since = None;
            return;
        }
        let since = *self.serving_since.get_or_insert(now);
        if now.since(since) >= HEADWAY {
            self.waiting -= 1;
            self.serving_since = Some(now);
        }
    }
}

fn drawn_at(lines: &BTreeMap<String, Vec<char>>, tick: i64) -> Drawn {
    let second = usize::try_from(tick / 10).unwrap();
    let at = |key: String| match lines.get(&key).and_then(|line| line.get(second)) {
        // Arrivals and button presses happen once, at the start of their second.
        Some('c' | 'p') if tick % 10 != 0 => ' ',
        Some(c) => *c,
        None => ' ',
    };
    Drawn {
        vehicle: PerPhase::from_fn(|phase| at(phase.to_string())),
        pedestrian: PerPhase::from_fn(|phase| at(format!("{phase}p"))),
    }
}

/// `"4p" -> characters`, blanks inside a line left out so that long lines can be grouped.
fn lines_of(demand: &str) -> BTreeMap<String, Vec<char>> {
    demand
        .lines()
        .filter_map(|line| {
            let (key, drawing) = line.trim().split_once(' ')?;
            Some((
                key.to_owned(),
                drawing.chars().filter(|c| *c != ' ').collect(),
            ))
        })
        .collect()
}
