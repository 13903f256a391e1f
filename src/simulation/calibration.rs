//! How well the world repeats a recording when the lamps show what they showed then.
//!
//! In: a site, its recording with turning shares, seeds. Out: [`Calibration`]: counts by 5 minutes,
//! arrivals on green, occupancy and how queues leave, recorded and simulated side by side, computed by the same code from
//! two event logs. Not here: any adjustment; what does not match is reported.

use std::collections::BTreeMap;

use super::demand::Demand;
use super::discharge::{Discharge, HEADWAYS};
use super::world::{World, WorldSettings};
use crate::detection::Edge;
use crate::hires::Event;
use crate::hires::code;
use crate::intersection::Detector;
use crate::intersection::DetectorFunction;
use crate::intersection::Intersection;
use crate::measures::DetectorRoles;
use crate::measures::Measures;
use crate::measures::Role;
use crate::measures::Settings;
use crate::recording::RecordedHeads;
use crate::recording::Recording;
use crate::signal::Indication;
use crate::units::ClockTime;
use crate::units::Millis;
use crate::units::TICK;
use crate::units::Timestamp;

/// Counts are compared by this time.
pub const COUNT_BIN: Millis = Millis(300_000);

/// A recording and its repetition.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Detectors at the stop bar.
    pub counts: Vec<CountRow>,
    /// Phases with advance detectors.
    pub arrivals_on_green: Vec<ShareRow>,
    /// All vehicle detectors.
    pub occupancy: Vec<ShareRow>,
    /// Phases with presence detectors: share of green that they were covered.
    pub green_occupancy: Vec<ShareRow>,
    /// The same for the first 5 s of red.
    pub red_occupancy: Vec<ShareRow>,
    /// Count detectors that saw queues long enough.
    pub discharge: Vec<DischargeRow>,
    /// Seeds that were averaged.
    pub seeds: usize,
}

/// Counts of one detector.
#[derive(Clone, Debug, PartialEq)]
pub struct CountRow {
    /// Name and channel.
    pub name: String,
    /// Actuations in the recording.
    pub recorded: f64,
    /// Actuations in the simulation, mean over seeds.
    pub simulated: f64,
    /// Root mean square difference of counts in 5 minutes.
    pub rms_5_min: f64,
    /// Mean recorded count in 5 minutes.
    pub mean_5_min: f64,
    /// Share of 5-minute bins with GEH below 5, 0 to 1.
    pub geh_below_5: f64,
}

/// A share, recorded and simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareRow {
    /// What of.
    pub name: String,
    /// In the recording, 0 to 1.
    pub recorded: f64,
    /// In the simulation, mean over seeds, 0 to 1.
    pub simulated: f64,
}

/// How queues leave over one count detector.
#[derive(Clone, Debug, PartialEq)]
pub struct DischargeRow {
    /// Name and channel.
    pub name: String,
    /// Queues in the recording.
    pub recorded_queues: u32,
    /// Seconds from each of their vehicles to the next.
    pub recorded_s: [f64; HEADWAYS],
    /// Queues in the simulation, mean over seeds.
    pub simulated_queues: f64,
    /// Seconds from each of their vehicles to the next, mean over seeds with queues.
    pub simulated_s: [f64; HEADWAYS],
}

/// The event log of simulated traffic under recorded lamps: recorded signal events, simulated detectors
/// with their extend times, as the recorded controller would have logged them.
///
/// # Errors
/// When the demand names something the site does not have.
pub fn replay_lamps(
    site: &Intersection,
    recording: &Recording,
    demand: Demand,
    seed: u64,
) -> Result<Vec<Event>, String> {
    let Some(first) = recording.events.first() else {
        return Ok(Vec::new());
    };
    let heads = RecordedHeads::new(recording, site);
    let settings = WorldSettings {
        seed,
        ..WorldSettings::default()
    };
    let mut world = World::new(std::slice::from_ref(site), demand, settings)?;
    let mut edges = Vec::new();
    let mut now = Timestamp(0);
    while now.since(Timestamp(0)) < recording.span() {
        now = now + TICK;
        let clock = first.at + now.since(Timestamp(0));
        for of_site in world.advance(now, &[heads.at(clock)]) {
            edges.extend(of_site);
        }
    }
    let is_signal = |event: &&Event| {
        let of_detector = matches!(
            event.code,
            code::DETECTOR_OFF..=code::PEDESTRIAN_DETECTOR_ON
        );
        !of_detector
    };
    let mut events: Vec<Event> = recording.events.iter().filter(is_signal).copied().collect();
    events.extend(logged(site, &edges, first.at, &heads));
    events.sort_by_key(|event| event.at);
    Ok(events)
}

