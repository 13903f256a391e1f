//! Everything around SUMO in one run: signals with their controllers, sensors, what is watched.
//!
//! In: a net, [`Settings`], SUMO's answers. Out: what SUMO is to show next. Not here: starting SUMO and
//! reading its outputs (`driver.rs`).

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::announcement::Neighbors;
use crate::controller::{Controller, Inputs, Rung};
use crate::intersection::Intersection;
use crate::journal::Tick;
use crate::signal::Heads;
use crate::simulation::run::BUDGET;
use crate::units::{ClockTime, Millis, TICK, Timestamp, days_from_civil};

use super::driver::{Method, Observer, Settings};
use super::import::{self, Imported};
use super::letters::letters;
use super::net::{LaneIx, Net};
use super::peers::Peer;
use super::radio::Radio;
use super::scenario::Scenario;
use super::sensors::{Sensors, SumoClock};
use super::traci::{Answers, Batch, Domain, TraciError, variable};
use super::traffic::{LaneNumber, Lanes, Traffic};
use super::watch::{LinkPlace, StopBar, Watch};

/// Controllers run on the empty road for so long before SUMO begins, as they would on a street: the all
/// red of a cold start is over, and something is green. Up to a step longer, for they do whole steps.
pub(super) const WARM_UP: Millis = Millis(30_000);

/// Everything around SUMO in one run.
pub(super) struct Stage {
    pub(super) signals: Vec<Signal>,
    /// Signals that go on with their own program, and why.
    pub(super) left_alone: Vec<String>,
    pub(super) sensors: Sensors,
    pub(super) watch: Watch,
    traffic: Traffic,
    radio: Radio,
    clock: SumoClock,
    now: Timestamp,
}

/// What SUMO says about a run as a whole after a step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Situation {
    /// Its time.
    pub(super) time: Millis,
    /// Vehicles running or still to come.
    pub(super) expected: usize,
    /// Vehicles on the road.
    pub(super) running: usize,
}

/// A signal that we control.
pub(super) struct Signal {
    imported: Imported,
    /// Its number among all signals of the net.
    number: usize,
    control: Control,
    /// By exit, for those that look at exits: its lanes.
    exits: Vec<Vec<LaneNumber>>,
    /// How far along exits cameras look, m.
    view_m: f64,
    heads: Heads,
    shown: String,
    /// Advice that the safety gate refused or overruled.
    pub(super) refusals: u64,
}

enum Control {
    Ours {
        controller: Box<Controller>,
        ceiling: Rung,
    },
    Peer(Box<Peer>),
}

impl Stage {
    pub(super) fn new(net: &Net, scenario: &Scenario, settings: &Settings) -> Result<Self> {
        let mut lanes = Lanes::default();
        let names: Vec<String> = net.signals.iter().map(|signal| signal.id.clone()).collect();
        let bars = stop_bars(net, &names, &mut lanes);
        let mut signals = Vec::new();
        let mut left_alone = Vec::new();
        if let Some(start) = Start::of(settings) {
            let options = import::Options {
                step: scenario.step,
                ..settings.import.clone()
            };
            for one in import::signals(net, &options) {
                match one {
                    Ok(imported) => {
                        let mut signal = Signal::new(imported, start, &names)?;
                        signal.look_at_exits(net, settings.import.view_m, &mut lanes);
                        signals.push(signal);
                    }
                    Err(not) => left_alone.push(not.to_string()),
                }
            }
        }
        let clock = SumoClock {
            begin: scenario.begin - WARM_UP.round_up_to(scenario.step),
            step: scenario.step,
        };
        let sites: Vec<_> = signals
            .iter()
            .map(|signal| (&signal.imported.site, &signal.imported.wiring))
            .collect();
        let sensors = Sensors::new(&sites, &mut lanes, settings.noise, settings.seed, clock);
        let of_signals: Vec<_> = sites.iter().map(|(site, _)| *site).collect();
        let neighbors = Neighbors::new(&of_signals);
        Ok(Self {
            radio: Radio::new(neighbors, settings.channel, settings.seed),
            sensors,
            watch: Watch::new(bars, names, scenario.step),
            traffic: Traffic::new(lanes),
            signals,
            left_alone,
            clock,
            now: Timestamp(0),
        })
    }

    /// What SUMO is asked before the first step.
    pub(super) fn subscribe(&self, batch: &mut Batch) {
        let whole = [variable::TIME, variable::EXPECTED, variable::DEPARTED];
        batch.subscribe(Domain::Simulation, "", &whole);
        self.watch.subscribe(batch);
        self.sensors.subscribe(batch);
    }

