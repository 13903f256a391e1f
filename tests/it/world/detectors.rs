//! Loops see what passes, at the time it passes.

use phasewise::intersection::{DetectorFunction, DetectorId, Id, Intersection, Turn};
use phasewise::simulation::demand::Arrival;
use phasewise::simulation::world::World;
use phasewise::units::Timestamp;

use super::plan::{Part, Plan, demand, four_leg, run, settings, vehicle};
use super::whole::{afternoon, day_plan};

fn detector(site: &Intersection, name: &str) -> DetectorId {
    site.detectors
        .iter()
        .find(|(_, detector)| detector.id == name)
        .expect("a detector")
        .0
}

/// Edges of one detector as (on, ms).
fn edges_of(edges: &[phasewise::detection::Edge], id: DetectorId) -> Vec<(bool, i64)> {
    edges
        .iter()
        .filter(|edge| edge.detector == id)
        .map(|edge| (edge.on, edge.at.0))
        .collect()
}

#[test]
fn a_loop_sees_a_vehicle_when_it_passes_whatever_the_step() {
    let site = four_leg();
    let advance = detector(&site, "EB-1 adv");
    let facts = &site.detectors[advance];
    let plan = Plan::new(vec![Part::new(&[2, 6], 300.0)]);
    let mut seen = Vec::new();
    for step in [100, 300, 500, 700, 1000] {
        let vehicles = vec![vehicle(&site, "EBT", 3.21, Some("EB-1"))];
        let mut world = World::new(
            std::slice::from_ref(&site),
            demand(vehicles),
            settings(step, 4),
        )
        .unwrap();
        let edges = run(&mut world, &site, &plan, 60.0);
        let edges = edges_of(&edges, advance);
        assert_eq!(
            edges.iter().map(|edge| edge.0).collect::<Vec<_>>(),
            [true, false]
        );
        seen.push((edges[0].1, edges[1].1));
    }
    let (on, off) = seen[0];
    assert!(
        seen.iter()
            .all(|(a, b)| (a - on).abs() <= 1 && (b - off).abs() <= 1),
        "{seen:?}"
    );
    // The way from the entry gives the speed; vehicle and loop length give the time on.
    let way = site.lanes[facts.lanes[0]].length_m - facts.distance_m - facts.length_m;
    let speed = way / (f64::from(i32::try_from(on).unwrap()) / 1000.0 - 3.21);
    let length = speed * f64::from(i32::try_from(off - on).unwrap()) / 1000.0 - facts.length_m;
    assert!((17.0..=23.2).contains(&speed), "{speed:.1} m/s");
    assert!((3.8..=5.6).contains(&length), "a vehicle of {length:.2} m");
}

#[test]
fn a_vehicle_passes_its_advance_detector_when_the_recording_says() {
    let site = four_leg();
    let advance = detector(&site, "NB-1 adv");
    let plan = Plan::new(vec![Part::new(&[4, 8], 900.0)]);
    let times: Vec<i64> = (0..60)
        .map(|i| 30_000 + i * 4000 + (i * i * 37) % 1700)
        .collect();
    let vehicles = times
        .iter()
        .map(|&at| {
            let mut vehicle = vehicle(&site, "NBT", 0.0, Some("NB-1"));
            vehicle.arrival = Arrival::AtDetector(advance, Timestamp(at));
            vehicle
        })
        .collect();
    let mut world = World::new(
        std::slice::from_ref(&site),
        demand(vehicles),
        settings(500, 2),
    )
    .unwrap();
    let edges = run(&mut world, &site, &plan, 400.0);
    let seen: Vec<i64> = edges_of(&edges, advance)
        .iter()
        .filter(|e| e.0)
        .map(|e| e.1)
        .collect();
    assert_eq!(seen.len(), times.len());
    let exact = seen
        .iter()
        .zip(&times)
        .filter(|(seen, time)| (*seen - *time).abs() <= 100)
        .count();
    println!("{exact} of {} within 0.1 s", times.len());
    // A fast driver may be held up by a slow one ahead on the way.
    assert!(
        exact * 10 >= times.len() * 8,
        "only {exact} of {} within 0.1 s",
        times.len()
    );
    assert!(
        seen.iter()
            .zip(&times)
            .all(|(seen, time)| (*seen - *time).abs() <= 1500)
    );
}

