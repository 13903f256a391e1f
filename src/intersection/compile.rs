//! A checked site file to an [`Intersection`]: names become ids, seconds become milliseconds, what was
//! left out gets its default.
//!
//! In: a [`SiteFile`] without errors. Out: [`Intersection`], or `None` where a name is unknown, which
//! `validate/` has reported before. Not here: any complaint.

use super::file::{
    ActuatedEntry, ApproachEntry, CrosswalkEntry, Day, DetectorEntry, DetectorTuningEntry,
    ExitEntry, MovementEntry, PatternEntry, ScheduleRow, SiteFile, VehicleDetectorFunction,
    WhenFailed,
};
use super::geometry::{self, Meeting};
use super::ids::Id;
use super::service;
use super::{
    ActuatedTiming, AddedInitial, Approach, Conflicts, Coordination, Crosswalk, Detector,
    DetectorFunction, DetectorSettings, DynamicMax, Exit, FailMode, GapReduction, Intersection,
    Lane, LaneId, Movement, NeighborLink, Pattern, PedestrianTiming, PerPhase, Phase, PhaseId,
    PhaseSet, Ring, SafetyTiming, ScheduleEntry, SolverTuning, Table, Turn,
};
use crate::units::Millis;

/// Meters per second of one mile per hour.
const MPS_PER_MPH: f64 = 0.447_04;
/// From the push button to the curb where the file does not say: 6 ft, the distance the guidance
/// assumes.
const BUTTON_TO_CURB_M: f64 = 1.8;

/// The intersection this file describes; `None` when a name or number in it is unknown.
pub(super) fn compile(file: &SiteFile, text: &str) -> Option<Intersection> {
    let site = &file.site;
    let rings = parse_rings(&site.rings)?;
    let phases: PhaseSet = site.phases.iter().map(|(phase, _)| phase).collect();
    let phase = PerPhase::from_fn(|phase| compile_phase(file, phase));
    let compatible = compatible(file, &rings);
    let conflicts = Conflicts {
        between: between(file, phases, &compatible, &phase),
        compatible,
    };
    let movements = compile_movements(file, &compatible)?;
    Some(Intersection {
        id: site.id.clone(),
        name: site.name.clone(),
        hash: fnv1a(text.as_bytes()),
        approaches: compile_approaches(file)?,
        lanes: compile_lanes(file)?,
        exits: compile_exits(file)?,
        movements,
        crosswalks: compile_crosswalks(file),
        detectors: compile_detectors(file)?,
        phases,
        phase_sets: service::maximal_phase_sets(phases, &conflicts.compatible),
        phase,
        conflicts,
        rings,
        patterns: file
            .tuning
            .patterns
            .iter()
            .map(compile_pattern)
            .collect::<Option<_>>()?,
        schedule: file
            .tuning
            .schedule
            .iter()
            .map(|row| compile_schedule(row, &file.tuning.patterns))
            .collect::<Option<_>>()?,
        tuning: compile_solver(file),
    })
}

/// Speed in m/s from whichever unit the file gives.
pub(super) fn speed_mps(mph: Option<f64>, kmh: Option<f64>) -> Option<f64> {
    mph.map(|mph| mph * MPS_PER_MPH)
        .or_else(|| kmh.map(|kmh| kmh / 3.6))
}

/// Which phases may run together: by the conflict table where there is one, else by the rings.
pub(super) fn compatible(file: &SiteFile, rings: &[Ring]) -> PerPhase<PhaseSet> {
    let Some(table) = &file.safety.intergreen_s else {
        return service::compatible_by_rings(rings);
    };
    let phases: PhaseSet = file.site.phases.iter().map(|(phase, _)| phase).collect();
    let listed =
        |from: PhaseId, to: PhaseId| table.get(from).is_some_and(|row| row.get(to).is_some());
    PerPhase::from_fn(|a| {
        phases
            .iter()
            .filter(|b| phases.contains(a) && !listed(a, *b) && !listed(*b, a))
            .collect()
    })
}

