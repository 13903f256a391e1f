//! How a lane's queue discharges: when vehicles cross where no counter says so, and what crossings teach
//! about saturation headway and start-up lost time.
//!
//! In: when the lane is served, crossings, coverage of the stop bar. Out: crossings that must have
//! happened, learned headway and lost time. Definitions are HCM's: the saturation headway is that of a
//! standing queue from its fifth vehicle on; the start-up lost time is what the first four take longer.
//! Not here: who crossed (`line.rs`).

use crate::estimation::YELLOW_USED;
use crate::units::{Millis, Timestamp};

/// Bounds of a believable saturation headway, s.
const HEADWAY_MIN_S: f64 = 1.4;
const HEADWAY_MAX_S: f64 = 4.0;
/// Bound of a believable start-up lost time, s.
const LOST_TIME_MAX_S: f64 = 5.0;
/// Vehicles at the front whose headways still contain lost time.
const START_UP_VEHICLES: u32 = 4;
/// What is known at the start counts as much as this many headways.
const PRIOR_SAMPLES: f64 = 6.0;
/// Memory, in headways: half an hour of a busy lane.
const SAMPLES_MAX: f64 = 150.0;
/// A headway counts as at most this much off what is believed, s, so that one sleeper does not matter.
const SURPRISE_MAX_S: f64 = 0.8;
/// A headway longer than this many saturation headways ends the standing queue.
const QUEUE_ENDS: f64 = 1.9;
/// A vehicle that reaches the stop bar this soon after the used part of yellow may still cross …
const LATE_ENTRY: Millis = Millis(2_500);
/// … and one that leaves it this soon has crossed: nobody backs up.
const LATE_EXIT: Millis = Millis(5_000);
/// Yielding vehicles need this many saturation headways (solver prototype, calibrated in SUMO).
const PERMISSIVE_FACTOR: f64 = 2.5;

/// Vehicles that wait for a gap when a permissive green ends and turn after it, until the lane has shown how many: half of
/// the two a cycle of HCM 2010, ch. 31, because where they wait beyond the stop bar they have crossed it already.
const LATE_PRIOR: f64 = 1.0;
/// No more than this many turn late.
const LATE_MAX: f64 = 3.0;
/// Weight of one end of green.
const LATE_WEIGHT: f64 = 0.15;

/// How a lane is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Service {
    /// Not at all.
    #[default]
    Closed,
    /// Only while yielding.
    Permissive,
    /// With the right of way for at least one movement.
    Protected,
}

/// How a crossing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// A counter saw the front at the stop bar.
    Counted,
    /// The stop bar got uncovered: the rear left.
    Left,
    /// It must have happened under a stop bar that stayed covered; its time teaches nothing.
    Concluded,
}

#[derive(Clone, Debug)]
pub(super) struct Discharge {
    headway_s: f64,
    headways: f64,
    lost_time_s: f64,
    lost_times: f64,
    pub(super) service: Service,
    /// When the present service (or the lack of it) began.
    pub(super) since: Timestamp,
    /// Vehicles that crossed since then.
    pub(super) crossed: u32,
    last: Option<Timestamp>,
    /// Whether all who crossed in this green stood before.
    standing: bool,
    stretch: Option<Stretch>,
    model_next: Timestamp,
    /// Learned: how many of those who wait when a permissive green ends cross after it.
    late: f64,
    ending: Option<Ending>,
    last_two: [Timestamp; 2],
}

/// The end of a permissive green with somebody waiting.
#[derive(Clone, Copy, Debug)]
struct Ending {
    waiting: f64,
    crossed: f64,
}

/// A time without a gap over the stop bar while the lane is served.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    since: Timestamp,
    /// It began with a vehicle that stood: the first crosses later.
    stood: bool,
    crossed: u32,
}

impl Discharge {
    pub(super) fn new(headway_s: f64, lost_time_s: f64) -> Self {
        Self {
            headway_s: headway_s.clamp(HEADWAY_MIN_S, HEADWAY_MAX_S),
            headways: PRIOR_SAMPLES,
            lost_time_s: lost_time_s.clamp(0.0, LOST_TIME_MAX_S),
            lost_times: PRIOR_SAMPLES,
            service: Service::Closed,
            since: Timestamp::default(),
            crossed: 0,
            last: None,
            standing: false,
            stretch: None,
            model_next: Timestamp::default(),
            late: LATE_PRIOR,
            ending: None,
            last_two: [Timestamp(i64::MIN / 2); 2],
        }
    }

    pub(super) fn late(&self) -> f64 {
        self.late
    }

    pub(super) fn headway_s(&self) -> f64 {
        self.headway_s
    }

    pub(super) fn lost_time_s(&self) -> f64 {
        self.lost_time_s
    }

    /// Headway under the present service.
    pub(super) fn service_headway_s(&self) -> f64 {
        match self.service {
            Service::Closed | Service::Protected => self.headway_s,
            Service::Permissive => PERMISSIVE_FACTOR * self.headway_s,
        }
    }

    /// The lane is served differently from `now` on; `queue` vehicles wait, `covered`: one of them at the bar.
    pub(super) fn serve(&mut self, service: Service, queue: f64, covered: bool, now: Timestamp) {
        let standing = queue >= 0.5 || covered;
        let opens = self.service == Service::Closed;
        let yielded = self.service == Service::Permissive;
        self.service = service;
        if service == Service::Closed {
            self.since = now;
            self.standing = false;
            // A lane counts as served for a while after its green has ended.
            let ended = now - YELLOW_USED;
            let late = (self.last_two.iter())
                .filter(|at| **at >= ended)
                .map(|_| 1.0)
                .sum::<f64>();
            self.ending = (yielded && (standing || late > 0.0)).then_some(Ending {
                waiting: late + if standing { queue.max(1.0) } else { 0.0 },
                crossed: late,
            });
        } else if opens {
            self.learn_late();
            self.since = now;
            self.crossed = 0;
            self.last = None;
            self.standing = standing && service == Service::Protected;
            self.stretch = covered.then_some(Stretch {
                since: now,
                stood: true,
                crossed: 0,
            });
            let lost = Millis::from_secs(self.lost_time_s + self.service_headway_s());
            self.model_next = now + lost;
        }
    }

