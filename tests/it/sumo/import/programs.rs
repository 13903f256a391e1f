//! Any program: random letters for the greens of our street.

use std::fs;

use phasewise::intersection::{Conflicts, PhaseSet};
use phasewise::signal::{Heads, Indication};
use phasewise::sumo::import::{self, Imported, Options, Shows};
use phasewise::sumo::letters::letters;
use phasewise::sumo::net::Net;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::{net, net_file};

fn heads(green: PhaseSet) -> Heads {
    let mut heads = Heads::default();
    for phase in green.iter() {
        heads.vehicle[phase] = Indication::Green;
    }
    heads
}

/// Letters of links that vehicles use and that change; pedestrians may stay green a little longer than in the net.
fn vehicle_letters(imported: &Imported, shown: &str) -> String {
    let links = imported.wiring.links.iter().zip(shown.chars());
    links
        .filter(|(link, _)| !link.movements.is_empty() && !matches!(link.shows, Shows::Always(_)))
        .map(|(_, letter)| letter)
        .collect()
}

/// Each green state of the program is in the order of service, is legal, and shows the same letters again.
fn assert_own_states_survive(net: &Net, imported: &Imported, same: fn(&str, &str) -> bool) {
    let signal = net.signal(&imported.signal).unwrap();
    let entries: Vec<PhaseSet> = imported.site.rings[0]
        .groups
        .iter()
        .flatten()
        .copied()
        .collect();
    let conflicts: &Conflicts = &imported.site.conflicts;
    for entry in &entries {
        assert!(
            conflicts.are_compatible(*entry),
            "{entry} in {}",
            imported.signal
        );
        assert!(
            imported
                .site
                .phase_sets
                .iter()
                .any(|set| entry.is_subset_of(*set))
        );
    }
    let shown: Vec<String> = entries
        .iter()
        .map(|entry| letters(&imported.wiring.links, &heads(*entry)))
        .map(|shown| vehicle_letters(imported, &shown))
        .collect();
    for state in &signal.states {
        let letters: String = state.shows.iter().collect();
        let is_green = state.duration_s >= 5.0 && !letters.contains('y');
        let wanted = vehicle_letters(imported, &letters);
        if is_green && wanted.contains(['G', 'g']) {
            assert!(
                shown.iter().any(|shown| same(shown, &wanted)),
                "{wanted} is none of {shown:?}"
            );
        }
    }
}

fn exactly(one: &str, other: &str) -> bool {
    one == other
}

/// Random letters may allow a turn on red with one of two phases that are green and forbid it with the other.
fn but_for_turns_on_red(one: &str, other: &str) -> bool {
    one.replace('s', "r") == other.replace('s', "r")
}

/// What a letter lets drivers do: nothing, or a turn after a stop; go and yield, or leave the box on yellow; go.
fn right_of_way(letter: char) -> u8 {
    match letter {
        'G' => 2,
        'g' | 'y' => 1,
        _ => 0,
    }
}

/// What the gate may show: each phase of a set red, green or yellow. All of it for sets of up to six phases, so many
/// random cases of larger ones.
fn legal_heads(imported: &Imported) -> Vec<Heads> {
    const CASES_MAX: u64 = 729;
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let mut all = Vec::new();
    for set in &imported.site.phase_sets {
        let cases = 3_u64.pow(u32::try_from(set.len()).unwrap());
        for case in 0..cases.min(CASES_MAX) {
            let mut number = match cases > CASES_MAX {
                true => random.random_range(0..cases),
                false => case,
            };
            let mut heads = Heads::default();
            for phase in set.iter() {
                let shown = [Indication::Red, Indication::Green, Indication::Yellow];
                heads.vehicle[phase] = shown[usize::try_from(number % 3).unwrap()];
                number /= 3;
            }
            all.push(heads);
        }
        all.push(heads(*set));
    }
    all
}

