//! What a camera tells, from painted pictures: counts, presence through a long red, health. No OpenCV is needed.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "painted pictures, and seeds of their noise"
)]

mod calibrate;
mod health;
mod learned;
mod privacy;
mod queues;
mod scene;
mod street;
#[cfg(feature = "camera")]
mod video;

use phasewise::camera::{Look, Trouble, Watch};
use phasewise::intersection::{PerPhase, PhaseId};
use phasewise::signal::Indication;
use phasewise::units::Millis;

use scene::{Car, HEIGHT, Painting, WIDTH, frame, site};

const RATE: i64 = 15;

/// Plays pictures, 15 a second, and collects what was told.
struct Play {
    watch: Watch,
    frames: i64,
    looks: Vec<(Millis, Look)>,
}

impl Play {
    fn new() -> Self {
        let (site, camera) = site();
        Self {
            watch: Watch::new(&site, camera),
            frames: 0,
            looks: Vec::new(),
        }
    }

    fn now(&self) -> Millis {
        Millis(self.frames * 1000 / RATE)
    }

    /// `seconds` of what `paint` paints at each second, while the signal shows something.
    fn show(&mut self, seconds: f64, light: Option<Indication>, paint: impl Fn(f64) -> Painting) {
        let shown = light.map(|light| PerPhase::from_fn(|_: PhaseId| light));
        let begin = self.now();
        while (self.now() - begin).secs() < seconds {
            let at = self.now();
            let bytes = paint((at - begin).secs()).bytes();
            let look = self.watch.look(&frame(&bytes), shown.as_ref(), at);
            self.looks.push((at, look));
            self.frames += 1;
        }
    }

    fn empty(&mut self, seconds: f64, light: Option<Indication>) {
        let seed = self.frames as u32;
        self.show(seconds, light, |s| {
            Painting::road(seed + (s * 1000.0) as u32)
        });
    }

    fn crossings(&mut self) -> Vec<f64> {
        let rest = self.watch.finish();
        let told = self.looks.iter().flat_map(|(_, look)| &look.crossings);
        told.chain(&rest)
            .map(|(_, crossing)| crossing.at.secs())
            .collect()
    }

    fn occupied(&self) -> bool {
        self.watch.zones().next().unwrap().1
    }
}

fn road(seconds: f64) -> Painting {
    Painting::road((seconds * 1000.0) as u32)
}

/// Where a car is that enters at the top at `start` and drives down at 120 px/s.
fn driving(seconds: f64, start: f64) -> Car {
    Car([147.0, -50.0 + 120.0 * (seconds - start), 26.0, 44.0], 200)
}

#[test]
fn every_vehicle_is_counted_once_when_its_front_crosses() {
    let mut play = Play::new();
    let starts = [1.0, 4.0, 6.0, 9.0, 10.5, 14.0];
    play.show(20.0, None, |s| {
        starts
            .iter()
            .fold(road(s), |road, start| road.car(driving(s, *start)))
    });
    // The front is at row 170 when the top is at 126: 176 px after the start.
    let expected: Vec<f64> = starts.iter().map(|start| start + 176.0 / 120.0).collect();
    let got = play.crossings();
    assert_eq!(got.len(), expected.len(), "{got:?}");
    for (got, expected) in got.iter().zip(&expected) {
        assert!((got - expected).abs() < 0.25, "{got} instead of {expected}");
    }
}

#[test]
fn two_side_by_side_are_two() {
    let mut play = Play::new();
    let left = |s: f64, start: f64| {
        let Car([_, top, ..], _) = driving(s, start);
        Car([118.0, top, 26.0, 44.0], 60)
    };
    // Ten alone teach what one looks like; then come two pairs, three pixels apart.
    play.show(32.0, None, |s| {
        let alone = (0..10).map(|n| 1.0 + 2.0 * f64::from(n));
        let pairs = [23.0, 27.0];
        let road = alone
            .chain(pairs)
            .fold(road(s), |road, start| road.car(driving(s, start)));
        pairs
            .iter()
            .fold(road, |road, start| road.car(left(s, *start)))
    });
    let got = play.crossings();
    assert_eq!(got.len(), 14, "{got:?}");
}

#[test]
fn traffic_of_the_other_direction_does_not_count() {
    let mut play = Play::new();
    let up = |s: f64, start: f64| Car([147.0, 240.0 - 120.0 * (s - start), 26.0, 44.0], 200);
    play.show(15.0, None, |s| {
        road(s).car(up(s, 2.0)).car(up(s, 6.0)).car(up(s, 10.0))
    });
    assert_eq!(play.crossings(), Vec::<f64>::new());
}

#[test]
fn light_on_the_road_is_no_vehicle() {
    let mut play = Play::new();
    // A pool of headlamp light, without edges, wanders down the road; a cloud darkens everything within a second.
    play.show(20.0, None, |s| {
        let mut painting = road(s);
        for ring in 0..20 {
            let r = 40.0 - 2.0 * f64::from(ring);
            let top = -80.0 + 60.0 * (s - 8.0);
            painting = painting.light([160.0 - r, top - r, 2.0 * r, 2.0 * r], 1.03);
        }
        painting.light(
            [0.0, 0.0, 320.0, 240.0],
            1.0 - 0.25 * (s - 14.0).clamp(0.0, 1.0),
        )
    });
    assert_eq!(play.crossings(), Vec::<f64>::new());
}