    /// Takes SUMO's answer to [`Self::subscribe`], and lets the controllers run on the empty road.
    ///
    /// # Errors
    /// When SUMO's signals are not those of the net.
    pub(super) fn begin(
        &mut self,
        answers: &Answers<'_>,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        accepted(answers)?;
        self.watch
            .update(answers, &self.traffic, self.now, &mut Batch::default());
        for signal in &self.signals {
            let found = self.watch.letters(signal.number).len();
            let wired = signal.imported.wiring.links.len();
            if found != wired {
                bail!(
                    "signal {:?}: found {found} links in SUMO; the net file has {wired}",
                    signal.imported.signal
                );
            }
        }
        observer.begin(&mut self.signals.iter().map(|signal| &signal.imported))?;
        while self.now < Timestamp(0) + WARM_UP {
            self.now = self.now + self.clock.step;
            self.tick(observer)?;
        }
        Ok(())
    }

    /// What SUMO shows in the next step.
    pub(super) fn show(&mut self, batch: &mut Batch) {
        for signal in &mut self.signals {
            let letters = letters(&signal.imported.wiring.links, &signal.heads);
            if letters != signal.shown {
                batch.show(&signal.imported.signal, &letters);
                signal.shown = letters;
            }
        }
    }

    /// Takes what SUMO told after a step, and asks it for more where needed.
    ///
    /// # Errors
    /// When SUMO does not do what it is told.
    pub(super) fn take(&mut self, answers: &Answers<'_>, batch: &mut Batch) -> Result<Situation> {
        accepted(answers)?;
        self.now = self.now + self.clock.step;
        self.traffic.update(answers, batch);
        self.watch.update(answers, &self.traffic, self.now, batch);
        self.sensors.update(answers, self.now);
        for signal in &self.signals {
            let found = self.watch.letters(signal.number);
            if found != signal.shown {
                bail!(
                    "signal {:?} shows {found} in SUMO; it was told to show {}",
                    signal.imported.signal,
                    signal.shown
                );
            }
        }
        let mut situation = Situation {
            running: self.traffic.vehicles(),
            ..Situation::default()
        };
        for told in answers
            .told
            .iter()
            .filter(|told| told.domain == Domain::Simulation)
        {
            let number = told.value.number().unwrap_or_default();
            match told.variable {
                variable::TIME => situation.time = Millis::from_secs(number),
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a count; `as` saturates"
                )]
                variable::EXPECTED => situation.expected = number as usize,
                _ => {}
            }
        }
        let expected = self.clock.begin + self.now.since(Timestamp(0));
        if situation.time != expected {
            bail!(
                "SUMO's clock says {}; by the scenario's begin and step length it should say {expected}",
                situation.time
            );
        }
        Ok(situation)
    }

    /// Lets every controller do the ticks of the last step.
    ///
    /// # Errors
    /// When `observer` fails.
    pub(super) fn tick(&mut self, observer: &mut dyn Observer) -> Result<()> {
        let seen = self.sensors.look(&self.traffic);
        let exits: Vec<_> = self
            .signals
            .iter()
            .map(|it| it.exits_seen(&self.traffic))
            .collect();
        let mut now = self.now - self.clock.step;
        while now < self.now {
            now = now + TICK;
            let clock = self.clock.civil(now);
            // Cameras look once a step, at its end, where SUMO tells where vehicles are.
            let is_last = now == self.now;
            let nobody = [];
            for (number, signal) in self.signals.iter_mut().enumerate() {
                let looked = is_last.then(|| (seen.get(number), exits.get(number)));
                let (sightings, exits) = looked.unwrap_or_default();
                let inputs = Inputs {
                    clock,
                    edges: self.sensors.edges_until(number, now),
                    sightings: sightings.cloned().unwrap_or_default(),
                    failed: Vec::new(),
                    heard: self.radio.hear(number, now),
                    budget: BUDGET,
                    ceiling: Rung::Adaptive,
                };
                let exits = exits.map_or(&nobody[..], Vec::as_slice);
                if let Some(tick) = signal.tick(inputs, exits, now) {
                    if let Some(announcement) = &tick.outputs.announcement {
                        self.radio.say(number, announcement, now);
                    }
                    observer.see(number, &tick)?;
                }
            }
        }
        Ok(())
    }
}

/// SUMO may refuse to tell about a vehicle that has just left, and nothing else.
fn accepted(answers: &Answers<'_>) -> Result<()> {
    let mut refused = answers.refused.iter();
    match refused.find(|refused| refused.domain != Domain::Vehicle) {
        Some(refused) => Err(TraciError::Refused(refused.text.to_owned()).into()),
        None => Ok(()),
    }
}

impl SumoClock {
    /// Civil time: SUMO's second zero is midnight before a Monday.
    fn civil(self, now: Timestamp) -> ClockTime {
        let midnight = ClockTime(days_from_civil(2024, 4, 15) * 86_400_000);
        midnight + self.begin + now.since(Timestamp(0))
    }
}

