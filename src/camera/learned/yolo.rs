//! What a YOLO-style model has seen: vehicles in boxes.
//!
//! In: the numbers that it gives, and their shape. Out: [`Boxed`] vehicles, overlapping ones still among them; and whether one stands in a zone. Two layouts are
//! known: 1 × N × 85 (YOLOv5: middle, size, "something is here", 80 classes, one row a box) and 1 × 84 × N (YOLOv8:
//! middle, size, 80 classes, one column a box). Classes are those of COCO. Not here: running the model.

use crate::intersection::Px;

/// Numbers of a box before its classes: middle and size.
const PLACE: usize = 4;
/// Classes of COCO.
const CLASSES: usize = 80;
/// Bicycle, car, motorcycle, bus, truck: who waits at a stop bar.
const VEHICLES: [usize; 5] = [1, 2, 3, 5, 7];
/// Boxes below this are not looked at.
const SCORE_MIN: f32 = 0.10;
/// So much of a box, from below, is near the ground.
const NEAR_GROUND: f64 = 0.25;
/// So much of the width of a box, in the middle, stands in the lane.
const MIDDLE: f64 = 0.6;

/// How the numbers of a model lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// 1 × N × 85.
    Rows,
    /// 1 × 84 × N.
    Columns,
}

impl Layout {
    /// The layout of an output of this shape; `None` when it is neither.
    #[must_use]
    pub fn of(dims: &[Option<u64>]) -> Option<Self> {
        let is = |dim: Option<u64>, size: usize| dim == u64::try_from(size).ok();
        match *dims {
            [_, _, last] if is(last, PLACE + 1 + CLASSES) => Some(Self::Rows),
            [_, first, _] if is(first, PLACE + CLASSES) => Some(Self::Columns),
            _ => None,
        }
    }
}

/// A vehicle in a box, px of the picture that the model was given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boxed {
    /// Left, top, right, bottom.
    pub sides: [f64; 4],
    /// How sure, 0 to 1.
    pub score: f32,
}

/// The vehicles among the numbers of a model.
///
/// # Errors
/// When there are not as many numbers as the layout has in a box.
pub fn vehicles(numbers: &[f32], layout: Layout) -> Result<Vec<Boxed>, String> {
    let in_box = match layout {
        Layout::Rows => PLACE + 1 + CLASSES,
        Layout::Columns => PLACE + CLASSES,
    };
    if !numbers.len().is_multiple_of(in_box) {
        return Err(format!(
            "the model gave {} numbers; allowed: {in_box} a box",
            numbers.len()
        ));
    }
    let boxes = numbers.len() / in_box;
    let value = |number: usize, of: usize| {
        let at = match layout {
            Layout::Rows => number * in_box + of,
            Layout::Columns => of * boxes + number,
        };
        numbers.get(at).copied().unwrap_or(0.0)
    };
    let boxed = |number: usize| {
        let (first_class, sure) = match layout {
            Layout::Rows => (PLACE + 1, value(number, PLACE)),
            Layout::Columns => (PLACE, 1.0),
        };
        // The likeliest class counts: what is rather a bench is no car.
        let classes = (0..CLASSES).map(|class| (class, value(number, first_class + class)));
        let (class, likely) = classes.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let score = sure * likely;
        let [x, y, wide, high] = [0, 1, 2, 3].map(|of| f64::from(value(number, of)));
        let is_sound = [x, y, wide, high].iter().all(|it| it.is_finite());
        (VEHICLES.contains(&class) && score >= SCORE_MIN && is_sound).then(|| Boxed {
            sides: [
                x - wide / 2.0,
                y - high / 2.0,
                x + wide / 2.0,
                y + high / 2.0,
            ],
            score: score.min(1.0),
        })
    };
    Ok((0..boxes).filter_map(boxed).collect())
}

/// How surely one of these vehicles stands in a zone: where a box touches the ground counts, not its roof.
#[must_use]
pub fn stands_in(zone: &[Px], vehicles: &[Boxed]) -> f32 {
    let touches = |it: &&Boxed| {
        let [left, top, right, bottom] = it.sides;
        let places = (0..=8).flat_map(|across| (0..=4).map(move |up| (across, up)));
        let mut places = places.map(|(across, up)| {
            let across = (1.0 - MIDDLE) / 2.0 + MIDDLE * f64::from(across) / 8.0;
            let up = NEAR_GROUND * f64::from(up) / 4.0;
            [left + (right - left) * across, bottom - (bottom - top) * up]
        });
        places.any(|place| super::super::zone::is_within(place, zone))
    };
    let scores = vehicles.iter().filter(touches).map(|it| it.score);
    scores.fold(0.0, f32::max)
}
