//! The point-queue model of one run: who comes to which stop bar when, how lanes discharge, what the
//! signal may do.
//!
//! In: what `build.rs` makes of a site and a run. Out: [`Model`]. Time is in ticks of 0.1 s from the
//! start of the run. Not here: what any greens cost in it (`evaluate.rs`, `search.rs`); both move its lanes with
//! [`Model::serve`] and [`Model::change`], so that their figures can be compared.
//!
//! The model is *monotone*, and the proof of the search rests on it (`docs/bound.md`): a lane that has got farther
//! never falls behind one that has not, and more green never delays anybody. That is why headways hang on the
//! vehicle that follows only, why start-up takes no longer than a headway and only a vehicle that could not go at all
//! needs it, and why whoever yields looks at the opposing stop bar and not at its signal.

/// Tenths of a second.
pub(super) type Ticks = i32;

/// Later than everything.
pub(super) const NEVER: Ticks = i32::MAX / 2;

/// Phases by their number within the model.
pub(super) type Bits = u16;

/// Most phases of a model, and most lanes: those of a site.
pub(super) const PHASES_MAX: usize = 16;
pub(super) const LANES_MAX: usize = 48;

/// Longest headway of a lane: 900 veh/h.
pub(super) const HEADWAY_MAX: Ticks = 40;

/// One phase as a set.
pub(super) fn bit(phase: usize) -> Bits {
    1 << phase
}

/// A 32-bit index.
pub(super) fn index(n: u32) -> usize {
    n as usize
}

/// One intersection with everybody who came.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub(super) lanes: Vec<LaneModel>,
    pub(super) movements: Vec<MovementModel>,
    pub(super) signal: SignalModel,
    pub(super) rates: Rates,
    /// Spans during which a phase must be green: its pedestrians as they were served.
    pub(super) held: Vec<Held>,
    /// Nothing may be green before; a whole number of steps.
    pub(super) open: Ticks,
    /// The run ends here; who has not left by then has waited until then.
    pub(super) end: Ticks,
}

/// One lane: a server with a queue.
#[derive(Clone, Debug)]
pub(super) struct LaneModel {
    /// When each vehicle would cross the stop bar unhindered, in the order in which they come; then
    /// [`NEVER`].
    pub(super) due: Vec<Ticks>,
    /// Movement of each, an index into [`Model::movements`].
    pub(super) movement: Vec<u16>,
    /// Sum of the dues of those before each.
    pub(super) due_before: Vec<i64>,
    /// Movements (bits) that anybody makes.
    pub(super) movements: u64,
    /// Between two vehicles of a queue that leaves on green.
    pub(super) headway: Ticks,
    /// From green to the first vehicle of a queue; no longer than the headway, or a shorter queue could be
    /// worse than a longer one.
    pub(super) start_up: Ticks,
}

/// One movement.
#[derive(Clone, Debug, Default)]
pub(super) struct MovementModel {
    pub(super) protected: Bits,
    pub(super) permissive: Bits,
    pub(super) turn_on_red: bool,
    /// Movements to which it yields when permissive.
    pub(super) yields_to: Vec<u16>,
}

/// What the signal may do.
#[derive(Clone, Debug, Default)]
pub(super) struct SignalModel {
    /// Numbers of the phases at the site, by number within the model.
    pub(super) phases: Vec<u8>,
    /// Phases that serve no vehicles.
    pub(super) walkers: Bits,
    pub(super) min_green: Vec<Ticks>,
    /// By phase: those it conflicts with.
    pub(super) rivals: Vec<Bits>,
    /// `between[p][q]`: from the end of p's green to the start of q's; for q = p yellow and red. 0 for
    /// compatible phases.
    pub(super) between: Vec<Vec<Ticks>>,
    /// The longest of them: after that a red phase is in nobody's way.
    pub(super) rest: Vec<Ticks>,
}

/// A phase has to be green from … until, for its pedestrians.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) phase: usize,
    pub(super) from: Ticks,
    /// End of walk.
    pub(super) walked: Ticks,
    /// End of their clearance.
    pub(super) until: Ticks,
}

