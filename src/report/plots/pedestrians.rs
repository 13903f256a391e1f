//! Waits of pedestrians against their bound.
//!
//! In: waits from button to walk. Out: a plot per controller, with the bound drawn; waits beyond their
//! bound get another mark and are counted in words. Not here: pedestrians who press no button.

use crate::intersection::PhaseId;
use crate::report::axis::Axis;
use crate::report::axis::HALF;
use crate::report::axis::Panel;
use crate::report::axis::clock_value;
use crate::report::axis::hours_minutes_seconds;
use crate::report::content::Content;
use crate::report::content::ControllerRun;
use crate::report::content::PedestrianWait;
use crate::report::look::class;
use crate::report::look::title;
use crate::report::plots::figure;
use crate::report::plots::grid;
use crate::report::plots::nothing;
use crate::report::statistics::summary;
use crate::report::svg::Anchor;
use crate::report::svg::Marker;

/// One plot per controller, to the same scale.
#[must_use]
pub fn waits(content: &Content) -> String {
    let all = content
        .controllers
        .iter()
        .flat_map(|run| run.pedestrians.iter().map(|wait| wait.wait_s));
    let Some(all) = summary(all) else {
        return nothing("No pedestrian pressed a button in this period.");
    };
    let bounds = bounds(content);
    let most = bounds
        .iter()
        .map(|(bound, _)| *bound)
        .fold(all.most, f64::max);
    let mut figures = String::new();
    for run in &content.controllers {
        figures.push_str(&plot(content, run, &bounds, most * 1.05));
    }
    grid(&figures)
}

/// Distinct bounds with the phases they apply to, ascending.
fn bounds(content: &Content) -> Vec<(f64, String)> {
    let mut bounds: Vec<(f64, Vec<String>)> = Vec::new();
    for phase in &content.phases {
        let Some(bound) = phase.pedestrian_max_wait.map(|bound| bound.secs()) else {
            continue;
        };
        let same = bounds
            .iter_mut()
            .find(|(other, _)| (*other - bound).abs() < 0.05);
        match same {
            Some((_, phases)) => phases.push(phase.id.to_string()),
            None => bounds.push((bound, vec![phase.id.to_string()])),
        }
    }
    bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let one_for_all = bounds.len() == 1;
    bounds
        .into_iter()
        .map(|(bound, phases)| {
            let words = if one_for_all {
                format!("bound {bound:.0} s")
            } else {
                format!("bound {bound:.0} s (phase {})", phases.join(", "))
            };
            (bound, words)
        })
        .collect()
}

fn bound_of(content: &Content, phase: PhaseId) -> Option<f64> {
    let facts = content.phases.iter().find(|facts| facts.id == phase)?;
    Some(facts.pedestrian_max_wait?.secs())
}

fn plot(content: &Content, run: &ControllerRun, bounds: &[(f64, String)], most: f64) -> String {
    let x = Axis::time(content.from, content.until);
    let y = Axis::from_zero(most, 5, "wait from button to walk, s");
    let heading = format!("{}, waits of pedestrians", title(&run.name));
    let mut panel = Panel::new(HALF, &heading, &x, &y);
    for (bound, words) in bounds {
        let at = panel.y(*bound);
        let (left, right) = (panel.area.x, panel.area.x + panel.area.width);
        panel.svg.line("bound", (left, at), (right, at));
        panel
            .svg
            .text("tick", (right, at - 5.0), Anchor::End, words);
    }
    let late = |wait: &PedestrianWait| {
        bound_of(content, wait.phase).is_some_and(|bound| wait.wait_s > bound)
    };
    for wait in &run.pedestrians {
        let place = clock_value(wait.at);
        if !panel.shows_x(place) {
            continue;
        }
        let hover = format!(
            "{}, phase {}: {:.0} s",
            hours_minutes_seconds(wait.at),
            wait.phase,
            wait.wait_s
        );
        let at = panel.at(place, wait.wait_s);
        if late(wait) {
            panel
                .svg
                .marker("mark t-max", Marker::Triangle, at, 5.0, &hover);
        } else {
            let class = format!("mark {}", class(&run.name));
            panel.svg.marker(&class, Marker::Circle, at, 3.4, &hover);
        }
    }
    let over = run.pedestrians.iter().filter(|wait| late(wait)).count();
    figure(&panel.finish(), title(&run.name), &caption(run, over))
}

fn caption(run: &ControllerRun, over: usize) -> String {
    let Some(waits) = summary(run.pedestrians.iter().map(|wait| wait.wait_s)) else {
        return "nobody pressed a button".to_owned();
    };
    let beyond = match over {
        0 => "none beyond its bound".to_owned(),
        over => format!("{over} beyond their bound (triangles)"),
    };
    format!(
        "{} waits, mean {:.0} s, longest {:.0} s; {beyond}",
        waits.count, waits.mean, waits.most
    )
}
