//! The text of an imported site file.
//!
//! In: a draft. Out: TOML as a person would write it, with columns. Not here: any decision about what it says.

use crate::intersection::{PhaseId, PhaseSet, Turn};
use crate::sumo::net::Net;

use super::Links;
use super::draft::Draft;
use super::movements::Movement;
use super::sensors::{Kind, approach_m, pocket_of};
use super::timing::RED_REVERT_S;

/// Ranges of a site file.
const SPEED_KMH: (f64, f64) = (15.0, 110.0);
const ROAD_M: (f64, f64) = (6.0, 3000.0);
const CROSSING_M: (f64, f64) = (3.0, 80.0);
const EXIT_LANES_MAX: usize = 6;

/// The site file of a draft.
pub(super) fn site_file(net: &Net, draft: &Draft, links: &Links) -> String {
    let mut text = header(net, draft);
    text.push_str(&format!(
        "[site]\nid = {}\nname = {}\nsimulated = true\n\n",
        quoted(&draft.site_id),
        quoted(&draft.name)
    ));
    list(&mut text, "approaches", approaches(draft, links));
    list(&mut text, "lanes", lanes(draft));
    list(&mut text, "exits", exits(draft, links));
    list(&mut text, "movements", movements(draft));
    let ring: Vec<String> = draft.timing.ring.iter().map(PhaseSet::to_string).collect();
    text.push_str(&format!("rings = [{}]\n\n", quoted(&ring.join("  "))));
    list(&mut text, "detectors", detectors(draft));
    if !draft.views.is_empty() || !draft.box_view.is_empty() {
        list(&mut text, "views", views(draft));
    }
    text.push_str("[site.phases]\n");
    for phase in draft.phasing.phases.iter() {
        text.push_str(&format!(
            "{phase:<2} = {}\n",
            quoted(&phase_name(draft, phase))
        ));
    }
    text.push_str(&safety(draft));
    text.push_str(&tuning(draft));
    text
}

fn header(net: &Net, draft: &Draft) -> String {
    let file = net.file.rsplit(['/', '\\']).next().unwrap_or(&net.file);
    let mut text = format!(
        "# Signal {} of {}, imported by `phasewise import`.\n\
         # It exists in a simulator only: its timing is that of the net, whatever the formulas for streets say.\n\
         # docs/sumo.md says what becomes what; intersections/four-leg/site.toml explains the keys.\n",
        draft.signal.replace(char::is_control, " "),
        file.replace(char::is_control, " "),
    );
    if !draft.notes.is_empty() {
        text.push_str("#\n# Not carried over, or changed:\n");
    }
    for note in &draft.notes {
        text.push_str(&format!("#   - {}\n", note.replace(char::is_control, " ")));
    }
    text.push('\n');
    text
}

/// One entry of a list: its cells, some of them empty.
type Row = Vec<String>;

/// A list with its entries in columns.
fn list(text: &mut String, name: &str, rows: Vec<Row>) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    text.push_str(&format!("{name} = [\n"));
    for row in &rows {
        let mut line = String::new();
        let last = row.iter().rposition(|cell| !cell.is_empty());
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            if *width == 0 || last.is_none_or(|last| column > last) {
                continue;
            }
            let comma = match cell.is_empty() {
                true => "",
                false if Some(column) == last => "",
                false => ",",
            };
            let cell = format!("{cell}{comma}");
            let room = width + 2;
            line.push_str(&format!("{cell:<room$}"));
        }
        text.push_str(&format!("  {{ {} }},\n", line.trim_end()));
    }
    text.push_str("]\n\n");
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.replace(char::is_control, " ")).to_string()
}

fn quoted_list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// `key = value`.
fn cell(key: &str, value: impl std::fmt::Display) -> String {
    format!("{key} = {value}")
}

/// A number with at most one decimal.
fn number(value: f64) -> String {
    format!("{}", (value * 10.0).round() / 10.0)
}

fn speed(mps: f64) -> String {
    cell(
        "speed_limit_kmh",
        number((mps * 3.6).clamp(SPEED_KMH.0, SPEED_KMH.1)),
    )
}

