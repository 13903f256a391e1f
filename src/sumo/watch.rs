//! What must not happen, watched on the truth while SUMO runs: long waits, and signals that make drivers
//! brake hard.
//!
//! In: [`Traffic`], and what the signals show. Out: [`Watch::longest_wait`] and counts. It watches
//! whoever controls the signals by the same rule. Not here: figures that SUMO keeps itself (`results.rs`).

use crate::units::{Millis, Timestamp};

use super::traci::{Answers, Batch, Domain, Value, variable};
use super::traffic::{LaneNumber, Traffic, Vehicle, VehicleNumber};

/// Nobody at the head of a lane should stand at red for longer.
pub const WAIT_MAX: Millis = Millis(120_000);
/// The first vehicle of a lane waits at the stop bar when its front is this near to it, m. SUMO's drivers
/// stop one meter before it.
const AT_BAR_M: f64 = 10.0;
/// A driver who brakes farther from the stop bar does not brake for the signal, m.
const BRAKES_FOR_SIGNAL_M: f64 = 100.0;
/// Slower is standing, m/s; SUMO's own limit for its waiting time.
const STANDING_MPS: f64 = 0.1;
/// Braking is hard when it is harder than the driver comfortably brakes by more than this, m/s².
const MARGIN: f64 = 0.1;

/// A link of a signal: the signal's number and its place in the signal's state.
pub type LinkPlace = (usize, usize);

/// A lane that ends at a signal.
#[derive(Clone, Debug)]
pub struct StopBar {
    lane: LaneNumber,
    length_m: f64,
    links: Vec<LinkPlace>,
    head: Option<Head>,
    /// Who braked hard last, so that it counts once.
    braked: Option<VehicleNumber>,
}

impl StopBar {
    /// The end of a lane, with the links that lead out of it.
    #[must_use]
    pub fn new(lane: LaneNumber, length_m: f64, links: Vec<LinkPlace>) -> Self {
        Self {
            lane,
            length_m,
            links,
            head: None,
            braked: None,
        }
    }
}

/// The first vehicle of a lane, from when it came to stand.
#[derive(Clone, Copy, Debug)]
struct Head {
    vehicle: VehicleNumber,
    /// Where it will go, once SUMO has told.
    link: Option<LinkPlace>,
    since: Timestamp,
    is_violation: bool,
}

/// Watches all stop bars.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    bars: Vec<StopBar>,
    /// Names of the signals, by their numbers.
    signals: Vec<String>,
    /// What each signal shows, one letter per link.
    letters: Vec<String>,
    step: Millis,
    longest: Millis,
    violations: usize,
    hard_braking: usize,
}

/// Whether drivers at a link must stop, or may go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Stop,
    Go,
    /// It depends on where the driver goes.
    Unknown,
}

impl Watch {
    /// A watch over `bars`; signals are numbered as in `signals`.
    #[must_use]
    pub fn new(bars: Vec<StopBar>, signals: Vec<String>, step: Millis) -> Self {
        Self {
            letters: vec![String::new(); signals.len()],
            bars,
            signals,
            step,
            ..Self::default()
        }
    }

    /// Asks SUMO for what every signal shows.
    pub fn subscribe(&self, batch: &mut Batch) {
        for signal in &self.signals {
            batch.subscribe(Domain::Light, signal, &[variable::LIGHT_STATE]);
        }
    }

    /// What a signal showed in the last step, one letter per link.
    #[must_use]
    pub fn letters(&self, signal: usize) -> &str {
        self.letters.get(signal).map_or("", String::as_str)
    }

    /// Longest that the first vehicle of a lane stood at red so far.
    #[must_use]
    pub fn longest_wait(&self) -> Millis {
        self.longest
    }

    /// How many stood longer than [`WAIT_MAX`].
    #[must_use]
    pub fn violations(&self) -> usize {
        self.violations
    }

    /// How many vehicles braked harder than they comfortably can, first on their lane and facing yellow
    /// or red.
    #[must_use]
    pub fn hard_braking(&self) -> usize {
        self.hard_braking
    }

