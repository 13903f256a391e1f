//! What SUMO's links show, for every state of the heads.

use phasewise::intersection::{PhaseId, PhaseSet};
use phasewise::signal::{Heads, Indication};
use phasewise::sumo::import::{LinkWiring, Shows};
use phasewise::sumo::letters::letters;

fn phases(numbers: &[u8]) -> PhaseSet {
    numbers
        .iter()
        .map(|number| PhaseId::new(*number).unwrap())
        .collect()
}

fn link(shows: Shows) -> LinkWiring {
    LinkWiring {
        not_with: PhaseSet::EMPTY,
        red_with: PhaseSet::EMPTY,
        shows,
        movements: Vec::new(),
        ways: Vec::new(),
    }
}

fn by_phases(protected: &[u8], permissive: &[u8], closed: char) -> LinkWiring {
    link(Shows::ByPhases {
        protected: phases(protected),
        permissive: phases(permissive),
        closed,
    })
}

/// Heads of phases 1, 2, 3 …, one letter each: R, Y, G, or F for flashing red.
fn heads(shown: &str) -> Heads {
    let mut heads = Heads::default();
    for (phase, letter) in PhaseId::all().zip(shown.chars()) {
        heads.vehicle[phase] = match letter {
            'R' => Indication::Red,
            'Y' => Indication::Yellow,
            'G' => Indication::Green,
            'F' => Indication::FlashingRed,
            other => panic!("{other}"),
        };
    }
    heads
}

/// Through is phase 1, the left beside it is permissive with 1 and protected with 2, a right turn may go
/// on red, phase 3 is the side street, a crossing has its own always-green link.
#[test]
fn links_follow_the_heads_of_their_phases() {
    let links = [
        by_phases(&[1], &[], 'r'),
        by_phases(&[2], &[1], 'r'),
        by_phases(&[1], &[], 's'),
        by_phases(&[3], &[], 'r'),
        link(Shows::Always('O')),
    ];
    for (shown, expected) in [
        ("RRR", "rrsrO"),
        ("GRR", "GgGrO"),
        ("YRR", "yyyrO"),
        ("GGR", "GGGrO"),
        ("RGR", "rGsrO"),
        ("RYR", "rysrO"),
        // Through ends, the protected left begins or goes on: the left keeps green all the while.
        ("YGR", "yGyrO"),
        // The protected left ends while through stays: permissive at once.
        ("GYR", "GgGrO"),
        ("RRG", "rrsGO"),
        ("FFF", "ssssO"),
    ] {
        assert_eq!(letters(&links, &heads(shown)), expected, "heads {shown}");
    }
}

#[test]
fn a_link_of_two_phases_is_green_with_either() {
    let links = [by_phases(&[1, 2], &[], 'r')];
    for (shown, expected) in [
        ("GR", "G"),
        ("RG", "G"),
        ("YG", "G"),
        ("YR", "y"),
        ("RR", "r"),
    ] {
        assert_eq!(letters(&links, &heads(shown)), expected, "heads {shown}");
    }
}