/// Least time from the end of one green to the start of another, for phases that conflict.
pub(super) fn between(
    file: &SiteFile,
    phases: PhaseSet,
    compatible: &PerPhase<PhaseSet>,
    phase: &PerPhase<Phase>,
) -> PerPhase<PerPhase<Millis>> {
    let table = file.safety.intergreen_s.as_ref();
    PerPhase::from_fn(|from| {
        let safety = phase[from].safety;
        PerPhase::from_fn(|to| {
            if compatible[from].contains(to) || !phases.contains(from) || !phases.contains(to) {
                return Millis::ZERO;
            }
            table
                .and_then(|table| table.get(from)?.get(to))
                .map_or(safety.yellow_change + safety.red_clearance, |seconds| {
                    Millis::from_secs(*seconds)
                })
        })
    })
}

fn parse_rings(texts: &[super::file::RingText]) -> Option<Vec<Ring>> {
    texts
        .iter()
        .map(|ring| service::parse_ring(&ring.0).ok())
        .collect()
}

fn position<T, I: Id>(entries: &[T], wanted: impl Fn(&T) -> bool) -> Option<I> {
    entries.iter().position(wanted).map(I::from_index)
}

fn lane_ids(file: &SiteFile, names: &[String]) -> Option<Vec<LaneId>> {
    names
        .iter()
        .map(|name| position(&file.site.lanes, |lane| lane.id == *name))
        .collect()
}

fn compile_approaches(file: &SiteFile) -> Option<Table<super::ApproachId, Approach>> {
    let site = &file.site;
    let lanes_of = |id: &str| {
        let lanes = site.lanes.iter().enumerate();
        lanes
            .filter(|(_, lane)| lane.approach == id)
            .map(|(i, _)| LaneId::from_index(i))
            .collect()
    };
    let approaches = site.approaches.iter().map(|approach| {
        Some(Approach {
            id: approach.id.clone(),
            lanes: lanes_of(&approach.id),
            heading_deg: approach.heading_deg,
            length_m: approach.length_m,
            speed_limit_mps: approach_speed(approach)?,
            grade: approach.grade_percent / 100.0,
            upstream: approach.upstream.as_ref().map(|link| NeighborLink {
                intersection: link.site.clone(),
                end: link.exit.clone(),
            }),
        })
    });
    Some(Table::new(approaches.collect::<Option<_>>()?))
}

fn approach_speed(approach: &ApproachEntry) -> Option<f64> {
    speed_mps(approach.speed_limit_mph, approach.speed_limit_kmh)
}

fn compile_lanes(file: &SiteFile) -> Option<Table<LaneId, Lane>> {
    let site = &file.site;
    let lanes = site.lanes.iter().map(|lane| {
        let approach = position(&site.approaches, |approach| approach.id == lane.approach)?;
        let entry = site.approaches.get(Id::index(approach))?;
        let movements = site.movements.iter().enumerate();
        Some(Lane {
            id: lane.id.clone(),
            approach,
            length_m: lane.length_m.unwrap_or(entry.length_m),
            speed_limit_mps: approach_speed(entry)?,
            pocket_of: match &lane.pocket_of {
                Some(name) => Some(position(&site.lanes, |other| other.id == *name)?),
                None => None,
            },
            movements: movements
                .filter(|(_, movement)| movement.lanes.contains(&lane.id))
                .map(|(i, _)| Id::from_index(i))
                .collect(),
        })
    });
    Some(Table::new(lanes.collect::<Option<_>>()?))
}

/// The approach on the same road as this exit, where the road has both.
fn approach_beside<'a>(file: &'a SiteFile, exit: &str) -> Option<&'a ApproachEntry> {
    file.site
        .approaches
        .iter()
        .find(|approach| approach.id == exit)
}

/// Bearing in which traffic leaves by this exit.
pub(super) fn exit_heading(file: &SiteFile, exit: &ExitEntry) -> Option<f64> {
    exit.heading_deg.or_else(|| {
        let beside = approach_beside(file, &exit.id)?;
        Some((beside.heading_deg + 180.0).rem_euclid(360.0))
    })
}

/// Speed limit of this exit.
pub(super) fn exit_speed(file: &SiteFile, exit: &ExitEntry) -> Option<f64> {
    speed_mps(exit.speed_limit_mph, exit.speed_limit_kmh)
        .or_else(|| approach_speed(approach_beside(file, &exit.id)?))
}

