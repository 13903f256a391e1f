//! Detectors and views drawn into the text of a site file: what is about them changes, nothing else does.

use std::fs;
use std::path::Path;

use phasewise::drawing::{Edit, Entry, Kind, Mark, Optional, Pen, Sheet, diff};
use phasewise::intersection::{Intersection, Severity};

const FOUR_LEG: &str = include_str!("../../intersections/four-leg/site.toml");

fn pen() -> Pen {
    Pen {
        camera: "west".to_owned(),
        size_px: [640, 480],
    }
}

fn detector(id: &str) -> Mark {
    Mark::new(Kind::Detector, id)
}

fn zone(id: &str) -> Mark {
    Mark {
        lanes: Some(vec!["EB-2".to_owned()]),
        zone_px: Some(vec![
            [60.0, 330.0],
            [160.0, 330.0],
            [165.0, 410.0],
            [55.04, 410.5],
        ]),
        toward_px: Some([120.0, 200.0]),
        ..detector(id)
    }
}

fn view(id: &str) -> Mark {
    Mark {
        corners_px: Some([
            [160.0, 330.0],
            [60.0, 330.0],
            [250.0, 120.0],
            [290.0, 120.0],
        ]),
        ..Mark::new(Kind::View, id)
    }
}

fn drawn(text: &str, edits: &[Edit]) -> String {
    let mut sheet = Sheet::open(text).unwrap();
    sheet.apply(&pen(), edits).unwrap();
    sheet.text()
}

/// The lines that differ, `+` or `-` in front, spaces squeezed.
fn changes(old: &str, new: &str) -> Vec<String> {
    let lines = diff(old, new).into_iter();
    lines
        .map(|line| {
            let sign = if line.is_new { '+' } else { '-' };
            format!("{sign}{}", line.text)
        })
        .collect()
}

fn errors(text: &str) -> Vec<String> {
    let problems = Intersection::check_text(text).problems.into_iter();
    problems
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| problem.in_file("site.toml"))
        .collect()
}

#[test]
fn every_site_file_comes_back_byte_for_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections");
    let mut seen = 0;
    for site in ["four-leg", "european", "odot-1136", "corridor/first"] {
        let text = fs::read_to_string(folder.join(site).join("site.toml")).unwrap();
        let windows = text.replace('\n', "\r\n");
        for text in [text.clone(), windows.clone(), format!("\u{feff}{windows}")] {
            assert_eq!(Sheet::open(&text).unwrap().text(), text, "{site}");
            seen += 1;
        }
    }
    assert_eq!(seen, 12);
    let mixed = FOUR_LEG.replacen('\n', "\r\n", 5);
    let why = Sheet::open(&mixed).unwrap_err();
    assert!(why.contains("lines end"), "{why}");
    assert!(Sheet::open("[site\n").unwrap_err().contains("no TOML"));
}

#[test]
fn a_new_detector_adds_its_lines_and_the_camera_and_nothing_else() {
    let new = drawn(FOUR_LEG, &[Edit::put(zone("EB zone"))]);
    assert_eq!(
        changes(FOUR_LEG, &new),
        [
            "+  { id = \"EB zone\", channel = 33, function = \"stop-bar-presence\", lanes = [\"EB-2\"], camera = \"west\", zone_px = [",
            "+    [60, 330], [160, 330], [165, 410], [55, 410.5]], toward_px = [120, 200] },",
            "+",
            "+cameras = [",
            "+  { id = \"west\", size_px = [640, 480] },",
            "+]",
        ]
    );
    assert_eq!(errors(&new), Vec::<String>::new());
    let python = new.contains("zone_px = [\n");
    assert!(
        python,
        "braces break only within a list, as TOML 1.0 wants it"
    );
}

#[test]
fn windows_files_stay_windows_files() {
    let windows = FOUR_LEG.replace('\n', "\r\n");
    let new = drawn(&windows, &[Edit::put(zone("EB zone"))]);
    assert_eq!(
        new.replace("\r\n", "\n"),
        drawn(FOUR_LEG, &[Edit::put(zone("EB zone"))])
    );
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
}

#[test]
fn an_existing_view_gets_its_corners_where_it_stands() {
    let new = drawn(FOUR_LEG, &[Edit::put(view("EB-2 view"))]);
    let changed = changes(FOUR_LEG, &new);
    assert_eq!(
        changed[..3],
        [
            "-  { id = \"EB-2 view\", lanes = [\"EB-2\"],         from_m =  0, to_m = 100 },",
            "+  { id = \"EB-2 view\", lanes = [\"EB-2\"],         from_m =  0, to_m = 100, camera = \"west\", corners_px = [",
            "+    [160, 330], [60, 330], [250, 120], [290, 120]] },",
        ]
    );
    assert_eq!(errors(&new), Vec::<String>::new());
    // Drawn again elsewhere: one line changes, and its layout is kept.
    let mut moved = view("EB-2 view");
    moved.corners_px.as_mut().unwrap()[0] = [161.0, 331.0];
    let again = drawn(&new, &[Edit::put(moved)]);
    assert_eq!(
        changes(&new, &again),
        [
            "-    [160, 330], [60, 330], [250, 120], [290, 120]] },",
            "+    [161, 331], [60, 330], [250, 120], [290, 120]] },",
        ]
    );
}

