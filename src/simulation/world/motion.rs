//! How one vehicle moves in one step: free driving and driving up to something.
//!
//! The car following is Newell's simplified model (Transportation Research B 36, 2002) with bounded
//! acceleration and comfortable braking: a follower is never ahead of where its leader was τ ago, less
//! the standing distance. In steady flow that is a headway of τ + spacing/speed, in a standing queue a
//! start wave of spacing/τ. Positions of the leader are looked up in its past, so that the trajectories
//! (and with them saturation flow and lost time) do not depend on the step.
//!
//! In: positions (m, growing in the direction of travel), speeds (m/s), a time step (s). Out: the same
//! at the end of the step. Not here: what is ahead (`control.rs`, `traffic.rs`).

/// Position of the front and speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Motion {
    /// Front, m.
    pub(super) x: f64,
    /// Speed, m/s.
    pub(super) v: f64,
}

/// Something not to be passed during the step: at its end it is at `x` and moves at `v`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Obstacle {
    /// Farthest allowed position of the front, m.
    pub(super) x: f64,
    /// Speed to have there, m/s.
    pub(super) v: f64,
    /// Deceleration with which to approach it, m/s².
    pub(super) deceleration: f64,
}

/// Standing vehicles do not close gaps shorter than this to something that stands, m.
const CREEP_MIN: f64 = 0.3;
/// A vehicle that came too close (a merge, a short headway at the entry) falls back over this time, s:
/// the relaxation seen at merges (Laval and Leclercq 2008 find 10 to 20 s of partial recovery).
const RELAXATION: f64 = 8.0;

/// After `dt` without anything ahead.
pub(super) fn free(now: Motion, dt: f64, desired: f64, acceleration: f64, braking: f64) -> Motion {
    let rate = if now.v <= desired {
        acceleration
    } else {
        -braking
    };
    let until_desired = (desired - now.v) / rate;
    if until_desired >= dt {
        let v = now.v + rate * dt;
        return Motion {
            x: now.x + 0.5 * (now.v + v) * dt,
            v,
        };
    }
    let x = now.x + 0.5 * (now.v + desired) * until_desired + desired * (dt - until_desired);
    Motion { x, v: desired }
}

/// Speed after `dt` that just allows to reach `obstacle` at its speed with its deceleration d:
/// v₁² = v_o² + 2·d·(x_o − x₁) with x₁ = x + (v + v₁)·dt/2. Constant braking solves it exactly.
fn braking_speed(now: Motion, dt: f64, obstacle: Obstacle) -> f64 {
    let half = 0.5 * obstacle.deceleration * dt;
    let inside =
        half * half + obstacle.v * obstacle.v + 2.0 * obstacle.deceleration * (obstacle.x - now.x)
            - 2.0 * half * now.v;
    if inside <= 0.0 {
        0.0
    } else {
        (inside.sqrt() - half).max(0.0)
    }
}

/// After `dt` when approaching or following `obstacle` as closely as allowed.
pub(super) fn behind(now: Motion, dt: f64, obstacle: Obstacle) -> Motion {
    let gap = obstacle.x - now.x;
    if gap <= 0.0 {
        let v = (obstacle.v.min(now.v) + gap / RELAXATION).max(0.0);
        return Motion {
            x: now.x + v * dt,
            v,
        };
    }
    if now.v < 0.01 && obstacle.v < 0.01 && gap < CREEP_MIN {
        return Motion { x: now.x, v: 0.0 };
    }
    let v = braking_speed(now, dt, obstacle);
    let x = now.x + 0.5 * (now.v + v) * dt;
    if x >= obstacle.x {
        return Motion {
            x: obstacle.x,
            v: obstacle.v.min(v),
        };
    }
    Motion { x, v }
}

/// Highest speed after `dt` that still allows to pass the point `limit.x` no faster than `limit.v`.
pub(super) fn slowing_for(now: Motion, dt: f64, limit: Obstacle) -> Motion {
    if now.x >= limit.x {
        return free(now, dt, limit.v, limit.deceleration, limit.deceleration);
    }
    let v = braking_speed(now, dt, limit).max(limit.v);
    Motion {
        x: now.x + 0.5 * (now.v + v) * dt,
        v,
    }
}

/// The more cautious of two.
pub(super) fn slower(a: Motion, b: Motion) -> Motion {
    Motion {
        x: a.x.min(b.x),
        v: a.v.min(b.v),
    }
}

/// Time to cover `distance` from speed `v`, accelerating to `desired`, s.
pub(super) fn time_to_cover(distance: f64, v: f64, acceleration: f64, desired: f64) -> f64 {
    if distance <= 0.0 {
        return 0.0;
    }
    if v >= desired {
        return distance / v.max(0.1);
    }
    let accelerating = (desired * desired - v * v) / (2.0 * acceleration);
    if distance <= accelerating {
        ((v * v + 2.0 * acceleration * distance).sqrt() - v) / acceleration
    } else {
        (desired - v) / acceleration + (distance - accelerating) / desired
    }
}

/// Time after the start of a move of `dt` from `from` to `to` at which `x` is passed, s: exact for
/// constant acceleration, in proportion otherwise. `x` lies between the two.
pub(super) fn passing_time(from: Motion, to: Motion, dt: f64, x: f64) -> f64 {
    let way = to.x - from.x;
    if way <= 1e-9 {
        return dt;
    }
    let even = 0.5 * (from.v + to.v) * dt;
    let distance = (x - from.x) * even / way;
    let rate = (to.v - from.v) / dt;
    let root = (from.v * from.v + 2.0 * rate * distance).max(0.0).sqrt();
    let sum = from.v + root;
    if sum <= 1e-9 {
        return dt * (x - from.x) / way;
    }
    (2.0 * distance / sum).clamp(0.0, dt)
}
