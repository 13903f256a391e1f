//! The controller of one intersection: a pure function from inputs and time to outputs.

mod ports;

pub use ports::{EDGES_MAX, Inputs, Outputs, Rung};
