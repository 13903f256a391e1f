//! `phasewise check`: what is in a site file, or everything that is wrong with it.

use std::path::PathBuf;

use clap::Args;
use phasewise::intersection::{
    DetectorFunction, Intersection, Pattern, PhaseId, ScheduleEntry, Severity,
};
use phasewise::units::Millis;

use super::{EXIT_OK, EXIT_PROBLEMS, print};

/// Check site files.
///
/// For a good file it prints what Phasewise understood: phases with their timing, what they serve,
/// which may run together, detectors, patterns. For a bad one it prints every problem at once: file and
/// line, the key, what was found, what is allowed, and a hint. Safety timing is compared with the
/// published formulas; a file may be stricter than they are, never looser.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  phasewise check intersections/four-leg/site.toml

Exit status: 0 if every file is good, 1 if one is not, 2 for wrong usage.")]
pub(super) struct Arguments {
    /// Site files, usually intersections/<site>/site.toml.
    #[arg(required = true, value_name = "SITE.TOML")]
    files: Vec<PathBuf>,
    /// Treat warnings as errors.
    #[arg(long)]
    strict: bool,
}

/// Checks every file.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let mut status = EXIT_OK;
    for path in &arguments.files {
        let file = path.display().to_string();
        let checked = Intersection::check(path);
        let mut text = String::new();
        if let Some(site) = &checked.intersection {
            text.push_str(&summary(site, &file));
        }
        for problem in &checked.problems {
            text.push_str(&problem.in_file(&file));
            text.push('\n');
        }
        let (errors, warnings) = (
            checked.count(Severity::Error),
            checked.count(Severity::Warning),
        );
        text.push_str(&format!(
            "{file}: {}, {}\n",
            count(errors, "error"),
            count(warnings, "warning")
        ));
        print(&text)?;
        if errors > 0 || arguments.strict && warnings > 0 {
            status = EXIT_PROBLEMS;
        }
    }
    Ok(status)
}

fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

fn summary(site: &Intersection, file: &str) -> String {
    let mut text = format!("{}: {}\n", site.id, site.name);
    line(
        &mut text,
        "file",
        &format!("{file}, settings {:016x}", site.hash),
    );
    let counts = [
        count(site.approaches.len(), "approach").replace("approachs", "approaches"),
        count(site.lanes.len(), "lane"),
        count(site.exits.len(), "exit"),
        count(site.movements.len(), "movement"),
        count(site.crosswalks.len(), "crosswalk"),
    ];
    line(&mut text, "roads", &counts.join(", "));
    line(&mut text, "detectors", &detectors(site));
    let together: Vec<String> = site.phase_sets.iter().map(|set| set.to_string()).collect();
    line(&mut text, "together", &together.join("  "));
    for pattern in &site.patterns {
        line(&mut text, "pattern", &describe_pattern(pattern));
    }
    for entry in &site.schedule {
        line(&mut text, "schedule", &schedule(site, entry));
    }
    text.push('\n');
    text.push_str(&phases(site));
    text.push('\n');
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    text.push_str(&format!("  {name:<10} {value}\n"));
}

fn detectors(site: &Intersection) -> String {
    let of = |function: DetectorFunction| {
        let detectors = site.detectors.iter();
        detectors
            .filter(|(_, detector)| detector.function == function)
            .count()
    };
    format!(
        "{} advance, {} stop-bar presence, {} stop-bar count; {}",
        of(DetectorFunction::Advance),
        of(DetectorFunction::StopBarPresence),
        of(DetectorFunction::StopBarCount),
        count(of(DetectorFunction::PedestrianButton), "button")
    )
}

fn describe_pattern(pattern: &Pattern) -> String {
    let name = format!("{} ({})", pattern.id, pattern.number);
    let Some(coordination) = &pattern.coordination else {
        return format!("{name}: free");
    };
    format!(
        "{name}: cycle {}, coordinated {}, offset {}",
        coordination.cycle, coordination.coordinated, coordination.offset
    )
}

fn schedule(site: &Intersection, entry: &ScheduleEntry) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let days: Vec<&str> = DAYS
        .into_iter()
        .zip(entry.days)
        .filter_map(|(day, on)| on.then_some(day))
        .collect();
    let days = match days.len() {
        7 => "every day".to_owned(),
        _ => days.join(" "),
    };
    let clock = |time: Millis| format!("{:02}:{:02}", time.0 / 3_600_000, time.0 / 60_000 % 60);
    let pattern = site
        .patterns
        .get(entry.pattern)
        .map_or("", |pattern| pattern.id.as_str());
    format!(
        "{pattern}: {days}, {} to {}",
        clock(entry.from),
        clock(entry.until)
    )
}

/// One row per phase: its safety timing and what it serves. `EBL?` is served permissively.
fn phases(site: &Intersection) -> String {
    let names = site
        .phases
        .iter()
        .map(|phase| site.phase[phase].name.chars().count());
    let width = names.max().unwrap_or(0).max(4);
    let mut text = format!(
        "  phase  {:<width$}  min green  yellow  red  walk  clearance  max wait  serves (? permissive)\n",
        "name"
    );
    for phase in site.phases.iter() {
        let entry = &site.phase[phase];
        let timing = &entry.safety;
        let pedestrian = |time: fn(&phasewise::intersection::PedestrianTiming) -> Millis| {
            timing
                .pedestrian
                .as_ref()
                .map_or(String::new(), |walk| secs(time(walk)))
        };
        text.push_str(&format!(
            "  {phase:>5}  {:<width$}  {:>9}  {:>6}  {:>3}  {:>4}  {:>9}  {:>8}  {}\n",
            entry.name,
            secs(timing.min_green),
            secs(timing.yellow_change),
            secs(timing.red_clearance),
            pedestrian(|walk| walk.walk),
            pedestrian(|walk| walk.clearance),
            secs(timing.max_wait),
            serves(site, phase)
        ));
    }
    text
}

fn secs(time: Millis) -> String {
    format!("{:.1}", time.secs())
}

fn serves(site: &Intersection, phase: PhaseId) -> String {
    let movements = site.movements.iter().filter_map(|(_, movement)| {
        if movement.protected.contains(phase) {
            Some(movement.id.clone())
        } else {
            movement
                .permissive
                .contains(phase)
                .then(|| format!("{}?", movement.id))
        }
    });
    let crosswalks = site.crosswalks.iter();
    let crosswalks = crosswalks
        .filter(|(_, crosswalk)| crosswalk.phase == phase)
        .map(|(_, crosswalk)| format!("crosswalk {}", crosswalk.id));
    movements.chain(crosswalks).collect::<Vec<_>>().join(", ")
}