fn compile_exits(file: &SiteFile) -> Option<Table<super::ExitId, Exit>> {
    let exits = file.site.exits.iter().map(|exit| {
        Some(Exit {
            id: exit.id.clone(),
            heading_deg: exit_heading(file, exit)?,
            lanes: usize::from(exit.lanes),
            length_m: exit.length_m,
            speed_limit_mps: exit_speed(file, exit)?,
            downstream: exit.downstream.as_ref().map(|link| NeighborLink {
                intersection: link.site.clone(),
                end: link.approach.clone(),
            }),
        })
    });
    Some(Table::new(exits.collect::<Option<_>>()?))
}

/// The path of a movement; `None` when its ends or their headings are unknown.
pub(super) fn path(file: &SiteFile, movement: &MovementEntry) -> Option<geometry::Path> {
    let from = file
        .site
        .approaches
        .iter()
        .find(|approach| approach.id == movement.from)?;
    let to = file.site.exits.iter().find(|exit| exit.id == movement.to)?;
    let path = geometry::Path {
        entry_heading_deg: from.heading_deg,
        exit_heading_deg: exit_heading(file, to)?,
    };
    let is_known = path.entry_heading_deg.is_finite() && path.exit_heading_deg.is_finite();
    is_known.then_some(path)
}

/// Length of a movement's path where the file does not give it: see the schema.
pub(super) fn path_m(file: &SiteFile, movement: &MovementEntry) -> Option<f64> {
    let from = file
        .site
        .approaches
        .iter()
        .find(|approach| approach.id == movement.from)?;
    let share = match movement.turn {
        Turn::Through | Turn::Left => 1.0,
        Turn::Right => 0.5,
        Turn::UTurn => 0.75,
    };
    Some(movement.path_m.unwrap_or(from.crossing_m * share))
}

fn phase_set(phases: &[PhaseId]) -> PhaseSet {
    phases.iter().copied().collect()
}

/// Phases that serve a movement in any way.
pub(super) fn served_by(movement: &MovementEntry) -> PhaseSet {
    phase_set(&movement.protected).union(phase_set(&movement.permissive))
}

/// Phases that may run together with any of `phases`.
fn beside(compatible: &PerPhase<PhaseSet>, phases: PhaseSet) -> PhaseSet {
    phases
        .iter()
        .fold(PhaseSet::EMPTY, |all, phase| all.union(compatible[phase]))
}

/// Whether `movement` has to yield to `other` at some time, by geometry and compatibility. Two
/// movements that are only permissive do not wait for each other: left yields to right and through,
/// U-turn to all.
pub(super) fn has_to_yield(
    file: &SiteFile,
    compatible: &PerPhase<PhaseSet>,
    movement: &MovementEntry,
    other: &MovementEntry,
) -> bool {
    let (Some(mine), Some(theirs)) = (path(file, movement), path(file, other)) else {
        return false;
    };
    if geometry::meet(mine, theirs) == Meeting::Apart {
        return false;
    }
    let with_me = beside(compatible, phase_set(&movement.permissive));
    let outranks = rank(other.turn) > rank(movement.turn);
    movement.turn_on_red
        || phase_set(&other.protected).intersects(with_me)
        || outranks && phase_set(&other.permissive).intersects(with_me)
}

fn rank(turn: Turn) -> u8 {
    match turn {
        Turn::UTurn => 0,
        Turn::Left => 1,
        Turn::Right => 2,
        Turn::Through => 3,
    }
}

fn compile_movements(
    file: &SiteFile,
    compatible: &PerPhase<PhaseSet>,
) -> Option<Table<super::MovementId, Movement>> {
    let movements = file.site.movements.iter();
    let compiled = movements.map(|movement| compile_movement(file, compatible, movement));
    Some(Table::new(compiled.collect::<Option<_>>()?))
}

