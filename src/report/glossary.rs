//! The words of the report, a sentence each, for readers who do not time signals for a living.
//!
//! In: nothing. Out: an HTML definition list. Not here: the words of the code (style guide).

const WORDS: &[(&str, &str)] = &[
    (
        "Delay",
        "Extra time that the signal costs a vehicle, compared with driving through without it.",
    ),
    (
        "95th percentile",
        "Nineteen vehicles of twenty lose no more than this.",
    ),
    (
        "Level of service",
        "Grade of the Highway Capacity Manual for mean delay: A up to 10 s, B 20 s, C 35 s, D 55 s, \
         E 80 s, F beyond.",
    ),
    (
        "Phase",
        "Timing unit that serves one or more movements that may go together; numbered as on the cabinet.",
    ),
    (
        "Movement",
        "The way from one approach to one exit: left, through or right.",
    ),
    (
        "Recorded plan",
        "The greens that the real signal showed on the recorded day, shown again to the simulated traffic.",
    ),
    (
        "Fixed time",
        "Every cycle is the same, whoever comes; needs no detectors.",
    ),
    (
        "Actuated",
        "Detectors call phases and extend their greens up to a maximum: what most good signals do today.",
    ),
    (
        "Adaptive",
        "Phasewise: predicts the arrivals of the next minute and chooses the greens that cost all \
         persons together least.",
    ),
    (
        "Seed",
        "Number that fixes the chance in one simulated day; all controllers get the same traffic from \
         the same seed.",
    ),
    (
        "Cycle",
        "Here: from one start of red of a phase to the next.",
    ),
    (
        "Arrival on green",
        "A vehicle that reaches the stop bar while its phase is green and need not stop.",
    ),
    (
        "Gap-out",
        "A green that ended because no more vehicles came.",
    ),
    (
        "Max-out",
        "A green that ended at its maximum although vehicles still came.",
    ),
    (
        "Force-off",
        "A green ended by the plan: by coordination, by fixed time, or by the adaptive controller for a \
         better use of the time.",
    ),
    (
        "Split failure",
        "A green that ended before its queue: vehicles cover the stop bar through green and into red.",
    ),
    (
        "Queue",
        "Vehicles that stand, or are about to stand, before the stop bar.",
    ),
    (
        "Bound",
        "The longest wait that the site file allows; the safety gate keeps it whatever is planned.",
    ),
    (
        "GEH",
        "How far a simulated count is from a measured one, weighed so that small and large counts \
         compare; below 5 is good.",
    ),
    (
        "Occupancy",
        "Share of time that a vehicle stands or drives over a detector.",
    ),
];

/// The list.
#[must_use]
pub fn list() -> String {
    let entries: String = WORDS
        .iter()
        .map(|(word, meaning)| format!("<div><dt>{word}</dt><dd>{meaning}</dd></div>"))
        .collect();
    format!("<dl class=\"glossary\">{entries}</dl>")
}
