//! Permissive left turns from lanes shared with through traffic and right turns, in both directions: left
//! turners that face each other, each with others behind them, must not wait for one another for good.

use std::path::Path;

use phasewise::intersection::{Intersection, Turn};
use phasewise::simulation::demand::{Demand, PedestrianDemand};
use phasewise::simulation::demand_file::{Period, SiteDemand, generate};
use phasewise::simulation::world::{World, WorldSettings};
use phasewise::units::{Millis, Timestamp};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::plan::{Part, Plan, demand, run, settings, vehicle};

fn european_file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("intersections/european/{name}"))
}

fn european() -> Intersection {
    Intersection::load(&european_file("site.toml")).expect("the European example loads")
}

/// Main street with the crosswalks along it, its left turns, side street with the crosswalks along it.
fn european_plan() -> Plan {
    let walking = |walk: &[u8], part: Part| Part {
        walk: walk.to_vec(),
        ..part
    };
    Plan::new(vec![
        walking(&[13, 14], Part::new(&[1, 2], 28.0)),
        Part::new(&[3, 4], 9.0),
        walking(&[11, 12], Part::new(&[5, 6], 24.0)),
    ])
}

#[test]
fn opposing_left_turners_with_others_behind_them_pass_each_other() {
    let site = european();
    // Whoever comes second stands beyond the stop bar, half a length behind the left turner.
    for behind in [["N-S", "S-E"], ["N-W", "S-N"], ["N-W", "S-E"]] {
        let vehicles = ["N-E", behind[0], "N-S", "S-W", behind[1], "S-N"]
            .map(|movement| vehicle(&site, movement, 0.0, None));
        let plan = Plan::new(vec![
            Part::new(&[1, 2], 38.0),
            Part::new(&[5, 6], 24.0),
            Part::new(&[3, 4], 200.0),
        ]);
        for seed in 0..10 {
            let mut world = World::new(
                std::slice::from_ref(&site),
                demand(vehicles.to_vec()),
                settings(500, seed),
            )
            .unwrap();
            run(&mut world, &site, &plan, 90.0);
            let (_, inside, left, _) = world.truth().totals();
            assert_eq!(
                (inside, left),
                (0, 6),
                "{behind:?}, seed {seed}: everybody goes within one green of 24 s"
            );
            assert_eq!(world.truth().conflicts(), 0, "{behind:?}, seed {seed}");
        }
    }
}

#[test]
fn the_european_example_never_jams() {
    let site = european();
    let flows = SiteDemand::load(&european_file("demand.toml"), &site).unwrap();
    let period = Period {
        from: Millis(9 * 3_600_000),
        duration: Millis(1_800_000),
        start: Timestamp(0),
    };
    for seed in 0..6 {
        let demand = generate(
            std::slice::from_ref(&site),
            std::slice::from_ref(&flows),
            period,
            seed,
        );
        let delay =
            everybody_gets_through(&site, demand, &european_plan(), settings(500, seed), 2400.0);
        println!("seed {seed}: {delay:.1} s");
        assert!(delay < 60.0, "seed {seed}: {delay:.1} s");
    }
}

#[test]
fn crossroads_of_single_lanes_never_jam() {
    let plan = Plan::new(vec![
        Part::new(&[2], 30.0).walking(),
        Part::new(&[4], 24.0).walking(),
    ]);
    for (seed, step_ms) in (0..24).zip([100, 500, 1000].into_iter().cycle()) {
        let site = crossroads(seed);
        let settings = settings(step_ms, seed);
        let delay = everybody_gets_through(&site, crowd(&site, seed), &plan, settings, 1800.0);
        println!("{}: {delay:.1} s", site.name);
    }
}

/// Mean delay; fails when somebody is still there after `duration` s, or two were on the same spot.
fn everybody_gets_through(
    site: &Intersection,
    demand: Demand,
    plan: &Plan,
    settings: WorldSettings,
    duration: f64,
) -> f64 {
    let vehicles = demand.vehicles.len();
    let run_of = format!("{}, seed {}", site.name, settings.seed);
    let mut world = World::new(std::slice::from_ref(site), demand, settings).unwrap();
    run(&mut world, site, plan, duration);
    let unfinished = world.truth().unfinished();
    assert_eq!(
        unfinished, 0,
        "{run_of}: {unfinished} of {vehicles} vehicles and the pedestrians never get through"
    );
    assert_eq!(world.truth().conflicts(), 0, "{run_of}");
    world.results().mean_delay_s()
}

