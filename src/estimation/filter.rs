//! A Kalman filter of three numbers per lane: vehicles in the queue, the rate at which they arrive, and by how
//! many the cameras miscount the queue now.
//!
//! In: what joined, what left, what a detector proves about the queue, what cameras count. Out: the numbers with
//! their variances. What hides a vehicle from a camera stays for a while, so that looking often is not
//! knowing well: the miscount is a state of its own that is forgotten slowly. The state may dip below zero between a departure and the correction that explains it;
//! readers clamp. Not here: which vehicle is which (`line.rs`).

use nalgebra::{Matrix3, RowVector3, Vector3};

/// Highest believable arrival rate of one lane, veh/s: a vehicle every 1.4 s.
const RATE_MAX: f64 = 0.7;
/// Lowest: four vehicles an hour; an empty lane must be able to fill again.
const RATE_MIN: f64 = 0.001;
/// How fast the arrival rate wanders, (veh/s)² per second and veh/s. With counts every 30 s this makes
/// the steady gain 0.1, that is a memory of about 300 s (gain² ÷ (1 − gain) ÷ 30² s²).
const RATE_WALK: f64 = 0.011 / 900.0;

/// A camera's miscount is forgotten in this time, s: trucks move up, the sun goes behind a cloud.
const MISCOUNT_S: f64 = 10.0;
/// Variance of one count besides the miscount: vehicles that just stop or start.
const COUNT_VARIANCE: f64 = 0.15;
/// A count farther off than this many standard deviations is not believed.
const GATE: f64 = 3.0;

/// The state `(queue, arrival rate, miscount)` and its covariance.
#[derive(Clone, Debug)]
pub(super) struct QueueFilter {
    x: Vector3<f64>,
    p: Matrix3<f64>,
}

/// A camera's count against what was believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Innovation {
    /// Counted less expected, vehicles.
    pub(super) vehicles: f64,
    /// Its variance, if camera and belief are as good as they say.
    pub(super) variance: f64,
}

impl Innovation {
    /// Whether it is as likely as three standard deviations.
    pub(super) fn is_likely(self) -> bool {
        self.vehicles * self.vehicles <= GATE * GATE * self.variance
    }
}

impl QueueFilter {
    /// Empty lane, `rate` veh/s known to about its own size.
    pub(super) fn new(rate: f64) -> Self {
        Self {
            x: Vector3::new(0.0, rate, 0.0),
            p: Matrix3::from_diagonal(&Vector3::new(1.0, rate * rate / 4.0, 0.0)),
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
        let mut f = Matrix3::identity();
        f.m12 = dt;
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
        self.p.m23 = 0.0;
        self.p.m32 = 0.0;
    }

    /// `dt` seconds pass for a camera whose miscount has this variance: b ← φ·b, φ = 1 − dt ÷ 10 s.
    pub(super) fn miscount(&mut self, variance: f64, dt: f64) {
        let keeps = (1.0 - dt / MISCOUNT_S).clamp(0.0, 1.0);
        let f = Matrix3::from_diagonal(&Vector3::new(1.0, 1.0, keeps));
        self.x = f * self.x;
        self.p = f * self.p * f;
        self.p.m33 += (1.0 - keeps * keeps) * variance;
    }

    /// The queue is not better known than to this variance.
    pub(super) fn doubt(&mut self, variance: f64) {
        self.p.m11 = self.p.m11.max(variance);
    }

    /// What a camera's count of standing vehicles would be worth.
    pub(super) fn compare(&self, counted: f64) -> Innovation {
        Innovation {
            vehicles: counted - self.x.x - self.x.z,
            variance: self.p.m11 + self.p.m33 + 2.0 * self.p.m13 + COUNT_VARIANCE,
        }
    }

    /// A camera counts this many standing vehicles: H = (1 0 1).
    pub(super) fn count(&mut self, counted: f64) {
        self.measure(RowVector3::new(1.0, 0.0, 1.0), counted, COUNT_VARIANCE);
    }

    /// The queue as counted elsewhere; the covariance stays.
    pub(super) fn set_queue(&mut self, vehicles: f64) {
        self.x.x = vehicles;
    }

    /// A detector shows that the queue is `z`, with variance `r`.
    pub(super) fn measure_queue(&mut self, z: f64, r: f64) {
        self.measure(RowVector3::new(1.0, 0.0, 0.0), z, r);
    }

    /// The rate was measured as `z`, with variance `r`; says nothing about the queue.
    pub(super) fn measure_rate(&mut self, z: f64, r: f64) {
        let (queue, miscount) = (self.x.x, self.x.z);
        self.measure(RowVector3::new(0.0, 1.0, 0.0), z, r);
        (self.x.x, self.x.z) = (queue, miscount);
    }

    /// x ← x + K·(z − H·x), P ← (I − K·H)·P, K = P·Hᵀ ÷ (H·P·Hᵀ + r).
    fn measure(&mut self, h: RowVector3<f64>, z: f64, r: f64) {
        let innovation = z - (h * self.x).x;
        let s = ((h * self.p * h.transpose()).x + r).max(1e-9);
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
        self.p.m33 = self.p.m33.max(0.0);
        let (p, between) = (self.p, |both: f64, a: f64, b: f64| {
            let bound = (a * b).sqrt();
            both.clamp(-bound, bound)
        });
        self.p.m12 = between(0.5 * (p.m12 + p.m21), p.m11, p.m22);
        self.p.m13 = between(0.5 * (p.m13 + p.m31), p.m11, p.m33);
        self.p.m23 = between(0.5 * (p.m23 + p.m32), p.m22, p.m33);
        (self.p.m21, self.p.m31, self.p.m32) = (self.p.m12, self.p.m13, self.p.m23);
    }
}
