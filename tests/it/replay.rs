//! A journal replays bit for bit, and a changed one is found out to the tick and the field.

use std::path::Path;

use phasewise::controller::{Controller, Inputs, Rung};
use phasewise::intersection::Intersection;
use phasewise::journal::{Header, Reader, Tick, Writer};
use phasewise::replay::{Replayed, replay};
use phasewise::signal::Indication;
use phasewise::simulation::compare::{Contender, run_one};
use phasewise::simulation::run::Witness;
use phasewise::simulation::scenario::{Scenario, Selection};
use phasewise::units::{Millis, Timestamp};

/// A field, and how to change it.
type Change = (&'static str, fn(&mut Tick));

/// Keeps every tick.
pub(crate) struct Recorder(pub(crate) Vec<Tick>);

impl Witness for Recorder {
    fn see(&mut self, tick: &Tick) {
        self.0.push(tick.clone());
    }
}

fn scenario() -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/odot-1136/site.toml");
    let duration = Some(Millis(10 * 60_000));
    Scenario::load(
        &path,
        &Selection {
            duration,
            ..Selection::default()
        },
    )
    .unwrap()
}

fn ticks(scenario: &Scenario, contender: Contender) -> Vec<Tick> {
    let mut recorder = Recorder(Vec::new());
    run_one(
        scenario,
        scenario.control(contender).unwrap(),
        3,
        1.0,
        &mut recorder,
    )
    .unwrap();
    recorder.0
}

/// The journal of a run of `scenario`.
pub(crate) fn journal(scenario: &Scenario, ticks: &[Tick]) -> Vec<u8> {
    let header = Header {
        program: "test".to_owned(),
        site_id: scenario.site.id.clone(),
        site_file: scenario.site_file.clone(),
        origin: "test".to_owned(),
    };
    let mut writer = Writer::new(Vec::new(), &header).unwrap();
    for tick in ticks {
        writer.record(tick).unwrap();
    }
    writer.finish().unwrap()
}

fn replayed(scenario: &Scenario, ticks: &[Tick]) -> Replayed {
    let file = journal(scenario, ticks);
    let mut reader = Reader::new(file.as_slice()).unwrap();
    let site = Intersection::parse(&reader.header().site_file, "journal").unwrap();
    replay(&mut reader, &site, |_| {}).unwrap()
}

#[test]
fn ten_minutes_under_each_controller_replay_bit_for_bit() {
    let scenario = scenario();
    for contender in [Contender::Fixed, Contender::Actuated, Contender::Adaptive] {
        let ticks = ticks(&scenario, contender);
        assert!(ticks.iter().any(|tick| !tick.outputs.events.is_empty()));
        let result = replayed(&scenario, &ticks);
        assert_eq!(result.difference, None, "{}", contender.name());
        assert_eq!(result.ticks, 6000);
    }
}

#[test]
fn the_first_changed_output_is_named_by_tick_and_field() {
    let scenario = scenario();
    let good = ticks(&scenario, Contender::Adaptive);
    let changes: [Change; 6] = [
        ("heads.vehicle[phase 2]", |tick| {
            tick.outputs.heads.vehicle[2.try_into().unwrap()] = Indication::FlashingRed;
        }),
        ("rung", |tick| tick.outputs.rung = Rung::Flash),
        ("events", |tick| tick.outputs.events.clear()),
        ("decision", |tick| {
            tick.outputs.decision.as_mut().unwrap().cost += 1e-9;
        }),
        ("refusals", |tick| tick.outputs.refusals += 1),
        ("lost_edges", |tick| tick.outputs.lost_edges += 1),
    ];
    for (field, change) in changes {
        let mut ticks = good.clone();
        let suits =
            |tick: &Tick| tick.outputs.decision.is_some() && !tick.outputs.events.is_empty();
        let place = 1000 + ticks[1000..].iter().position(suits).unwrap();
        change(&mut ticks[place]);
        let found = replayed(&scenario, &ticks).difference.expect(field);
        assert_eq!((found.tick, found.field.as_str()), (place + 1, field));
    }
}

#[test]
fn a_changed_input_changes_the_outputs() {
    // Otherwise a replay would prove nothing.
    let scenario = scenario();
    let mut ticks = ticks(&scenario, Contender::Adaptive);
    for tick in &mut ticks {
        tick.inputs.edges.clear();
    }
    assert!(replayed(&scenario, &ticks).difference.is_some());
}

#[test]
fn time_that_runs_back_is_no_time() {
    let scenario = scenario();
    let mut controller = Controller::new(&scenario.site);
    let inputs = Inputs {
        budget: 1000,
        ..Inputs::default()
    };
    let before = controller.step(&inputs, Timestamp(60_000)).heads;
    let after = controller.step(&inputs, Timestamp(1_000)).heads;
    assert_eq!(before, after, "time that runs back is no time");
}
