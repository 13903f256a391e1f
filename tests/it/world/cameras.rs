//! Cameras in the traffic world: they see what is there, err as cameras do, and can be made to fail.

use std::path::Path;

use phasewise::controller::Inputs;
use phasewise::detection::Sighting;
use phasewise::intersection::{Id, Intersection, ViewId};
use phasewise::signal::{Heads, Indication};
use phasewise::simulation::cameras::{CameraFailure, CameraFault, Cameras, LOOK};
use phasewise::simulation::compare::{Contender, SeedResult, run_one};
use phasewise::simulation::demand_file::{Period, SiteDemand, generate};
use phasewise::simulation::run::Witness;
use phasewise::simulation::scenario::{Scenario, Selection};
use phasewise::simulation::sensing::{Mishap, SensorKinds};
use phasewise::simulation::world::{World, WorldSettings};
use phasewise::units::{Millis, TICK, Timestamp};

fn four_leg() -> Intersection {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    Intersection::load(&root.join("intersections/four-leg/site.toml")).unwrap()
}

fn view(site: &Intersection, name: &str) -> ViewId {
    let mut views = site.views.iter();
    views.find(|(_, view)| view.id == name).unwrap().0
}

/// The four-leg example with all lamps red for five minutes: queues build up. What the cameras tell
/// at every look, with the vehicles that are really in each of their views.
fn red(failures: Vec<CameraFailure>, seed: u64) -> Vec<(Timestamp, Vec<Sighting>, Vec<usize>)> {
    let site = four_leg();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/demand.toml");
    let flows = SiteDemand::load(&path, &site).unwrap();
    let period = Period {
        from: Millis(16 * 3_600_000),
        duration: Millis(300_000),
        start: Timestamp(0),
    };
    let demand = generate(std::slice::from_ref(&site), &[flows], period, seed);
    let settings = WorldSettings {
        seed,
        ..WorldSettings::default()
    };
    let mut world = World::new(std::slice::from_ref(&site), demand, settings).unwrap();
    let mut cameras = Cameras::new(&site, failures, None, seed);
    let mut heads = Heads::default();
    for phase in site.phases.iter() {
        heads.vehicle[phase] = Indication::Red;
    }
    let mut told = Vec::new();
    let mut now = Timestamp(0);
    while now < Timestamp(300_000) {
        now = now + TICK;
        world.advance(now, &[heads]);
        if now.0 % LOOK.0 == 0 {
            let truth = world.truth();
            let there = site.views.iter().map(|(_, view)| {
                let lane = *view.lanes.last().unwrap();
                let places = truth.distances(0, lane);
                let inside = |at: &&f64| (view.from_m..view.to_m).contains(*at);
                places.iter().filter(inside).count()
            });
            told.push((now, cameras.look(&truth, now), there.collect()));
        }
    }
    told
}

fn west(fault: CameraFault) -> CameraFailure {
    let site = four_leg();
    let found = site.approaches.iter().find(|(_, it)| it.id == "west");
    CameraFailure {
        approach: found.map(|(id, _)| id),
        fault,
        from: Timestamp(150_000),
        until: Timestamp(200_000),
    }
}

fn counted(sightings: &[Sighting], view: ViewId) -> Option<usize> {
    let found = sightings.iter().find(|it| it.view == view);
    found.map(Sighting::vehicles)
}

#[test]
fn cameras_count_the_near_vehicles_well_and_the_far_ones_less_so() {
    let site = four_leg();
    let (mut near, mut far) = ((0, 0), (0, 0));
    for seed in 0..6 {
        for (_, sightings, there) in red(Vec::new(), seed) {
            for sighting in sightings {
                let watched = &site.views[sighting.view];
                let sums = if watched.lanes.len() > 1 {
                    &mut far
                } else if watched.to_m <= 75.0 && watched.lanes[0].index() % 3 == 1 {
                    &mut near
                } else {
                    continue;
                };
                sums.0 += sighting.vehicles();
                sums.1 += there[sighting.view.index()];
            }
        }
    }
    let share = |(seen, there): (usize, usize)| seen as f64 / there as f64;
    let (near, far) = (share(near), share(far));
    assert!((0.85..1.0).contains(&near), "{near}");
    assert!(
        far < near - 0.05,
        "{far} of the far ones, {near} of the near"
    );
}

