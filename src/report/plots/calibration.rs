//! How well the simulation reproduces the recording.
//!
//! In: counts, arrivals on green and occupancy, measured and simulated. Out: a scatter plot, a plot over
//! time per detector, tables, and the figures engineers ask for (GEH, mean error). Not here: running
//! the calibration.

use crate::report::axis::Axis;
use crate::report::axis::HALF;
use crate::report::axis::Panel;
use crate::report::axis::Size;
use crate::report::axis::clock_value;
use crate::report::axis::hours_minutes;
use crate::report::content::Calibration;
use crate::report::content::Comparison;
use crate::report::content::CountComparison;
use crate::report::look::thousands;
use crate::report::plots::figure;
use crate::report::plots::grid;
use crate::report::plots::nothing;
use crate::report::statistics::summary;
use crate::report::statistics::usable;
use crate::report::svg::Marker;
use crate::report::svg::Path;
use crate::report::svg::escape;
use crate::units::ClockTime;
use crate::units::Millis;

/// Counts differ acceptably when the GEH of their hourly rates is below this (FHWA Traffic Analysis
/// Toolbox III: below 5 for 85 % of the links).
const GEH_ACCEPTED: f64 = 5.0;

/// Everything about calibration.
#[must_use]
pub fn section(calibration: Option<&Calibration>) -> String {
    let Some(calibration) = calibration else {
        return nothing(
            "The traffic was not taken from a recording, so there is nothing to compare.",
        );
    };
    let mut tables = table(
        "Arrivals on green, counted where vehicles pass the advance detectors (the coordination \
         diagrams count them when they reach the stop bar)",
        "Phase",
        &calibration.arrivals_on_green,
    );
    tables.push_str(&table(
        "Occupancy of detectors",
        "Detector",
        &calibration.occupancy,
    ));
    let counts = &calibration.counts;
    let all: Vec<(f64, f64)> = counts.iter().flat_map(pairs).collect();
    if all.is_empty() {
        return format!("{}{tables}", nothing("No counts were compared."));
    }
    let over_time: String = counts.iter().map(over_time).collect();
    format!(
        "{}{}{}",
        in_words(counts, &all),
        grid(&format!("{}<div>{tables}</div>", scatter(counts, &all))),
        grid(&over_time)
    )
}

/// Pairs of finite counts.
fn pairs(count: &CountComparison) -> impl Iterator<Item = (f64, f64)> {
    count
        .measured
        .values
        .iter()
        .copied()
        .zip(count.simulated.iter().copied())
        .filter(|(measured, simulated)| usable(*measured) && usable(*simulated))
}

/// GEH statistic of two counts over `step`, as hourly rates: √(2 (m − c)² / (m + c)).
fn geh(measured: f64, simulated: f64, step: Millis) -> f64 {
    let per_hour = 3600.0 / step.secs().max(1.0);
    let (m, c) = (measured * per_hour, simulated * per_hour);
    if m + c <= 0.0 {
        return 0.0;
    }
    (2.0 * (m - c) * (m - c) / (m + c)).sqrt()
}

fn in_words(counts: &[CountComparison], all: &[(f64, f64)]) -> String {
    let good = counts
        .iter()
        .flat_map(|count| pairs(count).map(|(m, c)| geh(m, c, count.measured.step)))
        .filter(|geh| *geh < GEH_ACCEPTED)
        .count();
    let (measured, simulated) = all
        .iter()
        .fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    let error = summary(all.iter().map(|(m, c)| (m - c).abs())).map_or(0.0, |all| all.mean);
    format!(
        "<p>Counted in the recording: {} vehicles; in the simulation: {} \
         ({:+.1} %). Of {} counts, {:.0} % have a GEH below {GEH_ACCEPTED:.0}; on average a count \
         is off by {error:.1} vehicles.</p>",
        thousands(measured),
        thousands(simulated),
        (simulated - measured) / measured.max(1.0) * 100.0,
        all.len(),
        good as f64 / all.len() as f64 * 100.0
    )
}

fn scatter(counts: &[CountComparison], all: &[(f64, f64)]) -> String {
    let most = all
        .iter()
        .fold(1.0_f64, |most, (m, c)| most.max(*m).max(*c));
    let x = Axis::from_zero(most, 6, "measured count");
    let y = Axis::from_zero(most, 6, "simulated count");
    let size = Size {
        width: HALF.width,
        height: 330.0,
    };
    let mut panel = Panel::new(size, "Counts, measured and simulated", &x, &y);
    let end = x.range.1.min(y.range.1);
    let (from, until) = (panel.at(0.0, 0.0), panel.at(end, end));
    panel.svg.line("guide", from, until);
    for count in counts {
        let series = &count.measured;
        let both = steps(series.from, series.step).zip(series.values.iter().zip(&count.simulated));
        for (at, (measured, simulated)) in both {
            let hover = format!(
                "{}, {}: {measured:.0} measured, {simulated:.0} simulated",
                count.label,
                hours_minutes(at)
            );
            let place = panel.at(*measured, *simulated);
            panel
                .svg
                .marker("mark cloud", Marker::Circle, place, 3.4, &hover);
        }
    }
    figure(
        &panel.finish(),
        "All counts",
        "A dot per detector and step; on the dashed line measured and simulated agree.",
    )
}

fn over_time(count: &CountComparison) -> String {
    let series = &count.measured;
    let Some(all) = summary(pairs(count).map(|(m, c)| m.max(c))) else {
        return String::new();
    };
    let until = (0..series.values.len()).fold(series.from, |at, _| at + series.step);
    let x = Axis::time(series.from, until);
    let y = Axis::from_zero(all.most, 4, "vehicles per step");
    let size = Size {
        width: HALF.width,
        height: 210.0,
    };
    let heading = format!("Counts over time, {}", count.label);
    let mut panel = Panel::new(size, &heading, &x, &y);
    for (class, values) in [
        ("line s-measured", &series.values),
        ("line s-adaptive", &count.simulated),
    ] {
        let mut line = Path::default();
        // The last value lasts until the end.
        let values = values.iter().chain(values.last());
        let points = steps(series.from, series.step).zip(values);
        line.steps(points.map(|(at, value)| panel.at(clock_value(at), *value)));
        panel.svg.path(class, &line);
    }
    let (measured, simulated) =
        pairs(count).fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    figure(
        &panel.finish(),
        &count.label,
        &format!("{measured:.0} measured (dashed), {simulated:.0} simulated (solid)"),
    )
}

fn steps(from: ClockTime, step: Millis) -> impl Iterator<Item = ClockTime> {
    std::iter::successors(Some(from), move |at| Some(*at + step))
}

/// Shares side by side, with their difference in percentage points.
fn table(caption: &str, what: &str, comparisons: &[Comparison]) -> String {
    if comparisons.is_empty() {
        return String::new();
    }
    let percent = |share: f64| match usable(share) {
        true => format!("{:.0} %", share * 100.0),
        false => "–".to_owned(),
    };
    let rows: String = comparisons
        .iter()
        .map(|row| {
            let difference = (row.simulated - row.measured) * 100.0;
            let points = match usable(difference) {
                true => format!("{difference:+.0} points"),
                false => "–".to_owned(),
            };
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{points}</td></tr>",
                escape(&row.label),
                percent(row.measured),
                percent(row.simulated)
            )
        })
        .collect();
    format!(
        "<div class=\"scroll\"><table class=\"small\"><caption>{caption}</caption><thead><tr>\
         <th scope=\"col\">{what}</th><th scope=\"col\">Measured</th>\
         <th scope=\"col\">Simulated</th><th scope=\"col\">Difference</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    )
}
