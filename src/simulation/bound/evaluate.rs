//! What greens that were shown cost in the point-queue model.
//!
//! In: a model, the green phases from each moment of change on. Out: the total delay at the stop bar. Not
//! here: whether the greens were legal (`safety::Monitor` watches that).

use super::model::{Bits, Model, Progress, Ticks};

/// Lanes look for gaps this often, and labels of the search meet this often.
pub(super) const STEP: Ticks = 5;

/// Total delay of everybody up to the end of the model, vehicles × ticks. `shown`: the green phases from
/// each moment on, ascending; before the first nothing is green.
pub(super) fn delay(model: &Model, shown: &[(Ticks, Bits)]) -> i64 {
    let mut lanes = vec![Progress::default(); model.lanes.len()];
    let mut total = 0;
    let (mut t, mut green) = (0, 0);
    let mut present = 0;
    let mut shown = shown.iter().copied().peekable();
    while t < model.end {
        if t % STEP == 0 {
            present = model.present(&lanes, t);
        }
        while let Some((_, new)) = shown.next_if(|(at, _)| *at <= t) {
            total += change(model, &mut lanes, t, (green, new));
            green = new;
        }
        let step = t - t % STEP + STEP;
        let until = shown
            .peek()
            .map_or(step, |(at, _)| step.min(*at))
            .min(model.end);
        for (lane, progress) in lanes.iter_mut().enumerate() {
            total += model.serve(lane, progress, (t, until), (green, present));
        }
        t = until;
    }
    for (lane, progress) in lanes.iter().enumerate() {
        let come = model.lanes[lane].come_by(model.end);
        total += model.lanes[lane].waiting(*progress, come, model.end);
    }
    total
}

/// Changes the greens of all lanes at `t`.
pub(super) fn change(model: &Model, lanes: &mut [Progress], t: Ticks, greens: (Bits, Bits)) -> i64 {
    (lanes.iter_mut().enumerate())
        .map(|(lane, progress)| model.change(lane, progress, t, greens))
        .sum()
}
