//! A solver that is told the truth does no worse than one that relies on detectors.

use phasewise::simulation::clairvoyant::Sight;
use phasewise::simulation::compare::run_one;
use phasewise::simulation::run::{Control, Nobody};
use phasewise::simulation::sight_value::{SightValue, value_of_sight};
use phasewise::units::Millis;

use super::scenario;

fn value(site: &str, minutes: i64, lanes: &[&str]) -> SightValue {
    let scenario = scenario(site, minutes);
    let lanes: Vec<_> = (scenario.site.lanes.iter())
        .filter(|(_, lane)| lanes.contains(&lane.id.as_str()))
        .map(|(id, _)| id)
        .collect();
    value_of_sight(&scenario, &lanes, &[1, 2], 1.0, &|_| {}).unwrap()
}

/// Chance alone moves the mean of two half hours by this share.
const NOISE: f64 = 0.08;

#[test]
fn whoever_sees_more_is_not_slower() {
    // At the four-leg example the detectors show nearly all that is worth knowing.
    for (site, minutes, gain) in [("odot-1136", 30, 0.05), ("four-leg", 20, 0.0)] {
        let value = value(site, minutes, &[]);
        let blind = value.detectors.mean_delay_s;
        assert!(
            blind > 2.0,
            "{site}: nobody was delayed, nothing was put to the test"
        );
        for row in &value.rows {
            assert!(
                row.mean_delay_s < (1.0 + NOISE) * blind,
                "{site}: {:?} s ahead {:.1} s, with detectors {blind:.1} s",
                row.ahead_s,
                row.mean_delay_s
            );
        }
        let best = value.rows.last().unwrap();
        assert!(
            best.mean_delay_s < (1.0 - gain) * blind,
            "{site}: a minute of truth is worth nothing: {:.1} s against {blind:.1} s",
            best.mean_delay_s
        );
        assert_eq!(value.lanes.len(), scenario(site, 1).site.lanes.len());
    }
}

/// Its only advance loop lies where the fourth queued vehicle stands.
#[test]
fn at_the_recorded_site_the_southbound_left_turn_is_the_missing_sight() {
    let value = value("odot-1136", 60, &["SB-L"]);
    let at_10_s = value
        .rows
        .iter()
        .find(|row| row.ahead_s == Some(10.0))
        .unwrap();
    assert_eq!(at_10_s.lanes, ["SB-L"]);
    assert!(
        at_10_s.mean_delay_s < 0.95 * value.detectors.mean_delay_s,
        "{value:?}"
    );
}

#[test]
fn a_clairvoyant_run_keeps_every_promise_and_is_reproducible() {
    let scenario = scenario("odot-1136", 10);
    let sight = Sight::of_all(&scenario.site, Millis(20_000));
    let once = || run_one(&scenario, Control::Clairvoyant(&sight), 3, 1.0, &mut Nobody).unwrap();
    let (first, again) = (once(), once());
    let run = first.run.unwrap();
    assert!(run.violations.is_empty(), "{:?}", run.violations);
    assert_eq!(run.refusals, 0, "advice was refused or overruled");
    assert!(first.figures.max_ped_wait_s < 120.0, "{:?}", first.figures);
    assert_eq!(run.results, again.run.unwrap().results);
}
