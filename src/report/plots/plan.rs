//! The intersection from above: lanes, arrows, phases and detectors, as a schematic.
//!
//! In: the site. Out: a drawing and a table of its phases. Every approach is drawn straight towards one
//! center at its bearing; distances along a lane are to scale up to [`ARM_M`]. Not here: true geometry,
//! which the site file does not know.

use crate::intersection::Approach;
use crate::intersection::Detector;
use crate::intersection::DetectorFunction;
use crate::intersection::Exit;
use crate::intersection::Intersection;
use crate::intersection::Lane;
use crate::intersection::LaneId;
use crate::intersection::PhaseId;
use crate::intersection::PhaseSet;
use crate::intersection::Turn;
use crate::report::content::Content;
use crate::report::plots::grid;
use crate::report::plots::nothing;
use crate::report::svg::Anchor;
use crate::report::svg::Path;
use crate::report::svg::Svg;
use crate::report::svg::escape;
use crate::units::Millis;

/// Length of approach that is drawn, m: farther than advance detectors usually lie.
const ARM_M: f64 = 130.0;
const PER_M: f64 = 1.25;
const LANE: f64 = 17.0;
const CENTER: (f64, f64) = (340.0, 290.0);

/// The drawing beside the table of phases.
#[must_use]
pub fn section(content: &Content) -> String {
    let Some(site) = &content.intersection else {
        return nothing("The site file was not given to the report.");
    };
    let drawing = format!(
        "<figure><figcaption>Schematic. Circles at the far ends: the phases that serve each lane. \
         Filled bars: advance detectors; outlined: at the stop bar; dotted: crosswalk. Rest the \
         pointer on a detector for its name.</figcaption>{}</figure>",
        draw(site)
    );
    grid(&format!("{drawing}{}", table(content, site)))
}

/// A road as seen from the center: where it lies and how wide its two sides are.
#[derive(Clone, Copy)]
struct Leg {
    /// Direction of travel towards the center, on paper.
    toward: (f64, f64),
    /// To the right of that.
    right: (f64, f64),
    /// Distance of the stop bar from the center.
    bar: f64,
    /// Where the innermost lane begins, to the right of the middle of the road.
    inner: f64,
}

impl Leg {
    fn new(heading_deg: f64, bar: f64, inner: f64) -> Self {
        let (sin, cos) = heading_deg.to_radians().sin_cos();
        Self {
            toward: (sin, -cos),
            right: (cos, sin),
            bar,
            inner,
        }
    }

    /// The point `back` behind the stop bar and `aside` to the right of the middle.
    fn at(&self, back: f64, aside: f64) -> (f64, f64) {
        let away = self.bar + back;
        (
            CENTER.0 - self.toward.0 * away + self.right.0 * aside,
            CENTER.1 - self.toward.1 * away + self.right.1 * aside,
        )
    }

    fn middle_of(&self, place: usize) -> f64 {
        self.inner + (place as f64 + 0.5) * LANE
    }

    /// A strip along the road from `near` to `far` behind the stop bar.
    fn strip(&self, (near, far): (f64, f64), (left, right): (f64, f64)) -> Path {
        let mut path = Path::default();
        path.polygon([
            self.at(near, left),
            self.at(far, left),
            self.at(far, right),
            self.at(near, right),
        ]);
        path
    }
}

fn draw(site: &Intersection) -> String {
    let mut svg = Svg::new(680.0, 580.0, &format!("Plan of {}", site.name));
    let widest = site.approaches.iter().map(|(_, a)| a.lanes.len()).max();
    let exits = site.exits.iter().map(|(_, exit)| exit.lanes).max();
    let bar = LANE * widest.max(exits).unwrap_or(1) as f64 + 26.0;
    for (_, exit) in site.exits.iter() {
        draw_exit(&mut svg, site, exit, bar);
    }
    for (_, approach) in site.approaches.iter() {
        let leg = leg_of(site, approach, bar);
        draw_approach(&mut svg, site, approach, &leg);
    }
    draw_crosswalks(&mut svg, site, bar);
    svg.finish()
}

/// A one-way road is centered, a two-way road has its lanes right of the middle.
fn leg_of(site: &Intersection, approach: &Approach, bar: f64) -> Leg {
    let two_way = site
        .exits
        .iter()
        .any(|(_, exit)| opposite(approach.heading_deg, exit.heading_deg));
    let inner = if two_way {
        0.0
    } else {
        -LANE * approach.lanes.len() as f64 / 2.0
    };
    Leg::new(approach.heading_deg, bar, inner)
}

