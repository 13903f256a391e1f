//! Simulated traffic: demand, the world it moves in, detectors and their faults.
//!
//! In: sites, demand, what the heads show. Out: detector edges, sightings, measured delay. The world knows nothing
//! of prediction, estimation or the solver (`tests/it/imports.rs`), so that it cannot flatter them.

#![expect(
    clippy::indexing_slicing,
    reason = "a test instrument: indices come from the site's own tables, and a wrong one must stop the run"
)]

pub mod demand;
pub mod demand_file;
pub mod faults;
pub mod cameras;
pub mod render;
pub mod sensing;
pub mod crops;
mod filmed;
pub mod film_score;
pub mod world;
pub mod recorded;
pub mod clairvoyant;
pub mod planned;
pub mod run;
pub mod figures;
pub mod scenario;
pub mod compare;
pub mod sight_value;
pub mod bound;
pub mod distance;
pub mod stress;
pub mod discharge;
pub mod calibration;
pub(crate) mod draw;
pub(crate) mod eye;
pub(crate) mod sensors;