fn compile_movement(
    file: &SiteFile,
    compatible: &PerPhase<PhaseSet>,
    movement: &MovementEntry,
) -> Option<Movement> {
    let site = &file.site;
    let yields_to = match &movement.yields_to {
        Some(names) => names
            .iter()
            .map(|name| position(&site.movements, |other| other.id == *name))
            .collect::<Option<_>>()?,
        None => {
            let others = site.movements.iter().enumerate();
            others
                .filter(|(_, other)| has_to_yield(file, compatible, movement, other))
                .map(|(i, _)| Id::from_index(i))
                .collect()
        }
    };
    let with_me = beside(compatible, served_by(movement));
    let crosswalks = site.crosswalks.iter().enumerate();
    Some(Movement {
        id: movement.id.clone(),
        from: position(&site.approaches, |approach| approach.id == movement.from)?,
        lanes: lane_ids(file, &movement.lanes)?,
        to: position(&site.exits, |exit| exit.id == movement.to)?,
        turn: movement.turn,
        protected: phase_set(&movement.protected),
        permissive: phase_set(&movement.permissive),
        yields_to,
        yields_to_crosswalks: crosswalks
            .filter(|(_, crosswalk)| {
                (crosswalk.across == movement.from || crosswalk.across == movement.to)
                    && (movement.turn_on_red || with_me.contains(crosswalk.phase))
            })
            .map(|(i, _)| Id::from_index(i))
            .collect(),
        turn_on_red: movement.turn_on_red,
        path_m: path_m(file, movement)?,
    })
}

/// Distance from the push button to the far curb.
pub(super) fn button_to_far_curb_m(crosswalk: &CrosswalkEntry) -> f64 {
    let given = crosswalk.button_to_far_curb_m;
    given.unwrap_or(crosswalk.length_m + BUTTON_TO_CURB_M)
}

fn compile_crosswalks(file: &SiteFile) -> Table<super::CrosswalkId, Crosswalk> {
    let site = &file.site;
    let crosswalks = site.crosswalks.iter().map(|crosswalk| Crosswalk {
        id: crosswalk.id.clone(),
        across_approach: position(&site.approaches, |approach| approach.id == crosswalk.across),
        across_exit: position(&site.exits, |exit| exit.id == crosswalk.across),
        phase: crosswalk.phase,
        length_m: crosswalk.length_m,
        button_to_far_curb_m: button_to_far_curb_m(crosswalk),
    });
    Table::new(crosswalks.collect())
}

fn compile_detectors(file: &SiteFile) -> Option<Table<super::DetectorId, Detector>> {
    let vehicle = file
        .site
        .detectors
        .iter()
        .map(|detector| compile_detector(file, detector));
    let buttons = file.site.buttons.iter().map(|button| {
        let crosswalk = position(&file.site.crosswalks, |crosswalk| {
            crosswalk.id == button.crosswalk
        })?;
        Some(Detector {
            id: button.id.clone(),
            channel: button.channel,
            function: DetectorFunction::PedestrianButton,
            lanes: Vec::new(),
            crosswalk: Some(crosswalk),
            distance_m: 0.0,
            length_m: 0.0,
            calls: PhaseSet::EMPTY,
            extends: PhaseSet::EMPTY,
            settings: detector_settings(file, None),
        })
    });
    Some(Table::new(vehicle.chain(buttons).collect::<Option<_>>()?))
}

/// Length of a detector and the phases it usually calls and extends, by its function.
fn usual_of(file: &SiteFile, detector: &DetectorEntry) -> (f64, PhaseSet) {
    match detector.function {
        VehicleDetectorFunction::StopBarPresence => (6.0, phases_of_lanes(file, &detector.lanes)),
        VehicleDetectorFunction::Advance => (2.0, phases_of_lanes(file, &detector.lanes)),
        VehicleDetectorFunction::StopBarCount => (2.0, PhaseSet::EMPTY),
    }
}

/// Phases that a detector calls.
pub(super) fn calls_of(file: &SiteFile, detector: &DetectorEntry) -> PhaseSet {
    let given = detector.calls.as_deref();
    given.map_or(usual_of(file, detector).1, phase_set)
}

fn compile_detector(file: &SiteFile, detector: &DetectorEntry) -> Option<Detector> {
    let (length_m, usual) = usual_of(file, detector);
    Some(Detector {
        id: detector.id.clone(),
        channel: detector.channel,
        function: detector.function.into(),
        lanes: lane_ids(file, &detector.lanes)?,
        crosswalk: None,
        distance_m: detector.distance_m.unwrap_or(0.0),
        length_m: detector.length_m.unwrap_or(length_m),
        calls: calls_of(file, detector),
        extends: detector.extends.as_deref().map_or(usual, phase_set),
        settings: detector_settings(file, Some(detector)),
    })
}

