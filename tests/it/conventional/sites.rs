//! Sites of the tests. Timing unless said otherwise: minimum green 5 s, yellow 3 s, red clearance 2 s; walk
//! 4 s, pedestrian clearance 6 s; passage 2 s, maximum green 20 s, dual entry on the throughs.

use phasewise::intersection::{
    Coordination, Intersection, Pattern, PerPhase, PhaseSet, Ring, ScheduleEntry,
};
use phasewise::units::Millis;

use crate::safety::sites::{nema, phase, plain, s, set, site, with_crosswalk};

/// Dual ring, leading lefts.
pub(crate) fn ring_site() -> Intersection {
    let mut site = nema();
    site.rings = rings(&[&[&[1, 2], &[3, 4]], &[&[5, 6], &[7, 8]]]);
    time(&mut site);
    site
}

fn time(site: &mut Intersection) {
    for phase in site.phases.iter() {
        let actuated = &mut site.phase[phase].actuated;
        actuated.passage = s(2);
        actuated.max_green = s(20);
        actuated.dual_entry = phase.number() % 2 == 0;
    }
}

/// Rings of single phases: `rings[ring][group][position]`.
pub(crate) fn rings(rings: &[&[&[u8]]]) -> Vec<Ring> {
    let single =
        |numbers: &&[u8]| -> Vec<PhaseSet> { numbers.iter().map(|&n| set(&[n])).collect() };
    rings
        .iter()
        .map(|groups| Ring {
            groups: groups.iter().map(single).collect(),
        })
        .collect()
}

/// Phases 2 and 4, which exclude each other, both with a crosswalk.
pub(crate) fn two_phases() -> Intersection {
    let mut site = site(&[(2, with_crosswalk()), (4, with_crosswalk())], &[]);
    site.rings = rings(&[&[&[2], &[4]]]);
    time(&mut site);
    site
}

/// The dual ring with a pattern of 80 s in force all day; see `coordinated.rs`.
pub(crate) fn coordinated_site() -> Intersection {
    let mut site = ring_site();
    let mut splits: PerPhase<Millis> = PerPhase::default();
    for (number, split) in [
        (1, 15),
        (2, 30),
        (3, 15),
        (4, 20),
        (5, 15),
        (6, 30),
        (7, 15),
        (8, 20),
    ] {
        splits[phase(number)] = s(split);
    }
    site.patterns = vec![Pattern {
        id: "day".to_owned(),
        number: 1,
        coordination: Some(Coordination {
            cycle: s(80),
            splits,
            offset: s(20),
            coordinated: set(&[2, 6]),
        }),
        rings: None,
        max_green: PerPhase::default(),
    }];
    site.schedule = schedule_all_day();
    site
}

/// The first pattern, always.
pub(crate) fn schedule_all_day() -> Vec<ScheduleEntry> {
    vec![ScheduleEntry {
        days: [true; 7],
        from: s(0),
        until: s(86_400),
        pattern: 0,
    }]
}

/// Given by a conflict table: 1 and 3 may each go with 2; 4 goes alone. One ring of the sets 1+2, 2+3, 4.
pub(crate) fn table_site() -> Intersection {
    let timing = [1, 2, 3, 4].map(|number| (number, plain()));
    let mut site = site(&timing, &[(1, 2), (2, 3)]);
    site.rings = vec![Ring {
        groups: vec![vec![set(&[1, 2]), set(&[2, 3]), set(&[4])]],
    }];
    time(&mut site);
    site
}
