//! What neighbors say: who comes, how much room is left, and how little a wrong message can do.

use phasewise::announcement::{Heard, News};
use phasewise::controller::{Controller, Inputs};
use phasewise::detection::{Detection, Edge, Sighting};
use phasewise::estimation::Estimator;
use phasewise::intersection::{ApproachId, ExitId, Id, Intersection, Table, View, ViewId};
use phasewise::signal::SignalState;
use phasewise::units::{ClockTime, Millis, TICK, Timestamp};

/// The second intersection of the corridor: neighbors to the west and to the east.
fn site() -> Intersection {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    Intersection::load(&root.join("intersections/corridor/second/site.toml")).unwrap()
}

fn approach(site: &Intersection, id: &str) -> ApproachId {
    let mut approaches = site.approaches.iter();
    approaches
        .find(|(_, approach)| approach.id == id)
        .unwrap()
        .0
}

fn exit(site: &Intersection, id: &str) -> ExitId {
    site.exits.iter().find(|(_, exit)| exit.id == id).unwrap().0
}

/// All red, and nothing but messages.
struct Listener {
    site: Intersection,
    detection: Detection,
    estimator: Estimator,
    now: Timestamp,
}

impl Listener {
    fn new(site: Intersection) -> Self {
        Self {
            detection: Detection::new(&site),
            estimator: Estimator::new(&site),
            now: Timestamp(100_000),
            site,
        }
    }

    fn tick(&mut self, heard: &[Heard], sightings: &[Sighting], edges: &[Edge]) {
        self.now = self.now + TICK;
        let shown = SignalState::default();
        let readings = self.detection.update(&self.site, edges, &shown, self.now);
        self.estimator.look(sightings, self.now);
        self.estimator.hear(heard, self.now);
        self.estimator
            .update(&self.site, readings, &shown, self.now);
    }

    fn wait(&mut self, seconds: i64) {
        for _ in 0..seconds * 10 {
            self.tick(&[], &[], &[]);
        }
    }

    /// The neighbor in the west has sent this many so far.
    fn west_sent(&mut self, vehicles: u64) {
        let news = News::Coming {
            approach: approach(&self.site, "west"),
            sent_milli: vehicles * 1000,
        };
        let made = self.now;
        self.tick(&[Heard { made, news }], &[], &[]);
    }

    /// How many more fit on the road from the west.
    fn room(&self) -> f64 {
        let west = approach(&self.site, "west");
        self.estimator.room(west).unwrap()
    }
}

#[test]
fn whoever_the_neighbor_has_sent_takes_room_until_it_should_be_here_and_is_not_seen() {
    let mut street = Listener::new(site());
    let empty = street.room();
    street.west_sent(0);
    street.wait(1);
    street.west_sent(2);
    assert!((empty - street.room() - 2.0).abs() < 0.01);
    // 280 m at 18 m/s are 16 s, and nobody has come over the advance loops.
    street.wait(25);
    assert!((empty - street.room()).abs() < 0.01);
}

#[test]
fn a_lying_neighbor_is_believed_no_more_than_its_lanes_can_discharge() {
    let mut street = Listener::new(site());
    let empty = street.room();
    street.west_sent(0);
    street.wait(1);
    street.west_sent(500);
    let lanes = street.site.approaches[approach(&street.site, "west")]
        .lanes
        .len();
    let most = 0.7 * lanes as f64 * 2.5;
    let believed = empty - street.room();
    assert!(
        believed <= most,
        "{believed} vehicles, {most} would be the most"
    );
}

