//! Standing queues discharge at the HCM's saturation flow after its start-up lost time.

use phasewise::simulation::world::World;
use phasewise::units::Timestamp;

use super::plan::{Part, Plan, demand, four_leg, run, settings, vehicle};

/// Saturation headway and start-up lost time (s) of a standing queue in `lane`, from the times at which
/// the vehicles 5 to 14 of many queues cross the stop bar: a line through the mean times of the places
/// (Greenshields), its slope the headway, its value at place 0 the lost time.
fn discharge(movement: &str, lane: &str, step_ms: i64, queues: u32) -> (f64, f64) {
    let site = four_leg();
    let phases: &[u8] = if movement.starts_with('N') {
        &[4, 8]
    } else {
        &[2, 6]
    };
    let plan = Plan::new(vec![Part::new(&[1, 5], 114.0), Part::new(phases, 54.0)]);
    let green = 120.0;
    let mut sums = [0.0; 14];
    for seed in 0..queues {
        let vehicles = (0..18)
            .map(|i| vehicle(&site, movement, f64::from(i) * 3.0, Some(lane)))
            .collect();
        let settings = settings(step_ms, u64::from(seed));
        let mut world =
            World::new(std::slice::from_ref(&site), demand(vehicles), settings).unwrap();
        run(&mut world, &site, &plan, 200.0);
        let mut times: Vec<f64> = world
            .results()
            .visits
            .iter()
            .map(|visit| visit.crossed.expect("crossed").since(Timestamp(0)).secs() - green)
            .collect();
        times.sort_by(f64::total_cmp);
        for (sum, time) in sums.iter_mut().zip(&times) {
            *sum += time;
        }
    }
    let points: Vec<(f64, f64)> = (1..)
        .map(f64::from)
        .zip(sums.iter().map(|sum| sum / f64::from(queues)))
        .skip(4)
        .collect();
    line(&points)
}

/// Slope and value at 0 of the line through the points (least squares).
fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let count: f64 = points.iter().map(|_| 1.0).sum();
    let mean_x = points.iter().map(|p| p.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|p| p.1).sum::<f64>() / count;
    let sxy: f64 = points
        .iter()
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    let sxx: f64 = points
        .iter()
        .map(|(x, _)| (x - mean_x) * (x - mean_x))
        .sum();
    (sxy / sxx, mean_y - sxy / sxx * mean_x)
}

#[test]
fn a_standing_queue_discharges_at_saturation_flow_after_the_lost_time() {
    let (headway, lost) = discharge("NBT", "NB-1", 500, 40);
    let flow = 3600.0 / headway;
    println!("35 mph: saturation flow {flow:.0} veh/h, start-up lost time {lost:.2} s");
    let (fast_headway, fast_lost) = discharge("EBT", "EB-1", 500, 40);
    println!(
        "45 mph: {:.0} veh/h, {fast_lost:.2} s",
        3600.0 / fast_headway
    );
    assert!(
        (flow - 1900.0).abs() < 0.05 * 1900.0,
        "saturation flow {flow:.0} veh/h"
    );
    assert!((lost - 2.0).abs() < 0.1, "start-up lost time {lost:.2} s");
}

#[test]
fn discharge_does_not_depend_on_the_step() {
    let results: Vec<(f64, f64)> = [100, 200, 500, 1000]
        .iter()
        .map(|&step| discharge("NBT", "NB-1", step, 15))
        .collect();
    println!("{results:?}");
    for &(headway, lost) in &results {
        assert!((headway / results[0].0 - 1.0).abs() < 0.02, "{results:?}");
        assert!((lost - results[0].1).abs() < 0.15, "{results:?}");
    }
}