/// How vehicles leave, the same for all lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rates {
    /// Yellow that vehicles still use.
    pub(super) yellow_used: Ticks,
    /// From any vehicle to one that turns on red, and what the stop before it takes.
    pub(super) headway_on_red: Ticks,
    pub(super) stop_on_red: Ticks,
    /// From any vehicle to one that turns through a gap, and the gap it needs.
    pub(super) follow_up: Ticks,
    pub(super) gap: Ticks,
}

impl Default for Rates {
    /// Turns on red and through gaps as the traffic world drives them (HCM, `docs/world.md`).
    fn default() -> Self {
        Self {
            yellow_used: 20,
            headway_on_red: 33,
            stop_on_red: 10,
            follow_up: 25,
            gap: 45,
        }
    }
}

/// How a movement goes while certain phases are green.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// It waits.
    None,
    /// On its own green.
    Green,
    /// On green, yielding.
    Yielding,
    /// On red, after a stop.
    OnRed,
}

impl Service {
    pub(super) fn is_green(self) -> bool {
        match self {
            Self::Green | Self::Yielding => true,
            Self::None | Self::OnRed => false,
        }
    }
}

/// Where one lane has got to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// The first vehicle that has not left.
    pub(super) next: u32,
    /// When it can leave at the earliest.
    pub(super) free: Ticks,
}

/// The numbers in a set of phases, lanes or movements, ascending.
pub(super) fn each(bits: impl Into<u64>) -> impl Iterator<Item = usize> {
    let mut bits = bits.into();
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let n = bits.trailing_zeros() as usize;
        bits &= bits - 1;
        Some(n)
    })
}

impl MovementModel {
    pub(super) fn service(&self, green: Bits) -> Service {
        if self.protected & green != 0 {
            Service::Green
        } else if self.permissive & green != 0 {
            Service::Yielding
        } else if self.turn_on_red {
            Service::OnRed
        } else {
            Service::None
        }
    }
}

impl LaneModel {
    /// A lane on which nobody comes.
    pub(super) fn new(headway: Ticks, start_up: Ticks) -> Self {
        Self {
            due: vec![NEVER],
            movement: Vec::new(),
            due_before: vec![0],
            movements: 0,
            headway,
            start_up: start_up.min(headway),
        }
    }

    /// Adds a vehicle behind the others; one that would overtake is taken to come with the one ahead.
    pub(super) fn push(&mut self, due: Ticks, movement: u16) {
        self.due.pop();
        let due = self.due.last().map_or(due, |&last| due.max(last));
        let before = self.due_before.last().copied().unwrap_or(0);
        self.due.push(due);
        self.due.push(NEVER);
        self.due_before.push(before + i64::from(due));
        self.movement.push(movement);
        self.movements |= 1 << movement;
    }

    /// What those who have come by `t`, so many, and not left have been delayed.
    pub(super) fn waiting(&self, progress: Progress, come: usize, t: Ticks) -> i64 {
        let next = index(progress.next);
        if come <= next {
            return 0;
        }
        let waiting = i64::try_from(come - next).unwrap_or(i64::MAX);
        waiting * i64::from(t) - (self.due_before[come] - self.due_before[next])
    }

    /// Vehicles that have come by `t`.
    pub(super) fn come_by(&self, t: Ticks) -> usize {
        self.due.partition_point(|&due| due <= t)
    }
}

impl Model {
    /// How the first vehicle of a lane goes.
    pub(super) fn head(&self, lane: usize, progress: Progress, green: Bits) -> Option<Service> {
        let movement = self.lanes[lane].movement.get(index(progress.next))?;
        Some(self.movements[usize::from(*movement)].service(green))
    }

    /// Lanes (bits) whose first vehicle is at the stop bar or comes within the gap that others need, `t`
    /// being now.
    pub(super) fn present(&self, all: &[Progress], t: Ticks) -> u64 {
        let soon = t + self.rates.gap;
        (all.iter().enumerate())
            .filter(|(lane, progress)| self.lanes[*lane].due[index(progress.next)] <= soon)
            .fold(0, |bits, (lane, _)| bits | 1 << lane)
    }

