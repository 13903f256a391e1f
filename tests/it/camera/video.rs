//! Videos through OpenCV and the command: written here, read, counted; and those that cannot be.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use phasewise::camera::capture::{Capture, Message, Picture, Source};
use phasewise::camera::picture::{Canvas, Video};
use phasewise::signal::Indication;
use phasewise::units::Millis;

use super::privacy::{holds_pattern, pattern};
use super::queues::light;
use super::scene::{HEIGHT, Painting, SITE, WIDTH, site};
use super::street::{Mast, Picture as Street, Traffic, queue};
use super::{driving, road};

/// A folder of this test, and the site file in it.
fn folder(name: &str) -> (PathBuf, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("camera")
        .join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("site.toml");
    fs::write(&file, SITE).unwrap();
    (folder, file)
}

fn picture(painting: Painting, at: Millis) -> Picture {
    Picture {
        width: WIDTH,
        height: HEIGHT,
        bgr: painting.bytes(),
        at,
    }
}

/// Twelve seconds with four cars.
fn write_video(path: &std::path::Path) {
    let (site, camera) = site();
    let mut video = Video::new(path, 15.0);
    for n in 0..180 {
        let s = f64::from(n) / 15.0;
        let cars = [1.0, 4.0, 7.0, 9.0];
        let painting = cars
            .iter()
            .fold(road(s), |road, start| road.car(driving(s, *start)));
        let canvas = Canvas::new(&picture(painting, Millis::from_secs(s)), &site, camera).unwrap();
        video.add(&canvas).unwrap();
    }
    video.close().unwrap();
}

