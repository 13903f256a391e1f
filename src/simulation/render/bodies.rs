//! Vehicles and people as a camera sees them: boxes with glass, shadows and lamps.
//!
//! In: who is where, a lens, the light. Out: shapes painted into a picture, the farthest first. Not here: the street.

use super::ground::{Ground, Place};
use super::lens::{Lens, Point};
use super::picture::{Color, Paint, Picture};
use super::scene::Light;
use crate::intersection::Px;
use crate::simulation::draw;
use crate::simulation::eye::height_m;
use crate::simulation::world::{OnFoot, OnWay};

/// Width of a car, and of a van or truck, m.
const CAR_WIDE_M: f64 = 1.8;
const TALL_WIDE_M: f64 = 2.2;
/// Vehicles from this height on are one box without a hood, m.
const TALL_M: f64 = 2.5;
/// Where the cabin of a car begins and ends, as shares of its length from the front, and where its windows begin, as a
/// share of its height.
const CABIN: [f64; 2] = [0.28, 0.88];
const WAIST: f64 = 0.58;
/// Somebody on foot, m.
const PERSON_M: [f64; 3] = [0.45, 0.45, 1.7];
/// Lamps hang here, m above the ground, and shine so far ahead, m.
const LAMP_M: f64 = 0.7;
const BEAM_M: f64 = 14.0;

/// Colors of cars, roughly as often as they are seen: half are white, gray or black.
const COATS: [Color; 12] = [
    [235.0, 235.0, 235.0],
    [225.0, 228.0, 230.0],
    [40.0, 38.0, 36.0],
    [30.0, 30.0, 32.0],
    [120.0, 118.0, 116.0],
    [90.0, 88.0, 86.0],
    [190.0, 188.0, 186.0],
    [170.0, 168.0, 166.0],
    [150.0, 70.0, 40.0],
    [50.0, 40.0, 160.0],
    [110.0, 90.0, 60.0],
    [90.0, 130.0, 150.0],
];
/// Something flat on a side of a vehicle.
struct Patch {
    /// 0 the front, 2 the rear.
    side: usize,
    /// From here to there, as shares of the side.
    wide: [f64; 2],
    /// From here to there, m above the ground.
    high_m: [f64; 2],
    color: Color,
}

const fn patch(side: usize, wide: [f64; 2], high_m: [f64; 2], color: Color) -> Patch {
    Patch {
        side,
        wide,
        high_m,
        color,
    }
}

/// Grille, lamps and plate at the front; lamps, plate and bumper at the rear.
const FITTINGS: [Patch; 8] = [
    patch(0, [0.25, 0.75], [0.32, 0.62], [34.0; 3]),
    patch(0, [0.04, 0.22], [0.55, 0.72], LAMP),
    patch(0, [0.78, 0.96], [0.55, 0.72], LAMP),
    patch(0, [0.36, 0.64], [0.38, 0.52], PLATE),
    patch(2, [0.04, 0.20], [0.60, 0.80], REAR_LAMP),
    patch(2, [0.80, 0.96], [0.60, 0.80], REAR_LAMP),
    patch(2, [0.36, 0.64], [0.42, 0.56], PLATE),
    patch(2, [0.05, 0.95], [0.30, 0.36], [40.0; 3]),
];
const LAMP: Color = [205.0, 208.0, 208.0];
const REAR_LAMP: Color = [40.0, 36.0, 150.0];
const PLATE: Color = [222.0, 226.0, 226.0];
const GLASS: Color = [58.0, 52.0, 48.0];
const TIRES: Color = [30.0, 30.0, 30.0];
const HEADLIGHT: Color = [235.0, 250.0, 255.0];
const TAIL_LIGHT: Color = [30.0, 30.0, 235.0];

/// Something upright on a rectangle of ground.
struct Solid {
    /// Corners on the ground: front left, front right, rear right, rear left.
    floor: [Place; 4],
    bottom_m: f64,
    top_m: f64,
}

