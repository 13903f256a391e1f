//! Time and phase sets: calendars at their edges, and the laws of sets.

use phasewise::intersection::{PHASES_MAX, PerPhase, PhaseId, PhaseSet};
use phasewise::units::{ClockTime, Millis, TICK, civil_from_days, days_from_civil};
use proptest::prelude::*;

fn day(year: i64, month: i64, day: i64) -> ClockTime {
    ClockTime(days_from_civil(year, month, day) * 86_400_000)
}

#[test]
fn known_days_have_their_weekdays() {
    // Monday = 0.
    assert_eq!(day(1970, 1, 1).weekday(), 3);
    assert_eq!(
        day(2024, 4, 15).weekday(),
        0,
        "the recorded afternoon was a Monday"
    );
    assert_eq!(day(2000, 2, 29).weekday(), 1);
    assert_eq!(day(1969, 12, 31).weekday(), 2);
    assert_eq!(day(1900, 3, 1).weekday(), 3);
}

#[test]
fn leap_years_follow_the_gregorian_rule() {
    for (year, leap) in [
        (1900, false),
        (2000, true),
        (2023, false),
        (2024, true),
        (2100, false),
    ] {
        let february = days_from_civil(year, 3, 1) - days_from_civil(year, 2, 1);
        assert_eq!(february, if leap { 29 } else { 28 }, "{year}");
    }
}

#[test]
fn midnight_belongs_to_the_day_it_begins() {
    let midnight = day(2024, 4, 15);
    assert_eq!(midnight.time_of_day(), Millis::ZERO);
    assert_eq!(midnight.to_string(), "2024-04-15 00:00:00.0");
    let before = ClockTime(midnight.0 - 1);
    assert_eq!(before.time_of_day(), Millis(86_399_999));
    assert_eq!(before.weekday(), 6);
    assert_eq!(before.to_string(), "2024-04-14 23:59:59.9");
}

#[test]
fn seconds_round_to_the_nearest_millisecond_and_never_overflow() {
    assert_eq!(Millis::from_secs(4.3), Millis(4300));
    assert_eq!(Millis::from_secs(0.000_5), Millis(1));
    assert_eq!(Millis::from_secs(-0.1), Millis(-100));
    assert_eq!(Millis::from_secs(f64::NAN), Millis::ZERO);
    assert_eq!(
        Millis::from_secs(f64::INFINITY),
        Millis(1_000_000_000_000_000)
    );
    assert_eq!(Millis::from_secs(-1e300), Millis(-1_000_000_000_000_000));
}

#[test]
fn rounding_up_to_ticks_leaves_whole_ticks_alone() {
    for (millis, up) in [
        (0, 0),
        (1, 100),
        (99, 100),
        (100, 100),
        (101, 200),
        (-1, 0),
        (-100, -100),
        (-101, -100),
    ] {
        assert_eq!(Millis(millis).round_up_to_tick(), Millis(up), "{millis}");
    }
}

#[test]
fn phases_are_numbered_from_1_to_16() {
    assert!(PhaseId::new(0).is_none());
    assert!(PhaseId::new(17).is_none());
    assert_eq!(PhaseId::all().count(), PHASES_MAX);
    assert_eq!(PhaseId::new(16).map(PhaseId::number), Some(16));
    assert!(serde_json::from_str::<PhaseId>("17").is_err());
    assert_eq!(serde_json::from_str::<PhaseId>("16").unwrap().number(), 16);
}

fn phase_sets() -> impl Strategy<Value = PhaseSet> {
    any::<u16>().prop_map(|bits| {
        PhaseId::all()
            .filter(|phase| bits >> (phase.number() - 1) & 1 == 1)
            .collect()
    })
}

proptest! {
    #[test]
    fn days_and_dates_go_round(days in -1_000_000_i64..1_000_000) {
        let (year, month, day) = civil_from_days(days);
        prop_assert!((1..=12).contains(&month) && (1..=31).contains(&day));
        prop_assert_eq!(days_from_civil(year, month, day), days);
        let next = civil_from_days(days + 1);
        prop_assert!(next > (year, month, day), "dates ascend with days");
        let weekday = ClockTime(days * 86_400_000).weekday();
        prop_assert_eq!(ClockTime((days + 1) * 86_400_000).weekday(), (weekday + 1) % 7);
    }

    #[test]
    fn rounding_up_loses_less_than_a_tick(millis in -1_000_000_i64..1_000_000) {
        let up = Millis(millis).round_up_to_tick();
        prop_assert_eq!(up.0 % TICK.0, 0);
        prop_assert!(up.0 >= millis && up.0 - millis < TICK.0);
    }

    #[test]
    fn phase_sets_keep_the_laws_of_sets(a in phase_sets(), b in phase_sets(), c in phase_sets()) {
        prop_assert_eq!(a.union(b), b.union(a));
        prop_assert_eq!(a.intersection(b.union(c)), a.intersection(b).union(a.intersection(c)));
        prop_assert_eq!(a.difference(b).union(a.intersection(b)), a);
        prop_assert_eq!(a.intersects(b), !a.intersection(b).is_empty());
        prop_assert_eq!(a.is_subset_of(b), a.difference(b).is_empty());
        prop_assert_eq!(a.len() + b.len(), a.union(b).len() + a.intersection(b).len());
        prop_assert_eq!(a.iter().collect::<PhaseSet>(), a);
        prop_assert!(a.iter().is_sorted());
        prop_assert_eq!(a.first(), a.iter().min());
        for phase in PhaseId::all() {
            prop_assert!(a.with(phase).contains(phase) && !a.without(phase).contains(phase));
            prop_assert_eq!(a.contains(phase), PhaseSet::only(phase).is_subset_of(a));
        }
        let json = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(serde_json::from_str::<PhaseSet>(&json).unwrap(), a);
    }

    #[test]
    fn a_table_by_phase_keeps_what_each_phase_was_given(entries in prop::array::uniform16(any::<i32>())) {
        let mut table = PerPhase::from_fn(|phase| entries[usize::from(phase.number()) - 1]);
        for (phase, entry) in table.iter() {
            prop_assert_eq!(*entry, entries[usize::from(phase.number()) - 1]);
        }
        for phase in PhaseId::all() {
            table[phase] = i32::from(phase.number());
        }
        prop_assert!(table.iter().all(|(phase, entry)| *entry == i32::from(phase.number())));
    }
}

#[test]
fn sets_are_written_as_engineers_write_them() {
    let set: PhaseSet = [6, 2].into_iter().filter_map(PhaseId::new).collect();
    assert_eq!(set.to_string(), "2+6");
    assert_eq!(PhaseSet::EMPTY.to_string(), "none");
}
