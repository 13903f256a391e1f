//! The traffic world against traffic engineering: discharge, delay, gaps, pedestrians, detectors.

mod discharge;
mod plan;
mod whole;
