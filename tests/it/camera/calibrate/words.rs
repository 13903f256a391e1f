//! Drawing in words, what is wrong at the start, and how files are read and written.

use std::fs;
use std::net::TcpListener;

use phasewise::camera::still::Still;
use phasewise::intersection::Intersection;

use super::super::scene::SITE;
use super::{folder, run, said, site_text};

#[test]
fn words_draw_as_the_page_does() {
    let folder = folder("words");
    let line =
        "far  lanes=lane function=advance distance_m=40 line_px=130,60 190,60  toward_px=160,240";
    let view = "queue lanes=lane corners_px=180,150 140,150 150,20 170,20 to_m=60";
    let arguments = [
        "--site",
        "site.toml",
        "--set",
        line,
        "--set",
        view,
        "--remove",
        "count",
    ];
    let dry = run(&folder, &[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.status.code(), Some(0), "{}", said(&dry));
    assert_eq!(site_text(&folder), SITE);
    let done = run(&folder, &arguments);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert_eq!(done.stdout, dry.stdout);
    let lines = String::from_utf8(done.stdout).unwrap();
    assert!(
        lines.contains("{ id = \"far\", channel = 3, function = \"advance\""),
        "{lines}"
    );
    let site = Intersection::parse(&site_text(&folder), "site.toml").unwrap();
    let ids: Vec<&str> = site
        .detectors
        .iter()
        .map(|(_, it)| it.id.as_str())
        .collect();
    assert_eq!((ids, site.views.len()), (vec!["stop", "far"], 1));
    // Only what changes need be said; an empty value takes an optional key out.
    let again = run(
        &folder,
        &["--site", "site.toml", "--set", "stop toward_px="],
    );
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    assert_eq!(site_text(&folder).matches("toward_px").count(), 1);
    let nothing = run(&folder, &["--site", "site.toml", "--set", "stop channel=1"]);
    assert!(
        said(&nothing).contains("says so already"),
        "{}",
        said(&nothing)
    );
}

#[test]
fn wrong_words_are_all_named_and_nothing_is_written() {
    let folder = folder("wrong-words");
    let set = |texts: &[&str]| {
        let mut arguments = vec!["--site", "site.toml"];
        texts
            .iter()
            .for_each(|text| arguments.extend(["--set", text]));
        run(&folder, &arguments)
    };
    let output = set(&[
        "stop zone_px=1,2 x,4 color=red",
        "=3",
        "new",
        "stop line_px=1,2",
        "stop distance_m=inf",
    ]);
    assert_eq!(output.status.code(), Some(1));
    for expected in [
        "zone_px=1,2 x,4; allowed: corners in order",
        "color=…; allowed: lanes, zone_px",
        "an id comes first",
        "says nothing",
        "line_px=1,2; allowed: both ends",
        "distance_m=inf; allowed: a number",
    ] {
        assert!(
            said(&output).contains(expected),
            "{expected}: {}",
            said(&output)
        );
    }
    // What can be read and is wrong is said as the check says it.
    let output = set(&["stop zone_px=140,100 180,100 500,150"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("site.detectors[\"stop\"].zone_px"),
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("within the picture of camera \"camera\", 320 × 240"));
    let output = set(&["far line_px=1,2 30,4"]);
    assert!(
        said(&output).contains("is new and lacks lanes"),
        "{}",
        said(&output)
    );
    let output = run(&folder, &["--site", "site.toml", "--remove", "gone"]);
    assert!(said(&output).contains("no detector or view has this id"));
    assert_eq!(site_text(&folder), SITE);
    assert!(!folder.join("site.toml.bak").exists());
}

#[test]
fn a_new_camera_is_added_with_the_size_of_its_picture() {
    let folder = folder("new-camera");
    let line = "far lanes=lane line_px=130,60 190,60 toward_px=160,240";
    let arguments = ["street.ppm", "--site", "site.toml", "--set", line];
    let typo = run(&folder, &[&arguments[..], &["--camera", "camrea"]].concat());
    assert_eq!(typo.status.code(), Some(1));
    assert!(
        said(&typo)
            .contains("has no camera \"camrea\"; it has camera. --new-camera \"camrea\" adds one")
    );
    let done = run(
        &folder,
        &[&arguments[..], &["--new-camera", "north"]].concat(),
    );
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let site = Intersection::parse(&site_text(&folder), "site.toml").unwrap();
    let (_, camera) = site.cameras.iter().nth(1).unwrap();
    assert_eq!((camera.id.as_str(), camera.size_px), ("north", [320, 240]));
    let several = run(&folder, &arguments);
    assert!(said(&several).contains("several cameras; name one with --camera: camera, north"));
    let twice = run(
        &folder,
        &[&arguments[..], &["--new-camera", "north"]].concat(),
    );
    assert!(said(&twice).contains("already"));
}

#[test]
fn everything_wrong_at_the_start_is_said_at_once() {
    let folder = folder("start");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    write("broken.toml", b"[site\nname = \"x\"\n");
    write("empty.ppm", b"");
    write(
        "cut.png",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0",
    );
    write("cut.ppm", b"P6 320 240 255\nxxxx");
    write(
        "tall.ppm",
        &[b"P6 240 320 255\n".as_slice(), &[0; 240 * 320 * 3]].concat(),
    );
    write("tiny.ppm", b"P6 2 2 255\n123456789012");
    for (source, site, expected) in [
        ("gone.png", "site.toml", &["there is no such file"][..]),
        ("empty.ppm", "site.toml", &["it is empty"]),
        (
            "cut.png",
            "site.toml",
            &["a PNG picture that ends too early"],
        ),
        (
            "cut.ppm",
            "site.toml",
            &["a PPM picture that ends too early"],
        ),
        (
            "tiny.ppm",
            "site.toml",
            &["2 × 2 pixels; allowed: sides of 64 to 8192"],
        ),
        (
            "tall.ppm",
            "site.toml",
            &["240 × 320", "320 × 240", "another shape"],
        ),
        ("site.toml", "site.toml", &["cannot"]),
        ("street.ppm", "gone.toml", &["cannot be opened"]),
        (
            "cut.png",
            "broken.toml",
            &["a PNG picture that ends", "broken.toml:1", "allowed: TOML"],
        ),
    ] {
        let output = run(&folder, &[source, "--site", site]);
        assert_eq!(output.status.code(), Some(1), "{source} {site}");
        for expected in expected {
            assert!(
                said(&output).contains(expected),
                "{source} {site}: {}",
                said(&output)
            );
        }
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(
        &folder,
        &["street.ppm", "--site", "site.toml", "--port", &port],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains(&format!("port {port} is in use")));
    for usage in [
        &["--site", "site.toml"][..],
        &["street.ppm"],
        &["--site", "x", "--set", "a b=1", "--picture", "x.png"],
    ] {
        assert_eq!(run(&folder, usage).status.code(), Some(2), "{usage:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder("links");
    fs::create_dir(folder.join("real")).unwrap();
    fs::rename(folder.join("site.toml"), folder.join("real/site.toml")).unwrap();
    symlink("real/site.toml", folder.join("site.toml")).unwrap();
    fs::set_permissions(
        folder.join("real/site.toml"),
        fs::Permissions::from_mode(0o640),
    )
    .unwrap();
    let done = run(&folder, &["--site", "site.toml", "--remove", "count"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(
        fs::symlink_metadata(folder.join("site.toml"))
            .unwrap()
            .is_symlink()
    );
    let mode = fs::metadata(folder.join("real/site.toml"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(!site_text(&folder).contains("id = \"count\""));
}

#[test]
fn pictures_of_files_tell_their_size() {
    let chunk = |name: &[u8], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length, name, data, &[0; 4]].concat()
    };
    let header = [
        &640_u32.to_be_bytes()[..],
        &480_u32.to_be_bytes(),
        &[8, 2, 0, 0, 0],
    ]
    .concat();
    let png = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &[1, 2, 3]),
        chunk(b"IEND", &[]),
    ]
    .concat();
    let still = Still::of_file(png.clone()).unwrap();
    assert_eq!((still.size_px, still.media_type), ([640, 480], "image/png"));
    let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc4\0\x03x\xff\xc0\0\x0b\x08\x01\xe0\x02\x80\x01\x01\x11\0\xff\xda\0\x02zzz\xff\xd9";
    let still = Still::of_file(jpeg.to_vec()).unwrap();
    assert_eq!(
        (still.size_px, still.media_type),
        ([640, 480], "image/jpeg")
    );
    // Cut anywhere it is an error, never a panic.
    for whole in [&png[..], jpeg, b"P6 64 64 255\n"] {
        for end in 0..whole.len() {
            assert!(Still::of_file(whole[..end].to_vec()).is_err());
        }
    }
    assert!(Still::of_file(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR".to_vec()).is_err());
    assert!(Still::of_file(b"P6 99999 99999 255\n".to_vec()).is_err());
    let shown = format!("{still:?}");
    assert_eq!(
        shown, "Still(640 × 480, image/jpeg)",
        "no pixels get into messages"
    );
}
