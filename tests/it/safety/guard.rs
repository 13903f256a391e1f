//! The maximum-wait guard intervenes at the last moment, to the tick: two ticks before the deadline and
//! not earlier. Calls come at 10 s; timing as in `sites.rs`.

use phasewise::intersection::{Intersection, SafetyTiming};
use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls, Interval, PedestrianInterval};
use phasewise::units::{Millis, TICK, Timestamp};

use super::sites::{phase, plain, s, set, site, with_crosswalk};

/// First moment after `from` at which vehicles of a phase get green or its pedestrians walk.
struct Served {
    green: [Option<Timestamp>; 17],
    walk: [Option<Timestamp>; 17],
    overrides: u64,
}

impl Served {
    fn green(&self, number: u8) -> Option<i64> {
        self.green[usize::from(number)].map(|at| at.0)
    }

    fn walk(&self, number: u8) -> Option<i64> {
        self.walk[usize::from(number)].map(|at| at.0)
    }
}

/// Advice by time against calls by time, for 90 s.
fn serve(
    site: &Intersection,
    advice: impl Fn(i64) -> Advice,
    calls: impl Fn(i64) -> Calls,
) -> Served {
    let mut gate = Gate::new(site, Timestamp(0));
    let mut served = Served {
        green: [None; 17],
        walk: [None; 17],
        overrides: 0,
    };
    for tick in 0..900 {
        let now = Timestamp(tick * TICK.0);
        let calls = calls(now.0);
        let state = gate.admit(&advice(now.0), &calls, now).clone();
        for phase in site.phases.iter() {
            let (place, shown) = (usize::from(phase.number()), state.phases[phase]);
            if shown.interval == Interval::Green && calls.vehicle.contains(phase) {
                served.green[place].get_or_insert(now);
            }
            let walks = shown.pedestrian == PedestrianInterval::Walk;
            if walks && calls.pedestrian.contains(phase) {
                served.walk[place].get_or_insert(now);
            }
        }
        assert!(gate.keeps_every_wait());
    }
    served.overrides = gate.overrides();
    served
}

fn from_10_s(vehicle: &'static [u8], pedestrian: &'static [u8]) -> impl Fn(i64) -> Calls {
    move |now| {
        if now < 10_000 {
            return Calls::default();
        }
        Calls {
            vehicle: set(vehicle),
            pedestrian: set(pedestrian),
        }
    }
}

fn waits(timing: SafetyTiming, seconds: i64) -> SafetyTiming {
    let mut timing = timing;
    timing.max_wait = s(seconds);
    if let Some(crossing) = &mut timing.pedestrian {
        crossing.max_wait = s(seconds);
    }
    timing
}

fn always_two(_: i64) -> Advice {
    Advice::green(set(&[2]))
}

#[test]
fn vehicles_at_the_last_moment() {
    let site = site(&[(2, plain()), (4, waits(plain(), 30))], &[]);
    let served = serve(&site, always_two, from_10_s(&[4], &[]));
    assert_eq!(served.green(4), Some(39_800));
}

#[test]
fn advice_that_moves_in_time_is_left_alone_and_a_tick_later_is_not() {
    let site = site(&[(2, plain()), (4, waits(plain(), 30))], &[]);
    let moving_at = |moment| {
        let advice = move |now| Advice::green(if now < moment { set(&[2]) } else { set(&[4]) });
        serve(&site, advice, from_10_s(&[4], &[])).overrides
    };
    assert_eq!(moving_at(34_800), 0);
    assert_eq!(moving_at(34_900), 1);
}

#[test]
fn pedestrians_at_the_last_moment() {
    let site = site(&[(2, plain()), (4, waits(with_crosswalk(), 30))], &[]);
    let served = serve(&site, always_two, from_10_s(&[], &[4]));
    assert_eq!(served.walk(4), Some(39_800));
}

#[test]
fn walk_that_still_runs_is_reckoned_with() {
    // Walk on 2 rests from 6 s on and needs 6 s of clearance, then 5 s pass.
    let site = site(&[(2, with_crosswalk()), (4, waits(plain(), 30))], &[]);
    let walking = |now| Advice {
        green: set(&[2]),
        // Walk once, late.
        walk: if (24_000..24_100).contains(&now) {
            set(&[2])
        } else {
            set(&[])
        },
        ..Advice::default()
    };
    let served = serve(&site, walking, from_10_s(&[4], &[]));
    assert_eq!(served.green(4), Some(39_800));
    // A walk that would end too late is not begun at all.
    let too_late = |now| Advice {
        green: set(&[2]),
        walk: if now >= 24_900 { set(&[2]) } else { set(&[]) },
        ..Advice::default()
    };
    let served = serve(&site, too_late, |now| Calls {
        pedestrian: set(&[2]),
        ..from_10_s(&[4], &[])(now)
    });
    assert!(served.green(4).is_some_and(|at| at <= 39_800));
    assert!(served.walk(2).is_none_or(|at| at > 39_800));
}

#[test]
fn vehicles_behind_a_leading_walk() {
    let mut timing = waits(with_crosswalk(), 30);
    timing.pedestrian.as_mut().unwrap().leading = s(3);
    let site = site(&[(2, plain()), (4, timing)], &[]);
    let served = serve(&site, always_two, from_10_s(&[4], &[4]));
    assert_eq!(served.walk(4), Some(36_800));
    assert_eq!(served.green(4), Some(39_800));
    // Pedestrians alone may walk at the last moment.
    let served = serve(&site, always_two, from_10_s(&[], &[4]));
    assert_eq!(served.walk(4), Some(39_800));
}

