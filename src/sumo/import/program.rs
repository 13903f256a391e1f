//! What a signal's program shows, taken apart into greens and what lies between them.
//!
//! In: the states of a program. Out: [`Program`]: its green states, each with the transition after it. Not here:
//! phases (`phases.rs`).

use crate::sumo::net::Signal;

/// A state shorter than this that greens nothing but what is green before and after it only lets the box
/// clear, s. Greens of 5 s and more are meant.
const CLEARING_MAX_S: f64 = 5.0;

/// A program as greens with transitions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program {
    /// In the order of the program, from its first green state on.
    pub(super) greens: Vec<GreenState>,
    /// Start of the first green state after the start of the program, s.
    pub(super) lead_s: f64,
    /// Places in the state of the signal.
    pub(super) links: usize,
}

/// A green state and the transition after it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GreenState {
    /// How long, s.
    pub(super) green_s: f64,
    /// Longest, where the program says so, s.
    pub(super) max_s: Option<f64>,
    /// One character per link.
    pub(super) shows: Vec<char>,
    /// Until the next green state, s.
    pub(super) transition_s: f64,
    /// What the transition shows: how long, and one character per link.
    transition: Vec<(f64, Vec<char>)>,
}

/// Whether vehicles may go on this character.
pub(super) fn is_on(shows: char) -> bool {
    matches!(shows, 'G' | 'g')
}

impl Program {
    /// Takes a program apart; `None` when it has no green.
    pub(super) fn new(signal: &Signal) -> Option<Self> {
        let states = &signal.states;
        let greens = green_states(signal);
        let first = *greens.first()?;
        let mut found: Vec<GreenState> = Vec::new();
        for (place, state) in states
            .iter()
            .enumerate()
            .cycle()
            .skip(first)
            .take(states.len())
        {
            match found.last_mut() {
                Some(last) if !greens.contains(&place) => {
                    last.transition_s += state.duration_s;
                    last.transition
                        .push((state.duration_s, state.shows.clone()));
                }
                Some(_) | None => found.push(GreenState {
                    green_s: state.duration_s,
                    max_s: state.max_s,
                    shows: state.shows.clone(),
                    transition_s: 0.0,
                    transition: Vec::new(),
                }),
            }
        }
        Some(Self {
            greens: found,
            lead_s: states
                .iter()
                .take(first)
                .map(|state| state.duration_s)
                .sum(),
            links: states
                .iter()
                .map(|state| state.shows.len())
                .max()
                .unwrap_or(0),
        })
    }

    /// What a link shows in a green state.
    pub(super) fn shows(&self, green: usize, link: usize) -> char {
        let state = self.greens.get(green);
        state
            .and_then(|state| state.shows.get(link))
            .copied()
            .unwrap_or('r')
    }

    /// Whether a link may go in every state, transitions included.
    pub(super) fn never_stops(&self, link: usize) -> bool {
        let goes = |shows: &Vec<char>| shows.get(link).copied().is_some_and(is_on);
        self.greens.iter().all(|green| {
            goes(&green.shows) && green.transition.iter().all(|(_, shows)| goes(shows))
        })
    }

    /// Whether two links may go in one and the same green state.
    pub(super) fn has_together(&self, one: usize, other: usize) -> bool {
        let on = |green: usize, link: usize| is_on(self.shows(green, link));
        (0..self.greens.len()).any(|green| on(green, one) && on(green, other))
    }

    /// How long a link shows yellow after a green state, s.
    pub(super) fn yellow_after(&self, green: usize, link: usize) -> f64 {
        let transition = self
            .greens
            .get(green)
            .map_or(&[][..], |state| &state.transition);
        let yellow = transition
            .iter()
            .filter(|(_, shows)| matches!(shows.get(link), Some('y' | 'Y')));
        yellow.map(|(duration, _)| duration).sum()
    }
}

/// Places of the states that serve somebody, rather than change from one service to the next.
fn green_states(signal: &Signal) -> Vec<usize> {
    let is_steady = |shows: &[char]| !shows.iter().any(|c| matches!(c, 'y' | 'Y' | 'u'));
    let on = |place: usize| -> Vec<bool> {
        let state = signal.states.get(place);
        state.map_or(Vec::new(), |state| {
            state.shows.iter().map(|c| is_on(*c)).collect()
        })
    };
    let steady: Vec<usize> = signal
        .states
        .iter()
        .enumerate()
        .filter(|(_, state)| is_steady(&state.shows) && state.shows.iter().any(|c| is_on(*c)))
        .map(|(place, _)| place)
        .collect();
    let is_within = |inner: &[bool], outer: &[bool]| {
        let mut pairs = inner.iter().zip(outer);
        inner != outer && pairs.all(|(inner, outer)| !inner || *outer)
    };
    let serves = |at: &usize| {
        let Some(place) = steady.get(*at) else {
            return false;
        };
        let (before, after) = (
            (at + steady.len() - 1) % steady.len(),
            (at + 1) % steady.len(),
        );
        let neighbor = |at: usize| steady.get(at).map_or(Vec::new(), |place| on(*place));
        let own = on(*place);
        let brief = signal
            .states
            .get(*place)
            .is_some_and(|state| state.duration_s < CLEARING_MAX_S);
        !(brief && is_within(&own, &neighbor(before)) && is_within(&own, &neighbor(after)))
    };
    let kept: Vec<usize> = (0..steady.len()).filter(serves).collect();
    kept.iter()
        .filter_map(|at| steady.get(*at).copied())
        .collect()
}
