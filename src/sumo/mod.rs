//! SUMO as a driver: public scenarios under the same controller as on the street.
//!
//! In: a SUMO scenario. Out: site files (`import/`) and the wiring that says which SUMO lane and link is
//! which lane and movement of ours; every signal driven over TraCI (`traci/`). The core does not know
//! that this module is there. Not here: any decision about signals.

pub mod net;
pub mod cityflow;
pub mod import;
pub mod scenario;
pub mod process;
pub mod traci;
pub mod traffic;
pub mod sensors;
pub mod letters;
pub mod watch;
pub mod peers;
pub mod programs;
pub mod results;
pub mod radio;
mod stage;
pub mod driver;
