//! What commands print for people.

use std::fmt::Write;

use phasewise::controller::{EDGES_MAX, Rung};
use phasewise::intersection::Intersection;
use phasewise::signal::{Decision, DecisionKind};
use phasewise::simulation::compare::{Compared, SeedResult};
use phasewise::simulation::film_score::{Crossings, FilmScore, Presence};
use phasewise::simulation::run::Run;
use phasewise::units::{ClockTime, Millis, Timestamp};

use super::simulate::overall;

/// The comparison table: one line per controller, spread over seeds, gain over the best other.
pub(crate) fn comparison(compared: &[Compared]) -> String {
    let mut text = String::from(
        "controller   delay s/veh (spread)      p95 s   stops/veh   longest stop s   longest ped. wait s   vehicles\n",
    );
    for entry in compared {
        let figures = overall(&entry.seeds);
        let seeds = entry.seeds.len().max(1) as u64;
        _ = writeln!(
            text,
            "{:<12} {:>6.1} {:<18} {:>6.1} {:>11.2} {:>16.0} {:>21} {:>10}",
            entry.contender.name(),
            figures.mean_delay_s,
            spread(&entry.seeds),
            figures.p95_delay_s,
            figures.stops_per_vehicle,
            figures.max_wait_s,
            if figures.pedestrians == 0 {
                "–".to_owned()
            } else {
                format!("{:.0}", figures.max_ped_wait_s)
            },
            figures.vehicles / seeds,
        );
    }
    text
}

fn spread(seeds: &[SeedResult]) -> String {
    let delays = || seeds.iter().map(|seed| seed.figures.mean_delay_s);
    if seeds.len() < 2 {
        return String::new();
    }
    let (low, high) = (
        delays().fold(f64::INFINITY, f64::min),
        delays().fold(f64::NEG_INFINITY, f64::max),
    );
    format!("({low:.1} to {high:.1})")
}

/// One decision: time of day, what, why, and what else would have cost.
pub(crate) fn decision(decision: &Decision, from: ClockTime) -> String {
    let clock = from + decision.at.since(Timestamp(0));
    let alternative = match decision.alternative {
        Some((phases, cost)) if cost.is_finite() => {
            format!(
                "; {phases} would cost {:.0} person-s more",
                cost - decision.cost
            )
        }
        Some(_) | None => String::new(),
    };
    format!(
        "{}  {}{alternative}\n",
        &clock.to_string()[11..],
        decision.reason
    )
}

/// Delay by movement of a single run.
pub(crate) fn movements(result: &SeedResult, site: &Intersection) -> String {
    let mut text = String::from("movement     vehicles   delay s/veh\n");
    for entry in result.movements.iter().filter(|entry| entry.vehicles > 0) {
        let name = &site.movements[entry.movement].id;
        let mean =
            entry.total_delay_s / f64::from(u32::try_from(entry.vehicles).unwrap_or(u32::MAX));
        _ = writeln!(text, "{name:<12} {:>8} {mean:>13.1}", entry.vehicles);
    }
    text
}

/// How well the camera pipeline did against the truth of the world.
fn filmed(film: &FilmScore) -> String {
    let mut text = format!("camera: {} frames looked at", film.frames);
    if let Some(f1) = film.crossings.f1() {
        let Crossings {
            right,
            wrong,
            missed,
        } = film.crossings;
        _ = write!(
            text,
            "; crossings F1 {f1:.3} ({right} right, {wrong} wrong, {missed} missed)"
        );
    }
    if let Some(agreement) = film.presence.agreement() {
        let Presence {
            occupied_wrong,
            empty_wrong,
            ..
        } = film.presence;
        _ = write!(
            text,
            "; presence {:.1} % right ({occupied_wrong} frames missed, {empty_wrong} called too many)",
            100.0 * agreement
        );
    }
    if let Some(error) = film.queues.short_error() {
        _ = write!(text, "; queues up to 10 wrong by {error:.2} vehicles");
    }
    if let Some(error) = film.queues.long_error() {
        _ = write!(text, ", longer ones by {:.0} %", 100.0 * error);
    }
    text.push('\n');
    for (at, trouble) in &film.troubles {
        let what = trouble.map_or_else(
            || "well again".to_owned(),
            |trouble| format!("not believed: {trouble}"),
        );
        _ = writeln!(text, "  {:.1} s: {what}", at.secs());
    }
    text
}

/// How the controller behaved in a single run.
pub(crate) fn conduct(run: &Run) -> String {
    let mut text = String::new();
    let rungs = [Rung::Flash, Rung::FixedTime, Rung::Actuated, Rung::Adaptive];
    let time: Vec<String> = rungs
        .iter()
        .zip(run.ticks_on)
        .filter(|(_, ticks)| *ticks > 0)
        .map(|(rung, ticks)| {
            let seconds = Millis(i64::try_from(ticks).unwrap_or(0) * 100).secs();
            format!("{rung:?} {seconds:.0} s")
        })
        .collect();
    if !time.is_empty() {
        _ = writeln!(text, "time on each rung: {}", time.join(", "));
    }
    _ = writeln!(
        text,
        "decisions {}, events {}, advice refused or overruled {}, promises broken {}",
        run.decisions.len(),
        run.events.len(),
        run.refusals,
        run.violations.len()
    );
    if let Some(film) = &run.film {
        text += &filmed(film);
    }
    if run.lost_edges > 0 {
        _ = writeln!(text, "{}", lost_edges(run.lost_edges));
    }
    let failed = |decision: &&Decision| decision.kind == DecisionKind::Fallback;
    let failures: Vec<&Decision> = run.decisions.iter().filter(failed).collect();
    if let Some(last) = failures.last() {
        _ = writeln!(
            text,
            "advice failed {} times, last at {} s: {}",
            failures.len(),
            last.at,
            last.reason
        );
    }
    text
}

/// What to say when a controller got more edges than it looks at.
pub(crate) fn lost_edges(lost: u64) -> String {
    format!("detector edges not looked at: {lost}, more than {EDGES_MAX} in one tick")
}