/// Edges as the controller logs them: on a tenth of a second, after the detector's extend time.
fn logged(
    site: &Intersection,
    edges: &[Edge],
    from: ClockTime,
    heads: &RecordedHeads,
) -> Vec<Event> {
    let mut events = Vec::new();
    for (id, detector) in site.detectors.iter() {
        if detector.function == DetectorFunction::PedestrianButton {
            continue;
        }
        // An off that is still to be logged, moved back by the extend time.
        let mut off: Option<ClockTime> = None;
        let mut emit = |code: u16, at: ClockTime| {
            events.push(Event {
                at: ClockTime(at.0.div_euclid(TICK.0) * TICK.0),
                code,
                parameter: detector.channel,
            });
        };
        for edge in edges.iter().filter(|edge| edge.detector == id) {
            let at = from + edge.at.since(Timestamp(0));
            if edge.on {
                match off.take() {
                    Some(off) if off >= at => continue,
                    Some(off) => emit(code::DETECTOR_OFF, off),
                    None => {}
                }
                emit(code::DETECTOR_ON, at);
            } else {
                off = Some(at + extension(detector, heads, at));
            }
        }
        if let Some(off) = off {
            emit(code::DETECTOR_OFF, off);
        }
    }
    events
}

/// Extend time, which applies on green only.
fn extension(detector: &Detector, heads: &RecordedHeads, at: ClockTime) -> Millis {
    let shown = heads.at(at);
    let green = detector
        .extends
        .iter()
        .any(|phase| shown.vehicle[phase] == Indication::Green);
    if green {
        detector.settings.extend
    } else {
        Millis::ZERO
    }
}

impl Calibration {
    /// Compares a recording with simulated logs of the same time, one per seed.
    #[must_use]
    pub fn compare(site: &Intersection, recorded: &[Event], simulated: &[Vec<Event>]) -> Self {
        let roles = DetectorRoles::of_site(site);
        let settings = Settings {
            bin: COUNT_BIN,
            ..Settings::default()
        };
        let figures = |events: &[Event]| {
            let measures = Measures::compute(events, &roles, &settings);
            Figures::of(&measures, &roles, events)
        };
        let theirs = figures(recorded);
        let ours: Vec<Figures> = simulated.iter().map(|events| figures(events)).collect();
        let name = |channel: u16| {
            let named = site
                .detectors
                .iter()
                .find(|(_, detector)| detector.channel == channel);
            let id = named.map_or("", |(_, detector)| detector.id.as_str());
            format!("{id} ({channel})")
        };
        let shares = |of: fn(&Figures) -> &BTreeMap<u16, f64>, name: &dyn Fn(u16) -> String| {
            of(&theirs)
                .iter()
                .map(|(&key, &recorded)| ShareRow {
                    name: name(key),
                    recorded,
                    simulated: mean(ours.iter().map(|f| of(f).get(&key).copied().unwrap_or(0.0))),
                })
                .collect()
        };
        let phase = |phase: u16| format!("phase {phase}");
        Self {
            counts: counts(&theirs, &ours, &roles, &name),
            arrivals_on_green: shares(|figures| &figures.on_green, &phase),
            occupancy: shares(|figures| &figures.occupancy, &name),
            green_occupancy: shares(|figures| &figures.green_occupancy, &phase),
            red_occupancy: shares(|figures| &figures.red_occupancy, &phase),
            discharge: discharge(recorded, simulated, &roles, &name),
            seeds: simulated.len(),
        }
    }
}

/// What is compared, of one log.
struct Figures {
    /// By channel, then by bin.
    counts: BTreeMap<u16, BTreeMap<ClockTime, f64>>,
    on_green: BTreeMap<u16, f64>,
    occupancy: BTreeMap<u16, f64>,
    green_occupancy: BTreeMap<u16, f64>,
    red_occupancy: BTreeMap<u16, f64>,
}

impl Figures {
    fn of(measures: &Measures, roles: &DetectorRoles, events: &[Event]) -> Self {
        let mut counts = BTreeMap::<u16, BTreeMap<ClockTime, f64>>::new();
        for row in &measures.actuations {
            let by_bin = counts.entry(row.detector).or_default();
            by_bin.insert(row.bin, number(row.count));
        }
        let mut arrivals = BTreeMap::<u16, (u64, u64)>::new();
        for row in &measures.arrivals_on_green {
            let (all, green) = arrivals.entry(row.phase).or_default();
            *all += row.arrivals;
            *green += row.on_green;
        }
        // A share of a ratio is weighed by what it is a share of.
        let mut green = BTreeMap::<u16, (f64, f64)>::new();
        let mut red = BTreeMap::<u16, (f64, f64)>::new();
        for row in &measures.split_failures {
            let cycles = number(row.cycles);
            let (sum, weight) = green.entry(row.phase).or_default();
            *sum += row.green_occupancy * cycles;
            *weight += cycles;
            let (sum, weight) = red.entry(row.phase).or_default();
            *sum += row.red_occupancy * cycles;
            *weight += cycles;
        }
        let ratio = |sums: BTreeMap<u16, (f64, f64)>| -> BTreeMap<u16, f64> {
            let share = |(key, (sum, weight)): (u16, (f64, f64))| (key, sum / weight);
            sums.into_iter().map(share).collect()
        };
        Self {
            counts,
            on_green: arrivals
                .into_iter()
                .map(|(phase, (all, green))| (phase, number(green) / number(all)))
                .collect(),
            occupancy: occupancy(roles, events),
            green_occupancy: ratio(green),
            red_occupancy: ratio(red),
        }
    }
}

