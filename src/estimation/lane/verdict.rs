//! What each green shows about the cameras of a lane.
//!
//! In: what a camera saw at the end of red, what loops told then, who left in green. Out: whether it was right.
//! Loops alone cannot contradict a camera, which sees who changes lanes between them; what left can: somebody who stood on
//! the stop bar and left it has been there, and a lane that is empty has let go all who stood in it. Not here: what
//! follows from being wrong (`trust.rs`).

/// Vehicles counted too many that prove nothing: two, or this share of a queue, may have changed lanes.
const TOO_MANY: f64 = 2.0;
const TOO_MANY_SHARE: f64 = 0.4;

/// The end of a red, to be judged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdict {
    /// How many the camera saw stand when it was last on red.
    standing: f64,
    /// Somebody came onto the stop bar in this red: whether the camera saw somebody stand then.
    first_seen: Option<bool>,
    /// Somebody left in green.
    left: bool,
}

impl Verdict {
    /// On red the camera sees this many stand; `somebody`: the stop bar got covered in this red, some seconds ago.
    pub(super) fn saw(&mut self, standing: f64, somebody: bool) {
        *self = Self {
            standing,
            first_seen: somebody.then_some(standing >= 0.5),
            left: false,
        };
    }

    /// A counter saw somebody leave in green.
    pub(super) fn left(&mut self) {
        self.left = true;
    }

    /// Green ended, or the lane is `emptied` after this many have left. Whether the camera was right; `None`: it
    /// does not show.
    pub(super) fn judge(&mut self, left: f64, emptied: bool) -> Option<bool> {
        let judged = std::mem::take(self);
        let too_many = judged.standing - left > TOO_MANY.max(TOO_MANY_SHARE * judged.standing);
        if emptied && judged.left && too_many {
            return Some(false);
        }
        judged.first_seen.filter(|_| judged.left)
    }
}