#[test]
fn a_leading_walk_is_begun_only_if_it_and_what_follows_end_in_time() {
    // 6 s of leading walk, then 5 s of green or a clearance of 3 or 7 s, 5 s to the next green.
    for (clearance, last_moment) in [(3, 23_800), (7, 21_800)] {
        let mut leading = with_crosswalk();
        let crossing = leading.pedestrian.as_mut().unwrap();
        crossing.leading = s(6);
        crossing.clearance = s(clearance);
        let site = site(&[(2, leading), (4, waits(plain(), 30))], &[]);
        let walking_at = |moment| {
            let advice = move |now| Advice {
                green: if now < moment { set(&[]) } else { set(&[2]) },
                walk: if now < moment { set(&[]) } else { set(&[2]) },
                ..Advice::default()
            };
            serve(&site, advice, from_10_s(&[4], &[])).green(4)
        };
        assert_eq!(walking_at(last_moment), Some(39_800));
        assert_eq!(walking_at(last_moment + 100), Some(last_moment + 100));
    }
}

#[test]
fn the_first_of_two_that_starve_makes_room_for_the_second() {
    let site = site(
        &[
            (2, plain()),
            (4, waits(plain(), 41)),
            (6, waits(plain(), 41)),
        ],
        &[],
    );
    let served = serve(&site, always_two, |now| Calls {
        vehicle: match now {
            ..10_000 => set(&[]),
            10_000..11_000 => set(&[6]),
            _ => set(&[4, 6]),
        },
        ..Calls::default()
    });
    // First come, first served: 6, its 5 s of green, 5 s of clearance, then 4 two ticks early.
    assert_eq!(
        (served.green(6), served.green(4)),
        (Some(41_800), Some(51_800))
    );
}

#[test]
fn compatible_wishes_run_beside_the_phase_that_is_served() {
    let site = site(
        &[(2, plain()), (4, waits(plain(), 30)), (8, plain())],
        &[(4, 8)],
    );
    let advice = |_| Advice::green(set(&[2]));
    let alone = serve(&site, advice, from_10_s(&[4, 8], &[]));
    assert_eq!(alone.green(4), Some(39_800));
    let mut gate = Gate::new(&site, Timestamp(0));
    for tick in 0..420 {
        let now = Timestamp(tick * TICK.0);
        let wants = if tick < 300 { set(&[2]) } else { set(&[2, 8]) };
        gate.admit(&Advice::green(wants), &from_10_s(&[4], &[])(now.0), now);
    }
    assert_eq!(
        gate.state().greens(),
        set(&[4]),
        "8 conflicts with 2, which came first"
    );
    let mut gate = Gate::new(&site, Timestamp(0));
    for tick in 0..420 {
        let now = Timestamp(tick * TICK.0);
        let wants = if tick < 340 { set(&[2]) } else { set(&[8]) };
        gate.admit(&Advice::green(wants), &from_10_s(&[4], &[])(now.0), now);
    }
    assert_eq!(gate.state().greens(), set(&[4, 8]));
}

#[test]
fn a_pedestrian_call_during_clearance_gets_its_second_walk_in_time() {
    // 2 walks from 6 s, clears from 10 s; somebody presses at 12 s and may wait 60 s. If everything else
    // came first the queue could take 6 + 5 + 5 + 5 s, so the gate acts 21.2 s before the deadline. Nobody
    // waits, so 2 walks again at once.
    let site = site(&[(2, waits(with_crosswalk(), 60)), (4, plain())], &[]);
    let advice = |now| Advice {
        green: set(&[2]),
        walk: if now < 8_000 { set(&[2]) } else { set(&[]) },
        ..Advice::default()
    };
    let served = serve(&site, advice, |now| Calls {
        vehicle: set(&[]),
        pedestrian: if now < 12_000 { set(&[]) } else { set(&[2]) },
    });
    assert_eq!(served.walk(2), Some(50_800));
}

#[test]
fn a_call_withdrawn_and_made_again_waits_anew() {
    let site = site(&[(2, plain()), (4, waits(plain(), 30))], &[]);
    let served = serve(&site, always_two, |now| Calls {
        vehicle: if (10_000..20_000).contains(&now) || now >= 21_000 {
            set(&[4])
        } else {
            set(&[])
        },
        ..Calls::default()
    });
    assert_eq!(served.green(4), Some(50_800));
}

#[test]
fn a_wait_that_cannot_be_kept_is_served_as_soon_as_possible() {
    let site = site(&[(2, plain()), (4, waits(plain(), 3))], &[]);
    let mut gate = Gate::new(&site, Timestamp(0));
    let mut green = None;
    for tick in 0..300 {
        let now = Timestamp(tick * TICK.0);
        gate.admit(&always_two(0), &from_10_s(&[4], &[])(now.0), now);
        if gate.state().greens().contains(phase(4)) {
            green.get_or_insert(now);
        }
        if now == Timestamp(10_000) {
            assert!(!gate.keeps_every_wait());
        }
    }
    // Minimum green of 2 ends at 11 s, 5 s of clearance.
    assert_eq!(green, Some(Timestamp(11_000) + Millis(5_000)));
}
