//! One tick of the whole controller, and a whole afternoon. `cargo bench --bench step`.
//!
//! `step/without planning` is a tick of an 8-phase site between two decisions (no budget, so that the
//! solver repeats its advice); `step/adaptive` is the mean over ordinary ticks, decisions included.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench without its site has nothing to measure"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use phasewise::controller::{Controller, Inputs};
use phasewise::journal::Tick;
use phasewise::simulation::compare::{Contender, run_one};
use phasewise::simulation::run::{Nobody, Witness};
use phasewise::simulation::scenario::{Scenario, Selection};
use phasewise::units::{Millis, TICK, Timestamp};

struct Recorder(Vec<(Timestamp, Inputs)>);

impl Witness for Recorder {
    fn see(&mut self, tick: &Tick) {
        self.0.push((tick.now, tick.inputs.clone()));
    }
}

fn scenario(site: &str, minutes: Option<i64>) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("intersections")
        .join(site);
    let duration = minutes.map(|minutes| Millis(minutes * 60_000));
    Scenario::load(
        &path.join("site.toml"),
        &Selection {
            duration,
            ..Selection::default()
        },
    )
    .expect("the shipped site loads")
}

/// A controller that has seen five minutes of traffic, and the inputs of the next five.
fn warm(scenario: &Scenario) -> (Controller, Vec<(Timestamp, Inputs)>) {
    let mut recorder = Recorder(Vec::new());
    let control = scenario.control(Contender::Adaptive).expect("always there");
    run_one(scenario, control, 1, 1.0, &mut recorder).expect("the demand fits the site");
    let mut controller = Controller::new(&scenario.site);
    let rest = recorder.0.split_off(3000);
    for (now, inputs) in &recorder.0 {
        controller.step(inputs, *now);
    }
    (controller, rest)
}

fn step(c: &mut Criterion) {
    let scenario = scenario("four-leg", Some(10));
    let mut group = c.benchmark_group("step");
    let (mut controller, ticks) = warm(&scenario);
    let mut now = ticks[0].0;
    group.bench_function("without planning", |b| {
        b.iter(|| {
            now = now + TICK;
            black_box(controller.step(&Inputs::default(), now))
        });
    });
    group.bench_function("adaptive, five minutes of ticks", |b| {
        b.iter_batched(
            || warm(&scenario),
            |(mut controller, ticks)| {
                for (now, inputs) in &ticks {
                    black_box(controller.step(inputs, *now));
                }
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn afternoon(c: &mut Criterion) {
    let scenario = scenario("odot-1136", None);
    let mut group = c.benchmark_group("afternoon");
    group.sample_size(10);
    for contender in [
        Contender::Recorded,
        Contender::Fixed,
        Contender::Actuated,
        Contender::Adaptive,
    ] {
        let control = scenario
            .control(contender)
            .expect("the site has a recording");
        group.bench_function(contender.name(), |b| {
            b.iter(|| run_one(&scenario, control, 1, 1.0, &mut Nobody).expect("the demand fits"));
        });
    }
    group.finish();
}

/// Not a mean but the slowest: each tick of a crowded hour at an 8-phase site, the fastest of five replays
/// of it, so that what else the machine did meanwhile does not count.
fn slowest(_: &mut Criterion) {
    let mut scenario = scenario("four-leg", Some(60));
    scenario.site.tuning.horizon = Millis(60_000);
    let mut recorder = Recorder(Vec::new());
    let control = scenario.control(Contender::Adaptive).expect("always there");
    run_one(&scenario, control, 1, 1.3, &mut recorder).expect("the demand fits the site");
    let mut fastest = vec![Duration::MAX; recorder.0.len()];
    let mut decides = vec![false; recorder.0.len()];
    for _ in 0..5 {
        let mut controller = Controller::new(&scenario.site);
        for (place, (now, inputs)) in recorder.0.iter().enumerate() {
            let begin = Instant::now();
            let outputs = black_box(controller.step(inputs, *now));
            fastest[place] = fastest[place].min(begin.elapsed());
            decides[place] = outputs.decision.is_some();
        }
    }
    let mut decisions: Vec<Duration> = (fastest.iter().zip(decides))
        .filter_map(|(time, decides)| decides.then_some(*time))
        .collect();
    decisions.sort();
    let at = |share: usize| decisions[(decisions.len() - 1) * share / 1000];
    println!(
        "step/slowest: {} ticks with a decision, median {:?}, p99 {:?}, p99.9 {:?}, slowest {:?}",
        decisions.len(),
        at(500),
        at(990),
        at(999),
        at(1000),
    );
}

criterion_group!(benches, step, slowest, afternoon);
criterion_main!(benches);