/// Whether an exit leaves along the road by which an approach comes.
fn opposite(approach_deg: f64, exit_deg: f64) -> bool {
    let turn = (exit_deg - approach_deg).rem_euclid(360.0);
    (turn - 180.0).abs() < 20.0
}

/// The exit's lanes, on the far side of the road; seen as a leg, they lie left of the middle.
fn draw_exit(svg: &mut Svg, site: &Intersection, exit: &Exit, bar: f64) {
    let approach = site
        .approaches
        .iter()
        .map(|(_, approach)| approach)
        .find(|approach| opposite(approach.heading_deg, exit.heading_deg));
    let width = LANE * exit.lanes as f64;
    let heading = approach.map_or(exit.heading_deg + 180.0, |a| a.heading_deg);
    let leg = Leg::new(heading, bar, 0.0);
    let (left, right) = match approach {
        Some(_) => (-width, 0.0),
        None => (-width / 2.0, width / 2.0),
    };
    let far = ARM_M * PER_M;
    svg.path("road", &leg.strip((-bar, far), (left, right)));
    for lane in 1..exit.lanes {
        let aside = left + LANE * lane as f64;
        svg.line("lane-line", leg.at(0.0, aside), leg.at(far, aside));
    }
    let middle = f64::midpoint(left, right);
    arrow(
        svg,
        &[leg.at(far - 34.0, middle), leg.at(far - 12.0, middle)],
    );
    if approach.is_none() {
        let label = leg.at(far + 22.0, middle);
        svg.text("label", label, Anchor::Middle, &exit.id);
    }
}

fn draw_approach(svg: &mut Svg, site: &Intersection, approach: &Approach, leg: &Leg) {
    let far = ARM_M * PER_M;
    for (place, &id) in approach.lanes.iter().enumerate() {
        let lane = &site.lanes[id];
        let middle = leg.middle_of(place);
        let sides = (middle - LANE / 2.0, middle + LANE / 2.0);
        let end = (lane.length_m * PER_M).min(far);
        svg.path("road", &leg.strip((-leg.bar, end), sides));
        if place > 0 {
            svg.line("lane-line", leg.at(0.0, sides.0), leg.at(end, sides.0));
        }
        svg.line("stop-bar", leg.at(0.0, sides.0), leg.at(0.0, sides.1));
        draw_arrows(svg, site, lane, (leg, middle));
        draw_phases(svg, phases_of(site, id), leg.at(end + 12.0, middle));
    }
    for (_, detector) in site.detectors.iter() {
        draw_detector(svg, detector, approach, leg);
    }
    let middle = leg.inner + LANE * approach.lanes.len() as f64 / 2.0;
    // Names are wider than high.
    let (x, y) = leg.at(far + 34.0 + 22.0 * leg.toward.0.abs(), middle);
    svg.text("label", (x, y + 4.0), Anchor::Middle, &approach.id);
}

/// Where the lane may go.
fn draw_arrows(svg: &mut Svg, site: &Intersection, lane: &Lane, (leg, middle): (&Leg, f64)) {
    for &movement in &lane.movements {
        let (start, turn, head) = (leg.at(30.0, middle), 14.0, 5.5);
        let points = match site.movements[movement].turn {
            Turn::Through => vec![start, leg.at(8.0, middle)],
            Turn::Left | Turn::UTurn => {
                vec![start, leg.at(turn, middle), leg.at(turn, middle - head)]
            }
            Turn::Right => vec![start, leg.at(turn, middle), leg.at(turn, middle + head)],
        };
        arrow(svg, &points);
    }
}

/// A line with a head at its end.
fn arrow(svg: &mut Svg, points: &[(f64, f64)]) {
    let mut line = Path::default();
    line.polyline(points.iter().copied());
    svg.path("arrow", &line);
    let [.., before, tip] = points else {
        return;
    };
    let (dx, dy) = (tip.0 - before.0, tip.1 - before.1);
    let length = (dx * dx + dy * dy).sqrt().max(1e-9);
    let (dx, dy) = (dx / length * 3.6, dy / length * 3.6);
    let mut head = Path::default();
    head.polygon([
        (tip.0 + dx, tip.1 + dy),
        (tip.0 - dy, tip.1 + dx),
        (tip.0 + dy, tip.1 - dx),
    ]);
    svg.path("arrow-head", &head);
}