#[test]
fn a_zone_calls_until_the_empty_road_has_been_seen() {
    let mut play = Play::new();
    let waiting = |s: f64| road(s).car(Car([147.0, 102.0, 26.0, 44.0], 60));
    play.show(30.0, Some(Indication::Red), waiting);
    assert!(
        play.occupied(),
        "somebody has waited since before the camera was switched on"
    );
    play.show(2.0, Some(Indication::Green), waiting);
    play.show(2.0, Some(Indication::Green), |s| {
        road(s).car(Car([147.0, 102.0 + 100.0 * s, 26.0, 44.0], 60))
    });
    play.empty(4.0, Some(Indication::Green));
    assert!(!play.occupied(), "it has driven off");
}

#[test]
fn a_vehicle_that_waits_through_a_long_red_stays_a_call() {
    let mut play = Play::new();
    play.empty(5.0, Some(Indication::Green));
    play.empty(3.0, Some(Indication::Red));
    assert!(!play.occupied());
    let stop = |s: f64| (-50.0 + 60.0 * s).min(102.0);
    play.show(150.0, Some(Indication::Red), |s| {
        road(s).car(Car([147.0, stop(s), 26.0, 44.0], 70))
    });
    let changes: Vec<bool> = play
        .looks
        .iter()
        .flat_map(|(_, look)| &look.presence)
        .map(|(_, on)| *on)
        .collect();
    assert_eq!(
        changes,
        [false, true],
        "off when the road was known, on when it came, nothing since"
    );
    assert!(play.occupied());
    play.show(2.0, Some(Indication::Green), |s| {
        road(s).car(Car([147.0, 102.0 + 100.0 * s, 26.0, 44.0], 70))
    });
    play.empty(2.0, Some(Indication::Green));
    assert!(!play.occupied());
}

#[test]
fn shadows_and_clouds_are_nobody() {
    let mut play = Play::new();
    play.empty(6.0, Some(Indication::Green));
    play.show(6.0, Some(Indication::Red), |s| {
        road(s).light([100.0, 90.0, 120.0, 90.0], 0.6)
    });
    assert!(!play.occupied(), "a shadow with its edges outside the zone");
    play.show(6.0, Some(Indication::Red), |s| {
        road(s).light([0.0, 0.0, 320.0, 240.0], 1.3)
    });
    assert!(!play.occupied(), "the sun comes out");
}

#[test]
fn who_crosses_in_front_on_red_places_no_lasting_call() {
    let mut play = Play::new();
    play.empty(6.0, Some(Indication::Green));
    let lorry = |s: f64| Car([-160.0 + 200.0 * s, 95.0, 150.0, 60.0], 220);
    play.show(6.0, Some(Indication::Red), |s| road(s).car(lorry(s)));
    assert!(!play.occupied());
}

#[test]
fn a_frozen_picture_is_noticed_and_forgiven() {
    let mut play = Play::new();
    play.empty(10.0, None);
    play.show(8.0, None, |_| road(7.0));
    assert_eq!(play.watch.trouble(), Some(Trouble::Frozen));
    play.empty(5.0, None);
    assert_eq!(play.watch.trouble(), None);
}

#[test]
fn sick_cameras_are_noticed_within_ten_seconds_and_come_back() {
    let whole = [0.0, 0.0, WIDTH as f64, HEIGHT as f64];
    let flat = move |gray: u8| {
        move |s: f64| {
            let mut painting = road(s);
            painting.fill(whole, gray);
            painting
        }
    };
    let shifted = move |s: f64| {
        let mut painting = flat(105)(s);
        for row in 0..9 {
            painting.fill([70.0, 26.0 * f64::from(row), 140.0, 6.0], 200);
        }
        painting
    };
    type Paint = Box<dyn Fn(f64) -> Painting>;
    let cases: [(Trouble, Paint); 4] = [
        (Trouble::Dark, Box::new(flat(4))),
        (Trouble::Blind, Box::new(flat(120))),
        (
            Trouble::Glare,
            Box::new(move |s| road(s).light([0.0, 0.0, 320.0, 140.0], 3.0)),
        ),
        (Trouble::Moved, Box::new(shifted)),
    ];
    for (expected, paint) in cases {
        let mut play = Play::new();
        play.empty(20.0, None);
        assert_eq!(play.watch.trouble(), None);
        play.show(10.0, None, paint);
        assert_eq!(play.watch.trouble(), Some(expected));
        assert_eq!(
            play.crossings(),
            Vec::<f64>::new(),
            "{expected}: a sick camera counts nothing"
        );
        play.empty(5.0, None);
        assert_eq!(play.watch.trouble(), None, "{expected}: well again");
    }
}

#[test]
fn traffic_is_no_sickness() {
    let mut play = Play::new();
    play.show(60.0, None, |s| {
        (0..28).fold(road(s), |road, n| road.car(driving(s, 2.0 * f64::from(n))))
    });
    assert!(play.looks.iter().all(|(_, look)| look.trouble.is_none()));
    assert_eq!(play.crossings().len(), 28);
}

#[test]
fn pictures_of_another_size_are_learned_anew() {
    let (site, camera) = site();
    let mut watch = Watch::new(&site, camera);
    let small = vec![100; 160 * 120 * 3];
    let frame_of = phasewise::camera::Frame::new;
    for n in 0..60 {
        let bytes = road(f64::from(n)).bytes();
        watch.look(&frame(&bytes), None, Millis(i64::from(n) * 66));
    }
    let look = watch.look(&frame_of(160, 120, &small).unwrap(), None, Millis(4000));
    assert_eq!(look.crossings, []);
    assert!(
        frame_of(160, 120, &small[1..]).is_none(),
        "a byte is missing"
    );
    assert!(
        frame_of(2, 2, &[0; 12]).is_none(),
        "too small to see anything"
    );
}
