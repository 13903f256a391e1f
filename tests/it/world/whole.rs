//! A whole intersection under a fixed plan: nobody is lost, nobody collides, the same seed is the same
//! run.

use std::path::Path;

use phasewise::intersection::PhaseId;
use phasewise::simulation::demand::Demand;
use phasewise::simulation::demand_file::{Period, SiteDemand, generate};
use phasewise::simulation::figures::{Figures, LongestWait, longest_waits};
use phasewise::simulation::world::World;
use phasewise::units::{Millis, Timestamp};

use super::plan::{Part, Plan, four_leg, run, settings};

pub(super) fn afternoon(hours: f64, seed: u64) -> Demand {
    let site = four_leg();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/demand.toml");
    let flows = SiteDemand::load(&path, &site).unwrap();
    let period = Period {
        from: Millis(12 * 3_600_000),
        duration: Millis::from_secs(hours * 3600.0),
        start: Timestamp(0),
    };
    generate(&[site], &[flows], period, seed)
}

pub(super) fn day_plan() -> Plan {
    Plan::new(vec![
        Part::new(&[1, 5], 10.0),
        Part::new(&[2, 6], 34.0).walking(),
        Part::new(&[3, 7], 10.0),
        Part::new(&[4, 8], 26.0).walking(),
    ])
}

#[test]
fn everybody_gets_through_unharmed() {
    let site = four_leg();
    let demand = afternoon(0.5, 3);
    let (vehicles, people) = (demand.vehicles.len(), demand.pedestrians.len());
    let mut world = World::new(std::slice::from_ref(&site), demand, settings(500, 3)).unwrap();
    let edges = run(&mut world, &site, &day_plan(), 2400.0);
    let results = world.results();
    println!(
        "{vehicles} vehicles, {people} pedestrians, {} edges, mean delay {:.1} s",
        edges.len(),
        results.mean_delay_s()
    );
    assert_eq!(world.truth().unfinished(), 0);
    assert_eq!(world.truth().conflicts(), 0);
    assert_eq!(results.visits.len(), vehicles);
    assert_eq!(results.crossings.len(), people);
}

#[test]
fn every_wait_is_counted_at_the_phase_that_has_to_end_it() {
    let site = four_leg();
    let demand = afternoon(0.25, 3);
    let mut world = World::new(std::slice::from_ref(&site), demand, settings(500, 3)).unwrap();
    // Nobody from the side street, phase 4, gets green; phase 8 is served once, after 300 s.
    let plan = Plan::new(vec![
        Part::new(&[2, 6], 300.0).walking(),
        Part::new(&[8], 20.0).walking(),
        Part::new(&[2, 6], 10_000.0).walking(),
    ]);
    run(&mut world, &site, &plan, 600.0);
    let results = world.results();
    let waits = longest_waits(&results, (0, &site), 600.0);
    let vehicle = |number| waits[PhaseId::new(number).unwrap()].vehicle_s.unwrap();
    assert!(vehicle(4) > 500.0, "{waits:?}");
    assert!((250.0..320.0).contains(&vehicle(8)), "{waits:?}");
    assert!(vehicle(2) < 60.0 && vehicle(6) < 60.0, "{waits:?}");
    let figures = Figures::of(&results, 600.0);
    let all = waits.iter().map(|(_, wait)| *wait);
    let longest = all.reduce(LongestWait::or_longer).unwrap();
    assert_eq!(longest.vehicle_s, Some(figures.max_wait_s));
    // Who waits longest pushes 0.5 to 2.5 s after coming and may start 1 to 2 s after Walk.
    let own = figures.max_ped_wait_s - longest.pedestrian_s.unwrap();
    assert!((0.5..4.5).contains(&own), "{own}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let site = four_leg();
    let run_once = |seed| {
        let settings = settings(500, seed);
        let mut world =
            World::new(std::slice::from_ref(&site), afternoon(0.1, seed), settings).unwrap();
        let edges = run(&mut world, &site, &day_plan(), 600.0);
        (edges, world.results())
    };
    assert_eq!(run_once(5), run_once(5));
    assert_ne!(run_once(5), run_once(6));
}