impl Solid {
    /// `from` to `to`: shares of the length, from the front.
    fn part(&self, [from, to]: [f64; 2], [bottom_m, top_m]: [f64; 2]) -> Self {
        let [front_left, front_right, rear_right, rear_left] = self.floor;
        let mix = |a: Place, b: Place, share: f64| {
            [0, 1].map(|axis| a[axis] + (b[axis] - a[axis]) * share)
        };
        Self {
            floor: [
                mix(front_left, rear_left, from),
                mix(front_right, rear_right, from),
                mix(front_right, rear_right, to),
                mix(front_left, rear_left, to),
            ],
            bottom_m,
            top_m,
        }
    }

    fn middle(&self) -> Point {
        let [east, north] =
            [0, 1].map(|axis| self.floor.iter().map(|it| it[axis]).sum::<f64>() / 4.0);
        [east, north, self.bottom_m]
    }
}

/// Who is to be painted.
enum Body {
    Vehicle { solid: Solid, number: usize },
    Person { solid: Solid, number: usize },
}

impl Body {
    fn solid(&self) -> &Solid {
        match self {
            Self::Vehicle { solid, .. } | Self::Person { solid, .. } => solid,
        }
    }
}

/// Paints with a lens, in a light.
pub(super) struct Painter<'a> {
    pub(super) ground: &'a Ground,
    pub(super) lens: &'a Lens,
    pub(super) light: &'a Light,
}

