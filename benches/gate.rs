//! One tick of the safety gate of an eight-phase site: without calls, with every call waiting and advice
//! in command, and while advice that never moves is overruled again and again.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use phasewise::intersection::{Intersection, PhaseId, PhaseSet};
use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls};
use phasewise::units::{TICK, Timestamp};

#[expect(clippy::expect_used, reason = "the shipped site loads")]
fn four_leg() -> Intersection {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml");
    Intersection::load(&path).expect("intersections/four-leg/site.toml")
}

fn set(numbers: &[u8]) -> PhaseSet {
    numbers.iter().copied().filter_map(PhaseId::new).collect()
}

fn ticks(c: &mut Criterion, name: &str, calls: Calls, advice: impl Fn(i64) -> PhaseSet) {
    let site = four_leg();
    let mut gate = Gate::new(&site, Timestamp(0));
    let mut tick = 0;
    c.bench_function(name, |bencher| {
        bencher.iter(|| {
            tick += 1;
            let advice = Advice::green(advice(tick));
            black_box(gate.admit(&advice, &calls, Timestamp(tick * TICK.0)));
        });
    });
}

fn gate(c: &mut Criterion) {
    let everybody = Calls {
        vehicle: set(&[1, 2, 3, 4, 5, 6, 7, 8]),
        pedestrian: set(&[2, 4, 6, 8]),
    };
    let main = set(&[2, 6]);
    let turns = [set(&[1, 5]), main, set(&[3, 7]), set(&[4, 8])];
    let in_turn = move |tick: i64| {
        let place = usize::try_from(tick / 250 % 4).unwrap_or(0);
        turns.get(place).copied().unwrap_or(main)
    };
    ticks(c, "gate/quiet", Calls::default(), move |_| main);
    ticks(
        c,
        "gate/everybody calls, phases in turn",
        everybody,
        in_turn,
    );
    ticks(c, "gate/everybody calls, overruled", everybody, move |_| {
        main
    });
}

criterion_group!(benches, gate);
criterion_main!(benches);
