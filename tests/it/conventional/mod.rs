//! Conventional control: one signal strip for every feature, coordination to the tick, random sites.

mod actuated;
mod bench;
mod coordinated;
mod features;
mod fixed;
mod random;
mod sites;
