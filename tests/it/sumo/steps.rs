//! A simulator's signals change only between two of its steps. No interval that protects anybody is shown shorter than
//! the net has it, wherever in a step it begins.

use std::fs;

use phasewise::intersection::PhaseSet;
use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls};
use phasewise::sumo::import::{self, Imported, Options};
use phasewise::sumo::letters::letters;
use phasewise::sumo::net::Net;
use phasewise::units::{Millis, TICK, Timestamp};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::import::net_file;

/// Our street with yellows of 3.6 s, and 0.7 s of red for everybody after each.
fn street() -> Net {
    let text = fs::read_to_string(net_file("street.net.xml")).unwrap();
    let mut lines = Vec::new();
    for line in text.lines() {
        let yellow = line.contains("duration=\"3\"");
        lines.push(line.replace("duration=\"3\"", "duration=\"3.6\""));
        if yellow {
            let links = line.split("state=\"").nth(1).unwrap();
            let links = links
                .split('"')
                .next()
                .unwrap()
                .replace(['G', 'g', 'y'], "r");
            lines.push(format!("<phase duration=\"0.7\" state=\"{links}\"/>"));
        }
    }
    Net::parse(&lines.join("\n"), "street").unwrap()
}

fn options(step: Millis) -> Options {
    Options {
        step,
        min_green_s: 5.2,
        ..Options::default()
    }
}

/// What links show, step by step, while somebody changes his mind again and again: as the driver does it, a step shows
/// what the last tick before it decided.
fn shown(imported: &Imported, step: Millis, seed: u64) -> Vec<Vec<char>> {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut gate = Gate::new(&imported.site, Timestamp(0));
    let mut wish = PhaseSet::EMPTY;
    let mut steps = Vec::new();
    for tick in 1..=20_000_i64 {
        let now = Timestamp(TICK.0 * tick);
        if random.random_range(0..40) == 0 {
            let sets = &imported.site.phase_sets;
            wish = sets[random.random_range(0..sets.len())];
        }
        gate.admit(&Advice::green(wish), &Calls::default(), now);
        if now.0 % step.0 == 0 {
            let letters = letters(&imported.wiring.links, &gate.heads());
            steps.push(letters.chars().collect());
        }
    }
    steps
}

/// How long one link was green, and how long yellow before red, in steps; the first and the last interval are cut off.
/// A yellow that goes back to green because another phase of the link begins ends nothing.
fn intervals(steps: &[Vec<char>], link: usize) -> Vec<(char, usize)> {
    let mut intervals: Vec<(char, usize)> = Vec::new();
    for letters in steps {
        let letter = match letters[link] {
            // A green that goes on and yields from now on is still green; closed is closed.
            'g' => 'G',
            's' => 'r',
            other => other,
        };
        match intervals.last_mut() {
            Some(last) if last.0 == letter => last.1 += 1,
            Some(_) | None => intervals.push((letter, 1)),
        }
    }
    let whole = intervals.windows(3).map(|three| (three[1], three[2].0));
    whole
        .filter(|((letter, _), next)| *letter == 'G' || (*letter == 'y' && *next == 'r'))
        .map(|(interval, _)| interval)
        .collect()
}

fn time(steps: usize, step: Millis) -> Millis {
    Millis(i64::try_from(steps).unwrap() * step.0)
}

/// Whether the net's own program lets both go and neither yield; then nothing has to be clear before either.
fn go_together(net: &Net, id: &str, one: usize, other: usize) -> bool {
    let states = &net.signal(id).unwrap().states;
    let both = |shows: &[char]| shows[one] == 'G' && shows[other] == 'G';
    states.iter().any(|state| both(&state.shows))
}

/// Shortest minimum green, yellow, and time from the end of one green to the start of a conflicting one that drivers saw.
fn shortest(net: &Net, id: &str, step: Millis) -> [Millis; 3] {
    let imported = import::signal(net, id, &options(step)).unwrap();
    let (mut green, mut yellow, mut between) =
        (Millis(i64::MAX), Millis(i64::MAX), Millis(i64::MAX));
    let mut changes = 0;
    for seed in 0..5 {
        let steps = shown(&imported, step, seed);
        let links = net.links_of(id);
        for (link, _) in links {
            for (letter, length) in intervals(&steps, *link) {
                let least = if letter == 'G' {
                    &mut green
                } else {
                    &mut yellow
                };
                *least = time(length, step).min(*least);
                changes += 1;
            }
        }
        let pairs = links.iter().flat_map(|a| links.iter().map(move |b| (a, b)));
        for ((ending, way), (beginning, other)) in pairs {
            if !net.are_foes(*way, *other) || go_together(net, id, *ending, *beginning) {
                continue;
            }
            // Since the one that neither yields nor shares its green with the other was last green.
            let mut since = None;
            for letters in &steps {
                match (letters[*ending], letters[*beginning]) {
                    ('G', 'r' | 's' | 'y') => since = Some(0),
                    ('g' | 'G', _) => since = None,
                    (_, 'G') => {
                        if let Some(closed) = since.take() {
                            between = time(closed, step).min(between);
                        }
                    }
                    (_, _) => since = since.map(|closed| closed + 1),
                }
            }
        }
    }
    assert!(changes > 1000, "{changes}");
    [green, yellow, between]
}

#[test]
fn no_interval_is_shown_shorter_than_the_net_has_it() {
    let net = street();
    for signal in ["Oak_Main", "elm_1"] {
        for (step, expected) in [
            (TICK, [5200, 3600, 4300]),
            (Millis(500), [5500, 4000, 5000]),
            (Millis(1000), [6000, 4000, 5000]),
            (Millis(1500), [6000, 4500, 6000]),
        ] {
            let found = shortest(&net, signal, step);
            assert_eq!(found, expected.map(Millis), "{signal}, steps of {step}");
        }
    }
}

/// Whoever reads the site file learns why its times are not the net's.
#[test]
fn a_note_says_that_times_are_whole_steps() {
    let second = import::signal(&street(), "Oak_Main", &options(Millis(1000))).unwrap();
    let about = |note: &&String| note.contains("change every 1 s only");
    assert_eq!(
        second.notes.iter().filter(about).count(),
        1,
        "{:?}",
        second.notes
    );
    let tick = import::signal(&street(), "Oak_Main", &options(TICK)).unwrap();
    assert!(
        !tick.notes.iter().any(|note| note.contains("only")),
        "{:?}",
        tick.notes
    );
}

/// Two seconds of red before the same phase is green again are no whole number of steps of 1.5 s.
#[test]
fn red_between_two_greens_of_a_phase_is_whole_steps_too() {
    for (step, red) in [(500, 2000), (1000, 2000), (1500, 3000)] {
        let imported = import::signal(&street(), "Oak_Main", &options(Millis(step))).unwrap();
        for phase in imported.site.phases.iter() {
            let safety = &imported.site.phase[phase].safety;
            assert_eq!(safety.red_revert, Millis(red), "steps of {step} ms");
        }
    }
}
