use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use phasewise::sumo::cityflow;
use phasewise::sumo::import::{self, Options};
use phasewise::sumo::net::Net;

use super::net_file;

fn street() -> String {
    fs::read_to_string(net_file("street.net.xml")).unwrap()
}

/// Line of the first place where this stands.
fn line_of(text: &str, place: &str) -> usize {
    1 + text[..text.find(place).unwrap()].matches('\n').count()
}

/// What is said about a net with one thing changed.
fn said(old: &str, new: &str) -> String {
    let text = street().replacen(old, new, 1);
    assert_ne!(text, street(), "nothing changed");
    Net::parse(&text, "street.net.xml").unwrap_err().to_string()
}

#[test]
fn a_net_cut_short_names_the_line_and_what_may_have_happened() {
    let text = street();
    for share in [1, 3, 7, 9] {
        let cut = &text[..text.len() * share / 10];
        let error = Net::parse(cut, "street.net.xml").unwrap_err().to_string();
        let line = cut.matches('\n').count() + 1;
        assert!(
            error.contains(&format!("street.net.xml:{line}: error")),
            "{error}"
        );
        assert!(
            error.contains("broken XML") && error.contains("cut short"),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_net_at_all() {
    let folder = net_file("");
    let error = Net::read(&folder).unwrap_err().to_string();
    assert!(error.contains("a directory") && error.contains(&folder.display().to_string()));
    let error = Net::read(&net_file("nowhere.net.xml"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot be opened") && error.contains("nowhere.net.xml"),
        "{error}"
    );
    for (text, expected) in [
        ("", "broken XML"),
        ("# just a text", "broken XML"),
        ("<routes>\n</routes>", "a <routes> file"),
        ("<net version=\"1.20\">\n</net>", "a net without edges"),
        ("<net lefthand=\"true\"></net>", "left-hand traffic"),
    ] {
        let error = Net::parse(text, "file.xml").unwrap_err().to_string();
        assert!(
            error.contains("file.xml") && error.contains(expected),
            "{error}"
        );
    }
}

#[test]
fn what_is_missing_or_wrong_in_a_net_is_said_with_its_line() {
    let line = line_of(&street(), "<edge id=\"main1\"") + 1;
    for (old, new, at, expected) in [
        (
            "<lane id=\"main1_0\" index=\"0\" speed=\"13.89\"",
            "<lane id=\"main1_0\" index=\"0\"",
            Some(line),
            "speed",
        ),
        (
            "<lane id=\"main1_0\" index=\"0\" speed=\"13.89\"",
            "<lane id=\"main1_0\" index=\"0\" speed=\"fast\"",
            Some(line),
            "\"fast\"",
        ),
        (
            "<lane id=\"main1_0\" index=\"0\" speed=\"13.89\"",
            "<lane id=\"main1_0\" index=\"0\" speed=\"-1\"",
            Some(line),
            "at least 0",
        ),
        (
            "<connection from=\"main1\"",
            "<connection from=\"mian1\"",
            None,
            "\"mian1\"",
        ),
        ("incLanes=\"", "incLanes=\"ghost_0 ", None, "\"ghost_0\""),
        ("linkIndex=\"0\"", "linkIndex=\"zero\"", None, "\"zero\""),
        (
            "state=\"rrrGGgrrrGGg\"",
            "state=\"rrr\"",
            None,
            "one character for each of its 12 links",
        ),
        ("duration=\"38\"", "duration=\"\"", None, "duration"),
        ("response=\"", "response=\"2", None, "a row of 0 and 1"),
        ("to=\"Oak_Main\"", "to=\"Oak_Mian\"", None, "\"Oak_Mian\""),
    ] {
        let error = said(old, new);
        assert!(error.contains(expected), "{error}");
        let line = at.unwrap_or_else(|| line_of(&street().replacen(old, new, 1), new));
        let lines =
            [line, line.saturating_sub(1), line + 1].map(|line| format!("street.net.xml:{line}:"));
        assert!(
            at.is_none() || error.contains(&lines[0]),
            "{error}: not at {line}"
        );
        assert!(error.contains("street.net.xml:"), "{error}");
    }
}

#[test]
fn lanes_left_out_are_all_named_at_once() {
    let text = street();
    let without: String = text
        .lines()
        .filter(|line| !line.contains("<lane id=\"main"))
        .map(|line| format!("{line}\n"))
        .collect();
    let error = Net::parse(&without, "street.net.xml").unwrap_err();
    assert!(error.problems.len() > 5, "{error}");
    assert!(error.problems.len() <= 30, "{}", error.problems.len());
    assert!(
        error.to_string().contains("an edge without lanes"),
        "{error}"
    );
}

#[test]
fn packed_nets_are_unpacked_and_broken_packages_are_named() {
    let folder = std::env::temp_dir().join(format!("phasewise-import-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(street().as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let file = folder.join("street.net.xml.gz");
    fs::write(&file, &packed).unwrap();
    let net = Net::read(&file).unwrap();
    assert_eq!(net.signals.len(), 2);
    fs::write(&file, &packed[..packed.len() / 2]).unwrap();
    let error = Net::read(&file).unwrap_err().to_string();
    assert!(error.contains("gzip that does not unpack"), "{error}");
    fs::write(&file, b"<net>\n\xff\xfe</net>").unwrap();
    let error = Net::read(&file).unwrap_err().to_string();
    assert!(
        error.contains(".gz:2: error") && error.contains("not UTF-8"),
        "{error}"
    );
    fs::remove_dir_all(&folder).unwrap();
}

/// A net may be strange without being wrong: nothing here may panic.
#[test]
fn nets_with_something_left_out_never_crash_the_import() {
    let text = street();
    let lines: Vec<&str> = text.lines().collect();
    let (mut read, mut signals) = (0, 0);
    for skipped in 0..lines.len() {
        let kept: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != skipped)
            .map(|(_, line)| *line)
            .collect();
        if let Ok(net) = Net::parse(&kept.join("\n"), "street.net.xml") {
            read += 1;
            signals += import::signals(&net, &Options::default())
                .into_iter()
                .flatten()
                .count();
        }
    }
    assert!(
        read > 50 && signals > read,
        "{read} read, {signals} signals"
    );
}

fn roadnet() -> String {
    fs::read_to_string(net_file("roadnet.json")).unwrap()
}

#[test]
fn broken_cityflow_files() {
    let text = roadnet();
    let cut = &text[..text.len() / 2];
    let error = cityflow::parse(cut, "roadnet.json")
        .unwrap_err()
        .to_string();
    let line = cut.matches('\n').count() + 1;
    assert!(
        error.contains(&format!("roadnet.json:{line}: error")),
        "{error}"
    );
    let error = cityflow::parse("{}", "roadnet.json")
        .unwrap_err()
        .to_string();
    assert!(error.contains("missing field `intersections`"), "{error}");
    for (old, new, expected) in [
        (
            "\"startRoad\":\"w_to_left\"",
            "\"startRoad\":\"v_to_left\"",
            "\"v_to_left\"",
        ),
        (
            "\"startLaneIndex\":0",
            "\"startLaneIndex\":7",
            "lane 7 into lane 0",
        ),
        (
            "\"availableRoadLinks\":[",
            "\"availableRoadLinks\":[99,",
            "99",
        ),
        (
            "\"startIntersection\":\"w\"",
            "\"startIntersection\":\"west\"",
            "\"west\"",
        ),
    ] {
        let broken = text.replacen(old, new, 1);
        assert_ne!(broken, text, "nothing changed: {old}");
        let error = cityflow::parse(&broken, "roadnet.json")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(expected) && error.contains("roadnet.json: error"),
            "{error}"
        );
    }
}
