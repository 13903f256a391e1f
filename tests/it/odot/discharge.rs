//! Time between the vehicles of a queue, from a log whose answer is known.

use phasewise::hires::Event;
use phasewise::hires::code;
use phasewise::simulation::discharge::Discharge;
use phasewise::units::ClockTime;

/// Phase 6 with count detector 19: green, vehicles at these tenths of a second after it, yellow after 30 s.
fn green(begin_s: i64, vehicles: &[i64]) -> Vec<Event> {
    let at = |tenths: i64, code: u16, parameter: u16| Event {
        at: ClockTime(begin_s * 1000 + tenths * 100),
        code,
        parameter,
    };
    let mut events = vec![at(0, code::PHASE_BEGIN_GREEN, 6)];
    events.extend(vehicles.iter().map(|&v| at(v, code::DETECTOR_ON, 19)));
    events.push(at(300, code::PHASE_BEGIN_YELLOW_CHANGE, 6));
    events.sort_by_key(|event| event.at);
    events
}

fn found(greens: &[Vec<Event>]) -> (u32, Vec<String>) {
    let of = Discharge::of(&greens.concat(), 6, 19);
    let told = of.headways_s.iter().map(|s| format!("{s:.2}"));
    (of.queues, told.collect())
}

#[test]
fn headways_of_two_queues_are_averaged_place_by_place() {
    let greens = [
        green(100, &[20, 46, 70, 91, 112, 132, 160]),
        green(200, &[24, 48, 70, 92, 111, 131]),
    ];
    let expected = ["2.50", "2.30", "2.15", "2.00", "2.00"].map(str::to_owned);
    assert_eq!(found(&greens), (2, expected.to_vec()));
}

#[test]
fn what_did_not_stand_in_a_queue_is_left_out() {
    let cases: [(&str, &[i64]); 4] = [
        ("five vehicles", &[20, 40, 60, 80, 100]),
        ("the first comes late", &[51, 71, 91, 111, 131, 151]),
        ("a gap", &[20, 40, 60, 101, 121, 141, 161, 181, 201]),
        ("the sixth on yellow", &[20, 60, 100, 140, 280, 301]),
    ];
    for (what, vehicles) in cases {
        assert_eq!(found(&[green(100, vehicles)]).0, 0, "{what}");
    }
    let at_the_limits = green(100, &[50, 90, 130, 170, 210, 250]);
    assert_eq!(found(&[at_the_limits]).0, 1);
}

#[test]
fn other_phases_and_detectors_do_not_count() {
    let log = green(100, &[20, 40, 60, 80, 100, 120]);
    assert_eq!(Discharge::of(&log, 2, 19).queues, 0);
    assert_eq!(Discharge::of(&log, 6, 20).queues, 0);
    assert_eq!(Discharge::of(&log, 6, 19).queues, 1);
}
