//! What neighbors say: who comes, how much room is left, and how little a wrong message can do.

use phasewise::announcement::{Heard, News, Platoon};
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

    /// The neighbor in the west has sent this many so far and will send `platoons`.
    fn west_sent(&mut self, vehicles: u64, platoons: Vec<Platoon>) {
        let approach = approach(&self.site, "west");
        let made = self.now;
        let news = News::Coming {
            approach,
            sent_milli: vehicles * 1000,
            platoons,
        };
        self.tick(&[Heard { made, news }], &[], &[]);
    }

    /// Arrivals expected from the west, from now on: seconds and vehicles.
    fn expected_from_west(&self) -> Vec<(f64, f64)> {
        let approach = &self.site.approaches[approach(&self.site, "west")];
        let lanes = approach.lanes.iter();
        let vehicles = lanes.flat_map(|lane| &self.estimator.estimate().lanes[*lane].vehicles);
        vehicles
            .map(|v| (v.arrives.since(self.now).secs(), v.weight))
            .collect()
    }

    fn expected(&self) -> f64 {
        self.expected_from_west()
            .iter()
            .map(|(_, weight)| weight)
            .sum()
    }
}

#[test]
fn whoever_the_neighbor_has_sent_is_expected_after_the_way_between() {
    let mut street = Listener::new(site());
    street.west_sent(0, Vec::new());
    street.wait(1);
    street.west_sent(2, Vec::new());
    let road = &street.site.approaches[approach(&street.site, "west")];
    let way = road.length_m / road.speed_limit_mps;
    let coming = street.expected_from_west();
    assert!((street.expected() - 2.0).abs() < 0.01, "{coming:?}");
    assert!(
        coming.iter().all(|(at, _)| (at - way).abs() < 1.5),
        "{way} s of way: {coming:?}"
    );
}

#[test]
fn what_is_only_planned_counts_for_less_the_farther_ahead_it_is() {
    let mut street = Listener::new(site());
    let platoon = |after_ds| Platoon {
        after_ds,
        milli: 1000,
    };
    street.west_sent(0, vec![platoon(20)]);
    let soon = street.expected();
    street.wait(1);
    street.west_sent(0, vec![platoon(400)]);
    let late = street.expected();
    assert!(0.8 < soon && soon <= 1.0, "in 2 s: {soon}");
    assert!(0.2 < late && late < 0.5, "in 40 s: {late}");
}

#[test]
fn a_neighbor_that_says_nothing_more_is_forgotten() {
    let mut street = Listener::new(site());
    street.west_sent(0, Vec::new());
    street.wait(1);
    street.west_sent(2, Vec::new());
    street.wait(11);
    assert!(
        street.expected() < 0.01,
        "{:?}",
        street.expected_from_west()
    );
}

#[test]
fn a_lying_neighbor_is_believed_no_more_than_its_lanes_can_discharge() {
    let mut street = Listener::new(site());
    let crowd = Platoon {
        after_ds: 10,
        milli: u16::MAX,
    };
    street.west_sent(0, Vec::new());
    street.wait(1);
    street.west_sent(500, vec![crowd; 10_000]);
    let lanes = street.site.approaches[approach(&street.site, "west")]
        .lanes
        .len();
    let most = 0.7 * lanes as f64 * (2.0 + 120.0);
    let believed = street.expected();
    assert!(
        believed <= most,
        "{believed} vehicles, {most} would be the most"
    );
}

#[test]
fn messages_from_the_past_the_future_or_about_foreign_roads_change_nothing() {
    let mut street = Listener::new(site());
    street.west_sent(0, Vec::new());
    street.wait(1);
    let now = street.now;
    let coming = |approach, made| Heard {
        made,
        news: News::Coming {
            approach,
            sent_milli: 5_000,
            platoons: Vec::new(),
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
    street.tick(&messages, &[], &[]);
    assert!(street.expected() < 0.01);
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
    });
    site.views = Table::new(views.collect());
    let mut street = Listener::new(site);
    let empty = street.estimator.room(west).unwrap();
    street.west_sent(0, Vec::new());
    for sent in 1..=10 {
        street.wait(1);
        street.west_sent(sent, Vec::new());
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
fn a_green_into_a_full_road_is_no_use_and_is_kept_short() {
    let (free, told) = with_room_in_the_east(30);
    let (full, _) = with_room_in_the_east(0);
    assert!(
        full * 2 < free,
        "{full} ticks green into a full road, {free} into a free one"
    );
    assert!((89..=91).contains(&told), "{told} announcements in 90 s");
}