fn draw_phases(svg: &mut Svg, phases: PhaseSet, at: (f64, f64)) {
    if phases.is_empty() {
        return;
    }
    let words: Vec<String> = phases.iter().map(|phase| phase.to_string()).collect();
    let mut path = Path::default();
    path.dot(at);
    svg.path("phase-dot", &path);
    let at = (at.0, at.1 + 4.0);
    svg.text("phase-number", at, Anchor::Middle, &words.join(" "));
}

fn draw_detector(svg: &mut Svg, detector: &Detector, approach: &Approach, leg: &Leg) {
    let near = detector.distance_m * PER_M;
    let far = near + (detector.length_m * PER_M).max(4.0);
    let class = match detector.function {
        DetectorFunction::Advance => "loop",
        DetectorFunction::StopBarPresence => "loop bar-loop",
        DetectorFunction::StopBarCount => "loop count-loop",
        DetectorFunction::PedestrianButton => return,
    };
    for (place, lane) in approach.lanes.iter().enumerate() {
        if detector.lanes.contains(lane) && far < ARM_M * PER_M {
            let middle = leg.middle_of(place);
            let strip = leg.strip((near, far), (middle - 5.0, middle + 5.0));
            let hover = format!(
                "{}: channel {}, {:.0} m before the stop bar",
                detector.id, detector.channel, detector.distance_m
            );
            svg.path_with_hover(class, &strip, &hover);
        }
    }
}

fn draw_crosswalks(svg: &mut Svg, site: &Intersection, bar: f64) {
    for (_, crosswalk) in site.crosswalks.iter() {
        let approach = crosswalk.across_approach.map(|id| &site.approaches[id]);
        let exit = crosswalk.across_exit.map(|id| &site.exits[id]);
        let one_way = approach.is_none() || exit.is_none();
        let entering = approach.map_or(0.0, |a| LANE * a.lanes.len() as f64);
        let leaving = exit.map_or(0.0, |e| LANE * e.lanes as f64);
        let heading = match (approach, exit) {
            (Some(approach), _) => approach.heading_deg,
            (None, Some(exit)) => exit.heading_deg + 180.0,
            (None, None) => continue,
        };
        let leg = Leg::new(heading, bar, 0.0);
        let width = entering + leaving;
        let (left, right) = if one_way {
            (-width / 2.0, width / 2.0)
        } else {
            (-leaving, entering)
        };
        svg.line("crosswalk", leg.at(-12.0, left), leg.at(-12.0, right));
        let at = leg.at(-12.0, right + 13.0);
        draw_phases(svg, PhaseSet::only(crosswalk.phase), at);
    }
}

/// Phases that serve the lane, yielding or not.
fn phases_of(site: &Intersection, lane: LaneId) -> PhaseSet {
    let movements = site.movements.iter().map(|(_, movement)| movement);
    movements
        .filter(|movement| movement.lanes.contains(&lane))
        .fold(PhaseSet::EMPTY, |phases, movement| {
            phases.union(movement.protected.union(movement.permissive))
        })
}

fn table(content: &Content, site: &Intersection) -> String {
    let rows: String = content
        .phases
        .iter()
        .map(|facts| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                facts.id,
                escape(&serves(site, facts.id)),
                bound(Some(facts.max_wait)),
                bound(facts.pedestrian_max_wait)
            )
        })
        .collect();
    format!(
        "<div class=\"scroll\"><table class=\"small left\"><caption>Phases, what they serve, and the longest \
         anybody may wait</caption><thead><tr><th scope=\"col\">Phase</th>\
         <th scope=\"col\">Serves</th><th scope=\"col\">Vehicle waits at most</th>\
         <th scope=\"col\">Pedestrian waits at most</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

/// Movements and crosswalks of a phase, in words.
fn serves(site: &Intersection, phase: PhaseId) -> String {
    let mut words: Vec<String> = Vec::new();
    for (_, movement) in site.movements.iter() {
        if movement.protected.contains(phase) {
            words.push(movement.id.clone());
        } else if movement.permissive.contains(phase) {
            words.push(format!("{} (yielding)", movement.id));
        }
    }
    for (_, crosswalk) in site.crosswalks.iter() {
        if crosswalk.phase == phase {
            words.push(format!("crosswalk {}", crosswalk.id));
        }
    }
    words.join(", ")
}

fn bound(most: Option<Millis>) -> String {
    match most {
        Some(most) if most > Millis::ZERO => format!("{:.0} s", most.secs()),
        _ => "–".to_owned(),
    }
}