fn approaches(draft: &Draft, links: &Links) -> Vec<Row> {
    let rows = draft
        .roads
        .approaches
        .iter()
        .enumerate()
        .map(|(at, approach)| {
            let own = draft
                .movements
                .iter()
                .filter(|movement| movement.from == at);
            let path = |through_only: bool| {
                let counted = own
                    .clone()
                    .filter(|it| it.turn == Turn::Through || !through_only);
                counted.map(|it| it.path_m).fold(0.0, f64::max)
            };
            let crossing = match path(true) {
                0.0 => path(false),
                through => through,
            };
            let upstream = links.upstream.get(at).cloned().flatten();
            vec![
                cell("id", quoted(&approach.name.long)),
                cell("heading_deg", number(approach.heading_deg)),
                cell(
                    "length_m",
                    number(approach_m(&approach.lanes).min(ROAD_M.1)),
                ),
                speed(approach.speed_mps),
                cell(
                    "crossing_m",
                    number(crossing.clamp(CROSSING_M.0, CROSSING_M.1)),
                ),
                upstream.map_or(String::new(), |(site, exit)| {
                    cell(
                        "upstream",
                        format!("{{ site = {}, exit = {} }}", quoted(&site), quoted(&exit)),
                    )
                }),
            ]
        });
    rows.collect()
}

fn lanes(draft: &Draft) -> Vec<Row> {
    let approaches = draft.roads.approaches.iter().enumerate();
    let rows = approaches.flat_map(|(at, approach)| {
        (0..approach.lanes.own.len()).map(move |lane| {
            let pocket = pocket_of(&approach.lanes, lane);
            vec![
                cell("id", quoted(&draft.lane_name(at, lane))),
                cell("approach", quoted(&approach.name.long)),
                pocket.map_or(String::new(), |(main, _)| {
                    cell("pocket_of", quoted(&draft.lane_name(at, main)))
                }),
                pocket.map_or(String::new(), |(_, length)| {
                    cell("length_m", number(length))
                }),
            ]
        })
    });
    rows.collect()
}

fn exits(draft: &Draft, links: &Links) -> Vec<Row> {
    let exits = draft.roads.exits.iter().zip(&links.downstream);
    let rows = exits.map(|(exit, (length_m, downstream))| {
        vec![
            cell("id", quoted(&exit.name.long)),
            cell("lanes", exit.lanes.min(EXIT_LANES_MAX)),
            cell("length_m", number(length_m.clamp(ROAD_M.0, ROAD_M.1))),
            cell("heading_deg", number(exit.heading_deg)),
            speed(exit.speed_mps),
            downstream
                .as_ref()
                .map_or(String::new(), |(site, approach)| {
                    let (site, approach) = (quoted(site), quoted(approach));
                    cell(
                        "downstream",
                        format!("{{ site = {site}, approach = {approach} }}"),
                    )
                }),
        ]
    });
    rows.collect()
}

fn turn(turn: Turn) -> &'static str {
    match turn {
        Turn::UTurn => "u-turn",
        Turn::Left => "left",
        Turn::Through => "through",
        Turn::Right => "right",
    }
}

fn phases(key: &str, phases: PhaseSet) -> String {
    if phases.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = phases.iter().map(|phase| phase.to_string()).collect();
    cell(key, format!("[{}]", numbers.join(", ")))
}

fn movements(draft: &Draft) -> Vec<Row> {
    let rows = draft.movements.iter().map(|movement| {
        let from = draft.roads.approaches.get(movement.from);
        let to = draft.roads.exits.get(movement.to);
        let lanes = movement
            .lanes
            .iter()
            .map(|lane| draft.lane_name(movement.from, *lane));
        let yields = !movement.permissive.is_empty() || movement.turn_on_red;
        let yields_to = movement.yields_to.iter();
        let yields_to = yields_to.filter_map(|at| draft.movements.get(*at).map(|it| it.id.clone()));
        vec![
            cell("id", quoted(&movement.id)),
            cell("from", quoted(from.map_or("", |it| &it.name.long))),
            cell("to", quoted(to.map_or("", |it| &it.name.long))),
            cell("turn", quoted(turn(movement.turn))),
            cell("lanes", quoted_list(&lanes.collect::<Vec<_>>())),
            cell("path_m", number(movement.path_m)),
            phases("protected", movement.protected),
            phases("permissive", movement.permissive),
            if movement.turn_on_red {
                cell("turn_on_red", true)
            } else {
                String::new()
            },
            match yields {
                true => cell("yields_to", quoted_list(&yields_to.collect::<Vec<_>>())),
                false => String::new(),
            },
        ]
    });
    rows.collect()
}

