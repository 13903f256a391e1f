//! Drivers who yield: permissive left turns, turns on red, right turns across pedestrians.

use phasewise::simulation::demand::{Demand, PedestrianDemand};
use phasewise::simulation::world::World;
use phasewise::units::{Millis, Timestamp};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::plan::{Part, Plan, demand, four_leg, movement, run, settings, vehicle};

/// Permissive left turns per hour against a random opposing flow that is never stopped: as simulated,
/// and as gap acceptance (critical gap 4.5 s, follow-up time 2.5 s) would use the same opposing gaps.
fn permissive_capacity(opposing: f64, step_ms: i64, runs: u32) -> (f64, f64) {
    let site = four_leg();
    let plan = Plan::new(vec![Part::new(&[2, 6], 9000.0)]);
    let (mut turned, mut expected) = (0.0, 0.0);
    let window = Timestamp(300_000)..Timestamp(3_900_000);
    for seed in 0..runs {
        let mut rng = Pcg64Mcg::seed_from_u64(u64::from(seed));
        let mut vehicles: Vec<_> = (0..1500)
            .map(|i| vehicle(&site, "WBL", f64::from(i) * 2.0, None))
            .collect();
        let mut at = 0.0;
        while at < 3900.0 {
            at -= (1.0 - rng.random::<f64>()).ln() / (opposing / 3600.0);
            vehicles.push(vehicle(&site, "EBT", at, None));
        }
        let settings = settings(step_ms, u64::from(seed));
        let mut world =
            World::new(std::slice::from_ref(&site), demand(vehicles), settings).unwrap();
        run(&mut world, &site, &plan, 3900.0);
        assert_eq!(world.truth().conflicts(), 0);
        let results = world.results();
        let crossings = |name: &str| {
            let wanted = movement(&site, name);
            let of = results
                .visits
                .iter()
                .filter(|visit| visit.movement == wanted);
            let mut times: Vec<_> = of.filter_map(|visit| visit.crossed).collect();
            times.retain(|at| window.contains(at));
            times.sort_unstable();
            times
        };
        turned += crossings("WBL").iter().map(|_| 1.0).sum::<f64>();
        for pair in crossings("EBT").windows(2) {
            let gap = pair[1].since(pair[0]).secs();
            expected += (((gap - 4.5) / 2.5).floor() + 1.0).max(0.0);
        }
    }
    (turned / f64::from(runs), expected / f64::from(runs))
}

#[test]
fn permissive_left_turns_have_the_capacity_of_gap_acceptance() {
    for opposing in [300.0, 600.0, 900.0, 1200.0] {
        let per_second: f64 = opposing / 3600.0;
        let hcm = opposing * (-per_second * 4.5).exp() / (1.0 - (-per_second * 2.5).exp());
        let (measured, theory) = permissive_capacity(opposing, 500, 2);
        let off = measured / theory - 1.0;
        println!(
            "opposing {opposing}: measured {measured:.0} veh/h, with these gaps {theory:.0} veh/h \
             ({:+.1} %), HCM {hcm:.0} veh/h",
            off * 100.0
        );
        assert!(
            off.abs() < 0.1,
            "opposing {opposing}: {measured:.0}, theory {theory:.0}"
        );
    }
}

#[test]
fn gap_acceptance_does_not_depend_on_the_step() {
    let (fine, _) = permissive_capacity(700.0, 100, 1);
    for step in [500, 1000] {
        let (coarse, _) = permissive_capacity(700.0, step, 1);
        println!("step {step} ms: {coarse:.0} veh/h, 100 ms: {fine:.0} veh/h");
        assert!(
            (coarse / fine - 1.0).abs() < 0.05,
            "{coarse} against {fine}"
        );
    }
}

#[test]
fn two_left_turners_sneak_through_at_the_end_of_green() {
    let site = four_leg();
    // The opposing queue never ends, so nobody finds a gap during green.
    let mut vehicles: Vec<_> = (0..200)
        .map(|i| vehicle(&site, "WBL", f64::from(i) * 3.0, None))
        .collect();
    for lane in ["EB-1", "EB-2"] {
        vehicles.extend((0..900).map(|i| vehicle(&site, "EBT", f64::from(i) * 1.5, Some(lane))));
    }
    let plan = Plan::new(vec![Part::new(&[2, 6], 30.0), Part::new(&[4, 8], 18.0)]);
    let mut world = World::new(
        std::slice::from_ref(&site),
        demand(vehicles),
        settings(500, 1),
    )
    .unwrap();
    run(&mut world, &site, &plan, 60.0 * 20.0);
    let turned = world.truth().crossed(0, movement(&site, "WBL"));
    println!("{turned} left turns in 20 cycles");
    assert!(
        (30..=50).contains(&turned),
        "{turned} left turns in 20 cycles"
    );
    assert_eq!(world.truth().conflicts(), 0);
}

#[test]
fn right_turns_on_red_stop_first_and_only_where_allowed() {
    let mut site = four_leg();
    let right = movement(&site, "NBR");
    let plan = Plan::new(vec![Part::new(&[2, 6], 300.0)]);
    for allowed in [true, false] {
        for (_, movement) in site.movements.iter_mut() {
            movement.turn_on_red = allowed;
        }
        let vehicles = vec![vehicle(&site, "NBR", 0.0, None)];
        let mut world = World::new(
            std::slice::from_ref(&site),
            demand(vehicles),
            settings(500, 1),
        )
        .unwrap();
        run(&mut world, &site, &plan, 120.0);
        let results = world.results();
        assert_eq!(world.truth().crossed(0, right), u64::from(allowed));
        assert_eq!(results.visits[0].stops, 1);
    }
}

