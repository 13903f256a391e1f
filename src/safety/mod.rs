//! The safety gate: the only code that decides what the lamps show.
//!
//! In: what advice wishes, which calls wait, and the time. Out: what each phase shows. Not here: any
//! knowledge of traffic, tuning, neighbors or cameras; it imports only units, intersection and signal.
//!
//! One tick of [`Gate::admit`]:
//! 1. `waiting` notes since when each call waits.
//! 2. `refusal` takes the legal part of the advice.
//! 3. `guard` asks whether every call would still be served in time if the advice were followed for
//!    this tick; if not, the calls that wait longest come first. The argument that this suffices is there.
//! 4. `signals` moves the intervals on.
//! 5. `rules` looks at the lamps again, knowing only what was shown before, and stops the program
//!    rather than show an unsafe state.

mod gate;
mod guard;
mod refusal;
mod rules;
mod signals;
mod waiting;

pub use gate::Gate;
pub use refusal::{Reason, Refused};
pub use rules::{Monitor, Rule, Violation};
