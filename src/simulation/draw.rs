//! Random numbers: one independent stream per purpose and item.
//!
//! In: the run's seed. Out: seeds of streams, normal and exponential variates. Not here: what is drawn.

use rand::Rng;

/// Seed of the stream for item `number` of `purpose`. Streams of different purposes or items do not
/// depend on one another, so a change of one kind of traffic leaves every other draw as it was.
#[must_use]
pub(crate) fn stream(seed: u64, purpose: &str, number: usize) -> u64 {
    // FNV-1a over all three, then a finalizer (SplitMix64) that spreads nearby values.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let bytes = purpose
        .bytes()
        .chain(seed.to_le_bytes())
        .chain((number as u64).to_le_bytes());
    for byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// A normal variate (Box–Muller).
pub(crate) fn normal(rng: &mut impl Rng, mean: f64, deviation: f64) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    let angle = std::f64::consts::TAU * rng.random::<f64>();
    mean + deviation * radius * angle.cos()
}

/// An exponential variate: the time to the next arrival of a Poisson stream of this rate (per s).
pub(crate) fn exponential(rng: &mut impl Rng, rate: f64) -> f64 {
    -(1.0 - rng.random::<f64>()).ln() / rate
}