#[test]
fn one_detector_over_two_lanes_is_on_while_either_is_covered() {
    let mut site = four_leg();
    let (first, second) = (detector(&site, "EB-1 adv"), detector(&site, "EB-2 adv"));
    let lanes = [
        site.detectors[first].lanes[0],
        site.detectors[second].lanes[0],
    ];
    let length = site.lanes[lanes[0]].length_m;
    site.detectors[first].lanes = lanes.to_vec();
    let plan = Plan::new(vec![Part::new(&[2, 6], 300.0)]);
    // Side by side at 5 s, one behind the other at 20 and 23 s.
    let arrivals = [(5.0, "EB-1"), (5.0, "EB-2"), (20.0, "EB-1"), (23.0, "EB-2")];
    let vehicles = arrivals
        .iter()
        .map(|&(at, lane)| vehicle(&site, "EBT", at, Some(lane)))
        .collect();
    let mut world = World::new(
        std::slice::from_ref(&site),
        demand(vehicles),
        settings(500, 9),
    )
    .unwrap();
    let edges = run(&mut world, &site, &plan, 90.0);
    let both = edges_of(&edges, first);
    let on = both.iter().filter(|edge| edge.0).count();
    assert!(length > 0.0 && (3..=4).contains(&on), "{both:?}");
    assert!(
        both.windows(2).all(|pair| pair[0].0 != pair[1].0),
        "on and off alternate: {both:?}"
    );
}

#[test]
fn count_detectors_pulse_once_for_every_vehicle() {
    let site = four_leg();
    let mut world = World::new(
        std::slice::from_ref(&site),
        afternoon(0.3, 8),
        settings(500, 8),
    )
    .unwrap();
    let edges = run(&mut world, &site, &day_plan(), 1500.0);
    let mut checked = 0;
    for (id, facts) in site.detectors.iter() {
        if facts.function != DetectorFunction::StopBarCount {
            continue;
        }
        let pulses = edges
            .iter()
            .filter(|edge| edge.detector == id && edge.on)
            .count();
        let lane = facts.lanes[0];
        let crossed = world
            .results()
            .visits
            .iter()
            .filter(|v| v.lane == lane)
            .count();
        assert_eq!(pulses, crossed, "{} (detector {})", facts.id, id.index());
        checked += 1;
    }
    assert_eq!(checked, 12);
}

#[test]
fn every_detector_is_off_when_the_road_is_empty() {
    let site = four_leg();
    assert_all_off_in_the_end(&site);
}

#[test]
fn every_detector_is_off_after_turns_shorter_than_a_vehicle() {
    let mut site = four_leg();
    for (_, movement) in site.movements.iter_mut() {
        if movement.turn == Turn::Right {
            movement.path_m = 4.0;
        }
    }
    assert_all_off_in_the_end(&site);
}

/// A third of an hour's traffic passes; then no detector may be left on.
fn assert_all_off_in_the_end(site: &Intersection) {
    let mut world = World::new(
        std::slice::from_ref(site),
        afternoon(0.3, 9),
        settings(700, 9),
    )
    .unwrap();
    let edges = run(&mut world, site, &day_plan(), 1800.0);
    assert_eq!(world.truth().unfinished(), 0);
    for id in site.detectors.ids() {
        let of = edges_of(&edges, id);
        assert!(
            of.windows(2).all(|pair| pair[0].0 != pair[1].0),
            "alternating edges"
        );
        assert!(
            of.last().is_none_or(|edge| !edge.0),
            "{} is on",
            site.detectors[id].id
        );
    }
}