/// A quarter of an hour at about two thirds of what the single lanes can take.
fn crowd(site: &Intersection, seed: u64) -> Demand {
    let mut rng = Pcg64Mcg::seed_from_u64(seed ^ 0xC0FFEE);
    let mut times = |per_hour: f64| {
        let mut at = 0.0;
        std::iter::from_fn(|| {
            at -= (1.0 - rng.random::<f64>()).ln() * 3600.0 / per_hour;
            (at < 900.0).then_some(at)
        })
        .collect::<Vec<f64>>()
    };
    let mut vehicles = Vec::new();
    for (_, movement) in site.movements.iter() {
        let per_hour = match movement.turn {
            Turn::Through => 130.0,
            Turn::Left | Turn::Right | Turn::UTurn => 65.0,
        };
        vehicles.extend(
            times(per_hour)
                .into_iter()
                .map(|at| vehicle(site, &movement.id, at, None)),
        );
    }
    let mut pedestrians = Vec::new();
    for crosswalk in site.crosswalks.ids() {
        pedestrians.extend(times(80.0).into_iter().map(|at| PedestrianDemand {
            at: Timestamp(0) + Millis::from_secs(at),
            site: 0,
            crosswalk,
        }));
    }
    Demand {
        vehicles,
        pedestrians,
    }
}

/// A crossroads of four approaches of one lane, all turns made from it, left turns yielding. Its widths, the
/// lengths of its right turns and whether they go on red are as `seed` has them.
fn crossroads(seed: u64) -> Intersection {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut text = format!("[site]\nid = \"crossroads\"\nname = \"crossroads {seed}\"\n");
    // Clockwise, so that the next road is the one on the left. Phase 2 runs east and west, 4 north and south.
    let roads = [
        ("west", 90, 2),
        ("north", 180, 4),
        ("east", 270, 2),
        ("south", 0, 4),
    ];
    let mut list = |key: &str, row: &mut dyn FnMut(usize) -> String| {
        let rows: Vec<String> = (0..4).map(&mut *row).collect();
        text += &format!("{key} = [\n{}]\n", rows.concat());
    };
    list("approaches", &mut |road| {
        let (id, heading, _) = roads[road];
        let crossing_m: f64 = rng.random_range(9.0..28.0);
        format!(
            "{{ id = {id:?}, heading_deg = {heading}, length_m = 250, speed_limit_kmh = 50, \
             crossing_m = {crossing_m:.1} }},\n"
        )
    });
    list("lanes", &mut |road| {
        let (id, ..) = roads[road];
        format!("{{ id = {id:?}, approach = {id:?} }},\n")
    });
    list("exits", &mut |road| {
        let (id, ..) = roads[road];
        format!("{{ id = {id:?}, lanes = 1, length_m = 250 }},\n")
    });
    list("movements", &mut |road| {
        let (from, _, phase) = roads[road];
        let to = |turned: usize| roads[(road + turned) % 4].0;
        let (path_m, on_red): (f64, bool) = (rng.random_range(4.0..12.0), rng.random());
        let from_here = format!("from = {from:?}, lanes = [{from:?}]");
        format!(
            "{{ id = \"{from} left\", {from_here}, to = {:?}, turn = \"left\", permissive = [{phase}] }},\n\
             {{ id = \"{from} through\", {from_here}, to = {:?}, turn = \"through\", protected = [{phase}] }},\n\
             {{ id = \"{from} right\", {from_here}, to = {:?}, turn = \"right\", protected = [{phase}], \
             path_m = {path_m:.1}, turn_on_red = {on_red} }},\n",
            to(1),
            to(2),
            to(3)
        )
    });
    list("crosswalks", &mut |road| {
        let (across, _, phase) = roads[road];
        let along = if phase == 2 { 4 } else { 2 };
        format!(
            "{{ id = \"{across} leg\", across = {across:?}, phase = {along}, length_m = 9 }},\n"
        )
    });
    text += "rings = [\"2 | 4\"]\n\
             [site.phases]\n2 = \"east and west\"\n4 = \"north and south\"\n\
             [safety]\nmax_wait_s = 120\nmax_ped_wait_s = 120\n\
             [safety.phases]\n\
             2 = { min_green_s = 8, yellow_change_s = 3.3, red_clearance_s = 2.6 }\n\
             4 = { min_green_s = 8, yellow_change_s = 3.3, red_clearance_s = 2.6 }\n\
             [safety.pedestrians]\n\
             2 = { walk_s = 7, clearance_s = 9 }\n4 = { walk_s = 7, clearance_s = 9 }\n\
             [tuning.phases]\n\
             2 = { passage_s = 2, max_green_s = 30, recall = \"max\", ped_recall = true }\n\
             4 = { passage_s = 2, max_green_s = 24, recall = \"max\", ped_recall = true }\n";
    Intersection::parse(&text, "crossroads").unwrap_or_else(|error| panic!("{error}"))
}