fn detectors(draft: &Draft) -> Vec<Row> {
    let mut taken: Vec<String> = Vec::new();
    let rows = draft
        .detectors
        .iter()
        .enumerate()
        .map(|(at, (approach, detector))| {
            let (what, function) = match detector.kind {
                Kind::Presence => ("stop", "stop-bar-presence"),
                Kind::Count => ("count", "stop-bar-count"),
                Kind::Advance => ("advance", "advance"),
            };
            let lanes: Vec<String> = detector
                .lanes
                .iter()
                .map(|lane| draft.lane_name(*approach, *lane))
                .collect();
            let id = unique(
                format!("{} {what}", short_list(draft, *approach, &detector.lanes)),
                &mut taken,
            );
            let mut row = vec![
                cell("id", quoted(&id)),
                cell("channel", at + 1),
                cell("function", quoted(function)),
                cell("lanes", quoted_list(&lanes)),
                cell("distance_m", number(detector.distance_m)),
                cell("length_m", number(detector.length_m)),
            ];
            let calls_none =
                detector.kind != Kind::Count && is_free(draft, *approach, &detector.lanes);
            if calls_none {
                row.extend([cell("calls", "[]"), cell("extends", "[]")]);
            }
            row
        });
    rows.collect()
}

/// Whether these lanes are always green, so that nobody has to call.
fn is_free(draft: &Draft, approach: usize, lanes: &[usize]) -> bool {
    let uses = |movement: &&Movement| {
        movement.from == approach && movement.lanes.iter().any(|lane| lanes.contains(lane))
    };
    draft
        .movements
        .iter()
        .filter(uses)
        .all(|movement| movement.is_always_green)
}

/// `N-1` or `N-1+2`.
fn short_list(draft: &Draft, approach: usize, lanes: &[usize]) -> String {
    let mut text = lanes
        .first()
        .map_or(String::new(), |lane| draft.lane_name(approach, *lane));
    for lane in lanes.iter().skip(1) {
        text.push_str(&format!("+{}", lane + 1));
    }
    text
}

fn unique(name: String, taken: &mut Vec<String>) -> String {
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    let name = names.find(|name| !taken.contains(name)).unwrap_or(name);
    taken.push(name.clone());
    name
}

/// Most lanes that a view may name.
const VIEW_LANES_MAX: usize = 6;

fn views(draft: &Draft) -> Vec<Row> {
    let mut taken: Vec<String> = Vec::new();
    let rows = draft.views.iter().map(|(approach, view)| {
        let lanes = view.lanes.iter().take(VIEW_LANES_MAX);
        let lanes: Vec<String> = lanes
            .map(|lane| draft.lane_name(*approach, *lane))
            .collect();
        let short: Vec<usize> = view.lanes.iter().copied().take(VIEW_LANES_MAX).collect();
        let id = unique(
            format!("{} camera", short_list(draft, *approach, &short)),
            &mut taken,
        );
        vec![
            cell("id", quoted(&id)),
            cell("lanes", quoted_list(&lanes)),
            cell("from_m", number(view.from_m)),
            cell("to_m", number(view.to_m)),
        ]
    });
    let of_box = (!draft.box_view.is_empty()).then(|| {
        vec![
            cell("id", quoted("box camera")),
            cell("lanes", "[]".to_owned()),
            cell("to_m", number(BOX_M)),
        ]
    });
    rows.collect::<Vec<Row>>()
        .into_iter()
        .chain(of_box)
        .collect()
}

