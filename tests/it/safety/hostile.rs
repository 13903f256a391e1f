//! Hostile advice: whatever is wished and whoever calls, no rule is broken and no call waits too long.

use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls};
use phasewise::units::{Millis, TICK, Timestamp};

use super::sites::{nema, phase, set, with_tightest_waits};

#[test]
fn everybody_calls_at_once_and_advice_never_moves() {
    let site = with_tightest_waits(nema());
    let mut gate = Gate::new(&site, Timestamp(0));
    let calls = Calls {
        vehicle: site.phases,
        pedestrian: set(&[2, 4, 6, 8]),
    };
    let mut red_since = [Timestamp(0); 9];
    for tick in 0..6_000 {
        let now = Timestamp(tick * TICK.0);
        let state = gate.admit(&Advice::green(set(&[2, 6])), &calls, now);
        for number in 1..=8_u8 {
            let since = &mut red_since[usize::from(number)];
            if state.greens().contains(phase(number)) {
                *since = now + TICK;
            }
            let limit = site.phase[phase(number)].safety.max_wait;
            let waited: Millis = now.since(*since);
            assert!(waited <= limit, "phase {number} waits {waited} at {now}");
        }
    }
    assert!(gate.overrides() > 0);
}
