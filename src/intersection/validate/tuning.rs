//! Actuated timing, patterns and their schedule.

use super::facts::{Facts, in_words, named};
use super::key::{Finding, Findings, Key};
use crate::intersection::compile::{self, time_of_day};
use crate::intersection::file::{ActuatedEntry, ByPhase, PatternEntry};
use crate::intersection::service::{entry_lengths, parse_ring};
use crate::intersection::{PerPhase, PhaseId, PhaseSet, Ring};
use crate::units::Millis;

/// Splits may miss the cycle by rounding only.
const ROUNDING_S: f64 = 0.05;

/// Cycles that cabinets run (NTCIP `patternCycleTime`) and streets bear, s.
const CYCLE_MIN_S: f64 = 30.0;
const CYCLE_MAX_S: f64 = 255.0;

/// All checks of tuning.
pub(super) fn check(facts: &Facts<'_>, findings: &mut Findings) {
    check_rows(facts, findings);
    for (place, pattern) in facts.file.tuning.patterns.iter().enumerate() {
        let key = Key::new("tuning.patterns").at(place);
        check_max_greens(
            facts,
            &pattern.max_green_s,
            &key.sub("max_green_s"),
            findings,
        );
        match pattern.cycle_s {
            Some(cycle) => check_coordination(facts, pattern, cycle, &key, findings),
            None => check_free(pattern, &key, findings),
        }
    }
    check_schedule(facts, findings);
}

fn check_rows(facts: &Facts<'_>, findings: &mut Findings) {
    let tuning = &facts.file.tuning;
    let needed = facts.vehicle_phases.intersection(facts.phases);
    if !findings.is_broken(&Key::new("site.movements")) {
        let rows: PhaseSet = tuning.phases.iter().map(|(phase, _)| phase).collect();
        for phase in needed.difference(rows).iter() {
            let allowed = format!("a row for each phase with vehicles: {}", in_words(needed));
            let finding = Finding::error(
                Key::new("tuning.phases").phase(phase),
                "nothing: the row is missing",
                allowed,
            );
            findings.add_broken(finding.hint(format!("{phase} = {{ max_green_s = 30 }}")));
        }
    }
    for (phase, row) in tuning.phases.iter() {
        let key = Key::new("tuning.phases").phase(phase);
        check_max_green(
            facts,
            phase,
            row.max_green_s,
            key.sub("max_green_s"),
            findings,
        );
        check_volume_density(facts, phase, row, &key, findings);
        let walks = facts.pedestrian_phases.contains(phase);
        for (name, on) in [
            ("ped_recall", row.ped_recall),
            ("rest_in_walk", row.rest_in_walk),
        ] {
            if on && !walks && !findings.is_broken(&Key::new("site.crosswalks")) {
                let found = "true, in a phase without a crosswalk";
                findings.add(Finding::error(key.sub(name), found, "false"));
            }
        }
    }
}

fn check_max_greens(facts: &Facts<'_>, table: &ByPhase<f64>, key: &Key, findings: &mut Findings) {
    for (phase, max_green) in table.iter() {
        let key = key.phase(phase);
        if *max_green > 255.0 {
            findings.add(Finding::error(key, format!("{max_green}"), "at most 255 s"));
        } else {
            check_max_green(facts, phase, *max_green, key, findings);
        }
    }
}

fn check_max_green(
    facts: &Facts<'_>,
    phase: PhaseId,
    max_green: f64,
    key: Key,
    findings: &mut Findings,
) {
    let row = facts.file.safety.phases.get(phase);
    if let Some(row) = row.filter(|row| max_green < row.min_green_s) {
        let allowed = format!("at least min_green_s, {}", row.min_green_s);
        findings.add(Finding::error(key, format!("{max_green}"), allowed));
    }
}

fn check_volume_density(
    facts: &Facts<'_>,
    phase: PhaseId,
    row: &ActuatedEntry,
    key: &Key,
    findings: &mut Findings,
) {
    let min_green = facts
        .file
        .safety
        .phases
        .get(phase)
        .map_or(0.0, |row| row.min_green_s);
    if let Some(added) = row
        .added_initial
        .as_ref()
        .filter(|added| added.max_s < min_green)
    {
        let allowed = format!("at least min_green_s, {min_green}; less has no effect");
        let key = key.sub("added_initial").sub("max_s");
        findings.add(Finding::error(key, format!("{}", added.max_s), allowed));
    }
    if let Some(gap) = row
        .gap_reduction
        .as_ref()
        .filter(|gap| gap.min_gap_s > row.passage_s)
    {
        let allowed = format!("at most passage_s, {}", row.passage_s);
        let key = key.sub("gap_reduction").sub("min_gap_s");
        findings.add(Finding::error(key, format!("{}", gap.min_gap_s), allowed));
    }
    if let Some(dynamic) = row
        .dynamic_max
        .as_ref()
        .filter(|d| d.limit_s <= row.max_green_s)
    {
        let allowed = format!("more than max_green_s, {}", row.max_green_s);
        let key = key.sub("dynamic_max").sub("limit_s");
        findings.add(Finding::error(key, format!("{}", dynamic.limit_s), allowed));
    }
}

