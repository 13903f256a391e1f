//! SUMO's own controllers for the signals of a net: its `actuated` and `delay_based`, as SUMO ships them.
//!
//! In: a net. Out: an additional file of SUMO with one program per signal. The states are those of the
//! net; greens last from the minimum that everybody keeps to the net's maximum or SUMO's default.
//! Not here: what SUMO does with them.

use std::fmt::Write;

use super::net::{Net, State};
use super::sensors::escape;

/// Longest green where the net gives none, s: netconvert's default for programs that traffic extends.
const GREEN_MAX_S: f64 = 50.0;

/// The programs of all signals of a net, of this SUMO type.
#[must_use]
pub fn additional_file(net: &Net, kind: &str, min_green_s: f64) -> String {
    let mut text = "<additional>\n".to_owned();
    for signal in &net.signals {
        _ = writeln!(
            text,
            "  <tlLogic id=\"{}\" type=\"{kind}\" programID=\"phasewise\" offset=\"{}\">",
            escape(&signal.id),
            signal.offset_s
        );
        for state in &signal.states {
            text.push_str(&entry(state, min_green_s));
        }
        text.push_str("  </tlLogic>\n");
    }
    text + "</additional>\n"
}

fn entry(state: &State, min_green_s: f64) -> String {
    let shows = |letter: char| state.shows.contains(&letter);
    let letters: String = state.shows.iter().collect();
    let duration = state.duration_s;
    let is_green = (shows('G') || shows('g')) && !shows('y') && !shows('Y');
    let limits = if is_green {
        let longest = state.max_s.unwrap_or(GREEN_MAX_S).max(min_green_s);
        format!(" minDur=\"{min_green_s}\" maxDur=\"{longest}\"")
    } else {
        String::new()
    };
    format!("    <phase duration=\"{duration}\"{limits} state=\"{letters}\"/>\n")
}