/// Nothing depends on how long the view of the box is said to be, m.
const BOX_M: f64 = 30.0;

/// `north through right (left), south through right (left)`.
fn phase_name(draft: &Draft, phase: PhaseId) -> String {
    let approaches = draft
        .roads
        .approaches
        .iter()
        .enumerate()
        .filter_map(|(at, approach)| {
            let own = |in_set: fn(&Movement) -> PhaseSet| {
                let own = draft
                    .movements
                    .iter()
                    .filter(move |it| it.from == at && !it.is_always_green);
                let mut turns: Vec<&str> = own
                    .filter(|it| in_set(it).contains(phase))
                    .map(|it| turn(it.turn))
                    .collect();
                turns.dedup();
                turns
            };
            let mut words = vec![approach.name.long.clone()];
            words.extend(own(|it| it.protected).into_iter().map(str::to_owned));
            words.extend(
                own(|it| it.permissive)
                    .into_iter()
                    .map(|turn| format!("({turn})")),
            );
            (words.len() > 1).then(|| words.join(" "))
        });
    approaches.collect::<Vec<_>>().join(", ")
}

fn safety(draft: &Draft) -> String {
    let timing = &draft.timing;
    let mut text = format!(
        "\n[safety]\nmax_wait_s = {}\n\n# Yellow and red clearance are those of the net's program.\n[safety.phases]\n",
        number(timing.max_wait_s)
    );
    for phase in draft.phasing.phases.iter() {
        let row = &timing.phase[phase];
        let revert = match row.red_revert_s > RED_REVERT_S {
            true => format!(", red_revert_s = {}", number(row.red_revert_s)),
            false => String::new(),
        };
        text.push_str(&format!(
            "{phase:<2} = {{ min_green_s = {}, yellow_change_s = {}, red_clearance_s = {}{revert} }}\n",
            number(row.min_green_s),
            number(row.yellow_s),
            number(row.red_s)
        ));
    }
    text.push_str(
        "\n# Phases whose ways meet with neither yielding. Row: the phase that ends; key: the one that begins.\n\
         [safety.intergreen_s]\n",
    );
    for phase in draft.phasing.phases.iter() {
        let row = &timing.phase[phase];
        let between = number(row.yellow_s + row.red_s);
        let foes = draft
            .phasing
            .phases
            .difference(draft.phasing.compatible[phase]);
        let cells = foes.iter().map(|foe| cell(&foe.to_string(), &between));
        text.push_str(&format!(
            "{phase:<2} = {{ {} }}\n",
            cells.collect::<Vec<_>>().join(", ")
        ));
    }
    text
}

fn tuning(draft: &Draft) -> String {
    let timing = &draft.timing;
    let mut text = "\n# Whoever has passed a detector may have changed lanes since.\n\
                    [tuning.detector_defaults]\nlock = false\n\n[tuning.phases]\n"
        .to_owned();
    for phase in draft.phasing.phases.iter() {
        let row = &timing.phase[phase];
        text.push_str(&format!(
            "{phase:<2} = {{ passage_s = 2, max_green_s = {} }}\n",
            number(row.max_green_s)
        ));
    }
    let Some(pattern) = &timing.pattern else {
        return text;
    };
    let splits = draft.phasing.phases.iter();
    let splits = splits.map(|phase| cell(&phase.to_string(), number(timing.phase[phase].split_s)));
    text.push_str(&format!(
        "\n# The net's own program; midnight is the second 0 of the simulation.\n\
         [[tuning.patterns]]\nid = \"net\"\nnumber = 1\ncycle_s = {}\noffset_s = {}\n{}\nsplits_s = {{ {} }}\n\n\
         [tuning]\nschedule = [{{ pattern = \"net\", from = \"00:00\", until = \"24:00\" }}]\n",
        number(pattern.cycle_s),
        number(pattern.offset_s),
        phases("coordinated", pattern.coordinated),
        splits.collect::<Vec<_>>().join(", ")
    ));
    text
}
