//! What intersections tell each other in a run, with delay and loss.
//!
//! In: announcements. Out: what each intersection hears in a tick. The messages are those of the street; only
//! the broker is missing. Not here: what is said and what is made of it.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::announcement::{Announcement, Heard, Neighbors};
use crate::units::{Millis, Timestamp};

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channel {
    /// Every message takes this long.
    pub delay: Millis,
    /// Share of messages that never arrive, 0 to 1.
    pub loss: f64,
}

/// Messages under way between the intersections of a run.
#[derive(Clone, Debug)]
pub(super) struct Radio {
    neighbors: Neighbors,
    channel: Channel,
    rng: Pcg64Mcg,
    under_way: Vec<Message>,
}

#[derive(Clone, Debug)]
struct Message {
    arrives: Timestamp,
    to: usize,
    heard: Heard,
}

impl Radio {
    pub(super) fn new(neighbors: Neighbors, channel: Channel, seed: u64) -> Self {
        Self {
            neighbors,
            channel,
            rng: Pcg64Mcg::seed_from_u64(seed ^ 0x007a_d10e),
            under_way: Vec::new(),
        }
    }

    /// The intersection at `from` says something.
    pub(super) fn say(&mut self, from: usize, said: &Announcement, now: Timestamp) {
        let Self {
            neighbors,
            channel,
            rng,
            under_way,
        } = self;
        neighbors.tell(from, said, now, |to, heard| {
            if rng.random::<f64>() >= channel.loss {
                under_way.push(Message {
                    arrives: now + channel.delay,
                    to,
                    heard,
                });
            }
        });
    }

    /// What has arrived at `to` by `now`, in the order it was said.
    pub(super) fn hear(&mut self, to: usize, now: Timestamp) -> Vec<Heard> {
        let mut heard = Vec::new();
        self.under_way.retain(|message| {
            let arrives = message.to == to && message.arrives <= now;
            if arrives {
                heard.push(message.heard.clone());
            }
            !arrives
        });
        heard
    }
}
