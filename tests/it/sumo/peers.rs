//! Max-pressure and greedy decide as published, and the safety gate times them as it times everybody.

use phasewise::detection::Sighting;
use phasewise::intersection::{Id, Intersection, PhaseId, PhaseSet, Table, View, ViewId};
use phasewise::signal::{Heads, Indication};
use phasewise::sumo::peers::{GREEDY, MAX_PRESSURE, Peer, Policy};
use phasewise::units::{TICK, Timestamp};

/// The tutorial site with a camera over every lane.
fn site() -> Intersection {
    let mut site = super::fixture::site();
    let views = site.lanes.iter().map(|(id, lane)| View {
        id: lane.id.clone(),
        lanes: vec![id],
        from_m: 0.0,
        to_m: 100.0,
        seen: None,
    });
    site.views = Table::new(views.collect());
    site
}

struct Street {
    site: Intersection,
    peer: Peer,
    now: Timestamp,
}

impl Street {
    fn new(policy: Policy) -> Self {
        let site = site();
        Self {
            peer: Peer::new(&site, policy, Timestamp(0)),
            site,
            now: Timestamp(0),
        }
    }

    /// One tick, while cameras see so many vehicles standing on these lanes and on these exits.
    fn tick(&mut self, lanes: &[(&str, usize)], exits: &[(&str, usize)]) -> Heads {
        let count = |list: &[(&str, usize)], id: &str| {
            list.iter()
                .find(|(name, _)| *name == id)
                .map_or(0, |(_, vehicles)| *vehicles)
        };
        self.now = self.now + TICK;
        let (mut sightings, mut behind) = (Vec::new(), Vec::new());
        if self.now.0 % 1000 == 0 {
            for (id, lane) in self.site.lanes.iter() {
                sightings.push(Sighting {
                    view: ViewId::from_index(id.index()),
                    speeds_cmps: vec![0; count(lanes, &lane.id)],
                });
            }
            behind = self
                .site
                .exits
                .iter()
                .map(|(_, exit)| count(exits, &exit.id))
                .collect();
        }
        self.peer.step(&[], &sightings, &behind, self.now)
    }

    fn run(&mut self, seconds: i64, lanes: &[(&str, usize)], exits: &[(&str, usize)]) -> Heads {
        let mut heads = Heads::default();
        for _ in 0..seconds * 10 {
            heads = self.tick(lanes, exits);
        }
        heads
    }
}

fn green(heads: &Heads) -> PhaseSet {
    PhaseId::all()
        .filter(|phase| heads.vehicle[*phase] == Indication::Green)
        .collect()
}

fn serves(street: &Street, heads: &Heads, lane: &str) -> bool {
    let (id, _) = street
        .site
        .lanes
        .iter()
        .find(|(_, it)| it.id == lane)
        .unwrap();
    let mut movements = street
        .site
        .movements
        .iter()
        .filter(|(_, it)| it.lanes.contains(&id));
    movements.any(|(_, it)| it.protected.intersects(green(heads)))
}

#[test]
fn both_serve_where_vehicles_wait() {
    for policy in [MAX_PRESSURE, GREEDY] {
        let mut street = Street::new(policy);
        for lane in ["EB-1", "NB-1", "EB-L", "SB-L"] {
            let heads = street.run(40, &[(lane, 8)], &[]);
            assert!(
                serves(&street, &heads, lane),
                "{policy:?}: {lane}, green {}",
                green(&heads)
            );
        }
        assert_eq!(street.peer.refusals(), 0);
    }
}

#[test]
fn greedy_stays_until_another_set_is_better_by_what_a_change_costs() {
    let mut street = Street::new(Policy {
        switching_cost: 2.0,
        ..GREEDY
    });
    let heads = street.run(40, &[("EB-1", 5)], &[]);
    assert!(serves(&street, &heads, "EB-1"));
    let heads = street.run(40, &[("EB-1", 5), ("NB-1", 6)], &[]);
    assert!(
        serves(&street, &heads, "EB-1"),
        "one more is not worth a change"
    );
    let heads = street.run(40, &[("EB-1", 5), ("NB-1", 8)], &[]);
    assert!(serves(&street, &heads, "NB-1"));
}

#[test]
fn max_pressure_does_not_push_into_a_full_exit() {
    let mut street = Street::new(MAX_PRESSURE);
    let (exit_of, lanes) = {
        let site = &street.site;
        let through = |lane: &str| {
            let (id, _) = site.lanes.iter().find(|(_, it)| it.id == lane).unwrap();
            let mut movements = site.movements.iter();
            let (_, movement) = movements.find(|(_, it)| it.lanes.contains(&id)).unwrap();
            site.exits[movement.to].id.clone()
        };
        (through("EB-1"), [("EB-1", 8), ("NB-1", 6)])
    };
    let heads = street.run(40, &lanes, &[]);
    assert!(serves(&street, &heads, "EB-1"), "more wait there");
    let heads = street.run(40, &lanes, &[(&exit_of, 30)]);
    assert!(serves(&street, &heads, "NB-1"), "exit {exit_of} is full");
}

/// The same minimum green, yellow and red clearance as for our own controllers.
#[test]
fn changes_take_the_time_of_the_site_file() {
    let mut street = Street::new(Policy {
        switching_cost: 0.0,
        ..GREEDY
    });
    let mut shown: Vec<(Timestamp, Heads)> = Vec::new();
    let mut last = Heads::default();
    for second in 0..240 {
        // Wherever it is not green.
        let lanes = if second / 7 % 2 == 0 {
            [("EB-1", 9)]
        } else {
            [("NB-1", 9)]
        };
        for _ in 0..10 {
            let heads = street.tick(&lanes, &[]);
            if heads != last {
                shown.push((street.now, heads));
                last = heads;
            }
        }
    }
    let site = &street.site;
    for phase in site.phases.iter() {
        let mut since = None;
        for (at, heads) in &shown {
            match (heads.vehicle[phase], since) {
                (Indication::Green, None) => since = Some(*at),
                (Indication::Green, Some(_)) | (_, None) => {}
                (_, Some(began)) => {
                    let green = at.since(began);
                    assert!(
                        green >= site.phase[phase].safety.min_green,
                        "phase {phase}: {green}"
                    );
                    since = None;
                }
            }
        }
    }
    assert!(shown.len() > 20, "it changes");
}
