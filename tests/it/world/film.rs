//! Rendered pictures of an approach: they repeat, they show who is there, and the pipeline works in the loop.

use phasewise::intersection::{Id, Intersection, Shape};
use phasewise::signal::{Heads, Indication};
use phasewise::simulation::cameras::CameraFault;
use phasewise::simulation::render::{Film, SIZE_PX, Scene, calibrated};
use phasewise::simulation::run::{Nobody, Run, Setup, run};
use phasewise::simulation::scenario::{Scenario, Selection};
use phasewise::simulation::sensing::{FilmWish, SensorKinds};
use phasewise::simulation::world::{World, WorldSettings};
use phasewise::units::{Millis, TICK, Timestamp};

fn site_path() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections/four-leg/site.toml")
}

/// The tutorial's traffic, met with these sensors.
fn scenario(kinds: SensorKinds, mishaps: &[&str], minutes: i64) -> Scenario {
    let selection = Selection {
        duration: Some(Millis(60_000 * minutes)),
        ..Selection::default()
    };
    let film = FilmWish {
        approach: "west".to_owned(),
        scene: Scene::Day,
        crops: false,
        detector: None,
    };
    let mishaps: Vec<_> = mishaps.iter().map(|it| it.parse().unwrap()).collect();
    let scenario = Scenario::load(&site_path(), &selection).unwrap();
    scenario.sensed(kinds, Some(&film), &mishaps).unwrap()
}

fn simulate(scenario: &Scenario) -> Run {
    let setup = Setup {
        site: &scenario.site,
        sensing: &scenario.sensing,
        control: phasewise::simulation::run::Control::Ours(phasewise::controller::Rung::Adaptive),
        from: scenario.from,
        duration: scenario.duration,
        seed: 1,
    };
    run(&setup, scenario.demand(1, 1.0), &mut Nobody).unwrap()
}

/// Nobody is let through for a minute and a half; a picture at its end.
fn queued(scene: Scene, seed: u64, fault: Option<CameraFault>) -> (Vec<u8>, usize) {
    let selection = Selection::default();
    let scenario = Scenario::load(&site_path(), &selection).unwrap();
    let sites = std::slice::from_ref(&scenario.site);
    let mut world = World::new(sites, scenario.demand(1, 1.0), WorldSettings::default()).unwrap();
    let mut now = Timestamp(0);
    let mut heads = Heads::default();
    for phase in scenario.site.phases.iter() {
        heads.vehicle[phase] = Indication::Red;
    }
    while now < Timestamp(90_000) {
        now = now + TICK;
        world.advance(now, &[heads]);
    }
    let west = scenario.site.approaches.ids().next().unwrap();
    let mut film = Film::new(&scenario.site, west, scene, seed);
    let truth = world.truth();
    let lanes = &scenario.site.approaches[west].lanes;
    let waiting = lanes.iter().map(|lane| truth.queue(0, *lane)).sum();
    (film.shoot(&truth, now, fault).bytes().to_vec(), waiting)
}

fn far_apart(a: &[u8], b: &[u8]) -> usize {
    let pairs = a.iter().zip(b);
    pairs.filter(|(a, b)| a.abs_diff(**b) > 40).count()
}

#[test]
fn the_same_seed_gives_the_same_picture_and_another_one_other_noise() {
    let (picture, waiting) = queued(Scene::Evening, 7, None);
    assert!(waiting >= 3, "{waiting}");
    assert_eq!(picture, queued(Scene::Evening, 7, None).0);
    let (other, _) = queued(Scene::Evening, 8, None);
    assert_ne!(picture, other);
    assert!(far_apart(&picture, &other) < picture.len() / 500);
}

#[test]
fn a_moved_or_covered_camera_shows_something_else() {
    let (picture, _) = queued(Scene::Day, 7, None);
    let (moved, _) = queued(Scene::Day, 7, Some(CameraFault::Moved));
    assert!(far_apart(&picture, &moved) > picture.len() / 50);
    let (covered, _) = queued(Scene::Day, 7, Some(CameraFault::Blind));
    assert!(covered.iter().all(|value| *value < 40));
}

#[test]
fn marks_of_every_example_site_lie_in_the_picture() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections");
    let mut views = 0;
    for folder in std::fs::read_dir(root).unwrap().flatten() {
        let path = folder.path().join("site.toml");
        let Ok(site) = Intersection::load(&path) else {
            continue;
        };
        for approach in site.approaches.ids() {
            let built = calibrated(&site, approach, true);
            let [width, height] = SIZE_PX.map(f64::from);
            let inside = |[x, y]: [f64; 2]| {
                let inside = (0.0..width).contains(&x) && (0.0..height).contains(&y);
                assert!(inside, "{}: {x} {y}", path.display());
            };
            for (_, view) in built.views.iter() {
                if let Some(strip) = &view.seen
                    && strip.by.index() == site.cameras.len()
                {
                    views += 1;
                    strip.corners_px.into_iter().for_each(inside);
                }
            }
            for (_, detector) in built.detectors.iter() {
                match detector.seen.as_ref().map(|seen| &seen.shape) {
                    Some(Shape::Zone(corners)) => corners.iter().copied().for_each(inside),
                    Some(Shape::Line(ends)) => ends.iter().copied().for_each(inside),
                    None => {}
                }
            }
        }
    }
    assert!(views >= 16, "{views}");
}

#[test]
fn the_real_pipeline_controls_an_approach_in_the_loop() {
    let run = simulate(&scenario(SensorKinds::Camera, &[], 3));
    let film = run.film.unwrap();
    assert_eq!(film.frames, 3 * 60 * 15);
    assert!(film.troubles.is_empty(), "{:?}", film.troubles);
    assert!(film.crossings.f1().unwrap() > 0.7, "{:?}", film.crossings);
    assert!(
        film.presence.agreement().unwrap() > 0.8,
        "{:?}",
        film.presence
    );
    assert!(run.violations.is_empty());
}

#[test]
fn a_camera_that_goes_blind_is_found_out_within_ten_seconds_and_its_detectors_fail() {
    let run = simulate(&scenario(SensorKinds::Camera, &["camera-blind=west@1"], 2));
    let film = run.film.unwrap();
    let [(at, Some(_)), ..] = film.troubles[..] else {
        panic!("{:?}", film.troubles);
    };
    assert!(at > Millis(60_000) && at < Millis(70_000), "{at}");
    let failed = |event: &&phasewise::hires::Event| {
        event.code == phasewise::hires::code::DETECTOR_FAULT_OTHER
    };
    assert_eq!(
        run.events.iter().filter(failed).count(),
        6,
        "zones and lines of three lanes"
    );
    assert!(run.violations.is_empty());
}
