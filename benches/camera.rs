//! What one frame of a camera costs, 640 × 360, on a painted street with traffic: the whole pipeline, and with decoding.
//!
//! `cargo bench --bench camera`, and with `--features camera` for decoding. A camera of 15 frames a second has 67 ms for each.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    dead_code,
    reason = "a bench; the street is that of the tests"
)]

#[path = "../tests/it/camera/street.rs"]
mod street;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use phasewise::camera::Watch;
use phasewise::intersection::{Intersection, PerPhase, PhaseId};
use phasewise::signal::Indication;
use phasewise::units::Millis;

use street::{Mast, Picture, Traffic};

/// A zone and a line on each lane.
fn detectors(mast: &Mast) -> String {
    let shape = |corners: &[[f64; 2]]| format!("{corners:?}");
    let lane = |number: u32, name: &str| {
        let lane = f64::from(number);
        let zone = mast.corners(lane + 0.1, [1.0, 6.0]);
        let line = mast.corners(lane, [-4.0, 1.0]);
        let toward = mast.px([(lane + 0.5) * street::LANE, -12.0, 0.0]);
        format!(
            "{{ id = \"stop {name}\", channel = {}, function = \"stop-bar-presence\", lanes = [\"{name}\"], camera = \"mast\", zone_px = {} }},\n\
             {{ id = \"count {name}\", channel = {}, function = \"stop-bar-count\", lanes = [\"{name}\"], camera = \"mast\", line_px = {}, toward_px = {toward:?} }},\n",
            2 * number + 1,
            shape(&zone),
            2 * number + 2,
            shape(&line[..2]),
        )
    };
    format!("detectors = [\n{}{}]", lane(0, "left"), lane(1, "right"))
}

fn frames(mast: &Mast) -> Vec<Picture> {
    let traffic = Traffic::new(40.0, 6.0, 1, |_| true);
    let frame =
        |number: u32| Picture::of(mast, &traffic.at(25.0 + f64::from(number) / 15.0), number);
    (0..150).map(frame).collect()
}

fn look(c: &mut Criterion) {
    let mast = Mast::usual();
    let frames = frames(&mast);
    let with_all = mast
        .site_text(90.0)
        .replace("detectors = []", &detectors(&mast));
    let bare = mast.site_text(90.0);
    let views = bare.find("views = [").unwrap()..bare.find("[site.phases]").unwrap();
    let only = with_all.replace(&bare[views], "\n");
    let sites = [
        ("two zones, two lines", only),
        ("two views", bare.clone()),
        ("two zones, two lines, two views", with_all),
    ];
    let mut group = c.benchmark_group("one frame 640x360");
    for (name, text) in sites {
        let site = Intersection::parse(&text, "bench").unwrap();
        let mut watch = Watch::new(&site, site.cameras.ids().next().unwrap());
        let shown = PerPhase::from_fn(|_: PhaseId| Indication::Green);
        let mut number = 0_u32;
        let (frames, shown) = (&frames, &shown);
        let mut next = |watch: &mut Watch| {
            number += 1;
            let at = Millis(i64::from(number) * 1000 / 15);
            watch.look(
                &frames[number as usize % frames.len()].frame(),
                Some(shown),
                at,
            )
        };
        group.bench_function(name, |b| b.iter(|| black_box(next(&mut watch))));
    }
    group.finish();
}

/// A file of 150 frames, read by OpenCV and looked at.
#[cfg(feature = "camera")]
fn decode(c: &mut Criterion) {
    use phasewise::camera::capture::{Capture, Message, Source};
    use phasewise::camera::picture::{Canvas, Video};
    use std::time::Duration;

    let mast = Mast::usual();
    let text = mast.site_text(90.0);
    let site = Intersection::parse(&text.replace("detectors = []", &detectors(&mast)), "bench");
    let site = site.unwrap();
    let camera = site.cameras.ids().next().unwrap();
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench.mp4");
    let mut video = Video::new(&path, 15.0);
    for (number, frame) in frames(&mast).into_iter().enumerate() {
        let picture = frame.picture(Millis(number as i64 * 1000 / 15));
        video
            .add(&Canvas::new(&picture, &site, camera).unwrap())
            .unwrap();
    }
    video.close().unwrap();
    let mut group = c.benchmark_group("150 frames 640x360");
    group.sample_size(10);
    group.bench_function("decoded and looked at", |b| {
        b.iter(|| {
            let mut watch = Watch::new(&site, camera);
            let capture = Capture::start(Source::File(path.clone()));
            let mut frames = 0;
            while let Some(message) = capture.next(Duration::from_secs(5)) {
                match message {
                    Message::Picture(picture) => {
                        black_box(watch.look(&picture.frame().unwrap(), None, picture.at));
                        frames += 1;
                    }
                    Message::Opened { .. } => {}
                    Message::Lost(_) | Message::Ended(_) | Message::Failed(_) => break,
                }
            }
            assert_eq!(frames, 150);
        });
    });
    group.finish();
}

#[cfg(feature = "camera")]
criterion_group!(benches, look, decode);
#[cfg(not(feature = "camera"))]
criterion_group!(benches, look);
criterion_main!(benches);