/// Letter by letter, whatever heads may legally show: no link goes as freely as the net's own program never lets it; no
/// two links whose ways meet go together unless some state of that program has both going; and of two that do, one
/// yields to the other by the net and shows so, unless some state lets both go as freely. A link whose yellow still lets vehicles into
/// the box counts as going.
fn assert_no_new_conflicts(net: &Net, imported: &Imported) {
    let signal = net.signal(&imported.signal).unwrap();
    let links = net.links_of(&imported.signal);
    let states = || signal.states.iter().map(|state| &state.shows);
    let pairs = links.iter().flat_map(|a| links.iter().map(move |b| (a, b)));
    let foes: Vec<_> = pairs
        .filter(|((i, a), (j, b))| i != j && net.are_foes(*a, *b))
        .collect();
    for heads in legal_heads(imported) {
        let shown = letters(&imported.wiring.links, &heads);
        let letter = |link: usize| shown.chars().nth(link).unwrap();
        let has = |links: &[(usize, u8)]| {
            let mut states = states();
            states.any(|state| {
                let mut links = links.iter();
                links.all(|(link, least)| right_of_way(state[*link]) >= *least)
            })
        };
        for (link, _) in links {
            let free = right_of_way(letter(*link));
            assert!(has(&[(*link, free)]), "link {link} is too free: {shown}");
            let turns_on_red = states().any(|state| state[*link] == 's');
            assert!(
                letter(*link) != 's' || turns_on_red,
                "link {link}, no turn on red in the net: {shown}"
            );
        }
        for ((i, one), (j, other)) in &foes {
            let (first, second) = (right_of_way(letter(*i)), right_of_way(letter(*j)));
            if first == 0 || second == 0 {
                continue;
            }
            assert!(
                has(&[(*i, 1), (*j, 1)]),
                "links {i} and {j} go together: {shown}"
            );
            let may = if first == 2 && second == 2 {
                has(&[(*i, 2), (*j, 2)])
            } else {
                first < 2 || net.yields(*other, *one) || has(&[(*i, 2), (*j, 1)])
            };
            assert!(may, "neither of links {i} and {j} yields: {shown}");
        }
    }
}

#[test]
fn own_states_of_our_nets_survive() {
    let mut signals = 0;
    for name in ["street.net.xml", "walk.net.xml", "roadnet.json"] {
        let net = net(name);
        for imported in import::signals(&net, &Options::default())
            .into_iter()
            .flatten()
        {
            assert_own_states_survive(&net, &imported, exactly);
            assert_no_new_conflicts(&net, &imported);
            signals += 1;
        }
    }
    assert_eq!(signals, 5);
}

/// A program of random greens, each with a yellow; a random share of the letters is shared by whole roads.
fn random_program(random: &mut Pcg64Mcg) -> String {
    let greens = random.random_range(1..7);
    let mut states: Vec<Vec<char>> = Vec::new();
    for _ in 0..greens {
        let by_road: Vec<char> = (0..4)
            .map(|_| ['r', 'r', 'G'][random.random_range(0..3)])
            .collect();
        let letter = |link: usize, random: &mut Pcg64Mcg| match random.random_range(0..10) {
            0 => 'G',
            1 => 'g',
            2 => 'r',
            3 => 's',
            _ => by_road[link / 3],
        };
        states.push((0..12).map(|link| letter(link, random)).collect());
    }
    let mut text = String::new();
    for (at, state) in states.iter().enumerate() {
        let next = &states[(at + 1) % states.len()];
        let yellow = state.iter().zip(next).map(|(now, next)| match (now, next) {
            ('G' | 'g', 'r' | 's') => 'y',
            (now, _) => *now,
        });
        let (state, yellow): (String, String) = (state.iter().collect(), yellow.collect());
        let seconds = random.random_range(5..40);
        text.push_str(&format!(
            "<phase duration=\"{seconds}\" state=\"{state}\"/>\n"
        ));
        text.push_str(&format!("<phase duration=\"3\" state=\"{yellow}\"/>\n"));
    }
    text
}

