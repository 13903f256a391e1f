//! The safety gate: signal strips, boundary values, hostile advice, maximum waits.

mod bounds;
mod guard;
mod hostile;
mod lamps;
mod shipped;
pub(crate) mod sites;
mod strips;
