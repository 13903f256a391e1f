//! All integration tests in one binary; a line above each module says what it keeps.

// Calendars at their edges; the laws of phase sets.
#[cfg(test)]
mod units;

// A file may import only from modules listed above its own in src/lib.rs.
#[cfg(test)]
mod imports;

// Event codes keep their numbers; only reserved and vendor codes have no name.
#[cfg(test)]
mod hires;
// The journal gives back what was written, whatever happens to the end of the file.
#[cfg(test)]
mod journal;
// The fallback ladder: down at once, up only after a minute without trouble.
#[cfg(test)]
mod ladder;

// The advice half panics: the lamps go on, the run says why, and adaptive control comes back.
#[cfg(test)]
mod advice_fails;
// A controller whose driver tells it nonsense: more edges than there can be, clocks that jump.
#[cfg(test)]
mod controller;

// Event logs come in as CSV and Parquet and go out as CSV; broken ones get a clear error or a count.
#[cfg(test)]
mod recording;
// Site files load or say everything that is wrong with them.
#[cfg(test)]
mod sites;

// The real site's file agrees with its recording.
#[cfg(test)]
mod odot;
// Signal strips, drawn as a traffic engineer would; a helper for other modules.
#[cfg(test)]
mod strips;
// The safety gate keeps every limit whatever the advice, and serves every call within its maximum wait.
#[cfg(test)]
mod safety;
// The report: complete, honest, escaped, balanced, and it survives empty runs.
#[cfg(test)]
mod report;

// The traffic world agrees with traffic engineering: discharge, delay, gaps, pedestrians, detectors.
#[cfg(test)]
mod world;
// The solver: always legal, never a wait beyond its bound, decisions an engineer would make.
#[cfg(test)]
mod solver;
// Conventional control: every feature as a strip, coordination to the tick, random sites.
#[cfg(test)]
mod conventional;
// Detectors and estimation: what is believed about traffic against what is true.
#[cfg(test)]
mod sensing;
// Cameras: counts, presence through a long red, and health from painted pictures.
#[cfg(test)]
mod camera;
// Detectors and views drawn into site files: comments and layout stay.
#[cfg(test)]
mod drawing;
// Measures from event logs, by hand and against the atspm package's figures.
#[cfg(test)]
mod measures;
// Seeds x faults: whatever goes wrong around the controller, the promises hold on every tick.
#[cfg(test)]
mod promises;
// A journal replays bit for bit, and a changed one is found out to the tick and the field.
#[cfg(test)]
mod replay;
// The SUMO driver, without SUMO: the wire protocol, sensors, letters of links, figures.
#[cfg(test)]
mod sumo;
// How far from perfect a run was: the bound against brute force and the gate; the value of sight.
#[cfg(test)]
mod bound;