/// Share of the log's time that each channel with a role was covered.
fn occupancy(roles: &DetectorRoles, events: &[Event]) -> BTreeMap<u16, f64> {
    let span = match (events.first(), events.last()) {
        (Some(first), Some(last)) => (last.at - first.at).secs().max(1.0),
        _ => 1.0,
    };
    let mut covered: BTreeMap<u16, (Millis, Option<ClockTime>)> = roles
        .0
        .iter()
        .map(|row| (row.channel, (Millis::ZERO, None)))
        .collect();
    for event in events {
        if !matches!(event.code, code::DETECTOR_ON | code::DETECTOR_OFF) {
            continue;
        }
        if let Some((sum, since)) = covered.get_mut(&event.parameter) {
            if let Some(since) = since.take() {
                *sum += event.at - since;
            }
            *since = (event.code == code::DETECTOR_ON).then_some(event.at);
        }
    }
    covered
        .into_iter()
        .map(|(channel, (sum, _))| (channel, sum.secs() / span))
        .collect()
}

fn counts(
    theirs: &Figures,
    ours: &[Figures],
    roles: &DetectorRoles,
    name: &dyn Fn(u16) -> String,
) -> Vec<CountRow> {
    let mut channels: Vec<u16> = roles
        .0
        .iter()
        .filter(|row| matches!(row.role, Role::Presence | Role::StopBarCount))
        .map(|row| row.channel)
        .collect();
    channels.sort_unstable();
    channels.dedup();
    channels
        .into_iter()
        .filter_map(|channel| {
            let recorded = theirs.counts.get(&channel)?;
            let mean_of = |bin: &ClockTime| {
                mean(ours.iter().map(|figures| {
                    let by_bin = figures.counts.get(&channel);
                    by_bin
                        .and_then(|by_bin| by_bin.get(bin))
                        .copied()
                        .unwrap_or(0.0)
                }))
            };
            let pairs: Vec<(f64, f64)> = recorded
                .iter()
                .map(|(bin, &count)| (count, mean_of(bin)))
                .collect();
            let squares = mean(pairs.iter().map(|(a, b)| (a - b) * (a - b)));
            Some(CountRow {
                name: name(channel),
                recorded: pairs.iter().map(|(recorded, _)| recorded).sum(),
                simulated: pairs.iter().map(|(_, simulated)| simulated).sum(),
                rms_5_min: squares.sqrt(),
                mean_5_min: mean(pairs.iter().map(|(recorded, _)| *recorded)),
                geh_below_5: mean(
                    pairs
                        .iter()
                        .map(|&(a, b)| if geh(a, b) < 5.0 { 1.0 } else { 0.0 }),
                ),
            })
        })
        .collect()
}

fn discharge(
    recorded: &[Event],
    simulated: &[Vec<Event>],
    roles: &DetectorRoles,
    name: &dyn Fn(u16) -> String,
) -> Vec<DischargeRow> {
    let counting = roles.0.iter().filter(|row| row.role == Role::StopBarCount);
    counting
        .filter_map(|row| {
            let of = |events: &[Event]| Discharge::of(events, row.phase, row.channel);
            let theirs = of(recorded);
            let ours: Vec<Discharge> = simulated.iter().map(|events| of(events)).collect();
            let with_queues = || ours.iter().filter(|one| one.queues > 0);
            (theirs.queues > 0).then(|| DischargeRow {
                name: name(row.channel),
                recorded_queues: theirs.queues,
                recorded_s: theirs.headways_s,
                simulated_queues: mean(ours.iter().map(|one| f64::from(one.queues))),
                simulated_s: std::array::from_fn(|place| {
                    mean(with_queues().map(|one| one.headways_s[place]))
                }),
            })
        })
        .collect()
}

/// GEH statistic of two counts in 5 minutes, as flows per hour: √(2 (m − c)² ÷ (m + c)).
fn geh(recorded: f64, simulated: f64) -> f64 {
    const PER_HOUR: f64 = 12.0;
    let (m, c) = (recorded * PER_HOUR, simulated * PER_HOUR);
    if m + c > 0.0 {
        (2.0 * (m - c) * (m - c) / (m + c)).sqrt()
    } else {
        0.0
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of events stay below 2^53"
)]
fn number(count: u64) -> f64 {
    count as f64
}
