//! Mean, spread and quantiles of plain lists of numbers.
//!
//! In: numbers, of which those not usable (see [`usable`]) are left out. Out: figures for tables and plots. Not here:
//! traffic.

/// Mean, spread and extremes of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many usable values.
    pub count: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation of the sample (n − 1); zero for a single value.
    pub deviation: f64,
    /// Smallest.
    pub least: f64,
    /// Largest.
    pub most: f64,
}

/// Whether a number can be a figure of traffic: finite, and below 10¹², so that sums stay finite.
#[must_use]
pub fn usable(value: f64) -> bool {
    value.is_finite() && value.abs() < 1e12
}

/// Summary of the usable values; `None` if there are none.
#[must_use]
pub fn summary(values: impl IntoIterator<Item = f64>) -> Option<Summary> {
    let values = sorted(values);
    let (least, most) = (*values.first()?, *values.last()?);
    let count = values.len();
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let deviation = if count > 1 {
        (squares / (count - 1) as f64).sqrt()
    } else {
        0.0
    };
    Some(Summary {
        count,
        mean,
        deviation,
        least,
        most,
    })
}

/// The usable values, ascending.
#[must_use]
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().filter(|v| usable(*v)).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value that a share (0 to 1) of the ascending list does not exceed, interpolated; `None` for an
/// empty list.
#[must_use]
pub fn quantile(ascending: &[f64], share: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to the list's length by the clamp"
    )]
    let below = place.floor() as usize;
    let low = *ascending.get(below)?;
    let high = ascending.get(below + 1).copied().unwrap_or(low);
    Some(low + (high - low) * (place - place.floor()))
}
