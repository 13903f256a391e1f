//! The controller of one intersection: a pure function from inputs and time to outputs.

pub mod ladder;
mod ports;

pub use ports::{EDGES_MAX, Inputs, Outputs, Rung};
