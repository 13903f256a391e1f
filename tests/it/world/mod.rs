//! The traffic world against traffic engineering: discharge, delay, gaps, pedestrians, detectors.

mod cameras;
mod film;
mod delay;
mod detectors;
mod discharge;
mod faults;
mod flows;
mod gaps;
mod plan;
mod shared;
mod spillback;
mod whole;
