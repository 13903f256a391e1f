//! A Kalman filter of two numbers per lane: vehicles in the queue, and the rate at which they arrive.
//!
//! In: what joined, what left, and what a detector proves about the queue. Out: both numbers with their
//! variances. The state may dip below zero between a departure and the correction that explains it;
//! readers clamp. Not here: which vehicle is which (`line.rs`).

use nalgebra::{Matrix2, RowVector2, Vector2};

/// Highest believable arrival rate of one lane, veh/s: a vehicle every 1.4 s.
const RATE_MAX: f64 = 0.7;
/// Lowest: four vehicles an hour; an empty lane must be able to fill again.
const RATE_MIN: f64 = 0.001;
/// How fast the arrival rate wanders, (veh/s)² per second and veh/s. With counts every 30 s this makes
/// the steady gain 0.1, that is a memory of about 300 s (gain² ÷ (1 − gain) ÷ 30² s²).
const RATE_WALK: f64 = 0.011 / 900.0;

/// The state `(queue, arrival rate)` and its covariance.
#[derive(Clone, Debug)]
pub(super) struct QueueFilter {
    x: Vector2<f64>,
    p: Matrix2<f64>,
}

impl QueueFilter {
    /// Empty lane, `rate` veh/s known to about its own size.
    pub(super) fn new(rate: f64) -> Self {
        Self {
            x: Vector2::new(0.0, rate),
            p: Matrix2::new(1.0, 0.0, 0.0, rate * rate / 4.0),
        }
    }

    pub(super) fn queue(&self) -> f64 {
        self.x.x
    }

    pub(super) fn queue_variance(&self) -> f64 {
        self.p.m11
    }

    pub(super) fn rate(&self) -> f64 {
        self.x.y
    }

    pub(super) fn rate_variance(&self) -> f64 {
        self.p.m22
    }

    /// `dt` seconds pass in which arrivals are not seen: the queue grows by the rate, as uncertain as a
    /// Poisson count. x ← F·x, P ← F·P·Fᵀ + Q.
    pub(super) fn grow(&mut self, dt: f64) {
        let f = Matrix2::new(1.0, dt, 0.0, 1.0);
        self.x = f * self.x;
        self.p = f * self.p * f.transpose();
        self.p.m11 += self.x.y * dt;
        self.age(dt);
    }

    /// `dt` seconds pass in which arrivals are counted one by one: only the rate wanders.
    pub(super) fn age(&mut self, dt: f64) {
        self.p.m22 += RATE_WALK * self.x.y.max(0.02) * dt;
    }

    /// No more vehicles than the lane holds, no more uncertain than `variance`.
    pub(super) fn limit(&mut self, vehicles: usize, variance: f64) {
        let full = u32::try_from(vehicles).map_or(1e3, f64::from);
        self.x.x = self.x.x.min(full);
        if self.p.m11 > variance {
            self.p.m11 = variance;
            self.bound_covariance();
        }
    }

    /// A known change of the queue whose size has this variance.
    pub(super) fn shift(&mut self, vehicles: f64, variance: f64) {
        self.x.x += vehicles;
        self.p.m11 += variance;
    }

    /// From here on the queue is counted elsewhere: what it does says nothing about the rate.
    pub(super) fn decouple(&mut self) {
        self.p.m12 = 0.0;
        self.p.m21 = 0.0;
    }

    /// The queue as counted elsewhere; the covariance stays.
    pub(super) fn set_queue(&mut self, vehicles: f64) {
        self.x.x = vehicles;
    }

    /// A detector shows that the queue is `z`, with variance `r`.
    pub(super) fn measure_queue(&mut self, z: f64, r: f64) {
        self.measure(RowVector2::new(1.0, 0.0), z, r);
    }

    /// The rate was measured as `z`, with variance `r`; says nothing about the queue.
    pub(super) fn measure_rate(&mut self, z: f64, r: f64) {
        let queue = self.x.x;
        self.measure(RowVector2::new(0.0, 1.0), z, r);
        self.x.x = queue;
    }

    /// x ← x + K·(z − H·x), P ← (I − K·H)·P, K = P·Hᵀ ÷ (H·P·Hᵀ + r).
    fn measure(&mut self, h: RowVector2<f64>, z: f64, r: f64) {
        let innovation = z - (h * self.x).x;
        let s = (h * self.p * h.transpose()).x + r;
        let k = self.p * h.transpose() / s;
        self.x += k * innovation;
        self.p -= k * h * self.p;
        self.p.m11 = self.p.m11.max(1e-6);
        self.p.m22 = self.p.m22.max(1e-8);
        self.bound_covariance();
        self.x.y = self.x.y.clamp(RATE_MIN, RATE_MAX);
    }

    /// Neither rounding nor a limit may make the covariance indefinite.
    fn bound_covariance(&mut self) {
        let cross = 0.5 * (self.p.m12 + self.p.m21);
        let bound = (self.p.m11 * self.p.m22).sqrt();
        self.p.m12 = cross.clamp(-bound, bound);
        self.p.m21 = self.p.m12;
    }
}