fn check_free(pattern: &PatternEntry, key: &Key, findings: &mut Findings) {
    let given = [
        ("offset_s", pattern.offset_s.is_some()),
        ("coordinated", !pattern.coordinated.is_empty()),
        ("splits_s", pattern.splits_s.iter().next().is_some()),
    ];
    for (name, _) in given.into_iter().filter(|(_, given)| *given) {
        let allowed = "only together with cycle_s; a pattern without a cycle is free";
        findings.add(Finding::error(
            key.sub(name),
            "a setting of coordination",
            allowed,
        ));
    }
}

fn check_coordination(
    facts: &Facts<'_>,
    pattern: &PatternEntry,
    cycle: f64,
    key: &Key,
    findings: &mut Findings,
) {
    if let Some(offset) = pattern.offset_s.filter(|offset| *offset >= cycle) {
        let allowed = format!("less than the cycle, {cycle} s");
        findings.add(Finding::error(
            key.sub("offset_s"),
            format!("{offset}"),
            allowed,
        ));
    }
    if !(CYCLE_MIN_S..=CYCLE_MAX_S).contains(&cycle) {
        let allowed = format!("{CYCLE_MIN_S} to {CYCLE_MAX_S} s");
        let key = key.sub("cycle_s");
        findings.add(facts.street_rule(key, format!("{cycle}"), allowed));
    }
    let splits_key = key.sub("splits_s");
    let unsure = findings.is_broken(&Key::new("site.phases"));
    for phase in facts.phases.iter().filter(|_| !unsure) {
        match pattern.splits_s.get(phase) {
            None => {
                let allowed = "a split for every phase";
                let found = "nothing: the split is missing";
                findings.add(Finding::error(splits_key.phase(phase), found, allowed));
            }
            Some(split) => check_split(facts, phase, *split, splits_key.phase(phase), findings),
        }
    }
    let Some(rings) = rings_of(facts, pattern) else {
        return;
    };
    check_coordinated(pattern, &rings, &key.sub("coordinated"), findings);
    let cycle_is_wrong = findings.has_error(&key.sub("cycle_s"))
        || findings.is_broken(&key.sub("rings"))
        || findings.has_error(&splits_key);
    let complete = facts
        .phases
        .iter()
        .all(|phase| pattern.splits_s.get(phase).is_some());
    if complete && !cycle_is_wrong && !findings.is_broken(&Key::new("site.rings")) {
        check_cycle(pattern, &rings, cycle, &splits_key, findings);
    }
}

fn rings_of(facts: &Facts<'_>, pattern: &PatternEntry) -> Option<Vec<Ring>> {
    let own = pattern.rings.as_ref().map(|rings| {
        let rings = rings.iter().map(|ring| parse_ring(&ring.0).ok());
        rings.collect::<Option<Vec<Ring>>>()
    });
    own.unwrap_or_else(|| facts.rings.clone())
}

fn check_split(facts: &Facts<'_>, phase: PhaseId, split: f64, key: Key, findings: &mut Findings) {
    let safety = compile::compile_phase(facts.file, phase).safety;
    let clearance = safety.yellow_change + safety.red_clearance;
    let least = (safety.min_green + clearance).secs();
    if split < least - ROUNDING_S {
        let allowed =
            format!("at least {least:.1} s: minimum green, yellow change and red clearance");
        findings.add(Finding::error(key, format!("{split}"), allowed));
        return;
    }
    let extra_row = findings.is_broken(&Key::new("safety.pedestrians").phase(phase));
    let Some(pedestrian) = safety.pedestrian.filter(|_| !extra_row) else {
        return;
    };
    let green = (pedestrian.walk + pedestrian.clearance).max(pedestrian.leading + safety.min_green);
    let with_walk = (green + clearance.max(pedestrian.buffer)).secs();
    if split < with_walk - ROUNDING_S {
        let allowed = format!(
            "at least {with_walk:.1} s to hold walk and pedestrian clearance; else a pedestrian call breaks coordination"
        );
        findings.add(Finding::warning(key, format!("{split}"), allowed));
    }
}