#[test]
fn turns_on_red_flow_whatever_the_length_of_the_turn() {
    let mut site = four_leg();
    let right = movement(&site, "NBR");
    let plan = Plan::new(vec![Part::new(&[2, 6], 9000.0)]);
    let mut turned = Vec::new();
    for path_m in [4.0, 5.0, 10.0, 16.0] {
        site.movements[right].path_m = path_m;
        let mut vehicles: Vec<_> = (0..600)
            .map(|i| vehicle(&site, "NBR", f64::from(i) * 3.0, None))
            .collect();
        // 400 veh/h come from the left in two lanes.
        vehicles.extend((0..200).map(|i| vehicle(&site, "EBT", f64::from(i) * 9.0, None)));
        let settings = settings(500, 1);
        let mut world =
            World::new(std::slice::from_ref(&site), demand(vehicles), settings).unwrap();
        run(&mut world, &site, &plan, 1800.0);
        turned.push(world.truth().crossed(0, right));
    }
    println!("right turns on red in half an hour: {turned:?}");
    let (fewest, most) = (turned.iter().min().unwrap(), turned.iter().max().unwrap());
    assert!(*fewest > 150 && fewest * 10 >= most * 9, "{turned:?}");
}

#[test]
fn turns_on_red_wait_for_gaps_in_cross_traffic() {
    let site = four_leg();
    let plan = Plan::new(vec![Part::new(&[2, 6], 300.0)]);
    // A platoon without gaps passes from 10 to 70 s.
    let mut vehicles = vec![vehicle(&site, "NBR", 0.0, None)];
    for lane in ["EB-1", "EB-2"] {
        vehicles.extend((0..30).map(|i| vehicle(&site, "EBT", f64::from(i) * 2.0, Some(lane))));
    }
    let mut world = World::new(
        std::slice::from_ref(&site),
        demand(vehicles),
        settings(500, 1),
    )
    .unwrap();
    run(&mut world, &site, &plan, 150.0);
    let results = world.results();
    let right = movement(&site, "NBR");
    let turn = results
        .visits
        .iter()
        .find(|visit| visit.movement == right)
        .unwrap();
    let last = results
        .visits
        .iter()
        .filter(|v| v.movement != right)
        .map(|v| v.crossed)
        .max();
    assert!(turn.crossed > last.unwrap(), "{turn:?} before {last:?}");
}

#[test]
fn right_turns_yield_to_people_on_the_crosswalk() {
    let site = four_leg();
    let plan = Plan::new(vec![
        Part::new(&[4, 8], 40.0).walking(),
        Part::new(&[2, 6], 38.0),
    ]);
    let crosswalk = site
        .crosswalks
        .iter()
        .find(|(_, walk)| walk.id == "east-leg")
        .unwrap()
        .0;
    let turned = |people: i64| {
        let vehicles = (0..40)
            .map(|i| vehicle(&site, "NBR", f64::from(i) * 10.0, None))
            .collect();
        // Groups arrive shortly before each green.
        let pedestrians = (0..5)
            .flat_map(|cycle| (0..people).map(move |i| cycle * 90_000 + 85_000 + i * 200))
            .map(|at| PedestrianDemand {
                at: Timestamp(at),
                site: 0,
                crosswalk,
            })
            .collect();
        let demand = Demand {
            vehicles,
            pedestrians,
        };
        let mut world = World::new(std::slice::from_ref(&site), demand, settings(500, 1)).unwrap();
        run(&mut world, &site, &plan, 700.0);
        assert_eq!(world.truth().unfinished(), 0);
        world.results().mean_delay_s()
    };
    let (alone, crowded) = (turned(0), turned(12));
    println!("right turns: {alone:.1} s without people, {crowded:.1} s with");
    assert!(
        crowded > alone + 2.0,
        "{crowded:.1} s with people, {alone:.1} s without"
    );
}

#[test]
fn people_wait_as_long_as_the_walk_interval_says_and_push_the_button() {
    let site = four_leg();
    let plan = Plan::new(vec![
        Part::new(&[4, 8], 40.0).walking(),
        Part::new(&[2, 6], 38.0),
    ]);
    let (crosswalk, _) = site
        .crosswalks
        .iter()
        .find(|(_, walk)| walk.id == "west-leg")
        .unwrap();
    let pedestrians: Vec<_> = (0..2000)
        .map(|i| PedestrianDemand {
            at: Timestamp(i * 3730),
            site: 0,
            crosswalk,
        })
        .collect();
    let last = 2000.0 * 3.73;
    let demand = Demand {
        vehicles: Vec::new(),
        pedestrians,
    };
    let mut world = World::new(std::slice::from_ref(&site), demand, settings(500, 1)).unwrap();
    let edges = run(&mut world, &site, &plan, last + 200.0);
    let results = world.results();
    assert_eq!(results.crossings.len(), 2000);
    let mut waits = Vec::new();
    for crossing in &results.crossings {
        let started = crossing.started.expect("everybody crosses");
        let into_cycle = Millis(started.0.rem_euclid(90_000));
        assert!(
            into_cycle <= Millis(7_000),
            "started {into_cycle} into the cycle, not in Walk"
        );
        waits.push(started.since(crossing.arrived).secs());
    }
    let measured = waits.iter().sum::<f64>() / 2000.0;
    // Arrivals spread over the cycle; who waits at the start of Walk needs 1.5 s to react.
    let theory = 83.0 * 83.0 / (2.0 * 90.0) + 1.5 * 83.0 / 90.0;
    println!("pedestrians wait {measured:.2} s, theory {theory:.2} s");
    assert!(
        (measured / theory - 1.0).abs() < 0.05,
        "{measured:.2} s, theory {theory:.2} s"
    );
    let pushes = edges.iter().filter(|edge| edge.on).count();
    assert!(pushes > 80, "{pushes} pushes in 83 cycles");
}
