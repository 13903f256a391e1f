//! One decision of the solver: an 8-phase four-leg intersection, 60 s horizon, light and heavy traffic.
//! `cargo bench --bench solve`.

#![expect(
    clippy::unwrap_used,
    reason = "a bench without its site has nothing to measure"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use phasewise::estimation::{Estimate, ExpectedVehicle, LaneEstimate, Rhythm, Source};
use phasewise::intersection::{Id, Intersection, PerPhase, PhaseSet};
use phasewise::safety::Gate;
use phasewise::signal::Advice;
use phasewise::solver::Solver;
use phasewise::units::{Millis, TICK, Timestamp};

/// `standing` vehicles and `coming` ones, 3 s apart, on every lane; every phase called.
fn estimate(
    site: &Intersection,
    standing: i64,
    coming: i64,
    rate: f64,
    now: Timestamp,
) -> Estimate {
    let lanes = site.lanes.map(|id, lane| {
        let share = 1.0 / f64::from(u32::try_from(lane.movements.len()).unwrap());
        let offset = i64::try_from(id.index()).unwrap() * 370;
        let vehicle = |time, stopped| ExpectedVehicle {
            arrives: now + Millis(time),
            weight: 1.0,
            stopped,
        };
        let queue = (0..standing).map(|i| vehicle(-3_000 * (standing - i), true));
        let moving = (0..coming).map(|i| vehicle(500 + offset + 3_000 * i, false));
        LaneEstimate {
            vehicles: queue.chain(moving).collect(),
            arrival_rate: rate,
            arrival_rate_variance: 0.0,
            rhythm: Rhythm::EVEN,
            queue: 0.0,
            queue_variance: 0.0,
            saturation_headway_s: 1.9,
            start_up_lost_time_s: 2.0,
            turn_late: 1.0,
            shares: lane.movements.iter().map(|m| (*m, share)).collect(),
            head: Vec::new(),
            seen_until: now + Millis(8_000),
            source: Source::AdvanceAndStopBar,
        }
    });
    let called = PerPhase::from_fn(|p| site.phases.contains(p).then_some(now - Millis(9_000)));
    Estimate {
        lanes,
        rooms_behind: site.exits.map(|_, _| None),
        box_blocked: false,
        vehicle_call_since: called,
        doubtful_calls: PhaseSet::EMPTY,
        pedestrian_call_since: PerPhase::default(),
    }
}

fn solve(c: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut site = Intersection::load(&root.join("intersections/four-leg/site.toml")).unwrap();
    site.tuning.horizon = Millis(60_000);
    // 2+6 green for long enough that everything may follow.
    let mut now = Timestamp(0);
    let mut gate = Gate::new(&site, now);
    let main = Advice::green(
        site.phases
            .iter()
            .filter(|p| [2, 6].contains(&p.number()))
            .collect(),
    );
    for _ in 0..400 {
        gate.admit(&main, &Default::default(), now);
        now = now + TICK;
    }
    let mut group = c.benchmark_group("solve");
    for (name, standing, coming, rate) in [
        ("light", 0, 1, 0.03),
        ("medium", 3, 2, 0.08),
        ("heavy", 9, 3, 0.16),
    ] {
        let estimate = estimate(&site, standing, coming, rate, now);
        let mut solver = Solver::new(&site);
        group.bench_function(name, |b| {
            b.iter(|| {
                solver.forget();
                black_box(solver.advise(&site, &estimate, gate.state(), now, u32::MAX))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, solve);
criterion_main!(benches);
