//! The SUMO driver without SUMO: the protocol against a server made of recorded bytes, figures from
//! outputs of SUMO kept here. With SUMO itself: `make peers`, `make bench-sumo`.

mod traci;
