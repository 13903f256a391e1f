//! The SUMO driver without SUMO: networks as sites, the protocol against a server made of recorded bytes, figures
//! from outputs of SUMO kept here. With SUMO itself: `make peers`, `make bench-sumo`.

// Networks of simulators become sites.
mod import;
// The protocol, byte for byte.
mod figures;
mod fixture;
mod letters;
mod peers;
mod process;
mod sensors;
mod steps;
mod traci;
mod watch;
