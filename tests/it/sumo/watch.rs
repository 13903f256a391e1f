//! What must not happen is noticed: waits at red, and signals that make drivers brake hard.

use phasewise::sumo::traci::Batch;
use phasewise::sumo::traffic::{Lanes, Traffic};
use phasewise::sumo::watch::{StopBar, Watch};
use phasewise::units::{Millis, Timestamp};

use super::fixture::Said;

/// One lane of 100 m; its vehicles may take link 0 or link 1 of signal C.
struct Bench {
    watch: Watch,
    traffic: Traffic,
    now: Timestamp,
    asked: Batch,
}

impl Bench {
    fn new(links: &[usize]) -> Self {
        let mut lanes = Lanes::default();
        let links = links.iter().map(|link| (0, *link)).collect();
        let bar = StopBar::new(lanes.number("in"), 100.0, links);
        Self {
            watch: Watch::new(vec![bar], vec!["C".to_owned()], Millis(1_000)),
            traffic: Traffic::new(lanes),
            now: Timestamp(0),
            asked: Batch::default(),
        }
    }

    fn step(&mut self, said: &Said) {
        self.now = self.now + Millis(1_000);
        let answers = said.answers();
        self.traffic.update(&answers, &mut Batch::default());
        self.asked.clear();
        self.watch
            .update(&answers, &self.traffic, self.now, &mut self.asked);
    }

    fn steps(&mut self, seconds: usize, said: &Said) {
        (0..seconds).for_each(|_| self.step(said));
    }
}

fn standing(letters: &str) -> Said {
    Said::default()
        .letters("C", letters)
        .vehicle("a", "in", 99.0, 0.0)
}

#[test]
fn a_wait_lasts_from_standing_at_red_to_green() {
    let mut bench = Bench::new(&[0]);
    bench.steps(41, &standing("r"));
    assert_eq!(bench.watch.longest_wait(), Millis(40_000));
    bench.steps(10, &standing("G"));
    bench.steps(31, &standing("r"));
    assert_eq!(
        bench.watch.longest_wait(),
        Millis(40_000),
        "green in between ends a wait"
    );
    assert_eq!(bench.watch.violations(), 0);
}

#[test]
fn yellow_and_turn_on_red_are_no_green() {
    for letter in ["y", "s"] {
        let mut bench = Bench::new(&[0]);
        bench.steps(31, &standing(letter));
        assert_eq!(bench.watch.longest_wait(), Millis(30_000), "{letter}");
    }
}

#[test]
fn a_wait_beyond_the_limit_counts_once() {
    let mut bench = Bench::new(&[0]);
    bench.steps(121, &standing("r"));
    assert_eq!(bench.watch.violations(), 0, "120 s are allowed");
    bench.step(&standing("r"));
    assert_eq!(bench.watch.violations(), 1);
    bench.steps(200, &standing("r"));
    assert_eq!(bench.watch.violations(), 1);
}

#[test]
fn creeping_forward_does_not_begin_a_new_wait_and_the_next_vehicle_does() {
    let mut bench = Bench::new(&[0]);
    bench.steps(21, &standing("r"));
    bench.step(
        &Said::default()
            .letters("C", "r")
            .vehicle("a", "in", 99.4, 0.4),
    );
    bench.steps(20, &standing("r"));
    assert_eq!(bench.watch.longest_wait(), Millis(41_000));
    let other = Said::default()
        .letters("C", "r")
        .vehicle("b", "in", 99.0, 0.0);
    bench.steps(31, &other);
    assert_eq!(
        bench.watch.longest_wait(),
        Millis(41_000),
        "a turned on red"
    );
}

#[test]
fn a_vehicle_far_from_the_bar_does_not_wait_for_the_signal() {
    let mut bench = Bench::new(&[0]);
    bench.steps(
        200,
        &Said::default()
            .letters("C", "r")
            .vehicle("bus", "in", 40.0, 0.0),
    );
    assert_eq!(bench.watch.longest_wait(), Millis::ZERO);
}

/// On a shared lane green is green only for who may use it.
#[test]
fn on_a_shared_lane_it_counts_where_the_first_vehicle_goes() {
    let mut left = Bench::new(&[0, 1]);
    left.step(&standing("Gr"));
    assert!(
        !format!("{:?}", left.asked).contains("ids: []"),
        "asks where it goes"
    );
    left.steps(
        50,
        &Said::default()
            .letters("C", "Gr")
            .vehicle("a", "in", 99.0, 0.0)
            .bound_for("a", "C", 1),
    );
    assert_eq!(left.watch.longest_wait(), Millis(50_000), "link 1 is red");

    let mut through = Bench::new(&[0, 1]);
    through.step(&standing("Gr"));
    through.steps(
        50,
        &Said::default()
            .letters("C", "Gr")
            .vehicle("a", "in", 99.0, 0.0)
            .bound_for("a", "C", 0),
    );
    assert_eq!(
        through.watch.longest_wait(),
        Millis::ZERO,
        "link 0 is green"
    );
}

#[test]
fn hard_braking_counts_for_the_first_vehicle_before_yellow_or_red() {
    let braking = |letters: &str, from: f64, to: f64| {
        let mut bench = Bench::new(&[0]);
        bench.step(
            &Said::default()
                .letters("C", "G")
                .vehicle("a", "in", 60.0, from),
        );
        bench.step(
            &Said::default()
                .letters("C", letters)
                .vehicle("a", "in", 70.0, to),
        );
        bench.step(
            &Said::default()
                .letters("C", letters)
                .vehicle("a", "in", 75.0, to - 5.0),
        );
        bench.watch.hard_braking()
    };
    assert_eq!(
        braking("y", 14.0, 9.0),
        1,
        "5 m/s², once although it goes on"
    );
    assert_eq!(braking("r", 14.0, 9.0), 1);
    assert_eq!(braking("G", 14.0, 9.0), 0, "not for the signal");
    let mut comfortable = Bench::new(&[0]);
    comfortable.step(
        &Said::default()
            .letters("C", "G")
            .vehicle("a", "in", 60.0, 14.0),
    );
    comfortable.step(
        &Said::default()
            .letters("C", "y")
            .vehicle("a", "in", 70.0, 9.5),
    );
    assert_eq!(
        comfortable.watch.hard_braking(),
        0,
        "4.5 m/s² is what its driver does"
    );
}

#[test]
fn the_second_vehicle_brakes_for_the_first() {
    let mut bench = Bench::new(&[0]);
    let pair = |letters: &str, first: f64, second: f64| {
        Said::default()
            .letters("C", letters)
            .vehicle("first", "in", 90.0, first)
            .vehicle("second", "in", 60.0, second)
    };
    bench.step(&pair("y", 4.0, 14.0));
    bench.step(&pair("y", 2.0, 7.0));
    assert_eq!(bench.watch.hard_braking(), 0);
}