#[test]
fn comments_stay_with_the_rows_they_are_about() {
    let text = "\
[site]
detectors = [
  # from the west
  { id = \"a\", channel = 1, lanes = [\"W\"] },   # about a
  # above b
  { id = \"b\", channel = 2, lanes = [\"W\"] },   # about b
  # above c

  { id = \"c\", channel = 3, lanes = [\"W\"] }    # about c, which has no comma
]   # the end
";
    let remove = |id: &str| Edit::Remove {
        kind: Kind::Detector,
        id: id.to_owned(),
    };
    let without = |id: &str| changes(text, &drawn(text, &[remove(id)]));
    assert_eq!(
        without("a"),
        ["-  { id = \"a\", channel = 1, lanes = [\"W\"] },   # about a"]
    );
    assert_eq!(
        without("b"),
        ["-  { id = \"b\", channel = 2, lanes = [\"W\"] },   # about b"]
    );
    let line = Mark {
        lanes: Some(vec!["W".to_owned()]),
        line_px: Some([[1.0, 2.0], [30.0, 4.0]]),
        toward_px: Some([10.0, 100.0]),
        ..detector("d")
    };
    let new = drawn(text, &[Edit::put(line)]);
    assert_eq!(
        changes(text, &new),
        [
            "-  { id = \"c\", channel = 3, lanes = [\"W\"] }    # about c, which has no comma",
            "+  { id = \"c\", channel = 3, lanes = [\"W\"] },    # about c, which has no comma",
            "+  { id = \"d\", channel = 4, function = \"stop-bar-count\", lanes = [\"W\"], camera = \"west\", line_px = [",
            "+    [1, 2], [30, 4]], toward_px = [10, 100] },",
            "+",
            "+cameras = [",
            "+  { id = \"west\", size_px = [640, 480] },",
            "+]",
        ]
    );
    // All of them, in any order, leave the comments above and below.
    for order in [["a", "b", "c"], ["c", "b", "a"], ["b", "c", "a"]] {
        let rest = drawn(text, &order.map(remove));
        assert!(rest.contains("]   # the end"), "{rest}");
        assert!(!rest.contains("id ="), "{rest}");
        Sheet::open(&rest).unwrap();
    }
}

#[test]
fn rows_under_headings_stay_rows_under_headings() {
    let text = "\
[site]
name = \"x\"

# the only loop
[[site.detectors]]
id = \"a\" # comment
channel = 1
lanes = [\"W\"]

[site.phases]
1 = \"x\"
";
    let mut again = zone("a");
    again.without = vec![Optional::TowardPx, Optional::DistanceM];
    again.toward_px = None;
    again.lanes = None;
    let new = drawn(text, &[Edit::put(zone("b")), Edit::put(again)]);
    assert_eq!(
        new,
        "\
[site]
name = \"x\"

cameras = [
  { id = \"west\", size_px = [640, 480] },
]

# the only loop
[[site.detectors]]
id = \"a\" # comment
channel = 1
lanes = [\"W\"]
camera = \"west\"
zone_px = [[60, 330], [160, 330], [165, 410], [55, 410.5]]

[[site.detectors]]
id = \"b\"
channel = 2
function = \"stop-bar-presence\"
lanes = [\"EB-2\"]
camera = \"west\"
zone_px = [[60, 330], [160, 330], [165, 410], [55, 410.5]]
toward_px = [120, 200]

[site.phases]
1 = \"x\"
"
    );
}

#[test]
fn whatever_is_removed_and_added_again_no_comment_is_lost() {
    let entries = Sheet::open(FOUR_LEG).unwrap().entries();
    let comments = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim_start);
        let lines = lines.filter(|line| line.starts_with('#'));
        lines.map(str::to_owned).collect()
    };
    let removed = |entry: &Entry| Edit::Remove {
        kind: entry.mark.kind,
        id: entry.mark.id.clone(),
    };
    // One at a time, exactly its row goes (and its options, which four have).
    for entry in &entries {
        let changed = changes(FOUR_LEG, &drawn(FOUR_LEG, &[removed(entry)]));
        let name = format!("{:?}", entry.mark.id);
        let own = changed
            .iter()
            .filter(|line| line.starts_with('-') && line.contains(&name));
        assert_eq!(
            (own.count(), changed.len()),
            (changed.len(), changed.len()),
            "{changed:?}"
        );
        assert!((1..=2).contains(&changed.len()), "{changed:?}");
    }
    // Every third, every second, all; then all anew.
    for step in [3, 2, 1] {
        let gone: Vec<Edit> = entries.iter().step_by(step).map(removed).collect();
        let less = drawn(FOUR_LEG, &gone);
        assert_eq!(comments(&less), comments(FOUR_LEG));
        let again = entries.iter().step_by(step);
        let again: Vec<Edit> = again
            .map(|entry| match entry.mark.kind {
                Kind::Detector => Edit::put(zone(&entry.mark.id)),
                Kind::View => Edit::put(Mark {
                    lanes: entry.mark.lanes.clone(),
                    to_m: Some(60.0),
                    ..view(&entry.mark.id)
                }),
            })
            .collect();
        let more = drawn(&less, &again);
        assert_eq!(comments(&more), comments(FOUR_LEG));
        assert_eq!(Sheet::open(&more).unwrap().entries().len(), entries.len());
    }
}

#[test]
fn a_removed_detector_takes_its_options_along() {
    let remove = Edit::Remove {
        kind: Kind::Detector,
        id: "EB-L stop".to_owned(),
    };
    let new = drawn(FOUR_LEG, &[remove]);
    assert_eq!(
        changes(FOUR_LEG, &new),
        [
            "-  { id = \"EB-L stop\",  channel =  1, function = \"stop-bar-presence\", lanes = [\"EB-L\"] },",
            "-\"EB-L stop\" = { delay_s = 3 }",
        ]
    );
}

#[test]
fn a_line_takes_the_place_of_a_zone() {
    let text = drawn(FOUR_LEG, &[Edit::put(zone("EB zone"))]);
    let line = Mark {
        function: Some("advance".to_owned()),
        distance_m: Some(40.5),
        line_px: Some([[60.0, 300.0], [170.0, 300.0]]),
        ..detector("EB zone")
    };
    let new = drawn(&text, &[Edit::put(line)]);
    assert!(!new.contains("zone_px = [\n"), "{new}");
    assert!(new.contains("line_px = [\n    [60, 300], [170, 300]]"));
    assert!(new.contains("distance_m = 40.5"));
    assert_eq!(errors(&new), Vec::<String>::new());
}

#[test]
fn names_are_quoted_whatever_is_in_them() {
    let name = "\"]}\n[safety]\u{1}'''";
    let mark = Mark {
        lanes: Some(vec![name.to_owned()]),
        ..zone(name)
    };
    let new = drawn(FOUR_LEG, &[Edit::put(mark)]);
    let entries = Sheet::open(&new).unwrap().entries();
    let found = entries.iter().find(|entry| entry.mark.id == name).unwrap();
    assert_eq!(
        found.mark.lanes.as_deref(),
        Some([name.to_owned()].as_slice())
    );
    assert_eq!(
        new.matches("[safety]").count(),
        FOUR_LEG.matches("[safety]").count() + 2
    );
    assert!(errors(&new).iter().all(|error| error.contains("detectors")));
}

#[test]
fn everything_that_cannot_be_written_is_said_at_once() {
    let mut sheet = Sheet::open(FOUR_LEG).unwrap();
    let mut wild = zone("wild");
    wild.toward_px = Some([f64::NAN, 1e300]);
    let view = Mark {
        channel: Some(3),
        corners_px: None,
        ..view("new view")
    };
    let gone = Edit::Remove {
        kind: Kind::View,
        id: "EB-9 view".to_owned(),
    };
    let edits = [
        Edit::put(wild),
        Edit::put(view),
        Edit::put(detector("bare")),
        gone,
    ];
    let said = sheet.apply(&pen(), &edits).unwrap_err();
    assert_eq!(
        said,
        [
            "detector \"wild\": NaN is no number for a site file",
            "view \"new view\": a view has no channel",
            "view \"new view\" is new and lacks lanes, corners_px, to_m",
            "detector \"bare\" is new and lacks lanes, zone_px or line_px",
            "there is no view \"EB-9 view\" to remove",
        ]
    );
    let many = vec![Edit::put(zone("EB zone")); 1000];
    assert_eq!(sheet.apply(&pen(), &many).unwrap_err().len(), 1);
}

#[test]
fn what_is_drawn_reads_back_as_it_was_drawn() {
    let new = drawn(
        FOUR_LEG,
        &[Edit::put(zone("EB zone")), Edit::put(view("EB-2 view"))],
    );
    let sheet = Sheet::open(&new).unwrap();
    let drawn = sheet.drawn();
    assert_eq!(drawn.name, "Main Street and Fourth Avenue");
    assert_eq!((drawn.lanes.len(), drawn.entries.len()), (12, 49));
    assert_eq!(drawn.free_channel, Some(34));
    let seen: Vec<_> = (drawn.entries.iter())
        .filter(|entry| entry.camera.is_some())
        .collect();
    assert_eq!(seen[0].mark.toward_px, Some([120.0, 200.0]));
    assert_eq!(seen[0].mark.channel, Some(33));
    assert_eq!(seen[1].mark.corners_px, view("x").corners_px);
    assert_eq!(seen[1].mark.to_m, Some(100.0));
    assert_eq!(sheet.cameras()[0].size_px, [640, 480]);
}

#[test]
fn the_shortest_list_of_lines_tells_what_differs() {
    assert_eq!(changes("a\nb\nc\n", "a\nb\nc\n"), Vec::<String>::new());
    assert_eq!(changes("a\nb\nc\n", "a\nx\nc\ny\n"), ["-b", "+x", "+y"]);
    assert_eq!(changes("", "a\n"), ["+a"]);
    assert_eq!(changes("a\na\nb\n", "a\nb\n"), ["-a"]);
}
