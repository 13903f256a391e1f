use phasewise::controller::{Controller, Inputs, Rung};
use phasewise::sumo::import::Shows;
use phasewise::sumo::letters::letters;
use phasewise::sumo::net::Signal;
use phasewise::units::{ClockTime, TICK, Timestamp};

use super::{imported, net};

/// What the net's own program shows so long after its start, if that is a green state it has been in for a second.
fn program_at(signal: &Signal, seconds: f64) -> Option<String> {
    let cycle: f64 = signal.states.iter().map(|state| state.duration_s).sum();
    let mut left = (seconds - signal.offset_s).rem_euclid(cycle);
    for state in &signal.states {
        if left < state.duration_s {
            let letters: String = state.shows.iter().collect();
            let settled = left >= 1.0 && state.duration_s - left > 0.5;
            return (settled && !letters.contains('y')).then_some(letters);
        }
        left -= state.duration_s;
    }
    None
}

fn assert_same_as_program(file: &str, id: &str) {
    let net = net(file);
    let signal = net.signal(id).unwrap();
    let imported = imported(file, id);
    let mut controller = Controller::new(&imported.site);
    let mut compared = 0;
    for tick in 0..=6000_i64 {
        let time = TICK.0 * tick;
        let inputs = Inputs {
            clock: ClockTime(time),
            ceiling: Rung::FixedTime,
            ..Inputs::default()
        };
        let heads = controller.step(&inputs, Timestamp(time)).heads;
        // After three cycles it is in step.
        let seconds = Timestamp(time).secs();
        let Some(program) = program_at(signal, seconds).filter(|_| seconds > 300.0) else {
            continue;
        };
        let shown = letters(&imported.wiring.links, &heads);
        let links = imported
            .wiring
            .links
            .iter()
            .zip(shown.chars().zip(program.chars()));
        for (at, (link, (ours, theirs))) in links.enumerate() {
            // A link that is never red shows the same letter all the time.
            let is_vehicles = !link.movements.is_empty() && !matches!(link.shows, Shows::Always(_));
            assert!(
                !is_vehicles || ours == theirs,
                "{id}, {seconds} s, link {at}: {shown} for {program}"
            );
        }
        compared += 1;
    }
    assert!(compared > 2000, "{compared}");
}

#[test]
fn fixed_time_shows_what_the_program_of_the_net_shows() {
    assert_same_as_program("street.net.xml", "Oak_Main");
    assert_same_as_program("street.net.xml", "elm_1");
}

#[test]
fn fixed_time_of_a_cityflow_intersection_goes_through_its_light_phases() {
    assert_same_as_program("roadnet.json", "left");
}
