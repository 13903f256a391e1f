//! Phasewise: an adaptive traffic signal controller that explains itself.
//!
//! The modules are listed in the order data flows; a file may import only from modules listed above
//! its own (kept by `tests/it/imports.rs`). Start reading at [`controller`].

pub mod units;
pub mod hires;
pub mod intersection;
pub mod signal;
pub mod announcement;
pub mod detection;
pub mod estimation;
pub mod prediction;
pub mod solver;
pub mod conventional;
pub mod safety;
pub mod controller;
pub mod journal;
pub mod recording;
pub mod measures;
pub mod replay;
pub mod camera;
pub mod drawing;
pub mod simulation;
pub mod sumo;
pub mod report;