    /// Whether a yielding movement finds no gap: somebody to whom it yields is there, green or not. Lanes whose
    /// own traffic yields do not count (they may be stuck themselves).
    fn is_blocked(&self, movement: usize, green: Bits, present: u64) -> bool {
        let yields_to = &self.movements[movement].yields_to;
        present != 0
            && (yields_to.iter())
                .any(|&rival| self.opposing(usize::from(rival), green) & present != 0)
    }

    /// Lanes from which somebody makes this movement and nobody makes one that yields.
    fn opposing(&self, movement: usize, green: Bits) -> u64 {
        let yields = |m: usize| self.movements[m].service(green) == Service::Yielding;
        (self.lanes.iter().enumerate())
            .filter(|(_, lane)| lane.movements & 1 << movement != 0)
            .filter(|(_, lane)| !each(lane.movements).any(yields))
            .fold(0, |bits, (n, _)| bits | 1 << n)
    }

    /// When the first vehicle of a lane leaves if it can go on in this way.
    pub(super) fn leaves(&self, lane: usize, progress: Progress, service: Service) -> Ticks {
        let facts = &self.lanes[lane];
        let due = facts.due[index(progress.next)];
        let rates = &self.rates;
        let (ready, headway) = match service {
            Service::None => (NEVER, 0),
            Service::Green => (due, 0),
            Service::Yielding => (due, rates.follow_up),
            Service::OnRed => (due + rates.stop_on_red, rates.headway_on_red),
        };
        ready.max(progress.free + (headway - facts.headway).max(0))
    }

    /// Lets the first vehicle of a lane leave.
    pub(super) fn leave(&self, lane: usize, progress: &mut Progress, at: Ticks) {
        progress.next += 1;
        progress.free = at + self.lanes[lane].headway;
    }

    /// Lets vehicles of a lane leave from `from` up to, not including, `until`, these phases being green.
    /// Returns what those that left have been delayed.
    pub(super) fn serve(
        &self,
        lane: usize,
        progress: &mut Progress,
        (from, until): (Ticks, Ticks),
        (green, present): (Bits, u64),
    ) -> i64 {
        let facts = &self.lanes[lane];
        let mut delay = 0;
        while let Some(mut service) = self.head(lane, *progress, green) {
            let due = facts.due[index(progress.next)];
            if due >= until {
                break;
            }
            let movement = usize::from(facts.movement[index(progress.next)]);
            if service == Service::Yielding && self.is_blocked(movement, green, present) {
                // Green is never worse than red.
                service = self.movements[movement].service(0);
            }
            let leaves = self.leaves(lane, *progress, service).max(from);
            if leaves >= until {
                break;
            }
            delay += i64::from(leaves - due);
            self.leave(lane, progress, leaves);
        }
        delay
    }

    /// What a change of greens at `t` does to a lane: who comes in the first part of yellow still goes, and a
    /// queue that gets green takes its time to start. Returns what those that left have been delayed.
    pub(super) fn change(
        &self,
        lane: usize,
        progress: &mut Progress,
        t: Ticks,
        (old, new): (Bits, Bits),
    ) -> i64 {
        let facts = &self.lanes[lane];
        let mut delay = 0;
        while let Some(service) = self.head(lane, *progress, old) {
            let goes_on = self.head(lane, *progress, new);
            if !service.is_green() {
                if service == Service::None && goes_on.is_some_and(Service::is_green) {
                    progress.free = progress.free.max(t + facts.start_up);
                }
                break;
            }
            let leaves = self.leaves(lane, *progress, service).max(t);
            if goes_on.is_some_and(Service::is_green) || leaves >= t + self.rates.yellow_used {
                break;
            }
            let due = facts.due[index(progress.next)];
            delay += i64::from((leaves.min(self.end) - due).max(0));
            self.leave(lane, progress, leaves);
        }
        delay
    }
}