    /// The last permissive green has told how many turn after it. Where all who waited went, more might have.
    fn learn_late(&mut self) {
        if let Some(ending) = self.ending.take() {
            let all = ending.crossed + 0.5 >= ending.waiting;
            let sample = if all {
                ending.crossed.max(self.late)
            } else {
                ending.crossed
            };
            self.late += LATE_WEIGHT * (sample.min(LATE_MAX) - self.late);
        }
    }

    /// A vehicle crossed at `at`; `stood`: it belonged to the standing queue.
    pub(super) fn saw_crossing(&mut self, at: Timestamp, stood: bool, evidence: Evidence) {
        if self.service == Service::Closed {
            if let Some(ending) = self
                .ending
                .as_mut()
                .filter(|_| at.since(self.since) < LATE_EXIT)
            {
                ending.crossed += 1.0;
            }
            return;
        }
        self.last_two = [self.last_two[1], at];
        if evidence == Evidence::Concluded {
            self.crossed += 1;
            self.last = None;
            return;
        }
        self.standing &= stood && self.service == Service::Protected;
        self.crossed += 1;
        let headway_s = self.last.map(|last| at.since(last).secs());
        self.last = Some(at);
        if !self.standing {
            return;
        }
        if self.crossed == START_UP_VEHICLES && evidence == Evidence::Counted {
            let started_s = at.since(self.since).secs();
            let lost = started_s - f64::from(START_UP_VEHICLES) * self.headway_s;
            learn(&mut self.lost_time_s, &mut self.lost_times, lost);
            self.lost_time_s = self.lost_time_s.clamp(0.0, LOST_TIME_MAX_S);
        }
        if let Some(headway_s) = headway_s.filter(|_| self.crossed > START_UP_VEHICLES) {
            if headway_s > QUEUE_ENDS * self.headway_s {
                self.standing = false;
            } else {
                learn(&mut self.headway_s, &mut self.headways, headway_s);
                self.headway_s = self.headway_s.clamp(HEADWAY_MIN_S, HEADWAY_MAX_S);
            }
        }
    }

    /// Whether a standing queue still leaves without a gap.
    pub(super) fn is_discharging(&self, now: Timestamp) -> bool {
        let goes_on = Millis::from_secs(1.3 * self.headway_s);
        self.standing && self.last.is_some_and(|last| now.since(last) <= goes_on)
    }

    /// The stop bar was uncovered and is covered from `at` on.
    pub(super) fn covered(&mut self, at: Timestamp) {
        if self.service != Service::Closed || at.since(self.since) < LATE_ENTRY {
            self.stretch = Some(Stretch {
                since: at,
                stood: false,
                crossed: 0,
            });
        }
    }

    /// Whether, with the stop bar covered up to `now` without a gap, one more vehicle has crossed than
    /// were concluded so far: n = ⌊(t − lost) ÷ h + ½⌋, the first when the stretch ends.
    pub(super) fn crossing_within_stretch(&mut self, now: Timestamp, waiting: f64) -> bool {
        let headway_s = self.headway_s;
        let lost_s = self.lost_time_s;
        let Some(stretch) = self.stretch.as_mut() else {
            return false;
        };
        // Nobody knows how long a yielding vehicle stays; only its leaving counts.
        if self.service != Service::Protected || waiting < 0.5 {
            return false;
        }
        let offset_s = if stretch.stood { lost_s } else { 0.0 };
        let due_s = offset_s + (f64::from(stretch.crossed) + 0.5) * headway_s;
        let crossed = now.since(stretch.since).secs() >= due_s;
        stretch.crossed += u32::from(crossed);
        crossed
    }

    /// The stop bar got uncovered at `at`. Whether that is a crossing not yet concluded.
    pub(super) fn uncovered(&mut self, at: Timestamp) -> bool {
        let Some(stretch) = self.stretch.take() else {
            return false;
        };
        let closed = self.service == Service::Closed;
        if stretch.crossed > 0 && !closed {
            // The last of those concluded; the next headway begins here.
            self.last = Some(at);
        }
        stretch.crossed == 0 && (!closed || at.since(self.since) < LATE_EXIT)
    }

    /// Without any stop-bar detector: whether a vehicle crosses now, one every headway from the end of
    /// the start-up lost time on, none before it arrives. `mass` is how much of a vehicle it is.
    pub(super) fn model_crossing(&mut self, arrives: Timestamp, mass: f64, now: Timestamp) -> bool {
        if self.service == Service::Closed || now < self.model_next || now < arrives {
            return false;
        }
        let start = self.model_next.max(arrives).max(now - Millis(1_000));
        self.crossed += 1;
        self.last = None;
        self.model_next = start + Millis::from_secs(self.service_headway_s() * mass.max(0.1));
        true
    }
}

/// A mean with a memory of [`SAMPLES_MAX`], each sample pulled to within [`SURPRISE_MAX_S`] of it.
fn learn(mean: &mut f64, samples: &mut f64, sample: f64) {
    *samples = (*samples + 1.0).min(SAMPLES_MAX);
    *mean += (sample - *mean).clamp(-SURPRISE_MAX_S, SURPRISE_MAX_S) / *samples;
}
