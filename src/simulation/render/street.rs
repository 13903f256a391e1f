//! The street without anybody on it.
//!
//! In: the ground of a site, a lens, the light. Out: a picture. Not here: what moves.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::ground::{CROSSWALK_M, Ground, LANE_M, Place, Road};
use super::lens::Lens;
use super::picture::{Color, Picture};
use super::scene::Light;
use crate::intersection::ApproachId;
use crate::simulation::draw;

const ASPHALT: Color = [104.0, 104.0, 106.0];
const PAVEMENT: Color = [140.0, 146.0, 150.0];
const GRASS: Color = [70.0, 112.0, 88.0];
const SKY: Color = [222.0, 212.0, 204.0];
const MARKING: Color = [214.0, 216.0, 218.0];
const AXIS: Color = [70.0, 176.0, 206.0];
/// Width of a marking, m.
const LINE_M: f64 = 0.15;
/// A stop bar is this wide, m.
const BAR_M: f64 = 0.5;
/// Dashes between lanes: this long, every so many m.
const DASH_M: f64 = 3.0;
const DASHES_M: f64 = 9.0;
/// Pavement beside the road, m.
const PAVEMENT_M: f64 = 3.0;
/// Street lamps: this far apart along a road, and how far their light reaches, m.
const LAMPS_M: f64 = 35.0;
const LAMP_REACH_M: f64 = 11.0;
/// Places per pixel and side that are looked at, so that edges are smooth.
const FINE: usize = 3;
/// Patches of asphalt differ by so much, of 255.
const ROUGH: f32 = 5.0;

/// Paints the street as this lens sees it.
pub(super) fn paint(
    ground: &Ground,
    lens: &Lens,
    light: &Light,
    size: [usize; 2],
    seed: u64,
) -> Picture {
    let mut picture = Picture::new(size[0], size[1]);
    let mut rng = Pcg64Mcg::seed_from_u64(draw::stream(seed, "asphalt", 0));
    for y in 0..size[1] {
        for x in 0..size[0] {
            let mut sum = [0.0; 3];
            for step in 0..FINE * FINE {
                let color = seen(
                    ground,
                    lens,
                    light,
                    [fine(x, step % FINE), fine(y, step / FINE)],
                );
                for (total, value) in sum.iter_mut().zip(color) {
                    *total += value;
                }
            }
            let grain = rng.random_range(-ROUGH..ROUGH) * light.daylight;
            #[expect(clippy::cast_precision_loss, reason = "a small constant")]
            let shares = (FINE * FINE) as f32;
            picture.set(x, y, sum.map(|total| total / shares + grain));
        }
    }
    picture
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a picture")]
fn fine(pixel: usize, step: usize) -> f64 {
    pixel as f64 + (step as f64 + 0.5) / FINE as f64
}

fn seen(ground: &Ground, lens: &Lens, light: &Light, px: [f64; 2]) -> Color {
    let Some(place) = lens.ground(px) else {
        return light.on(SKY, 1e6_f64.min(light.visible_m * 2.0));
    };
    let color = surface(ground, place);
    let dark = (1.0 - light.daylight).max(0.0);
    let lit = if light.lamps {
        dark * lamp_light(ground, place)
    } else {
        0.0
    };
    let far_m = lens.distance([place[0], place[1], 0.0]);
    let mut seen = light.on(color, far_m);
    for (value, color) in seen.iter_mut().zip(color) {
        *value += color * lit;
    }
    seen
}

/// What the ground is made of.
fn surface(ground: &Ground, place: Place) -> Color {
    let mut beside = GRASS;
    let entered = ground.roads.iter().map(|(id, road)| (road, Some(id)));
    let left = ground.exits_only.iter().map(|road| (road, None));
    let mut in_box = true;
    for (road, id) in entered.chain(left) {
        let (back, aside) = road.from(place);
        in_box &= back < 0.0;
        let (left, right) = road.curbs();
        if back > 0.0 || CROSSWALK_M.contains(&back) {
            if (left..right).contains(&aside) {
                let crossed = id.is_some_and(|id| ground.has_crosswalk(id));
                return marked(road, crossed, (back, aside));
            }
            if back > 0.0 && (left - PAVEMENT_M..right + PAVEMENT_M).contains(&aside) {
                beside = PAVEMENT;
            }
        }
    }
    if in_box { ASPHALT } else { beside }
}

/// Asphalt with its markings, upstream of a stop bar and on the crosswalk before it.
fn marked(road: &Road, has_crosswalk: bool, (back, aside): (f64, f64)) -> Color {
    let (_, right) = road.curbs();
    let entering = aside > road.inner_m;
    if back < 0.0 {
        let stripe = aside.rem_euclid(1.0) < 0.5;
        return if has_crosswalk && stripe {
            MARKING
        } else {
            ASPHALT
        };
    }
    if entering && back < BAR_M && road.lanes > 0 {
        return MARKING;
    }
    let near = |line: f64| (aside - line).abs() < LINE_M / 2.0;
    if road.lanes > 0
        && road.exit_lanes > 0
        && (near(road.inner_m - 0.12) || near(road.inner_m + 0.12))
    {
        return AXIS;
    }
    if near(right - 0.25) {
        return MARKING;
    }
    let from_axis = (aside - road.inner_m).abs();
    let between = (from_axis / LANE_M).round() * LANE_M;
    let dashed = back < 25.0 && entering || back.rem_euclid(DASHES_M) < DASH_M;
    if between > 0.0 && (from_axis - between).abs() < LINE_M / 2.0 && dashed {
        return MARKING;
    }
    ASPHALT
}

/// Light of street lamps, as a share of daylight.
#[expect(clippy::cast_possible_truncation, reason = "0 to 1")]
fn lamp_light(ground: &Ground, place: Place) -> f32 {
    let roads = ground
        .roads
        .iter()
        .map(|(_, road): (ApproachId, &Road)| road);
    let lit = roads.chain(&ground.exits_only).map(|road| {
        let (back, aside) = road.from(place);
        let (_, right) = road.curbs();
        let nearest = (back / LAMPS_M).round().max(0.0) * LAMPS_M;
        let (along, across) = (back - nearest, aside - right);
        0.32 / (1.0 + (along * along + across * across) / (LAMP_REACH_M * LAMP_REACH_M))
    });
    lit.fold(0.0, f64::max) as f32
}
