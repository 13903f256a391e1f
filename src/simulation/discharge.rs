//! How a queue leaves: time between the vehicles that pass a count detector after green begins.
//!
//! In: the event log of one signal, a phase and a count detector at its stop bar. Out: [`Discharge`], the mean
//! time from each vehicle of a queue to the next. Not here: vehicles that arrive later in the green, and queues
//! of fewer than [`QUEUE`] vehicles, which would make the later headways those of other queues than the first.

use crate::hires::Event;
use crate::hires::code;
use crate::units::ClockTime;
use crate::units::Millis;

/// Vehicles of a queue that are looked at. Queues must be at least this long.
pub const QUEUE: usize = 6;

/// Headways that are told: from the first vehicle to the second, and so on.
pub const HEADWAYS: usize = QUEUE - 1;

/// The first of a queue passes the stop bar at most this long after green begins: whoever comes later did not
/// stand there.
pub const FIRST_MAX: Millis = Millis(5_000);

/// Longest headway between vehicles of one queue; twice that of a saturated lane.
pub const HEADWAY_MAX: Millis = Millis(4_000);

/// How queues leave over one detector.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Discharge {
    /// Queues that were long enough.
    pub queues: u32,
    /// Mean seconds from each vehicle to the next; zero without queues.
    pub headways_s: [f64; HEADWAYS],
}

impl Discharge {
    /// Over a count detector, in the greens of a phase.
    #[must_use]
    pub fn of(events: &[Event], phase: u16, channel: u16) -> Self {
        let mut found = Self::default();
        let mut queue = Queue::default();
        for event in events {
            match (event.code, event.parameter) {
                (code::PHASE_BEGIN_GREEN, of) if of == phase => queue.open(event.at),
                (code::PHASE_BEGIN_YELLOW_CHANGE, of) if of == phase => queue = Queue::default(),
                (code::DETECTOR_ON, of) if of == channel => {
                    if let Some(passed) = queue.pass(event.at) {
                        found.add(passed);
                    }
                }
                _ => {}
            }
        }
        for headway in &mut found.headways_s {
            *headway /= f64::from(found.queues.max(1));
        }
        found
    }

    fn add(&mut self, passed: &[ClockTime]) {
        self.queues += 1;
        for (sum, pair) in self.headways_s.iter_mut().zip(passed.windows(2)) {
            *sum += (pair[1] - pair[0]).secs();
        }
    }
}

/// The queue of the green that is on.
#[derive(Default)]
struct Queue {
    /// When green began; none when no vehicle that comes now can belong to the queue.
    green: Option<ClockTime>,
    passed: Vec<ClockTime>,
}

impl Queue {
    fn open(&mut self, green: ClockTime) {
        self.green = Some(green);
        self.passed.clear();
    }

    /// A vehicle passes; the whole queue when it is the last that is looked at.
    fn pass(&mut self, at: ClockTime) -> Option<&[ClockTime]> {
        let green = self.green?;
        let in_time = match self.passed.last() {
            Some(&before) => at - before <= HEADWAY_MAX,
            None => at - green <= FIRST_MAX,
        };
        self.passed.push(at);
        let complete = self.passed.len() == QUEUE;
        if !in_time || complete {
            self.green = None;
        }
        (in_time && complete).then_some(self.passed.as_slice())
    }
}