#[test]
fn any_program_is_kept_or_refused_with_a_reason() {
    let street = fs::read_to_string(net_file("street.net.xml")).unwrap();
    let begin = street.find("<phase").unwrap();
    let end = begin + street[begin..].find("</tlLogic>").unwrap();
    let (mut kept, mut refused) = (0, 0);
    for seed in 0..300 {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let program = random_program(&mut random);
        let text = format!("{}{program}{}", &street[..begin], &street[end..]);
        let net = Net::parse(&text, "random").unwrap();
        let options = Options {
            by_road: seed % 2 == 0,
            ..Options::default()
        };
        match import::signal(&net, "Oak_Main", &options) {
            Ok(imported) => {
                assert_own_states_survive(&net, &imported, but_for_turns_on_red);
                assert_no_new_conflicts(&net, &imported);
                kept += 1;
            }
            Err(not) => {
                let known = [
                    "nothing to decide",
                    "no green",
                    "a controller has 16 phases",
                    "its site file would have problems",
                ];
                assert!(
                    known.iter().any(|why| not.why.contains(why)),
                    "seed {seed}: {not}\n{program}"
                );
                refused += 1;
            }
        }
    }
    assert!(kept > 200 && refused > 5, "{kept} kept, {refused} refused");
}

/// Both signals of the street as one, with these green states: 25 links on two junctions.
fn joined(greens: &[String]) -> Net {
    let street = fs::read_to_string(net_file("street.net.xml")).unwrap();
    let mut text = String::new();
    let mut in_elm = false;
    for line in street.lines() {
        in_elm |= line.contains("<tlLogic id=\"elm_1\"");
        let mut line = line.to_owned();
        if line.contains("tl=\"elm_1\"") {
            let number = line
                .split("linkIndex=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            let number: usize = number.parse().unwrap();
            line = line.replace("tl=\"elm_1\"", "tl=\"Oak_Main\"");
            let old = format!("linkIndex=\"{number}\"");
            line = line.replace(&old, &format!("linkIndex=\"{}\"", number + 12));
        }
        let is_program = line.contains("<phase ") || in_elm;
        if !is_program {
            text.push_str(&line);
            text.push('\n');
        }
        if line.contains("<tlLogic id=\"Oak_Main\"") {
            for green in greens {
                text.push_str(&format!("<phase duration=\"20\" state=\"{green}\"/>\n"));
                let yellow = green.replace(['G', 'g'], "y");
                text.push_str(&format!("<phase duration=\"3\" state=\"{yellow}\"/>\n"));
            }
        }
        in_elm &= !line.contains("</tlLogic>");
    }
    Net::parse(&text, "joined").unwrap()
}

/// One signal over two junctions, with the road between them.
#[test]
fn a_signal_over_several_junctions() {
    let net = joined(&[
        "rrrGGgrrrGGgrsrrGGgsrrGGg".to_owned(),
        "GGgrrrGGgrrrggGgsrrGGgsrr".to_owned(),
    ]);
    let imported = import::signal(&net, "Oak_Main", &Options::default()).unwrap();
    assert_own_states_survive(&net, &imported, but_for_turns_on_red);
    assert_no_new_conflicts(&net, &imported);
    // Four roads enter each junction; nothing is its own neighbor.
    assert_eq!(imported.site.approaches.len(), 8);
    let exits = imported.site.exits.iter();
    assert_eq!(
        exits.filter(|(_, exit)| exit.downstream.is_some()).count(),
        0
    );
}

/// More signal groups than a controller has phases: its green states become the phases.
#[test]
fn many_signal_groups_become_one_phase_per_state() {
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let mut green = || -> String {
        (0..25)
            .map(|_| ['r', 'G'][random.random_range(0..2)])
            .collect()
    };
    let greens: Vec<String> = (0..6).map(|_| green()).collect();
    let net = joined(&greens);
    let imported = import::signal(&net, "Oak_Main", &Options::default()).unwrap();
    assert!(
        imported
            .notes
            .iter()
            .any(|note| note.contains("signal groups, more than the 16 phases"))
    );
    assert_eq!(imported.site.phases.len(), 6);
    assert_own_states_survive(&net, &imported, but_for_turns_on_red);
    assert_no_new_conflicts(&net, &imported);
}
