//! Two hours of the tutorial site under a fixed plan, world only.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench without its site has nothing to measure"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use phasewise::intersection::{Intersection, PhaseId};
use phasewise::signal::{Heads, Indication};
use phasewise::simulation::demand::Demand;
use phasewise::simulation::demand_file::{Period, SiteDemand, generate};
use phasewise::simulation::world::{World, WorldSettings};
use phasewise::units::{Millis, TICK, Timestamp};

const DURATION: Millis = Millis(7_200_000);

fn site_and_demand() -> (Intersection, Demand) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg");
    let site = Intersection::load(&folder.join("site.toml")).expect("the tutorial site loads");
    let flows = SiteDemand::load(&folder.join("demand.toml"), &site).expect("its demand loads");
    let period = Period {
        from: Millis(12 * 3_600_000),
        duration: DURATION,
        start: Timestamp(0),
    };
    let demand = generate(std::slice::from_ref(&site), &[flows], period, 1);
    (site, demand)
}

/// Phases 1+5, 2+6, 3+7, 4+8 in turn: green, 4 s of yellow, 2 s of red.
fn heads(site: &Intersection, at: Timestamp) -> Heads {
    let mut heads = Heads::default();
    for phase in site.phases.iter() {
        heads.vehicle[phase] = Indication::Red;
    }
    let mut into = at.0.rem_euclid(104_000);
    for (phases, green) in [
        ([1, 5], 10_000),
        ([2, 6], 34_000),
        ([3, 7], 10_000),
        ([4, 8], 26_000),
    ] {
        if (0..green + 4000).contains(&into) {
            for phase in phases.into_iter().filter_map(PhaseId::new) {
                let lit = if into < green {
                    Indication::Green
                } else {
                    Indication::Yellow
                };
                heads.vehicle[phase] = lit;
            }
        }
        into -= green + 6000;
    }
    heads
}

fn afternoon(site: &Intersection, demand: &Demand, step: Millis) -> usize {
    let settings = WorldSettings {
        step,
        ..WorldSettings::default()
    };
    let mut world =
        World::new(std::slice::from_ref(site), demand.clone(), settings).expect("a valid world");
    let mut now = Timestamp(0);
    let mut edges = 0;
    while now.0 < DURATION.0 {
        let shown = heads(site, now);
        now = now + TICK;
        edges += world.advance(now, &[shown])[0].len();
    }
    edges
}

fn world(criterion: &mut Criterion) {
    let (site, demand) = site_and_demand();
    let mut group = criterion.benchmark_group("world");
    group.sample_size(10);
    for step in [100, 500, 1000] {
        group.bench_function(format!("two_hours_step_{step}_ms"), |bencher| {
            bencher.iter(|| black_box(afternoon(&site, &demand, Millis(step))));
        });
    }
    group.finish();
}

criterion_group!(benches, world);
criterion_main!(benches);
