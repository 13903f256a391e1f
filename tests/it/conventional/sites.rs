//! Sites of the tests. Timing unless said otherwise: minimum green 5 s, yellow 3 s, red clearance 2 s; walk
//! 4 s, pedestrian clearance 6 s; passage 2 s, maximum green 20 s, dual entry on the throughs.

use phasewise::intersection::{Intersection, PhaseSet, Ring};

use crate::safety::sites::{nema, s, set, site, with_crosswalk};

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
