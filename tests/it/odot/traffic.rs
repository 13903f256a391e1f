//! What the recording says about lamps and traffic.

use super::*;
use phasewise::recording::Arrivals;
use phasewise::recording::RecordedHeads;
use phasewise::recording::SourceKind;
use phasewise::recording::Turning;
use phasewise::signal::Indication;
use phasewise::signal::PedestrianIndication;
use phasewise::units::ClockTime;
use phasewise::units::Millis;

fn phase(number: u8) -> PhaseId {
    PhaseId::new(number).unwrap()
}

/// `2 GGGyyyrrr` with one letter a second, from `from` seconds after the recording began.
fn strip(heads: &RecordedHeads, start: ClockTime, number: u8, from: i64, seconds: i64) -> String {
    (from..from + seconds)
        .map(
            |second| match heads.at(start + Millis(second * 1000)).vehicle[phase(number)] {
                Indication::Green => 'G',
                Indication::Yellow => 'y',
                Indication::Red => '.',
                Indication::Dark | Indication::FlashingRed | Indication::FlashingYellow => '?',
            },
        )
        .collect()
}

#[test]
fn recorded_heads_show_the_afternoons_first_minutes() {
    let recording = recording();
    let start = recording.events[0].at;
    let heads = RecordedHeads::new(&recording, &site());
    // 2 and 6 yield to 8 at 70.1 s; 8 gaps out; 6 comes back first, then 2 (as logged).
    assert_eq!(
        strip(&heads, start, 2, 66, 26),
        "GGGGGyyyy..............GGG"
    );
    assert_eq!(
        strip(&heads, start, 6, 66, 26),
        "GGGGGyyyy.............GGGG"
    );
    assert_eq!(
        strip(&heads, start, 8, 66, 26),
        "..........GGGGGGyyyy......"
    );
    assert_eq!(
        strip(&heads, start, 5, 66, 26),
        ".........................."
    );
    // A pedestrian: walk at 3029.3 s for 8 s, then 26 s of clearance.
    let shown = |second: f64| heads.at(start + Millis::from_secs(second)).pedestrian[phase(6)];
    assert_eq!(shown(3029.2), PedestrianIndication::DontWalk);
    assert_eq!(shown(3029.4), PedestrianIndication::Walk);
    assert_eq!(shown(3037.4), PedestrianIndication::FlashingDontWalk);
    assert_eq!(shown(3063.4), PedestrianIndication::DontWalk);
}

#[test]
fn recorded_heads_never_conflict() {
    let (site, recording) = (site(), recording());
    for (at, heads) in RecordedHeads::new(&recording, &site).changes() {
        let moving = |number: u8| {
            matches!(
                heads.vehicle[phase(number)],
                Indication::Green | Indication::Yellow
            )
        };
        for a in site.phases.iter() {
            for b in site
                .phases
                .iter()
                .filter(|&b| b > a && site.conflicts.conflict(a, b))
            {
                assert!(
                    !(moving(a.number()) && moving(b.number())),
                    "{a} and {b} at {at}"
                );
            }
        }
    }
}

#[test]
fn vehicles_come_from_the_best_detector_of_each_lane() {
    let (site, recording) = (site(), recording());
    let arrivals = Arrivals::new(&recording, &site);
    let sources: Vec<_> = arrivals
        .sources
        .iter()
        .map(|(_, source)| {
            (
                source.lane.as_str(),
                source.kind,
                source.channel,
                source.vehicles,
            )
        })
        .collect();
    assert_eq!(
        sources,
        [
            ("NB-A", SourceKind::Advance, 17, 682),
            ("NB-B", SourceKind::Advance, 16, 940),
            ("SB-L", SourceKind::Advance, 15, 372),
            ("SB-T", SourceKind::Advance, 2, 702),
            ("EB-L", SourceKind::Advance, 8, 157),
            ("EB-R1", SourceKind::SharedStopBar, 26, 141),
            ("EB-R2", SourceKind::StopBar, 25, 340),
        ]
    );
    assert_eq!(
        arrivals.vehicles.len(),
        682 + 940 + 372 + 702 + 157 + 141 + 340
    );
    assert!(arrivals.vehicles.is_sorted_by_key(|vehicle| vehicle.at));
}

#[test]
fn a_detector_that_reports_on_green_only_is_no_source_of_vehicles() {
    // Channel 22 is such a detector; make it the advance detector of EB-R2.
    let text = std::fs::read_to_string(folder().join("site.toml")).unwrap().replace(
        "\n]\n\nbuttons",
        "\n  { id = \"EB-R2 advance\", channel = 22, function = \"advance\", lanes = [\"EB-R2\"], distance_m = 35 },\n]\n\nbuttons",
    );
    let site = Intersection::parse(&text, "with 22").unwrap_or_else(|error| panic!("{error}"));
    let arrivals = Arrivals::new(&recording(), &site);
    let source = arrivals
        .sources
        .iter()
        .find(|(_, source)| source.lane == "EB-R2")
        .unwrap()
        .1;
    assert_eq!((source.kind, source.channel), (SourceKind::StopBar, 25));
    assert!(
        source
            .to_string()
            .contains("no advance detector; 340 vehicles from stop-bar detector 25")
    );
}

#[test]
fn three_pedestrians_pressed_the_button() {
    let arrivals = Arrivals::new(&recording(), &site());
    let times: Vec<String> = arrivals
        .pedestrians
        .iter()
        .map(|pedestrian| pedestrian.at.to_string())
        .collect();
    assert_eq!(
        times,
        [
            "2024-04-15 12:49:41.0",
            "2024-04-15 13:07:06.2",
            "2024-04-15 13:13:32.3"
        ],
        "a second press 1.5 s after the first is the same pedestrian"
    );
}

#[test]
fn turning_shares_are_read_and_sum_to_one() {
    let site = site();
    let turning = Turning::read(&folder().join("recording/turning.csv"), &site).unwrap();
    for (lane, facts) in site.lanes.iter() {
        let shares = turning.of(lane);
        assert!((shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(shares.len(), facts.movements.len(), "{}", facts.id);
    }
    let (lane, _) = site
        .lanes
        .iter()
        .find(|(_, lane)| lane.id == "NB-B")
        .unwrap();
    let right = turning
        .of(lane)
        .iter()
        .find(|(id, _)| site.movements[*id].id == "NBR")
        .unwrap()
        .1;
    assert!((right - 0.79).abs() < 1e-9);
}

#[test]
fn every_mistake_in_turning_shares_is_reported() {
    let site = site();
    let write = |text: &str| {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("turning.csv");
        std::fs::write(&path, text).unwrap();
        Turning::read(&path, &site)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let message = write("Lane,Movement,Share\nXX,NBT,0.5\nNB-A,NBR,1\nNB-B,NBT,1.5\nNB-B,NBR\n");
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), 4, "{message}");
    assert!(lines[0].ends_with("row 2, column Lane: found \"XX\"; allowed: a lane of the site"));
    assert!(lines[1].contains("row 3, column Movement: found \"NBR\""));
    assert!(lines[2].contains("row 4, column Share: found \"1.5\""));
    assert!(lines[3].contains("row 5, column Share: found \"\""));
    assert!(
        write("Lane,Movement,Share\nNB-B,NBT,0.5\n").contains("found 0.500 in all for lane NB-B")
    );
}
