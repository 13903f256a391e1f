//! Delay at a fixed-time signal agrees with the Highway Capacity Manual.

use phasewise::simulation::demand::VehicleDemand;
use phasewise::simulation::world::{Results, World};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::plan::{Part, Plan, demand, four_leg, run, settings, vehicle};
use super::whole::{afternoon, day_plan};

const CYCLE: f64 = 90.0;
/// With 2 s of start-up lost time and 2 s of yellow used, the effective green is the green.
const GREEN: f64 = 40.0;
const SATURATION_FLOW: f64 = 1900.0;

fn capacity() -> f64 {
    SATURATION_FLOW * GREEN / CYCLE
}

/// HCM uniform delay, s.
fn d1(x: f64) -> f64 {
    let share = GREEN / CYCLE;
    0.5 * CYCLE * (1.0 - share) * (1.0 - share) / (1.0 - x.min(1.0) * share)
}

/// HCM incremental delay of a pretimed isolated signal over `hours`, s.
fn d2(x: f64, hours: f64) -> f64 {
    900.0 * hours * ((x - 1.0) + ((x - 1.0) * (x - 1.0) + 4.0 * x / (capacity() * hours)).sqrt())
}

fn simulate(vehicles: Vec<VehicleDemand>, seed: u64, duration: f64) -> Results {
    let site = four_leg();
    let plan = Plan::new(vec![Part::new(&[4, 8], GREEN), Part::new(&[2, 6], 38.0)]);
    assert!((plan.cycle() - CYCLE).abs() < 1e-9);
    let mut world = World::new(
        std::slice::from_ref(&site),
        demand(vehicles),
        settings(500, seed),
    )
    .unwrap();
    run(&mut world, &site, &plan, duration);
    assert_eq!(world.truth().unfinished(), 0);
    world.results()
}

#[test]
fn uniform_arrivals_are_delayed_by_d1() {
    let site = four_leg();
    for x in [0.3, 0.5, 0.7, 0.8, 0.9] {
        let headway = 3600.0 / (x * capacity());
        let mut delays = Vec::new();
        for seed in 0..4 {
            let phase = f64::from(seed) * headway / 4.0;
            let vehicles = (0..)
                .map(|i| phase + f64::from(i) * headway)
                .take_while(|&at| at < 3600.0)
                .map(|at| vehicle(&site, "NBT", at, Some("NB-1")))
                .collect();
            let results = simulate(vehicles, u64::try_from(seed).unwrap(), 4200.0);
            delays.push(results.mean_delay_s());
        }
        let measured = delays.iter().sum::<f64>() / 4.0;
        let off = measured / d1(x) - 1.0;
        println!(
            "x {x:.2}: measured {measured:.2} s, d1 {:.2} s, {:+.1} %",
            d1(x),
            off * 100.0
        );
        assert!(
            off.abs() < 0.05,
            "x {x}: measured {measured:.2} s, d1 {:.2} s",
            d1(x)
        );
    }
}

/// Webster's delay for random arrivals in the steady state (RRL Technical Paper 39, 1958), s: uniform
/// delay, random delay, and the correction he found by simulation. The HCM's d1 + d2 lacks the latter.
fn webster(x: f64) -> f64 {
    let flow = x * capacity() / 3600.0;
    let share = GREEN / CYCLE;
    d1(x) + x * x / (2.0 * flow * (1.0 - x))
        - 0.65 * (CYCLE / (flow * flow)).cbrt() * x.powf(2.0 + 5.0 * share)
}

#[test]
fn random_arrivals_are_delayed_as_webster_found() {
    let site = four_leg();
    for (x, runs) in [(0.5, 8), (0.7, 12), (0.85, 24)] {
        let rate = x * capacity() / 3600.0;
        let (mut sum, mut count) = (0.0, 0.0);
        for seed in 0..runs {
            let mut rng = Pcg64Mcg::seed_from_u64(seed);
            let mut vehicles = Vec::new();
            let mut at = 0.0;
            loop {
                at -= (1.0 - rng.random::<f64>()).ln() / rate;
                if at >= 3600.0 {
                    break;
                }
                vehicles.push(vehicle(&site, "NBT", at, Some("NB-1")));
            }
            for delay in simulate(vehicles, seed, 4800.0).delays_s() {
                sum += delay;
                count += 1.0;
            }
        }
        let measured = sum / count;
        let theory = webster(x);
        let off = measured / theory - 1.0;
        let hcm = d1(x) + d2(x, 1.0);
        println!(
            "x {x:.2}: measured {measured:.2} s, Webster {theory:.2} s ({:+.1} %), HCM {hcm:.2} s",
            off * 100.0
        );
        assert!(
            off.abs() < 0.05,
            "x {x}: measured {measured:.2} s, Webster {theory:.2} s"
        );
    }
}

#[test]
fn delay_does_not_depend_on_the_step() {
    let site = four_leg();
    let mut means = Vec::new();
    for step in [100, 200, 500, 1000] {
        let mut sum = 0.0;
        for seed in 0..4 {
            let settings = settings(step, seed);
            let demand = afternoon(0.4, seed);
            let mut world = World::new(std::slice::from_ref(&site), demand, settings).unwrap();
            run(&mut world, &site, &day_plan(), 1800.0);
            sum += world.results().mean_delay_s();
        }
        means.push(sum / 4.0);
    }
    println!("mean delay at steps of 0.1, 0.2, 0.5, 1 s: {means:.2?}");
    for mean in &means {
        assert!((mean / means[0] - 1.0).abs() < 0.05, "{means:?}");
    }
}
