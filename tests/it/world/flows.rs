//! Demand files say everything that is wrong with them, and become traffic of their flow.

use phasewise::simulation::demand::Demand;
use phasewise::simulation::demand_file::SiteDemand;
use phasewise::simulation::world::World;

use super::plan::{four_leg, settings, vehicle};
use super::whole::afternoon;

#[test]
fn every_mistake_is_named_with_file_and_key() {
    let site = four_leg();
    let text = r#"
        [[approach]]
        id = "west"
        flow = [{ from = "07:00", vehicles_per_hour = -5 }, { from = "06:00", vehicles_per_hour = 9 }]
        turns = { EBL = 0.5, NBT = 0.2 }
        [[approach]]
        id = "nowhere"
        turns = {}
        [[crosswalk]]
        id = "west-leg"
        flow = [{ from = "7 am", pedestrians_per_hour = 3 }]
    "#;
    let error = SiteDemand::parse(text, "demand.toml", &site)
        .unwrap_err()
        .to_string();
    println!("{error}");
    for expected in [
        "demand.toml: approach west: flow.vehicles_per_hour is -5; allowed are 0 to 15000",
        "approach west: flow.from 06:00 does not come after the one before",
        "approach west: turns.NBT is no movement from this approach",
        "approach west: turns add up to 0.700; they must add up to 1",
        "approach nowhere: four-leg has no such approach; it has west, east, south, north",
        "crosswalk west-leg: flow.from is \"7 am\"; write a time as \"07:30\"",
        "approach east: is missing",
    ] {
        assert!(error.contains(expected), "{expected:?} is not in\n{error}");
    }
    let unknown = SiteDemand::parse("[[aproach]]", "demand.toml", &site)
        .unwrap_err()
        .to_string();
    assert!(unknown.contains("aproach"), "{unknown}");
}

#[test]
fn generated_traffic_has_the_flow_of_the_file() {
    // 650 + 650 + 320 + 320 veh/h between 12:00 and 15:00, 70 pedestrians/h.
    let demand = afternoon(3.0, 1);
    let vehicles = demand.vehicles.len();
    assert!(
        (5520..=6120).contains(&vehicles),
        "{vehicles} vehicles instead of 5,820"
    );
    assert!(
        (160..=260).contains(&demand.pedestrians.len()),
        "{}",
        demand.pedestrians.len()
    );
}

#[test]
fn scaling_multiplies_and_is_repeatable() {
    let demand = afternoon(1.0, 1);
    let more = demand.scaled(1.3, 7);
    assert_eq!(more, demand.scaled(1.3, 7));
    assert_ne!(more, demand.scaled(1.3, 8));
    let count = |demand: &Demand| f64::from(u32::try_from(demand.vehicles.len()).unwrap());
    assert!((count(&more) / count(&demand) - 1.3).abs() < 0.04);
    assert!((count(&demand.scaled(0.5, 1)) / count(&demand) - 0.5).abs() < 0.04);
    assert_eq!(demand.scaled(1.0, 3), demand);
}

#[test]
fn demand_that_does_not_fit_the_site_is_refused() {
    let site = four_leg();
    let mut wrong = vehicle(&site, "EBT", 0.0, None);
    wrong.approach = site.movements[vehicle(&site, "NBT", 0.0, None).route[0]].from;
    let demand = Demand {
        vehicles: vec![wrong],
        pedestrians: Vec::new(),
    };
    let error = World::new(std::slice::from_ref(&site), demand, settings(500, 1)).unwrap_err();
    assert!(
        error.contains("vehicle 0: movement EBT does not come from approach south"),
        "{error}"
    );
    assert!(World::new(&[site], Demand::default(), settings(450, 1)).is_err());
}