fn phasewise(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_phasewise"))
        .arg("camera")
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn the_command_counts_a_video_and_shows_what_it_saw() {
    let (folder, site) = folder("counts");
    let path = |name: &str| folder.join(name).display().to_string();
    let site = site.display().to_string();
    write_video(&folder.join("street.mp4"));
    let (video, events, json) = (path("street.mp4"), path("events.csv"), path("result.json"));
    let (seen, last) = (path("seen.mp4"), path("last.png"));
    let output = phasewise(&[
        &video,
        "--site",
        &site,
        "--events",
        &events,
        "--json",
        &json,
        "--annotate",
        &seen,
        "--picture",
        &last,
    ]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let result: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(result["frames"], 180);
    assert_eq!(result["detectors"][1]["id"], "count");
    assert_eq!(result["detectors"][1]["count"], 4);
    let events = fs::read_to_string(events).unwrap();
    assert_eq!(events.matches("count,crossing").count(), 4, "{events}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("count"));
    let annotated = Capture::start(Source::of(&seen));
    assert!(
        matches!(annotated.next(Duration::from_secs(10)), Some(Message::Opened { frames, .. }) if frames > 100.0)
    );
    assert!(fs::metadata(last).unwrap().len() > 1000);
}

#[test]
fn a_video_that_ends_too_early_is_counted_and_reported() {
    let (folder, site) = folder("early");
    // An AVI keeps its index at the end and its frames in order: cut, it still opens.
    let (whole, cut) = (folder.join("whole.avi"), folder.join("cut.avi"));
    write_video(&whole);
    let bytes = fs::read(&whole).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let output = phasewise(&[
        &cut.display().to_string(),
        "--site",
        &site.display().to_string(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("it ends after"), "{said}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("vehicles"),
        "what was seen is told"
    );
}

#[test]
fn what_is_no_video_says_so() {
    let (folder, site) = folder("no-video");
    let text = folder.join("text.mp4");
    fs::write(&text, "this is no video").unwrap();
    let site = site.display().to_string();
    for (source, says) in [
        (text.display().to_string(), "not a video"),
        (
            folder.join("nothing.mp4").display().to_string(),
            "no such file",
        ),
    ] {
        let output = phasewise(&[&source, "--site", &site]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn a_stream_that_does_not_answer_never_blocks_whoever_waits_for_it() {
    // Nothing listens on the discard port of this machine.
    let capture = Capture::start(Source::of("http://127.0.0.1:9/stream"));
    let lost = (0..100).find_map(|_| match capture.next(Duration::from_millis(100)) {
        Some(Message::Lost(why)) => Some(why),
        _ => None,
    });
    assert!(lost.is_some(), "ten seconds, and not a word");
}

#[test]
fn a_site_without_cameras_says_what_to_do() {
    let (folder, site) = folder("no-camera");
    let text: String = SITE
        .lines()
        .filter(|line| !line.starts_with("cameras") && !line.contains("camera ="))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&site, text).unwrap();
    let video = folder.join("street.mp4").display().to_string();
    let output = phasewise(&[&video, "--site", &site.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("has no cameras"), "{said}");
}

#[test]
fn every_mistake_of_a_signal_file_is_told_at_once() {
    let (folder, site) = folder("signal");
    let signal = folder.join("signal.csv");
    let rows = "0,10,2,red\n10,5,2,green\n5,6,99,blue\n6,seven,2,red\n";
    fs::write(&signal, format!("from_s,until_s,phase,indication\n{rows}")).unwrap();
    let [video, site, signal] =
        [folder.join("street.mp4"), site, signal].map(|path| path.display().to_string());
    let output = phasewise(&[&video, "--site", &site, "--signal", &signal]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    for expected in [
        "row 2: from_s 10",
        "row 3: phase 99",
        "row 3: indication \"blue\"",
        "row 4",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!said.contains("row 1"), "{said}");
}

fn calibrate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_phasewise"))
        .arg("calibrate-camera")
        .args(arguments)
        .output()
        .unwrap()
}

/// Where the two pictures differ: how many pixels, and how many of them lie within these columns and rows.
fn differing(a: &Picture, b: &Picture, [left, top, right, bottom]: [usize; 4]) -> (usize, usize) {
    let pixels = a.bgr.chunks_exact(3).zip(b.bgr.chunks_exact(3)).enumerate();
    let places = pixels.filter(|(_, (a, b))| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > 40));
    let within = |place: &usize| {
        (left..right).contains(&(place % WIDTH)) && (top..bottom).contains(&(place / WIDTH))
    };
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    (
        places.len(),
        places.iter().filter(|place| within(place)).count(),
    )
}

/// The first picture of a source, shrunk to the size of the painted street.
fn first(path: &std::path::Path) -> Picture {
    let capture = Capture::start(Source::of(&path.display().to_string()));
    loop {
        match capture.next(Duration::from_secs(10)) {
            Some(Message::Picture(picture)) => {
                let factor = picture.width / WIDTH;
                let (rows, columns) = (0..HEIGHT, 0..WIDTH);
                let pixel = |row: usize, column: usize| {
                    let at = (row * factor * picture.width + column * factor) * 3;
                    picture.bgr[at..at + 3].to_vec()
                };
                let bgr =
                    rows.flat_map(|row| columns.clone().flat_map(move |column| pixel(row, column)));
                return Picture {
                    width: WIDTH,
                    height: HEIGHT,
                    bgr: bgr.collect(),
                    at: picture.at,
                };
            }
            Some(Message::Opened { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_camera_is_calibrated_from_a_video_without_a_browser() {
    let (folder, site) = folder("calibrate");
    let path = |name: &str| folder.join(name).display().to_string();
    let (video, site) = (path("street.mp4"), site.display().to_string());
    write_video(&folder.join("street.mp4"));
    let plain = [video.as_str(), "--site", &site, "--at", "5"];
    let picture = |name: &str, more: &[&str]| {
        let png = path(name);
        let arguments = [&plain[..], &["--picture", &png], more].concat();
        let output = calibrate(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        assert!(said.contains("a picture of the street"), "{said}");
        first(&folder.join(name))
    };
    let before = picture("before.png", &[]);
    let zone = "low lanes=lane zone_px=140,190 180,190 180,225 140,225";
    let after = picture("after.png", &["--dry-run", "--set", zone]);
    assert_eq!(
        fs::read_to_string(&site).unwrap(),
        SITE,
        "a dry run writes no site file"
    );
    let (all, near) = differing(&before, &after, [136, 170, 200, 230]);
    assert!(
        all > 40 && near == all,
        "{near} of {all}: the new zone is drawn, and nothing else changes"
    );
    let late = calibrate(&[
        &video,
        "--site",
        &site,
        "--at",
        "500",
        "--picture",
        &path("late.png"),
    ]);
    assert_eq!(late.status.code(), Some(1));
    let said = String::from_utf8_lossy(&late.stderr).into_owned();
    assert!(said.contains("before --at 500"), "{said}");
    // What the camera command then counts with: the file as calibrate-camera writes it.
    let line = "count line_px=112,172 212,172";
    let done = calibrate(&["--site", &site, "--set", line]);
    assert!(done.status.success());
    let json = path("result.json");
    assert!(
        phasewise(&[&video, "--site", &site, "--json", &json])
            .status
            .success()
    );
    let result: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(result["detectors"][1]["count"], 4);
}

#[test]
fn the_command_tells_and_shows_queues() {
    let (folder, site_file) = folder("queues");
    let path = |name: &str| folder.join(name).display().to_string();
    let (mast, to, seconds) = (Mast::usual(), 90.0, 55.0);
    fs::write(&site_file, mast.site_text(to)).unwrap();
    let (site, camera) = mast.site(to);
    let traffic = Traffic::new(seconds, 6.5, 1, |s| light(s) == Indication::Green);
    let mut video = Video::new(&folder.join("street.avi"), 10.0);
    for n in 0..550 {
        let s = f64::from(n) / 10.0;
        let picture = Street::of(&mast, &traffic.at(s), n).picture(Millis::from_secs(s));
        video
            .add(&Canvas::new(&picture, &site, camera).unwrap())
            .unwrap();
    }
    video.close().unwrap();
    let signal = "from_s,until_s,phase,indication\n0,25,2,green\n25,28,2,yellow\n28,60,2,red\n";
    fs::write(path("signal.csv"), signal).unwrap();
    let [street, signal, events, json, last] = [
        "street.avi",
        "signal.csv",
        "events.csv",
        "result.json",
        "last.png",
    ]
    .map(path);
    let site_file = site_file.display().to_string();
    let output = phasewise(&[
        &street,
        "--site",
        &site_file,
        "--signal",
        &signal,
        "--events",
        &events,
        "--json",
        &json,
        "--picture",
        &last,
    ]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("left view") && said.contains("longest"),
        "{said}"
    );
    let result: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    let events = fs::read_to_string(events).unwrap();
    for (lane, name) in ["left view", "right view"].into_iter().enumerate() {
        assert_eq!(result["views"][lane]["id"], name);
        assert!(result["views"][lane]["speed_mean_kmh"].as_f64().unwrap() > 15.0);
        let truth = f64::from(queue(&traffic.at(seconds - 0.1), lane, to));
        let of_view = format!(",{name},queue ");
        let told: f64 = events
            .rsplit(&of_view)
            .next()
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!((told - truth).abs() <= 1.0, "{name}: {told}, not {truth}");
    }
}

/// All files below a folder.
fn files(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    found
}

#[test]
fn only_what_was_asked_for_is_written_and_no_pictures_are_in_it() {
    let (folder, site_file) = folder("privacy");
    let (home, temporary) = (folder.join("home"), folder.join("temporary"));
    for folder in [&home, &temporary] {
        fs::create_dir(folder).unwrap();
    }
    let mast = Mast::usual();
    fs::write(&site_file, mast.site_text(90.0)).unwrap();
    // A video without loss, so that what is in the picture is in the file: gray, frame by frame.
    let mut video = b"YUV4MPEG2 W640 H360 F10:1 Ip A1:1 Cmono\n".to_vec();
    let marks: Vec<u8> = pattern().iter().flat_map(|value| [*value; 3]).collect();
    let traffic = Traffic::new(20.0, 3.0, 1, |_| true);
    for n in 0..150 {
        let street = Street::of(&mast, &traffic.at(f64::from(n) / 10.0), n).marked(&marks);
        video.extend(b"FRAME\n");
        video.extend(street.bytes().iter().step_by(3));
    }
    let path = |name: &str| home.join(name).display().to_string();
    let street = folder.join("street.y4m").display().to_string();
    fs::write(&street, &video).unwrap();
    assert!(holds_pattern(&video));
    let run = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_phasewise"))
            .args([
                "camera",
                &street,
                "--site",
                &site_file.display().to_string(),
            ])
            .args(more)
            .current_dir(&home)
            .env("HOME", &home)
            .env("TMPDIR", &temporary)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!holds_pattern(&output.stdout) && !holds_pattern(&output.stderr));
    };
    let before = files(&folder);
    run(&[]);
    assert_eq!(files(&folder), before, "nothing was asked for");
    let (events, json) = (path("events.csv"), path("result.json"));
    run(&["--events", &events, "--json", &json, "--remember"]);
    let written: Vec<String> = files(&folder)
        .into_iter()
        .filter(|file| !before.contains(file))
        .collect();
    assert_eq!(written, [events, json]);
    let site_file = site_file.display().to_string();
    for file in written.iter().chain([&site_file]) {
        assert!(!holds_pattern(&fs::read(file).unwrap()), "{file}");
    }
    let text = fs::read_to_string(&site_file).unwrap();
    assert!(text.contains("remembered = [\""), "{text}");
}

#[test]
fn a_source_that_hangs_is_given_up_and_never_waited_for() {
    // Somebody answers, and then says nothing.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let capture = Capture::start(Source::of(&format!("http://{address}/stream")));
    let lost = (0..200).find_map(|_| match capture.next(Duration::from_millis(100)) {
        Some(Message::Lost(why)) => Some(why),
        _ => None,
    });
    assert!(lost.is_some(), "twenty seconds, and not a word");
}
