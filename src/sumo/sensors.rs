//! What a cabinet gets of the traffic in SUMO: edges of induction loops, sightings of camera views.
//!
//! In: SUMO's answers and [`Traffic`]. Out: for each signal [`Edge`]s in order of time and [`Sighting`]s.
//! Induction loops are SUMO's own, written into the scenario: they see a vehicle pass between two steps,
//! and on a lane shorter than a step. A view is looked at once a step; it tells how fast the vehicles in it
//! are, front first, and nothing else. Cameras may miss vehicles and see some that are not there. Not
//! here: anything from outside a loop or a view; no route, no identity, no position leaves this file.

use std::fmt::Write;

use rand::SeedableRng;
use rand_pcg::Pcg64;

use crate::detection::{Edge, Sighting};
use crate::intersection::{DetectorFunction, DetectorId, Id, Intersection, ViewId};
use crate::simulation::draw;
use crate::simulation::eye::{Errors, Eye, InView, to_cmps};
use crate::simulation::sensors::Sensors as Switches;
use crate::units::{Millis, Timestamp};

use super::import::{Stretch, Wiring};
use super::traci::{Answers, Batch, Domain, Reader, Value, variable};
use super::traffic::{LaneNumber, Lanes, Traffic};

/// A vehicle standing at the bar has its front a meter before it (SUMO's `jmStoplineGap`). It must be
/// counted when it crosses, not when it stops, so the counter is nearer to the bar, m.
const COUNTER_BEFORE_BAR_M: f64 = 0.3;
/// What ids of our loops begin with.
const LOOP_PREFIX: &str = "phasewise-loop-";

/// What is wrong with the sensors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Noise {
    /// Share of vehicles that are missed, 0 to 1.
    pub missed: f64,
    /// Vehicles seen that are not there, as a share of those that usually are, 0 to 1.
    pub false_ones: f64,
    /// Standard deviation of speeds, m/s.
    pub speed_mps: f64,
    /// The approach of every signal whose loops are dead, by its place in the site file from 0.
    pub dead_approach: Option<usize>,
}

/// One loop in SUMO.
#[derive(Clone, Debug)]
struct Loop {
    signal: usize,
    detector: DetectorId,
    is_counter: bool,
    place: Stretch,
    /// SUMO's ids of the vehicles on it after the last step.
    covered_by: Vec<String>,
}

/// One view of a signal.
#[derive(Clone, Debug)]
struct View {
    signal: usize,
    id: ViewId,
    parts: Vec<(LaneNumber, f64, f64)>,
    eye: Eye,
}

/// All sensors of all signals.
#[derive(Debug)]
pub struct Sensors {
    loops: Vec<Loop>,
    views: Vec<View>,
    /// By signal.
    switches: Vec<Switches>,
    noise: Noise,
    rng: Pcg64,
    clock: SumoClock,
}

/// SUMO's clock against ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SumoClock {
    /// SUMO's time when ours is zero.
    pub begin: Millis,
    /// Length of SUMO's steps.
    pub step: Millis,
}

impl Sensors {
    /// The sensors of these signals. Adds the lanes that cameras watch to `lanes`.
    #[must_use]
    pub fn new(
        sites: &[(&Intersection, &Wiring)],
        lanes: &mut Lanes,
        noise: Noise,
        seed: u64,
        clock: SumoClock,
    ) -> Self {
        let mut loops = Vec::new();
        let mut views = Vec::new();
        for (signal, (site, wiring)) in sites.iter().enumerate() {
            for ((detector, what), place) in site.detectors.iter().zip(&wiring.detectors) {
                let approaches = what.lanes.iter().map(|lane| site.lanes[*lane].approach);
                if approaches
                    .map(Id::index)
                    .any(|approach| Some(approach) == noise.dead_approach)
                {
                    continue;
                }
                loops.push(Loop {
                    signal,
                    detector,
                    is_counter: what.function == DetectorFunction::StopBarCount,
                    place: place.clone(),
                    covered_by: Vec::new(),
                });
            }
            for (id, parts) in site.views.ids().zip(&wiring.views) {
                let parts = parts.iter();
                views.push(View {
                    signal,
                    id,
                    parts: parts
                        .map(|part| (lanes.number(&part.lane), part.from_m, part.to_m))
                        .collect(),
                    eye: Eye::default(),
                });
            }
        }
        Self {
            loops,
            views,
            switches: sites
                .iter()
                .map(|(site, _)| Switches::new(site.detectors.len()))
                .collect(),
            noise,
            rng: Pcg64::seed_from_u64(draw::stream(seed, "sumo cameras", 0)),
            clock,
        }
    }

    /// The loops as an additional file of SUMO.
    #[must_use]
    pub fn additional_file(&self) -> String {
        let mut text = "<additional>\n".to_owned();
        for (number, entry) in self.loops.iter().enumerate() {
            let Stretch { lane, from_m, to_m } = &entry.place;
            let (position, length) = if entry.is_counter {
                ((to_m - COUNTER_BEFORE_BAR_M).max(*from_m), 0.0)
            } else {
                (*from_m, to_m - from_m)
            };
            _ = writeln!(
                text,
                "  <e1Detector id=\"{LOOP_PREFIX}{number}\" lane=\"{}\" pos=\"{position:.2}\" length=\"{length:.2}\" \
                 friendlyPos=\"true\" file=\"NUL\"/>",
                escape(lane)
            );
        }
        text + "</additional>\n"
    }