    /// Takes what SUMO told after the step that ended `now`.
    pub fn update(
        &mut self,
        answers: &Answers<'_>,
        traffic: &Traffic,
        now: Timestamp,
        batch: &mut Batch,
    ) {
        for told in &answers.told {
            match (told.domain, told.variable, told.value) {
                (Domain::Light, variable::LIGHT_STATE, Value::Text(letters)) => {
                    let mut numbers = self.signals.iter().zip(&mut self.letters);
                    if let Some((_, place)) = numbers.find(|(signal, _)| *signal == told.object) {
                        letters.clone_into(place);
                    }
                }
                (Domain::Vehicle, variable::NEXT_LIGHTS, Value::Compound(parts)) => {
                    let link = next_link(parts, &self.signals);
                    self.place_head(traffic.number(told.object), link);
                }
                (_, _, _) => {}
            }
        }
        let mut bars = std::mem::take(&mut self.bars);
        for bar in &mut bars {
            if let Some(first) = traffic.on(bar.lane).first() {
                self.watch_braking(bar, first);
                self.watch_waiting(bar, first, now);
                let head = bar
                    .head
                    .filter(|head| head.link.is_none() && bar.links.len() > 1);
                if let Some(id) = head.and_then(|head| traffic.id(head.vehicle)) {
                    batch.get(Domain::Vehicle, id, variable::NEXT_LIGHTS);
                }
            } else {
                bar.head = None;
            }
        }
        self.bars = bars;
    }

    fn place_head(&mut self, vehicle: Option<VehicleNumber>, link: Option<LinkPlace>) {
        let heads = self.bars.iter_mut().filter_map(|bar| bar.head.as_mut());
        for head in heads.filter(|head| Some(head.vehicle) == vehicle) {
            head.link = link;
        }
    }

    fn watch_braking(&mut self, bar: &mut StopBar, first: &Vehicle) {
        let braking = (first.speed_before_mps - first.speed_mps) / self.step.secs();
        let is_near = bar.length_m - first.position_m <= BRAKES_FOR_SIGNAL_M;
        if braking > first.deceleration + MARGIN
            && is_near
            && bar.braked != Some(first.number)
            && self.shown(&bar.links) == Shown::Stop
        {
            bar.braked = Some(first.number);
            self.hard_braking += 1;
        }
    }

    fn watch_waiting(&mut self, bar: &mut StopBar, first: &Vehicle, now: Timestamp) {
        let is_at_bar = bar.length_m - first.position_m <= AT_BAR_M;
        let stands = first.speed_mps < STANDING_MPS;
        let known = bar.head.filter(|head| head.vehicle == first.number);
        let comes_to_stand = Head {
            vehicle: first.number,
            link: None,
            since: now,
            is_violation: false,
        };
        bar.head = known.or((is_at_bar && stands).then_some(comes_to_stand));
        let Some(head) = &mut bar.head else {
            return;
        };
        let shown = match &head.link {
            Some(link) => self.shown(std::slice::from_ref(link)),
            None => self.shown(&bar.links),
        };
        match shown {
            Shown::Go => {
                head.since = now;
                head.is_violation = false;
            }
            // Until SUMO has told where it goes, a step later, the doubt counts as waiting.
            Shown::Stop | Shown::Unknown => {
                let waited = now.since(head.since);
                self.longest = self.longest.max(waited);
                if waited > WAIT_MAX && !head.is_violation {
                    head.is_violation = true;
                    self.violations += 1;
                }
            }
        }
    }

    fn shown(&self, links: &[LinkPlace]) -> Shown {
        let letter = |&(signal, place): &LinkPlace| self.letters(signal).as_bytes().get(place);
        let go = |link: &LinkPlace| letter(link).is_some_and(|letter| !b"rsyYu".contains(letter));
        match links.iter().filter(|link| go(link)).count() {
            0 => Shown::Stop,
            going if going == links.len() => Shown::Go,
            _ => Shown::Unknown,
        }
    }
}

/// The first of the signals ahead of a vehicle.
fn next_link(mut parts: super::traci::Reader<'_>, signals: &[String]) -> Option<LinkPlace> {
    let count = parts.value().ok()?.number()?;
    if count < 1.0 {
        return None;
    }
    let signal = parts.value().ok()?.text()?;
    let signal = signals.iter().position(|name| name == signal)?;
    match parts.value().ok()? {
        Value::Integer(place) => Some((signal, usize::try_from(place).ok()?)),
        Value::Double(_) | Value::Text(_) | Value::Texts(_) | Value::Compound(_) => None,
    }
}