impl Painter<'_> {
    /// Paints everybody.
    pub(super) fn paint(&self, picture: &mut Picture, vehicles: &[OnWay], people: &[OnFoot]) {
        let vehicles = vehicles.iter().map(|vehicle| Body::Vehicle {
            solid: self.vehicle(vehicle),
            number: vehicle.number,
        });
        let people = people.iter().filter_map(|person| {
            Some(Body::Person {
                solid: self.person(person)?,
                number: person.number,
            })
        });
        let mut bodies: Vec<(f64, Body)> = (vehicles.chain(people))
            .map(|body| (self.lens.distance(body.solid().middle()), body))
            .collect();
        bodies.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        // Light and shadow lie on the ground, below everybody.
        for (_, body) in &bodies {
            self.shadow(picture, body.solid());
            if let (Body::Vehicle { solid, .. }, true) = (body, self.light.lamps) {
                self.beam(picture, solid);
            }
        }
        for (far_m, body) in &bodies {
            match body {
                Body::Vehicle { solid, number } => self.car(picture, solid, *number, *far_m),
                Body::Person { solid, number } => {
                    let coat = COATS[(number * 7 + 3) % COATS.len()];
                    self.block(picture, solid, coat, *far_m);
                }
            }
        }
    }

    fn vehicle(&self, vehicle: &OnWay) -> Solid {
        let height_m = height_m(vehicle.number as u64);
        let wide_m = if height_m > TALL_M {
            TALL_WIDE_M
        } else {
            CAR_WIDE_M
        };
        let front = self.ground.on(vehicle.way, vehicle.front_m);
        let rear = self
            .ground
            .on(vehicle.way, vehicle.front_m - vehicle.length_m);
        Solid {
            floor: rectangle(front, rear, [vehicle.length_m, wide_m]),
            bottom_m: 0.0,
            top_m: height_m,
        }
    }

    fn person(&self, person: &OnFoot) -> Option<Solid> {
        let [long, wide, top_m] = PERSON_M;
        let drawn = draw::stream(person.number as u64, "side of the crosswalk", 0);
        let side = f64::from(u8::try_from(drawn % 100).unwrap_or(0)) / 100.0;
        let at = self
            .ground
            .on_crosswalk(person.crosswalk, person.share, side)?;
        Some(Solid {
            floor: rectangle(at, [at[0], at[1] - 1.0], [long, wide]),
            bottom_m: 0.0,
            top_m,
        })
    }

    fn car(&self, picture: &mut Picture, solid: &Solid, number: usize, far_m: f64) {
        let drawn = draw::stream(number as u64, "color of a vehicle", 0);
        let coat = COATS[usize::try_from(drawn % COATS.len() as u64).unwrap_or(0)];
        let top_m = solid.top_m;
        self.block(picture, &solid.part([0.0, 1.0], [0.0, 0.3]), TIRES, far_m);
        if top_m > TALL_M {
            self.block(picture, &solid.part([0.0, 1.0], [0.3, top_m]), coat, far_m);
            let windscreen = [0.5 * top_m, 0.85 * top_m];
            self.patch(
                picture,
                solid,
                &patch(0, [0.06, 0.94], windscreen, GLASS),
                far_m,
            );
        } else {
            let waist_m = WAIST * top_m;
            self.block(
                picture,
                &solid.part([0.0, 1.0], [0.3, waist_m]),
                coat,
                far_m,
            );
            let cabin = solid.part(CABIN, [waist_m, top_m - 0.1]);
            self.block(picture, &cabin, GLASS, far_m);
            let roof = solid.part(CABIN, [top_m - 0.1, top_m]);
            self.block(picture, &roof, coat, far_m);
        }
        for fitting in &FITTINGS {
            self.patch(picture, solid, fitting, far_m);
        }
        if self.light.lamps {
            self.lamps(picture, solid, far_m);
        }
    }

    /// The sides and the top that face the camera.
    fn block(&self, picture: &mut Picture, solid: &Solid, coat: Color, far_m: f64) {
        for side in 0..4 {
            // Sides are a little darker than the top, one pair more than the other.
            let shade = if side % 2 == 0 { 0.82 } else { 0.7 };
            self.face(picture, solid, side, coat.map(|it| it * shade), far_m);
        }
        let top = solid.floor.map(|[east, north]| [east, north, solid.top_m]);
        self.polygon(picture, &top, Paint::Cover(self.light.on(coat, far_m)));
    }

    /// Something on one side of a vehicle.
    fn patch(&self, picture: &mut Picture, solid: &Solid, patch: &Patch, far_m: f64) {
        let mut part = solid.part([0.0, 1.0], patch.high_m);
        let (first, second) = (patch.side, (patch.side + 1) % 4);
        let (a, b) = (part.floor[first], part.floor[second]);
        let along = |share: f64| [0, 1].map(|axis| a[axis] + (b[axis] - a[axis]) * share);
        part.floor[first] = along(patch.wide[0]);
        part.floor[second] = along(patch.wide[1]);
        self.face(picture, &part, patch.side, patch.color, far_m);
    }

    /// One side, if it faces the camera: 0 the front, 1 the right one, 2 the rear, 3 the left one.
    fn face(&self, picture: &mut Picture, solid: &Solid, side: usize, coat: Color, far_m: f64) {
        let (a, b) = (solid.floor[side], solid.floor[(side + 1) % 4]);
        let eye = self.lens.eye();
        let outward = (b[0] - a[0]) * (eye[1] - a[1]) - (b[1] - a[1]) * (eye[0] - a[0]);
        if outward <= 0.0 {
            return;
        }
        let corners = [
            [a[0], a[1], solid.bottom_m],
            [b[0], b[1], solid.bottom_m],
            [b[0], b[1], solid.top_m],
            [a[0], a[1], solid.top_m],
        ];
        self.polygon(picture, &corners, Paint::Cover(self.light.on(coat, far_m)));
    }

    fn shadow(&self, picture: &mut Picture, solid: &Solid) {
        if let Some((per_m, share)) = self.light.shadow {
            let [east, north] = per_m.map(|it| it * solid.top_m);
            let thrown = solid.floor.map(|[x, y]| [x + east, y + north]);
            let all: Vec<Place> = solid.floor.into_iter().chain(thrown).collect();
            let hull: Vec<Point> = (hull(all).into_iter().map(|[x, y]| [x, y, 0.0])).collect();
            self.polygon(picture, &hull, Paint::Darken(share));
        }
        // Hardly any light comes below and close to a vehicle.
        let middle = solid.middle();
        let around = solid.floor.map(|corner| {
            let [x, y] = [0, 1].map(|axis| middle[axis] + (corner[axis] - middle[axis]) * 1.12);
            [x, y, 0.0]
        });
        self.polygon(picture, &around, Paint::Darken(0.72));
    }

    fn beam(&self, picture: &mut Picture, solid: &Solid) {
        let [front_left, front_right, rear_right, rear_left] = solid.floor;
        let ahead = |front: Place, rear: Place, far_m: f64| {
            let way = [front[0] - rear[0], front[1] - rear[1]];
            let length = way[0].hypot(way[1]).max(0.1);
            [0, 1].map(|axis| front[axis] + way[axis] / length * far_m)
        };
        for (far, light) in [(0.45, 26.0), (1.0, 18.0)] {
            let pool = [
                ahead(front_left, rear_left, 1.0),
                ahead(front_right, rear_right, 1.0),
                ahead(front_right, rear_right, far * BEAM_M),
                ahead(front_left, rear_left, far * BEAM_M),
            ];
            let pool = pool.map(|[x, y]| [x, y, 0.0]);
            let dark = (1.0 - self.light.daylight).max(0.0);
            self.polygon(picture, &pool, Paint::Light([light * dark; 3]));
        }
    }

    fn lamps(&self, picture: &mut Picture, solid: &Solid, far_m: f64) {
        let [front_left, front_right, rear_right, rear_left] = solid.floor;
        let eye = self.lens.eye();
        let sees_front = {
            let way = [front_left[0] - rear_left[0], front_left[1] - rear_left[1]];
            way[0] * (eye[0] - front_left[0]) + way[1] * (eye[1] - front_left[1]) > 0.0
        };
        let (pair, color, size_m) = if sees_front {
            ([front_left, front_right], HEADLIGHT, 0.22)
        } else {
            ([rear_left, rear_right], TAIL_LIGHT, 0.14)
        };
        for (side, [x, y]) in pair.into_iter().enumerate() {
            let inward = pair[1 - side];
            let place = [
                x + (inward[0] - x) * 0.14,
                y + (inward[1] - y) * 0.14,
                LAMP_M,
            ];
            let edge = [place[0], place[1], LAMP_M + size_m];
            if let (Some(middle), Some(top)) = (self.lens.see(place), self.lens.see(edge)) {
                let radius = (middle[1] - top[1]).max(0.8);
                let clear = if far_m < self.light.visible_m {
                    1.0
                } else {
                    0.3
                };
                picture.fill(&disc(middle, radius), Paint::Cover(color));
                picture.fill(
                    &disc(middle, radius * 2.5),
                    Paint::Light(color.map(|it| it * 0.2 * clear)),
                );
            }
        }
    }

    fn polygon(&self, picture: &mut Picture, corners: &[Point], paint: Paint) {
        let seen: Option<Vec<Px>> = corners
            .iter()
            .map(|corner| self.lens.see(*corner))
            .collect();
        if let Some(seen) = seen {
            picture.fill(&seen, paint);
        }
    }
}

