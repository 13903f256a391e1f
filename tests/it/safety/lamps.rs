//! Boundary values: every interval to the tick.

use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls};
use phasewise::units::{TICK, Timestamp};

use super::sites::{plain, set, site};
use crate::strips::Strips;

#[test]
fn every_interval_lasts_to_the_tick() {
    let site = site(&[(2, plain()), (4, plain())], &[]);
    let mut gate = Gate::new(&site, Timestamp(0));
    let mut strips = Strips::per_tick(site.phases);
    for tick in 0..200 {
        let now = Timestamp(tick * TICK.0);
        let wants = if tick < 70 { set(&[2]) } else { set(&[4]) };
        strips.record(
            gate.admit(&Advice::green(wants), &Calls::default(), now),
            now,
        );
    }
    let length = |phase, what| strips.vehicle(phase).matches(what).count();
    assert_eq!(strips.vehicle(2).find('G'), Some(60), "all red for 6 s");
    assert_eq!(
        (length(2, 'G'), length(2, 'y'), length(2, 'r')),
        (50, 30, 20)
    );
    assert_eq!(strips.vehicle(4).find('G'), Some(160));
}
