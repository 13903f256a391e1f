//! What detectors tell and what is believed about traffic, against truth.

mod cameras;
mod hidden;
mod neighbors;
mod rhythm;
mod detection;
mod estimation;
mod garbage;
mod real_street;
mod street;
mod stuck;
mod traffic_world;