#[test]
fn a_blind_camera_says_nothing_and_a_frozen_one_repeats_itself() {
    let site = four_leg();
    let of_west = view(&site, "EB-1 view");
    let of_east = view(&site, "WB-1 view");
    let failing = |now: Timestamp| (Timestamp(150_000)..Timestamp(200_000)).contains(&now);
    for (now, sightings, _) in red(vec![west(CameraFault::Blind)], 1) {
        if failing(now) {
            assert_eq!(counted(&sightings, of_west), None, "{now:?}");
        }
    }
    let told = red(vec![west(CameraFault::Frozen)], 1);
    let during = told.iter().filter(|(now, ..)| failing(*now));
    let mut of_the_west: Vec<Vec<u16>> = Vec::new();
    let mut others: Vec<Vec<u16>> = Vec::new();
    for (_, sightings, _) in during {
        for sighting in sightings {
            let speeds = sighting.speeds_cmps.clone();
            if sighting.view == of_west {
                of_the_west.push(speeds);
            } else if sighting.view == of_east {
                others.push(speeds);
            }
        }
    }
    of_the_west.dedup();
    others.dedup();
    assert_eq!(of_the_west.len(), 1);
    assert!(others.len() > 10, "{}", others.len());
}

#[test]
fn a_moved_camera_does_not_see_who_stands_at_the_bar() {
    let site = four_leg();
    let of_west = view(&site, "EB-L view");
    let sum = |told: Vec<(Timestamp, Vec<Sighting>, Vec<usize>)>| -> usize {
        let during = told
            .iter()
            .filter(|(now, ..)| now.0 > 150_000 && now.0 < 200_000);
        during.filter_map(|(_, it, _)| counted(it, of_west)).sum()
    };
    let (well, moved) = (
        sum(red(Vec::new(), 3)),
        sum(red(vec![west(CameraFault::Moved)], 3)),
    );
    assert!(well >= 100 && 2 * moved < well, "{moved} instead of {well}");
}

#[derive(Default)]
struct Counting {
    edges: usize,
    sightings: usize,
}

impl Witness for Counting {
    fn meddle(&mut self, _now: Timestamp, inputs: &mut Inputs) {
        self.edges += inputs.edges.len();
        self.sightings += inputs.sightings.len();
    }
}

fn run(kinds: SensorKinds, mishaps: &[&str]) -> (SeedResult, Counting) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let selection = Selection {
        duration: Some(Millis(600_000)),
        ..Selection::default()
    };
    let scenario = Scenario::load(&root.join("intersections/four-leg/site.toml"), &selection);
    let mishaps: Vec<Mishap> = mishaps.iter().map(|text| text.parse().unwrap()).collect();
    let scenario = scenario.unwrap().sensed(kinds, None, &mishaps).unwrap();
    let mut counting = Counting::default();
    let control = scenario.control(Contender::Adaptive).unwrap();
    let result = run_one(&scenario, control, 1, 1.0, &mut counting).unwrap();
    (result, counting)
}

#[test]
fn a_run_has_the_sensors_that_it_was_given_and_stays_safe_when_they_fail() {
    let (_, loops) = run(SensorKinds::Loops, &[]);
    assert!(loops.edges > 1000 && loops.sightings == 0);
    let (seen, camera) = run(SensorKinds::Camera, &[]);
    // Push buttons only.
    assert!(
        camera.edges < 500 && camera.sightings > 10_000,
        "{} edges",
        camera.edges
    );
    assert!(
        seen.figures.mean_delay_s < 40.0,
        "{}",
        seen.figures.mean_delay_s
    );
    let adaptive = seen.run.unwrap().ticks_on[3];
    assert!(adaptive > 5000, "{adaptive} ticks");
    for mishap in [
        "loop-stuck=EB-1 stop@2",
        "loop-dead=EB-1 adv@2",
        "camera-blind=west@2",
    ] {
        let (result, _) = run(SensorKinds::Both, &[mishap]);
        assert!(result.run.unwrap().violations.is_empty(), "{mishap}");
    }
}

#[test]
fn what_is_wrong_with_a_wish_for_faults_is_said_at_once() {
    for (text, said) in [
        ("loop-struck", "allowed are loop-stuck"),
        ("camera-blind@soon", "no minute"),
    ] {
        let why = text.parse::<Mishap>().unwrap_err();
        assert!(why.contains(said), "{why}");
    }
    let site = four_leg();
    let mishaps: Vec<Mishap> = ["loop-dead=nobody", "camera-moved=above@3"]
        .map(|text| text.parse().unwrap())
        .to_vec();
    let sensing = phasewise::simulation::sensing::Sensing::new;
    let problems = sensing(&site, SensorKinds::Both, None, &mishaps).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[1].contains("west, east, south, north"),
        "{problems:?}"
    );
    let problems = sensing(&site, SensorKinds::Loops, None, &mishaps).unwrap_err();
    assert!(problems[1].contains("no cameras"), "{problems:?}");
}