#[test]
fn messages_from_the_past_the_future_or_about_foreign_roads_change_nothing() {
    let mut street = Listener::new(site());
    street.west_sent(0);
    street.wait(1);
    let now = street.now;
    let coming = |approach, made| Heard {
        made,
        news: News::Coming {
            approach,
            sent_milli: 5_000,
        },
    };
    let (west, north) = (
        approach(&street.site, "west"),
        approach(&street.site, "north"),
    );
    let unknown = ApproachId::from_index(99);
    let room = |exit| Heard {
        made: now,
        news: News::Room { exit, vehicles: 0 },
    };
    let messages = [
        coming(west, now - Millis(60_000)),
        coming(west, now + Millis(60_000)),
        coming(north, now),
        coming(unknown, now),
        room(exit(&street.site, "north")),
        room(ExitId::from_index(99)),
    ];
    let before = street.room();
    street.tick(&messages, &[], &[]);
    assert!((street.room() - before).abs() < 0.01);
    let rooms = &street.estimator.estimate().rooms_behind;
    assert!(rooms.iter().all(|(_, room)| room.is_none()), "{rooms:?}");
}

#[test]
fn room_on_the_road_shrinks_with_who_is_sent_and_a_camera_that_sees_its_end_corrects_it() {
    let mut site = site();
    let west = approach(&site, "west");
    let lanes = site.approaches[west].lanes.clone();
    let views = lanes.iter().map(|lane| View {
        id: String::new(),
        lanes: vec![*lane],
        from_m: 0.0,
        to_m: 60.0,
        seen: None,
    });
    site.views = Table::new(views.collect());
    let mut street = Listener::new(site);
    let empty = street.estimator.room(west).unwrap();
    street.west_sent(0);
    for sent in 1..=10 {
        street.wait(1);
        street.west_sent(sent);
    }
    let after_ten = street.estimator.room(west).unwrap();
    assert!(
        (empty - after_ten - 10.0).abs() < 1.5,
        "{empty} {after_ten}"
    );
    // They should be here by now, and every camera sees an empty road: they went elsewhere.
    street.wait(60);
    let nobody: Vec<Sighting> = (0..lanes.len())
        .map(|view| Sighting {
            view: ViewId::from_index(view),
            speeds_cmps: Vec::new(),
        })
        .collect();
    street.tick(&[], &nobody, &[]);
    assert!((street.estimator.room(west).unwrap() - empty).abs() < 0.5);
}

/// Steps a controller of the second intersection for a minute; the neighbor in the east says each second that
/// this many more vehicles fit.
fn with_room_in_the_east(vehicles: u16) -> (u32, usize) {
    let site = site();
    let (east, west) = (exit(&site, "east"), approach(&site, "west"));
    let lanes = &site.approaches[west].lanes;
    let stop_bars = site.detectors.iter().filter(|(_, d)| {
        d.function == phasewise::intersection::DetectorFunction::StopBarPresence
            && d.lanes.iter().any(|lane| lanes.contains(lane))
    });
    // Somebody waits on every lane from the west, and on no other.
    let mut edges: Vec<Edge> = stop_bars
        .map(|(detector, _)| Edge {
            detector,
            on: true,
            at: Timestamp(0),
        })
        .collect();
    let through: phasewise::intersection::PhaseSet = (site.movements.iter())
        .filter(|(_, m)| m.from == west && m.to == east)
        .fold(Default::default(), |set, (_, m)| m.protected.union(set));
    let mut controller = Controller::new(&site);
    let (mut green, mut announcements) = (0, 0);
    for tick in 0..900 {
        let now = Timestamp(tick * 100);
        let heard = (tick % 10 == 0).then_some(Heard {
            made: now,
            news: News::Room {
                exit: east,
                vehicles,
            },
        });
        let inputs = Inputs {
            clock: ClockTime(1_713_139_200_000) + Millis(now.0),
            edges: std::mem::take(&mut edges),
            heard: heard.into_iter().collect(),
            budget: 20_000,
            ..Inputs::default()
        };
        let outputs = controller.step(&inputs, now);
        announcements += usize::from(outputs.announcement.is_some());
        let shown = controller.shown().unwrap().greens();
        green += u32::from(shown.intersects(through));
    }
    (green, announcements)
}

#[test]
fn a_green_into_a_full_road_is_worth_less_and_is_shorter() {
    let (free, told) = with_room_in_the_east(30);
    let (full, _) = with_room_in_the_east(0);
    assert!(
        full * 10 < free * 9,
        "{full} ticks green into a full road, {free} into a free one"
    );
    assert!((89..=91).contains(&told), "{told} announcements in 90 s");
}
