//! Who is in a view, and how long its queue is: in perspective, with cars that hide one another.

use phasewise::camera::{InView, Spotted, Watch};
use phasewise::intersection::{Id, PerPhase, PhaseId};
use phasewise::signal::Indication;
use phasewise::units::Millis;

use super::street::{Car, Mast, Picture, Traffic, queue};

/// Plays a street, 10 frames a second, and hands each telling with the truth to `see`.
fn play(
    mast: &Mast,
    to: f64,
    seconds: f64,
    paint: impl Fn(f64) -> (Vec<Car>, Indication),
    mut see: impl FnMut(f64, &InView, &[Car]),
) {
    let (site, camera) = mast.site(to);
    let mut watch = Watch::new(&site, camera);
    for frame in 0..(seconds * 10.0) as i64 {
        let now = frame as f64 / 10.0;
        let (cars, light) = paint(now);
        let picture = Picture::of(mast, &cars, frame as u32);
        let shown = PerPhase::from_fn(|_: PhaseId| light);
        let look = watch.look(&picture.frame(), Some(&shown), Millis(frame * 100));
        assert_eq!(look.sightings().len(), look.views.len());
        for view in &look.views {
            see(now, view, &cars);
        }
    }
}

/// A cycle of 60 s: green in the first 25 s, then red.
pub(super) fn light(seconds: f64) -> Indication {
    match seconds % 60.0 {
        s if s < 25.0 => Indication::Green,
        s if s < 28.0 => Indication::Yellow,
        _ => Indication::Red,
    }
}

fn mean(errors: &[f64]) -> f64 {
    errors.iter().map(|error| error.abs()).sum::<f64>() / errors.len().max(1) as f64
}

#[test]
fn queues_are_as_long_as_they_are() {
    let (mast, to, seconds) = (Mast::usual(), 90.0, 180.0);
    let traffic = Traffic::new(seconds, 6.5, 1, |s| light(s) == Indication::Green);
    let (mut queues, mut standing, mut driving) = (Vec::new(), Vec::new(), Vec::new());
    play(
        &mast,
        to,
        seconds,
        |s| (traffic.at(s), light(s)),
        |_, view, cars| {
            let lane = view.view.index();
            let truth = queue(cars, lane, to);
            queues.push(f64::from(view.queue.vehicles) - f64::from(truth));
            for car in cars.iter().filter(|car| car.lane == lane) {
                let near = |other: &&Spotted| (other.front_m - car.front).abs() < 3.0;
                let Some(told) = view.vehicles.iter().find(near) else {
                    continue;
                };
                match car.speed {
                    speed if speed < 0.1 => standing.push(told.speed_mps),
                    speed if speed > 3.0 => driving.push(told.speed_mps - speed),
                    _ => {}
                }
            }
        },
    );
    assert!(queues.len() > 600, "told twice a second");
    assert!(mean(&queues) <= 1.0, "{} vehicles", mean(&queues));
    assert!(mean(&standing) <= 0.2, "{} m/s", mean(&standing));
    assert!(mean(&driving) <= 1.5, "{} m/s", mean(&driving));
}

#[test]
fn who_waits_through_a_long_red_stays_in_the_queue() {
    let mast = Mast::usual();
    let cars = |s: f64| -> Vec<Car> {
        let car = |number: usize| {
            let stands = 1.0 + 7.4 * number as f64;
            let front = (120.0 + 20.0 * number as f64 - 10.0 * (s - 8.0)).max(stands);
            let speed = if front > stands { 10.0 } else { 0.0 };
            Car {
                lane: 0,
                front,
                speed,
                length: 4.7,
                gray: [60, 200, 120, 40][number],
            }
        };
        (0..4).map(car).filter(|car| car.front < 250.0).collect()
    };
    let mut told = Vec::new();
    play(
        &mast,
        90.0,
        150.0,
        |s| {
            (
                cars(s),
                if s < 10.0 {
                    Indication::Green
                } else {
                    Indication::Red
                },
            )
        },
        |s, view, _| {
            if s > 30.0 {
                told.push((view.view.index(), view.queue.vehicles));
            }
        },
    );
    assert!(told.len() > 400);
    for (lane, vehicles) in told {
        assert_eq!(vehicles, if lane == 0 { 4 } else { 0 }, "lane {lane}");
    }
}
