//! The fallback ladder: down at once, up only after a minute without trouble.

use phasewise::controller::Rung;
use phasewise::controller::ladder::{Condition, Ladder, PANICS_MAX, RECOVERY, STARVED_MAX, Why};
use phasewise::units::{Millis, TICK, Timestamp};
use proptest::prelude::*;

const GOOD: Condition = Condition {
    ceiling: Rung::Adaptive,
    has_budget: true,
    lanes_seen: 1.0,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1000)
}

#[test]
fn starts_on_the_best_rung() {
    assert_eq!(
        Ladder::new().choose(GOOD, at(0)),
        (Rung::Adaptive, Why::Best)
    );
    let actuated = Condition {
        ceiling: Rung::Actuated,
        ..GOOD
    };
    assert_eq!(
        Ladder::new().choose(actuated, at(0)),
        (Rung::Actuated, Why::Ceiling)
    );
}

#[test]
fn a_starved_solver_falls_to_actuated_after_its_plan_is_old_and_comes_back() {
    let mut ladder = Ladder::new();
    ladder.choose(GOOD, at(0));
    let starved = Condition {
        has_budget: false,
        ..GOOD
    };
    assert_eq!(
        ladder.choose(starved, at(0) + STARVED_MAX).0,
        Rung::Adaptive
    );
    let late = at(0) + STARVED_MAX + TICK;
    assert_eq!(
        ladder.choose(starved, late),
        (Rung::Actuated, Why::SolverStarved)
    );
    assert_eq!(ladder.choose(GOOD, late + TICK).0, Rung::Actuated);
    assert_eq!(
        ladder.choose(GOOD, late + TICK + RECOVERY),
        (Rung::Adaptive, Why::Best)
    );
}

#[test]
fn a_relapse_starts_the_minute_again() {
    let mut ladder = Ladder::new();
    ladder.choose(GOOD, at(0));
    let blind = Condition {
        lanes_seen: 0.4,
        ..GOOD
    };
    assert_eq!(
        ladder.choose(blind, at(10)),
        (Rung::Actuated, Why::TooFewDetectors)
    );
    ladder.choose(GOOD, at(20));
    ladder.choose(blind, at(70));
    ladder.choose(GOOD, at(71));
    assert_eq!(
        ladder.choose(GOOD, at(71) + RECOVERY - TICK).0,
        Rung::Actuated
    );
    assert_eq!(ladder.choose(GOOD, at(71) + RECOVERY).0, Rung::Adaptive);
}

#[test]
fn no_detector_at_all_means_fixed_time() {
    let dark = Condition {
        lanes_seen: 0.0,
        ..GOOD
    };
    assert_eq!(
        Ladder::new().choose(dark, at(0)),
        (Rung::FixedTime, Why::TooFewDetectors)
    );
}

#[test]
fn a_panic_means_fixed_time_until_rebuilt_and_for_good_after_too_many() {
    let mut ladder = Ladder::new();
    ladder.choose(GOOD, at(0));
    for n in 1..=i64::from(PANICS_MAX) {
        let panic_at = at(200 * n);
        ladder.advice_panicked(panic_at);
        assert_eq!(ladder.current(), (Rung::FixedTime, Why::AdvicePanicked));
        let mut now = panic_at;
        while now.since(panic_at) < RECOVERY + RECOVERY {
            assert_eq!(ladder.choose(GOOD, now).0, Rung::FixedTime);
            now = now + TICK;
        }
        let recovered = ladder.choose(GOOD, panic_at + RECOVERY + RECOVERY).0;
        let expected = if n < i64::from(PANICS_MAX) {
            Rung::Adaptive
        } else {
            Rung::FixedTime
        };
        assert_eq!(recovered, expected, "after panic {n}");
    }
}

#[test]
fn the_operators_ceiling_is_obeyed_at_once_both_ways() {
    let mut ladder = Ladder::new();
    ladder.choose(GOOD, at(0));
    let flash = Condition {
        ceiling: Rung::Flash,
        ..GOOD
    };
    assert_eq!(ladder.choose(flash, at(1)).0, Rung::Flash);
    assert_eq!(ladder.choose(GOOD, at(2)).0, Rung::Adaptive);
}

proptest! {
    #[test]
    fn never_above_the_ceiling_and_never_two_changes_up_within_recovery(
        steps in prop::collection::vec((0_u8..4, any::<bool>(), 0.0_f64..1.0, 1_i64..20_000), 1..200)
    ) {
        let mut ladder = Ladder::new();
        let mut now = at(0);
        let mut fell_at: Option<Timestamp> = None;
        let mut before = (Rung::Flash, Why::Best);
        let mut first = true;
        for (ceiling, has_budget, lanes_seen, wait) in steps {
            let ceiling = [Rung::Flash, Rung::FixedTime, Rung::Actuated, Rung::Adaptive]
                [usize::from(ceiling)];
            now = now + Millis(wait);
            let after = ladder.choose(Condition { ceiling, has_budget, lanes_seen }, now);
            prop_assert!(after.0 <= ceiling);
            if after.0 > before.0 && before.1 != Why::Ceiling && !first {
                let since = now.since(fell_at.expect("only a fall can be followed by a rise"));
                prop_assert!(since >= RECOVERY, "rose {since} after it fell");
            }
            if after.0 < before.0 || first {
                fell_at = Some(now);
            }
            first = false;
            before = after;
        }
    }
}
