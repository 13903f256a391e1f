//! Conventional control: one signal strip for every feature, coordination to the tick, random sites.

mod actuated;
mod bench;
mod sites;