/// With its front here, pointing away from `behind`.
fn rectangle(front: Place, behind: Place, [long_m, wide_m]: [f64; 2]) -> [Place; 4] {
    let way = [front[0] - behind[0], front[1] - behind[1]];
    let length = way[0].hypot(way[1]).max(0.1);
    let ahead = way.map(|it| it / length);
    let right = [ahead[1], -ahead[0]];
    let corner = |back_m: f64, aside_m: f64| {
        [0, 1].map(|axis| front[axis] - ahead[axis] * back_m + right[axis] * aside_m)
    };
    let half_m = wide_m / 2.0;
    [
        corner(0.0, -half_m),
        corner(0.0, half_m),
        corner(long_m, half_m),
        corner(long_m, -half_m),
    ]
}

fn disc([x, y]: Px, radius: f64) -> Vec<Px> {
    let corner = |number: u32| {
        let (sin, cos) = (f64::from(number) * std::f64::consts::FRAC_PI_4).sin_cos();
        [x + radius * cos, y + radius * sin]
    };
    (0..8).map(corner).collect()
}

/// The convex hull, counterclockwise (Andrew's monotone chain).
fn hull(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let chain = |places: &mut dyn Iterator<Item = Place>| {
        let mut half: Vec<Place> = Vec::new();
        for place in places {
            while let [.., a, b] = half[..]
                && (b[0] - a[0]) * (place[1] - a[1]) <= (b[1] - a[1]) * (place[0] - a[0])
            {
                half.pop();
            }
            half.push(place);
        }
        half.pop();
        half
    };
    let mut hull = chain(&mut places.iter().copied());
    hull.extend(chain(&mut places.iter().rev().copied()));
    hull
}
