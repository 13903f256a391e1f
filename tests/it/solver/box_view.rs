//! Somebody stands in the box: nothing is started into it, but not for ever.

use phasewise::controller::{Controller, Inputs};
use phasewise::detection::{Edge, Sighting};
use phasewise::intersection::{DetectorFunction, Id, Intersection, PhaseSet, Table, View, ViewId};
use phasewise::units::{ClockTime, Millis, Timestamp};

/// Since when somebody stands in the box.
#[derive(Clone, Copy, PartialEq)]
enum Stands {
    Never,
    SinceYellow,
    /// For five minutes and more before the first call.
    Always,
}

/// The tutorial with a camera on its box. Everybody calls from the start. Tells how long after the first yellow
/// the next phase turns green, s.
fn next_green_after_yellow(stands: Stands) -> f64 {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut site = Intersection::load(&root.join("intersections/four-leg/site.toml")).unwrap();
    site.views = Table::new(vec![View {
        id: "box camera".to_owned(),
        lanes: Vec::new(),
        from_m: 0.0,
        to_m: 30.0,
        seen: None,
    }]);
    let presence = site.detectors.iter();
    let calls_at = Timestamp(300_000);
    let mut edges: Vec<Edge> = presence
        .filter(|(_, d)| d.function == DetectorFunction::StopBarPresence)
        .map(|(detector, _)| Edge {
            detector,
            on: true,
            at: calls_at,
        })
        .collect();
    let mut controller = Controller::new(&site);
    let mut before = PhaseSet::EMPTY;
    let mut yellow: Option<Timestamp> = None;
    for tick in 0..6000 {
        let now = Timestamp(tick * 100);
        let blocked = stands == Stands::Always || stands == Stands::SinceYellow && yellow.is_some();
        let come = if now == calls_at {
            std::mem::take(&mut edges)
        } else {
            Vec::new()
        };
        let inputs = Inputs {
            clock: ClockTime(1_713_139_200_000) + Millis(now.0),
            edges: come,
            sightings: vec![Sighting {
                view: ViewId::from_index(0),
                speeds_cmps: vec![0; usize::from(blocked)],
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
    let free = next_green_after_yellow(Stands::Never);
    let blocked = next_green_after_yellow(Stands::SinceYellow);
    assert!(
        blocked > free + 30.0,
        "{blocked} s with the box blocked, {free} s with it free"
    );
    assert!(
        blocked < 70.0,
        "{blocked} s: somebody who stands there for ever stops nobody for ever"
    );
}

#[test]
fn whoever_has_stood_in_the_box_for_minutes_stops_nobody() {
    let free = next_green_after_yellow(Stands::Never);
    let always = next_green_after_yellow(Stands::Always);
    assert!(
        always < free + 0.15,
        "{always} s with somebody in the box all the time, {free} s without"
    );
}