/// Phases that serve the movements of these lanes: protected, or permissive where there is no other.
fn phases_of_lanes(file: &SiteFile, lanes: &[String]) -> PhaseSet {
    let movements = file.site.movements.iter();
    movements
        .filter(|movement| movement.lanes.iter().any(|lane| lanes.contains(lane)))
        .map(|movement| match phase_set(&movement.protected) {
            PhaseSet::EMPTY => phase_set(&movement.permissive),
            protected => protected,
        })
        .fold(PhaseSet::EMPTY, PhaseSet::union)
}

/// Options of a detector; a button has none but the defaults of a plain locked input.
fn detector_settings(file: &SiteFile, detector: Option<&DetectorEntry>) -> DetectorSettings {
    let common = &file.tuning.detector_defaults;
    let none = DetectorTuningEntry::default();
    let Some(detector) = detector else {
        return settings_of(&none, &none, true);
    };
    let own = file.tuning.detectors.get(&detector.id).unwrap_or(&none);
    settings_of(
        own,
        common,
        detector.function == VehicleDetectorFunction::Advance,
    )
}

fn settings_of(
    own: &DetectorTuningEntry,
    common: &DetectorTuningEntry,
    lock: bool,
) -> DetectorSettings {
    let minutes = |minutes: f64| Millis::from_secs(minutes * 60.0);
    DetectorSettings {
        delay: Millis::from_secs(own.delay_s.or(common.delay_s).unwrap_or(0.0)),
        extend: Millis::from_secs(own.extend_s.or(common.extend_s).unwrap_or(0.0)),
        lock: own.lock.or(common.lock).unwrap_or(lock),
        no_activity: own.no_activity_min.or(common.no_activity_min).map(minutes),
        max_presence: own
            .max_presence_min
            .or(common.max_presence_min)
            .map(minutes),
        erratic_per_min: own.erratic_per_min.or(common.erratic_per_min),
        fail: match own.when_failed.or(common.when_failed) {
            None | Some(WhenFailed::MaxGreen) => FailMode::ConstantCall,
            Some(WhenFailed::Hold) => FailMode::HoldFor(Millis::from_secs(
                own.fail_hold_s.or(common.fail_hold_s).unwrap_or(1.0),
            )),
            Some(WhenFailed::NoCall) => FailMode::NoCall,
        },
    }
}

/// Whether no vehicle movement uses this phase.
pub(super) fn is_pedestrian_only(file: &SiteFile, phase: PhaseId) -> bool {
    let mut movements = file.site.movements.iter();
    file.site.phases.get(phase).is_some()
        && !movements.any(|movement| served_by(movement).contains(phase))
}

/// Name and timing of a phase; defaults where the file has none.
pub(super) fn compile_phase(file: &SiteFile, phase: PhaseId) -> Phase {
    let Some(name) = file.site.phases.get(phase) else {
        return Phase::default();
    };
    let actuated = file.tuning.phases.get(phase);
    let safety = compile_safety(file, phase);
    Phase {
        name: name.clone(),
        safety,
        actuated: actuated.map_or_else(
            || ActuatedTiming {
                max_green: safety.min_green,
                ..ActuatedTiming::default()
            },
            compile_actuated,
        ),
    }
}

fn compile_safety(file: &SiteFile, phase: PhaseId) -> SafetyTiming {
    let secs = Millis::from_secs;
    let safety = &file.safety;
    let pedestrian = safety.pedestrians.get(phase).map(|row| PedestrianTiming {
        walk: secs(row.walk_s),
        clearance: secs(row.clearance_s),
        buffer: secs(row.buffer_s),
        leading: secs(row.leading_s),
        max_wait: secs(row.max_wait_s.unwrap_or(safety.max_ped_wait_s)),
    });
    if let Some(row) = safety.phases.get(phase) {
        return SafetyTiming {
            min_green: secs(row.min_green_s),
            yellow_change: secs(row.yellow_change_s),
            red_clearance: secs(row.red_clearance_s),
            red_revert: secs(row.red_revert_s),
            max_wait: secs(row.max_wait_s.unwrap_or(safety.max_wait_s)),
            pedestrian,
            pedestrian_only: false,
        };
    }
    pedestrian.map_or_else(SafetyTiming::default, |walk| SafetyTiming {
        min_green: walk.walk + walk.clearance,
        yellow_change: Millis::ZERO,
        red_clearance: walk.buffer,
        red_revert: secs(2.0),
        max_wait: walk.max_wait,
        pedestrian,
        pedestrian_only: is_pedestrian_only(file, phase),
    })
}