/// How a controller of ours, or a peer, is set up.
#[derive(Clone, Copy)]
enum Start {
    Ours(Rung),
    Peer(super::peers::Policy),
}

impl Start {
    fn of(settings: &Settings) -> Option<Self> {
        match settings.method {
            Method::Adaptive => Some(Self::Ours(Rung::Adaptive)),
            Method::Actuated => Some(Self::Ours(Rung::Actuated)),
            Method::Fixed => Some(Self::Ours(Rung::FixedTime)),
            Method::MaxPressure | Method::Greedy => Some(Self::Peer(settings.peer)),
            Method::SumoFixed | Method::SumoActuated | Method::SumoDelayBased => None,
        }
    }
}

impl Signal {
    fn new(mut imported: Imported, start: Start, names: &[String]) -> Result<Self> {
        let control = match start {
            Start::Ours(ceiling) => {
                if ceiling > Rung::FixedTime {
                    free(&mut imported)?;
                }
                Control::Ours {
                    controller: Box::new(Controller::new(&imported.site)),
                    ceiling,
                }
            }
            Start::Peer(policy) => {
                Control::Peer(Box::new(Peer::new(&imported.site, policy, Timestamp(0))))
            }
        };
        let number = names.iter().position(|name| *name == imported.signal);
        Ok(Self {
            number: number.unwrap_or(usize::MAX),
            imported,
            control,
            exits: Vec::new(),
            view_m: 0.0,
            heads: Heads::default(),
            shown: String::new(),
            refusals: 0,
        })
    }

    /// Max-pressure needs cameras that look at the exits, too.
    fn look_at_exits(&mut self, net: &Net, view_m: f64, lanes: &mut Lanes) {
        if !matches!(self.control, Control::Peer(_)) {
            return;
        }
        self.view_m = view_m;
        let exits = self.imported.wiring.exits.iter().map(|id| {
            let edge = net.edges.iter().find(|(_, edge)| edge.id == *id);
            let of_edge = edge.map_or(&[][..], |(_, edge)| &edge.lanes);
            of_edge
                .iter()
                .map(|lane| lanes.number(&net.lanes[*lane].id))
                .collect()
        });
        self.exits = exits.collect();
    }

    fn exits_seen(&self, traffic: &Traffic) -> Vec<usize> {
        let seen = |lane: &LaneNumber| {
            let on = traffic.on(*lane).iter();
            on.filter(|vehicle| vehicle.position_m <= self.view_m)
                .count()
        };
        let exits = self.exits.iter();
        exits.map(|lanes| lanes.iter().map(seen).sum()).collect()
    }

    /// One tick; what went in and came out, of a controller of ours.
    fn tick(&mut self, mut inputs: Inputs, exits: &[usize], now: Timestamp) -> Option<Tick> {
        match &mut self.control {
            Control::Ours {
                controller,
                ceiling,
            } => {
                inputs.ceiling = *ceiling;
                let outputs = controller.step(&inputs, now);
                self.heads = outputs.heads;
                self.refusals = outputs.refusals;
                Some(Tick {
                    now,
                    inputs,
                    outputs,
                })
            }
            Control::Peer(peer) => {
                self.heads = peer.step(&inputs.edges, &inputs.sightings, exits, now);
                self.refusals = peer.refusals();
                None
            }
        }
    }
}

/// Takes the schedule out of a site file: the net's cycle is for its fixed program; here traffic decides.
fn free(imported: &mut Imported) -> Result<()> {
    let lines = imported.text.lines();
    let kept = lines.filter(|line| !line.starts_with("schedule ="));
    imported.text = kept.flat_map(|line| [line, "\n"]).collect();
    imported.site = Intersection::parse(&imported.text, &imported.signal)?;
    Ok(())
}

/// Every lane of the net that ends at a signal.
fn stop_bars(net: &Net, names: &[String], lanes: &mut Lanes) -> Vec<StopBar> {
    let mut links: BTreeMap<LaneIx, Vec<LinkPlace>> = BTreeMap::new();
    for (_, connection) in net.connections.iter() {
        let is_for_vehicles = net.lanes[connection.from].is_for_vehicles;
        let Some(link) = connection.link.as_ref().filter(|_| is_for_vehicles) else {
            continue;
        };
        if let Some(signal) = names.iter().position(|name| *name == link.signal) {
            links
                .entry(connection.from)
                .or_default()
                .push((signal, link.index));
        }
    }
    let bars = links.into_iter().map(|(lane, links)| {
        let lane = &net.lanes[lane];
        StopBar::new(lanes.number(&lane.id), lane.length_m, links)
    });
    bars.collect()
}
