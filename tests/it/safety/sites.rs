//! Small sites made in code, so that a test can say every timing it depends on.

use phasewise::intersection::{
    Conflicts, Intersection, PedestrianTiming, PerPhase, Phase, PhaseId, PhaseSet, SafetyTiming,
    ServiceTimes, SolverTuning, Table,
};
use phasewise::units::Millis;

pub(crate) fn phase(number: u8) -> PhaseId {
    PhaseId::new(number).unwrap()
}

pub(crate) fn set(numbers: &[u8]) -> PhaseSet {
    numbers.iter().map(|&number| phase(number)).collect()
}

pub(crate) fn s(seconds: i64) -> Millis {
    Millis(seconds * 1000)
}

/// Minimum green 5 s, yellow 3 s, red clearance 2 s, red revert 2 s, no pedestrians, wait without limit.
pub(crate) fn plain() -> SafetyTiming {
    SafetyTiming {
        min_green: s(5),
        yellow_change: s(3),
        red_clearance: s(2),
        red_revert: s(2),
        max_wait: s(100_000),
        pedestrian: None,
        pedestrian_only: false,
    }
}

/// The same with walk 4 s, pedestrian clearance 6 s, buffer 3 s.
pub(crate) fn with_crosswalk() -> SafetyTiming {
    SafetyTiming {
        pedestrian: Some(PedestrianTiming {
            walk: s(4),
            clearance: s(6),
            buffer: s(3),
            leading: s(0),
            max_wait: s(100_000),
        }),
        ..plain()
    }
}

/// A site with these phases, of which those pairs may be green together. The time between conflicting
/// phases is yellow and red clearance.
pub(crate) fn site(timing: &[(u8, SafetyTiming)], compatible: &[(u8, u8)]) -> Intersection {
    let phases: PhaseSet = timing.iter().map(|(number, _)| phase(*number)).collect();
    let mut by_phase = PerPhase::<Phase>::default();
    for (number, safety) in timing {
        by_phase[phase(*number)].safety = *safety;
    }
    let mut conflicts = Conflicts {
        compatible: PerPhase::from_fn(PhaseSet::only),
        between: PerPhase::default(),
    };
    for &(a, b) in compatible {
        conflicts.compatible[phase(a)].insert(phase(b));
        conflicts.compatible[phase(b)].insert(phase(a));
    }
    for a in phases.iter() {
        for b in phases.difference(conflicts.compatible[a]).iter() {
            let safety = &by_phase[a].safety;
            conflicts.between[a][b] = safety.yellow_change + safety.red_clearance;
        }
    }
    Intersection {
        id: "test".to_owned(),
        name: "Test".to_owned(),
        simulated: false,
        hash: 0,
        approaches: Table::new(Vec::new()),
        lanes: Table::new(Vec::new()),
        exits: Table::new(Vec::new()),
        movements: Table::new(Vec::new()),
        crosswalks: Table::new(Vec::new()),
        detectors: Table::new(Vec::new()),
        views: Table::new(Vec::new()),
        cameras: Table::new(Vec::new()),
        phases,
        phase: by_phase,
        conflicts,
        phase_sets: Vec::new(),
        rings: Vec::new(),
        patterns: Vec::new(),
        schedule: Vec::new(),
        tuning: SolverTuning {
            horizon: s(60),
            stop_penalty_s: 0.0,
            persons_per_vehicle: 1.0,
            pedestrian_weight: 1.0,
            saturation_headway_s: 2.0,
            start_up_lost_time_s: 2.0,
        },
    }
}

/// Pairs of a NEMA dual ring: every phase of ring 1 with every phase of ring 2 on its side of the
/// barrier.
pub(crate) const NEMA: &[(u8, u8)] = &[
    (1, 5),
    (1, 6),
    (2, 5),
    (2, 6),
    (3, 7),
    (3, 8),
    (4, 7),
    (4, 8),
];

/// Lefts without, throughs with crosswalk.
pub(crate) fn nema() -> Intersection {
    let timing: Vec<_> = (1..=8)
        .map(|number| {
            let through = number % 2 == 0;
            (number, if through { with_crosswalk() } else { plain() })
        })
        .collect();
    site(&timing, NEMA)
}

pub(crate) fn service_times(site: &Intersection) -> ServiceTimes {
    ServiceTimes::new(site.phases, &site.phase, &site.conflicts)
}

/// Sets every maximum wait to the bound that the gate promises.
pub(crate) fn with_tightest_waits(mut site: Intersection) -> Intersection {
    let times = service_times(&site);
    for phase in site.phases.iter() {
        let safety = &mut site.phase[phase].safety;
        safety.max_wait = times.vehicle_wait_bound(phase);
        if let Some(pedestrian) = &mut safety.pedestrian {
            pedestrian.max_wait = times.pedestrian_wait_bound(phase);
        }
    }
    site
}