fn compile_actuated(row: &ActuatedEntry) -> ActuatedTiming {
    let secs = Millis::from_secs;
    ActuatedTiming {
        passage: secs(row.passage_s),
        max_green: secs(row.max_green_s),
        added_initial: row.added_initial.as_ref().map(|added| AddedInitial {
            per_actuation: secs(added.per_actuation_s),
            max: secs(added.max_s),
        }),
        gap_reduction: row.gap_reduction.as_ref().map(|gap| GapReduction {
            before: secs(gap.before_s),
            cars_before: gap.cars_before,
            over: secs(gap.over_s),
            min_gap: secs(gap.min_gap_s),
        }),
        dynamic_max: row.dynamic_max.as_ref().map(|dynamic| DynamicMax {
            limit: secs(dynamic.limit_s),
            step: secs(dynamic.step_s),
        }),
        recall: row.recall,
        pedestrian_recall: row.ped_recall,
        dual_entry: row.dual_entry,
        simultaneous_gap_out: row.simultaneous_gap_out,
        conditional_service: row.conditional_service,
        guaranteed_passage: row.guaranteed_passage,
        rest_in_walk: row.rest_in_walk,
    }
}

fn compile_pattern(pattern: &PatternEntry) -> Option<Pattern> {
    let by_phase = |table: &super::file::ByPhase<f64>| {
        PerPhase::from_fn(|phase| table.get(phase).copied().map(Millis::from_secs))
    };
    let splits = by_phase(&pattern.splits_s);
    Some(Pattern {
        id: pattern.id.clone(),
        number: pattern.number,
        coordination: pattern.cycle_s.map(|cycle| Coordination {
            cycle: Millis::from_secs(cycle),
            splits: PerPhase::from_fn(|phase| splits[phase].unwrap_or_default()),
            offset: Millis::from_secs(pattern.offset_s.unwrap_or(0.0)),
            coordinated: phase_set(&pattern.coordinated),
        }),
        rings: match &pattern.rings {
            Some(texts) => Some(parse_rings(texts)?),
            None => None,
        },
        max_green: by_phase(&pattern.max_green_s),
    })
}

fn compile_schedule(row: &ScheduleRow, patterns: &[PatternEntry]) -> Option<ScheduleEntry> {
    let mut days = [false; 7];
    match &row.days {
        None => days = [true; 7],
        Some(listed) => {
            for day in listed {
                for (index, on) in days.iter_mut().enumerate() {
                    *on |= day_includes(*day, index);
                }
            }
        }
    }
    Some(ScheduleEntry {
        days,
        from: time_of_day(&row.from)?,
        until: time_of_day(&row.until)?,
        pattern: patterns
            .iter()
            .position(|pattern| pattern.id == row.pattern)?,
    })
}

/// Whether `day` covers the weekday `index`, Monday = 0.
fn day_includes(day: Day, index: usize) -> bool {
    match day {
        Day::Mon => index == 0,
        Day::Tue => index == 1,
        Day::Wed => index == 2,
        Day::Thu => index == 3,
        Day::Fri => index == 4,
        Day::Sat => index == 5,
        Day::Sun => index == 6,
        Day::Weekdays => index < 5,
        Day::Weekend => index >= 5,
    }
}

/// `HH:MM` as time since midnight, up to `99:59`.
pub(super) fn time_of_day(text: &str) -> Option<Millis> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.chars().all(|c| c.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    if minutes >= 60 {
        return None;
    }
    Some(Millis((hours * 60 + minutes) * 60_000))
}

fn compile_solver(file: &SiteFile) -> SolverTuning {
    let solver = &file.tuning.solver;
    SolverTuning {
        horizon: Millis::from_secs(solver.horizon_s),
        stop_penalty_s: solver.stop_penalty_s,
        persons_per_vehicle: solver.persons_per_vehicle,
        pedestrian_weight: solver.pedestrian_weight,
        saturation_headway_s: solver.saturation_headway_s,
        start_up_lost_time_s: solver.start_up_lost_time_s,
    }
}

/// 64-bit FNV-1a.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
