use std::path::Path;

use phasewise::intersection::{Id, Intersection, PhaseId, PhaseSet};

fn load(site: &str) -> Intersection {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("intersections")
        .join(site)
        .join("site.toml");
    Intersection::load(&path).unwrap_or_else(|error| panic!("{error}"))
}

fn set(numbers: &[u8]) -> PhaseSet {
    numbers
        .iter()
        .map(|number| PhaseId::new(*number).unwrap())
        .collect()
}

#[test]
fn four_leg_is_the_classic_dual_ring() {
    let site = load("four-leg");
    assert_eq!(
        site.phase_sets,
        [
            [1, 5],
            [2, 5],
            [1, 6],
            [2, 6],
            [3, 7],
            [4, 7],
            [3, 8],
            [4, 8]
        ]
        .map(|pair| set(&pair))
    );
    // A permissive left yields to the opposing through and right turn; a right turn on red to
    // everybody who comes into its exit.
    let yields = |id: &str| -> Vec<&str> {
        let (_, movement) = site.movements.iter().find(|(_, m)| m.id == id).unwrap();
        movement
            .yields_to
            .iter()
            .map(|other| site.movements[*other].id.as_str())
            .collect()
    };
    assert_eq!(yields("EBL"), ["WBT", "WBR"]);
    assert_eq!(yields("EBR"), ["WBL", "SBT"]);
    assert!(yields("EBT").is_empty());
    let crosswalks = |id: &str| -> Vec<&str> {
        let (_, movement) = site.movements.iter().find(|(_, m)| m.id == id).unwrap();
        movement
            .yields_to_crosswalks
            .iter()
            .map(|crosswalk| site.crosswalks[*crosswalk].id.as_str())
            .collect()
    };
    assert_eq!(crosswalks("EBL"), ["north-leg"]);
    assert_eq!(crosswalks("EBR"), ["south-leg", "west-leg"]);
    assert!(crosswalks("EBT").is_empty());
    let first_lane = site.lanes.iter().next().unwrap().1;
    assert_eq!(first_lane.pocket_of.map(Id::index), Some(1));
}
