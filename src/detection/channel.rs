//! One detector: delay and extend (NTCIP 1202), counts and occupancy of five minutes.
//!
//! In: its edges in order, and whether a phase of it is green. Out: its output after delay and extend,
//! and its numbers. Not here: whether it is believed (`health.rs`), what it calls (`calls.rs`).

use crate::detection::health::Monitor;
use crate::detection::{DetectorReading, Health, log_output};
use crate::hires::Event;
use crate::intersection::Detector;
use crate::units::{Millis, Timestamp};

/// Length of the windows in which actuations and covered time are counted: the field's five minutes.
pub(super) const WINDOW: Millis = Millis(300_000);

/// State of one detector between ticks. `output` is what remains after delay and extend.
#[derive(Clone, Debug, Default)]
pub(super) struct Channel {
    on: bool,
    changed_at: Timestamp,
    on_at: Option<Timestamp>,
    headway: Option<Millis>,
    output: bool,
    /// The output went on in this tick, perhaps only for a moment.
    pulsed: bool,
    /// Actuations of this tick that got past the delay.
    actuations: u32,
    green: bool,
    /// From when the delay counts: the on edge, or the end of green under a standing vehicle.
    delayed_from: Timestamp,
    /// The window being counted, and the last full one.
    window: Window,
    full: Window,
    monitor: Monitor,
}

/// Actuations and covered time within one window.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    count: u32,
    covered: Millis,
    /// Covered time is booked up to here.
    booked_to: Timestamp,
}

impl Channel {
    /// Silence counts from here.
    pub(super) fn start(&mut self, now: Timestamp) {
        self.changed_at = now;
        self.window.booked_to = now;
        self.monitor.start(now);
    }

    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// When it last changed, or when it was first read.
    pub(super) fn changed_at(&self) -> Timestamp {
        self.changed_at
    }

    /// Whether its output is on, or was for a moment in this tick.
    pub(super) fn is_actuated(&self) -> bool {
        self.output || self.pulsed
    }

    pub(super) fn actuations(&self) -> u32 {
        self.actuations
    }

    pub(super) fn health(&self) -> Health {
        self.monitor.health()
    }

    pub(super) fn set_implausible(&mut self, implausible: bool) {
        self.monitor.implausible = implausible;
    }

    pub(super) fn disown(&mut self, disowned: bool) {
        self.monitor.disowned = disowned;
    }

    /// `green`: whether a phase it calls or extends is green since the last tick.
    pub(super) fn begin_tick(&mut self, green: bool, now: Timestamp) {
        if self.green && !green {
            self.delayed_from = now;
        }
        self.green = green;
        self.pulsed = false;
        self.actuations = 0;
    }

    /// A change to `on` at `at`, not before the last one.
    pub(super) fn change(
        &mut self,
        detector: &Detector,
        on: bool,
        at: Timestamp,
        events: &mut Vec<Event>,
    ) {
        self.book(at);
        self.on = on;
        self.changed_at = at;
        self.monitor.saw_edge(on, at);
        let settings = &detector.settings;
        if on {
            self.headway = self.on_at.map(|before| at.since(before));
            self.on_at = Some(at);
            self.window.count += 1;
            self.delayed_from = at;
            if self.green || settings.delay == Millis::ZERO {
                self.actuations += 1;
                self.set_output(detector, true, events);
            }
        } else if !(self.green && settings.extend > Millis::ZERO) {
            self.set_output(detector, false, events);
        }
    }

    /// Lets delay and extend run out.
    pub(super) fn end_tick(
        &mut self,
        detector: &Detector,
        now: Timestamp,
        events: &mut Vec<Event>,
    ) {
        let settings = &detector.settings;
        let delayed =
            !self.green && settings.delay > Millis::ZERO && self.waited(now) < settings.delay;
        if self.on && !delayed && !self.output {
            self.actuations += 1;
            self.set_output(detector, true, events);
        } else if self.on && delayed {
            self.set_output(detector, false, events);
        }
        let extended = self.green && now.since(self.changed_at) < settings.extend;
        if !self.on && !extended {
            self.set_output(detector, false, events);
        }
    }

    fn waited(&self, now: Timestamp) -> Millis {
        now.since(self.delayed_from)
    }

    fn set_output(&mut self, detector: &Detector, on: bool, events: &mut Vec<Event>) {
        if self.output != on {
            self.output = on;
            log_output(events, detector, on);
        }
        self.pulsed |= on;
    }

    /// Whether it is believed from now on; logs a change.
    pub(super) fn diagnose(
        &mut self,
        detector: &Detector,
        now: Timestamp,
        events: &mut Vec<Event>,
    ) -> Health {
        let covered_for = self.covered_for(now);
        self.monitor.diagnose(detector, covered_for, now, events)
    }

    fn covered_for(&self, now: Timestamp) -> Millis {
        if self.on {
            now.since(self.changed_at)
        } else {
            Millis::ZERO
        }
    }

    fn book(&mut self, upto: Timestamp) {
        if upto > self.window.booked_to {
            if self.on {
                self.window.covered += upto.since(self.window.booked_to);
            }
            self.window.booked_to = upto;
        }
    }

    /// Ends the window at `now` and returns its actuations.
    pub(super) fn close_window(&mut self, now: Timestamp) -> u32 {
        self.book(now);
        self.full = self.window;
        self.window = Window {
            booked_to: now,
            ..Window::default()
        };
        self.full.count
    }

    pub(super) fn read(&self, reading: &mut DetectorReading, now: Timestamp) {
        reading.on = self.on;
        reading.headway = self.headway;
        reading.covered_for = self.covered_for(now);
        reading.count = self.full.count;
        reading.occupancy = (self.full.covered.secs() / WINDOW.secs()).min(1.0);
    }
}
