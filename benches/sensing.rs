//! What one tick of detection and estimation costs on an eight-phase site with 36 detectors in peak
//! traffic, and on a quiet one.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use phasewise::detection::{Detection, Edge, Sighting};
use phasewise::estimation::Estimator;
use phasewise::intersection::{Id, Intersection, PhaseSet};
use phasewise::signal::{Interval, PhaseState, SignalState};
use phasewise::units::{Millis, Timestamp};

const TICKS: i64 = 6_000;

/// A cycle through the site's phase sets, 20 s each with 4 s of yellow.
fn shown(site: &Intersection, now: Timestamp) -> SignalState {
    let part = now.0.div_euclid(24_000);
    let age = now.0.rem_euclid(24_000);
    let sets = i64::try_from(site.phase_sets.len()).unwrap_or(1);
    let place = usize::try_from(part.rem_euclid(sets)).unwrap_or(0);
    let green = site
        .phase_sets
        .get(place)
        .copied()
        .unwrap_or(PhaseSet::EMPTY);
    let interval = if age < 20_000 {
        Interval::Green
    } else {
        Interval::YellowChange
    };
    let since = now - Millis(if age < 20_000 { age } else { age - 20_000 });
    let mut state = SignalState::default();
    for phase in green.iter() {
        state.phases[phase] = PhaseState {
            interval,
            since,
            ..PhaseState::default()
        };
    }
    state
}

/// Every detector sees a vehicle of half a second every `headway` ms, each at its own time.
fn edges(site: &Intersection, now: Timestamp, headway: i64) -> Vec<Edge> {
    let mut edges = Vec::new();
    for detector in site.detectors.ids() {
        let shift = i64::try_from(detector.index()).unwrap_or(0) * 700;
        match (now.0 + shift).rem_euclid(headway) {
            0..100 => edges.push(Edge {
                detector,
                on: true,
                at: now,
            }),
            500..600 => edges.push(Edge {
                detector,
                on: false,
                at: now,
            }),
            _ => {}
        }
    }
    edges
}

#[expect(clippy::expect_used, reason = "the shipped site loads")]
fn ticks(c: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml");
    let site = Intersection::load(&path).expect("the shipped site loads");
    for (name, headway) in [("peak", 6_000), ("quiet", 60_000)] {
        let inputs: Vec<_> = (1..=TICKS)
            .map(|tick| Timestamp(tick * 100))
            .map(|now| (now, edges(&site, now, headway), shown(&site, now)))
            .collect();
        c.bench_function(
            &format!("6000 ticks of detection and estimation, {name}"),
            |b| {
                b.iter(|| {
                    let mut detection = Detection::new(&site);
                    let mut estimator = Estimator::new(&site);
                    for (now, edges, shown) in &inputs {
                        let readings = detection.update(&site, edges, shown, *now);
                        black_box(estimator.update(&site, readings, shown, *now));
                    }
                });
            },
        );
    }
}

/// One second of everything estimation does for twelve lanes with loops and cameras: ten ticks, two looks
/// of every view, one update of each lane's filter. Divide by 12 for a lane.
#[expect(clippy::expect_used, reason = "the shipped site loads")]
fn fusion(c: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml");
    let site = Intersection::load(&path).expect("the shipped site loads");
    let mut detection = Detection::new(&site);
    let mut estimator = Estimator::new(&site);
    let sightings: Vec<Sighting> = (site.views.ids())
        .map(|view| Sighting {
            view,
            speeds_cmps: vec![0, 0, 0, 412, 1_350],
        })
        .collect();
    let mut now = Timestamp(0);
    c.bench_function("a second of estimation with cameras, 12 lanes", |b| {
        b.iter(|| {
            for tick in 0..10 {
                now = now + Millis(100);
                let shown = shown(&site, now);
                let edges = edges(&site, now, 6_000);
                let readings = detection.update(&site, &edges, &shown, now);
                if tick % 5 == 0 {
                    estimator.look(&sightings, now);
                }
                black_box(estimator.update(&site, readings, &shown, now));
            }
        });
    });
}

criterion_group!(benches, ticks, fusion);
criterion_main!(benches);