    /// Asks SUMO to tell who passes each loop.
    pub fn subscribe(&self, batch: &mut Batch) {
        for number in 0..self.loops.len() {
            let id = format!("{LOOP_PREFIX}{number}");
            batch.subscribe(Domain::Loop, &id, &[variable::LOOP_PASSAGES]);
        }
    }

    /// Takes what SUMO told about the loops in the step that ended `now`.
    pub fn update(&mut self, answers: &Answers<'_>, now: Timestamp) {
        for told in &answers.told {
            if let (Domain::Loop, variable::LOOP_PASSAGES, Value::Compound(parts)) =
                (told.domain, told.variable, told.value)
            {
                let number = told.object.strip_prefix(LOOP_PREFIX);
                let number = number.and_then(|number| number.parse::<usize>().ok());
                let entry = number.and_then(|number| self.loops.get_mut(number));
                if let Some(entry) = entry
                    && let Some(switches) = self.switches.get_mut(entry.signal)
                {
                    let step = Step {
                        begin: self.clock.begin,
                        from: now - self.clock.step,
                        until: now,
                    };
                    entry.take(parts, step, switches);
                }
            }
        }
    }

    /// Edges of one signal up to and including `now`, in order of time.
    pub fn edges_until(&mut self, signal: usize, now: Timestamp) -> Vec<Edge> {
        let switches = self.switches.get_mut(signal);
        switches.map_or_else(Vec::new, |switches| switches.edges_until(now))
    }

    /// What the cameras of all signals see now, by signal.
    pub fn look(&mut self, traffic: &Traffic) -> Vec<Vec<Sighting>> {
        let mut seen = vec![Vec::new(); self.switches.len()];
        for view in &mut self.views {
            let sighting = view.look(traffic, self.noise, self.clock.step.secs(), &mut self.rng);
            if let Some(of_signal) = seen.get_mut(view.signal) {
                of_signal.push(sighting);
            }
        }
        seen
    }
}

/// One step of SUMO on our clock.
#[derive(Clone, Copy)]
struct Step {
    begin: Millis,
    from: Timestamp,
    until: Timestamp,
}

impl Step {
    /// A time of SUMO's in the last step, on our clock, s.
    fn within(self, sumo_s: f64) -> f64 {
        let seconds = (sumo_s - self.begin.secs()).clamp(self.from.secs(), self.until.secs());
        // Switches take the next whole millisecond; half of one keeps them from taking one too far.
        ((seconds * 1000.0).round() - 0.5) / 1000.0
    }

    fn is_over(self, sumo_s: f64) -> bool {
        sumo_s - self.begin.secs() <= self.from.secs()
    }
}

impl Loop {
    /// Takes who was on the loop in the last step: entry and leave times of each, the latter negative
    /// for those still on it.
    fn take(&mut self, mut parts: Reader<'_>, step: Step, switches: &mut Switches) {
        let mut before = std::mem::take(&mut self.covered_by);
        let detector = self.detector.index();
        // The count of vehicles comes first; the list ends where it ends.
        drop(parts.value());
        while let Some((id, entry, leave)) = read_passage(&mut parts) {
            let was_on = before.iter().position(|other| other == id);
            if let Some(place) = was_on {
                before.swap_remove(place);
            } else if leave >= 0.0 && step.is_over(leave) {
                continue;
            } else if self.is_counter {
                switches.pulse(detector, step.within(entry));
            } else {
                switches.cover(detector, step.within(entry));
            }
            if leave < 0.0 {
                self.covered_by.push(id.to_owned());
            } else if !self.is_counter {
                switches.clear(detector, step.within(leave));
            }
        }
        // Taken off the road: a teleport, a collision.
        for _ in before {
            if !self.is_counter {
                switches.clear(detector, step.until.secs());
            }
        }
    }
}

fn read_passage<'a>(parts: &mut Reader<'a>) -> Option<(&'a str, f64, f64)> {
    let id = parts.value().ok()?.text()?;
    let _length = parts.value().ok()?;
    let entry = parts.value().ok()?.number()?;
    let leave = parts.value().ok()?.number()?;
    let _kind = parts.value().ok()?;
    Some((id, entry, leave))
}

impl View {
    fn look(&mut self, traffic: &Traffic, noise: Noise, step_s: f64, rng: &mut Pcg64) -> Sighting {
        let errors = Errors {
            missed: noise.missed,
            false_ones: noise.false_ones,
            speed_mps: noise.speed_mps,
            ..Errors::default()
        };
        let parts = self.parts.iter();
        let vehicles = parts.flat_map(|(lane, from_m, to_m)| {
            let on = traffic.on(*lane).iter();
            on.filter(|it| (*from_m..=*to_m).contains(&it.position_m))
                .map(move |it| InView {
                    number: u64::from(it.number),
                    // Lanes count from their upstream end; who hides whom is not simulated here.
                    distance_m: to_m - it.position_m,
                    speed_mps: it.speed_mps,
                })
        });
        let speeds = self
            .eye
            .look((None, vehicles.collect()), errors, step_s, rng);
        Sighting {
            view: self.id,
            speeds_cmps: speeds.into_iter().map(to_cmps).collect(),
        }
    }
}

/// Text as an attribute of XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
