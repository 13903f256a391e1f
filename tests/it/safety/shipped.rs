//! The shipped sites leave the gate room: every maximum wait is at least the bound that the gate
//! promises, and the site's own coordinated plans run under full demand without ever being overruled.

use phasewise::intersection::{Coordination, Intersection, PhaseSet};
use phasewise::safety::Gate;
use phasewise::signal::{Advice, Calls};
use phasewise::units::{Millis, TICK, Timestamp};

use super::sites::service_times;
use crate::sites::shipped_files;

fn shipped() -> Vec<Intersection> {
    shipped_files()
        .iter()
        .map(|file| Intersection::load(file).unwrap())
        .collect()
}

#[test]
fn maximum_waits_are_at_least_what_the_gate_can_promise() {
    for site in shipped() {
        let times = service_times(&site);
        for phase in site.phases.iter() {
            let safety = &site.phase[phase].safety;
            let bound = times.vehicle_wait_bound(phase);
            assert!(
                safety.max_wait >= bound,
                "{}: phase {phase} may wait {}, the gate promises {bound}",
                site.id,
                safety.max_wait
            );
            if let Some(crossing) = safety.pedestrian {
                let bound = times.pedestrian_wait_bound(phase);
                assert!(
                    crossing.max_wait >= bound,
                    "{}: pedestrians of phase {phase} may wait {}, the gate promises {bound}",
                    site.id,
                    crossing.max_wait
                );
            }
        }
    }
}

/// What a fixed-time controller wants at this moment of the cycle: every ring by its splits, walk in the
/// first second of green.
fn fixed_time(site: &Intersection, plan: &Coordination, now: Timestamp) -> Advice {
    let at = Millis(now.0 % plan.cycle.0);
    let mut advice = Advice::default();
    for ring in &site.rings {
        let mut begins = Millis::ZERO;
        for served in ring.groups.iter().flatten() {
            let split = served.iter().map(|phase| plan.splits[phase]).max();
            let ends = begins + split.unwrap_or_default();
            for phase in served.iter() {
                let safety = &site.phase[phase].safety;
                let clearance = safety.yellow_change + safety.red_clearance;
                if begins <= at && at < ends - clearance {
                    advice.green.insert(phase);
                    if safety.pedestrian.is_some() && at < begins + Millis(1_000) {
                        advice.walk.insert(phase);
                    }
                }
            }
            begins = ends;
        }
    }
    advice
}

/// Everybody calls all the time from the second cycle on: in the first, the all-red start swallows walks that
/// a plan gives only at the start of green.
#[test]
fn coordinated_plans_are_never_refused_or_overruled_however_many_call() {
    let mut plans = 0;
    for site in shipped() {
        for plan in site
            .patterns
            .iter()
            .filter_map(|it| it.coordination.as_ref())
        {
            plans += 1;
            let crossings: PhaseSet = site
                .phases
                .iter()
                .filter(|&phase| site.phase[phase].safety.pedestrian.is_some())
                .collect();
            let mut gate = Gate::new(&site, Timestamp(0));
            for tick in 0..10 * plan.cycle.0 / TICK.0 {
                let now = Timestamp(tick * TICK.0);
                let calls = match Millis(now.0) < plan.cycle {
                    true => Calls::default(),
                    false => Calls {
                        vehicle: site.phases,
                        pedestrian: crossings,
                    },
                };
                gate.admit(&fixed_time(&site, plan, now), &calls, now);
                let (refused, name) = (gate.refused(), &site.id);
                assert_eq!(gate.refusals(), 0, "{name} at {now}: {refused:?}");
                assert_eq!(gate.overrides(), 0, "{name} at {now}: {refused:?}");
            }
        }
    }
    assert!(plans > 0, "no coordinated plan among the shipped sites");
}
