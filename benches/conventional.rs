//! One tick of conventional control of an eight-phase site, calls and extensions changing all the time:
//! free, coordinated, fixed time. The gate runs along, outside the measured time.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use phasewise::conventional::{Conventional, Mode};
use phasewise::detection::Readings;
use phasewise::intersection::{Intersection, PerPhase, PhaseId, PhaseSet, Table};
use phasewise::safety::Gate;
use phasewise::signal::{Calls, SignalState};
use phasewise::units::{ClockTime, TICK, Timestamp};

#[expect(clippy::expect_used, reason = "the shipped site loads")]
fn four_leg() -> Intersection {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml");
    Intersection::load(&path).expect("intersections/four-leg/site.toml")
}

/// Every phase is called, and extended for a while, in a rhythm of its own.
fn readings(tick: i64, shown: &SignalState) -> Readings {
    let greens = shown.greens();
    let busy: PhaseSet = PhaseId::all()
        .filter(|phase| {
            let rhythm = 120 + 17 * i64::from(phase.number());
            phase.number() <= 8 && tick % rhythm < rhythm / 2
        })
        .collect();
    let walkers: PhaseSet = PhaseId::all()
        .filter(|phase| [4, 8].contains(&phase.number()))
        .collect();
    Readings {
        calls: Calls {
            vehicle: busy.difference(greens),
            pedestrian: walkers.difference(greens),
        },
        vehicle_call_since: PerPhase::default(),
        pedestrian_call_since: PerPhase::default(),
        extending: busy.intersection(greens),
        actuations: PerPhase::default(),
        failed: PhaseSet::EMPTY,
        detectors: Table::new(Vec::new()),
        events: Vec::new(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn ticks(c: &mut Criterion, name: &str, mode: Mode, hour: i64) {
    let site = four_leg();
    let mut control = Conventional::new(&site, mode);
    let mut gate = Gate::new(&site, Timestamp(0));
    let mut tick = 0;
    c.bench_function(name, |bencher| {
        bencher.iter_custom(|iterations| {
            let mut spent = Duration::ZERO;
            for _ in 0..iterations {
                tick += 1;
                let shown = gate.state().clone();
                let readings = readings(tick, &shown);
                let now = Timestamp(tick * TICK.0);
                let clock = ClockTime(hour * 3_600_000 + now.0 % 3_600_000);
                let begin = Instant::now();
                let advice = *black_box(control.advise(&site, &readings, &shown, now, clock));
                spent += begin.elapsed();
                gate.admit(&advice, &readings.calls, now);
            }
            spent
        });
    });
}

fn conventional(c: &mut Criterion) {
    ticks(c, "conventional/free", Mode::Actuated, 2);
    ticks(c, "conventional/coordinated", Mode::Actuated, 12);
    ticks(c, "conventional/fixed time", Mode::FixedTime, 12);
}

criterion_group!(benches, conventional);
criterion_main!(benches);