fn check_coordinated(pattern: &PatternEntry, rings: &[Ring], key: &Key, findings: &mut Findings) {
    let coordinated: PhaseSet = pattern.coordinated.iter().copied().collect();
    if coordinated.is_empty() {
        let allowed = "the phases whose green anchors the offset, at most one per ring: [2, 6]";
        findings.add(Finding::error(key.clone(), "no coordinated phase", allowed));
        return;
    }
    let mut groups = Vec::new();
    for ring in rings {
        let mut places = ring.groups.iter().enumerate().flat_map(|(barrier, group)| {
            group
                .iter()
                .filter(|entry| entry.intersects(coordinated))
                .map(move |_| barrier)
        });
        let first = places.next();
        if rings.len() > 1 && places.next().is_some() {
            let found = format!("{}, several of one ring", named(coordinated));
            findings.add(Finding::error(
                key.clone(),
                found,
                "at most one phase per ring",
            ));
            return;
        }
        groups.extend(first);
    }
    if groups.windows(2).any(|pair| pair.first() != pair.last()) {
        let found = format!(
            "phases {}, on different sides of a barrier",
            in_words(coordinated)
        );
        findings.add(Finding::error(
            key.clone(),
            found,
            "phases that can be green together",
        ));
    }
}

/// Between two barriers every ring needs the same time, and all together the cycle.
fn check_cycle(
    pattern: &PatternEntry,
    rings: &[Ring],
    cycle: f64,
    key: &Key,
    findings: &mut Findings,
) {
    let groups = rings
        .iter()
        .map(|ring| ring.groups.len())
        .max()
        .unwrap_or(0);
    let mut total = 0.0;
    for barrier in 0..groups {
        let lengths: Vec<f64> = rings
            .iter()
            .filter_map(|ring| ring.groups.get(barrier))
            .filter(|group| !group.is_empty())
            .map(|group| length_of(group, pattern))
            .collect();
        let longest = lengths.iter().copied().fold(0.0, f64::max);
        if lengths.iter().any(|length| longest - length > ROUNDING_S) {
            let lengths: Vec<String> = lengths
                .iter()
                .map(|length| format!("{length:.1}"))
                .collect();
            let found = format!(
                "{} s for the rings before barrier {}",
                lengths.join(" and "),
                barrier + 1
            );
            let allowed = "the same time in every ring, as they cross the barrier together";
            findings.add(Finding::error(key.clone(), found, allowed));
            return;
        }
        total += longest;
    }
    if (total - cycle).abs() > ROUNDING_S {
        let found = format!("splits that take {total:.1} s");
        let allowed = format!("splits that take the whole cycle, {cycle} s");
        findings.add(Finding::error(key.clone(), found, allowed));
    }
}

/// Time that a ring takes for these entries, s.
fn length_of(group: &[PhaseSet], pattern: &PatternEntry) -> f64 {
    let splits = PerPhase::from_fn(|phase| {
        let split = pattern.splits_s.get(phase).copied().unwrap_or(0.0);
        Millis::from_secs(split)
    });
    let lengths = entry_lengths(group, &splits).into_iter();
    lengths.map(Millis::secs).sum()
}

fn check_schedule(facts: &Facts<'_>, findings: &mut Findings) {
    let tuning = &facts.file.tuning;
    for (place, row) in tuning.schedule.iter().enumerate() {
        let key = Key::new("tuning.schedule").at(place);
        let mut time = |name: &str, text: &str, latest: Millis| {
            let time = time_of_day(text).filter(|time| *time <= latest);
            if time.is_none() {
                let allowed = match name {
                    "from" => "a time of day, \"00:00\" to \"23:59\"",
                    _ => "a time of day, \"00:01\" to \"24:00\"",
                };
                findings.add(Finding::error(key.sub(name), format!("{text:?}"), allowed));
            }
            time
        };
        let from = time("from", &row.from, Millis(86_340_000));
        let until = time("until", &row.until, Millis(86_400_000));
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            let found = format!("{:?}, not after {:?}", row.until, row.from);
            let hint = "a night takes two entries: one until \"24:00\", one from \"00:00\"";
            let finding = Finding::error(key.sub("until"), found, "a time later than `from`");
            findings.add(finding.hint(hint));
        }
    }
    for (place, pattern) in tuning.patterns.iter().enumerate() {
        if !tuning.schedule.iter().any(|row| row.pattern == pattern.id)
            && !findings.is_broken(&Key::new("tuning.schedule"))
        {
            let found = format!("{:?}, which never runs", pattern.id);
            let allowed = "a pattern that tuning.schedule names";
            findings.add(Finding::warning(
                Key::new("tuning.patterns").at(place).sub("id"),
                found,
                allowed,
            ));
        }
    }
}
