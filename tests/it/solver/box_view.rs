//! Somebody stands in the box: nothing is started into it, but not for ever.

use phasewise::controller::{Controller, Inputs};
use phasewise::detection::{Edge, Sighting};
use phasewise::intersection::{DetectorFunction, Id, Intersection, PhaseSet, Table, View, ViewId};
use phasewise::units::{ClockTime, Millis, Timestamp};

/// The tutorial with a camera on its box. Everybody calls from the start; from the first yellow on, `stands`
/// vehicles stand in the box. Tells how long after that yellow the next phase turns green, s.
fn next_green_after_yellow(stands: usize) -> f64 {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut site = Intersection::load(&root.join("intersections/four-leg/site.toml")).unwrap();
    site.views = Table::new(vec![View {
        id: "box camera".to_owned(),
        lanes: Vec::new(),
        from_m: 0.0,
        to_m: 30.0,
    }]);
    let presence = site.detectors.iter();
    let mut edges: Vec<Edge> = presence
        .filter(|(_, d)| d.function == DetectorFunction::StopBarPresence)
        .map(|(detector, _)| Edge {
            detector,
            on: true,
            at: Timestamp(0),
        })
        .collect();
    let mut controller = Controller::new(&site);
    let mut before = PhaseSet::EMPTY;
    let mut yellow: Option<Timestamp> = None;
    for tick in 0..3000 {
        let now = Timestamp(tick * 100);
        let seen = yellow.map_or(0, |_| stands);
        let inputs = Inputs {
            clock: ClockTime(1_713_139_200_000) + Millis(now.0),
            edges: std::mem::take(&mut edges),
            sightings: vec![Sighting {
                view: ViewId::from_index(0),
                speeds_cmps: vec![0; seen],
            }],
            budget: 20_000,
            ..Inputs::default()
        };
        controller.step(&inputs, now);
        let green = controller.shown().unwrap().greens();
        match yellow {
            None if !before.difference(green).is_empty() => yellow = Some(now),
            Some(since) if !green.difference(before).is_empty() => {
                return now.since(since).secs();
            }
            _ => {}
        }
        before = green;
    }
    panic!("no phase changed in five minutes");
}

#[test]
fn a_start_waits_for_the_box_to_clear_but_no_longer_than_it_may() {
    let (free, blocked) = (next_green_after_yellow(0), next_green_after_yellow(1));
    assert!(
        blocked > free,
        "{blocked} s with the box blocked, {free} s with it free"
    );
    assert!(
        blocked < 30.0,
        "{blocked} s: somebody who stands there for ever stops nobody for ever"
    );
}
