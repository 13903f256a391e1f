//! Queues longer than their road: pockets that overflow, exits that fill, sites joined to a corridor.

use phasewise::intersection::{Intersection, NeighborLink};
use phasewise::simulation::world::{ExitClosure, World, WorldSettings};
use phasewise::units::{TICK, Timestamp};

use super::plan::{Part, Plan, demand, four_leg, movement, run, settings, vehicle};

#[test]
fn a_full_pocket_blocks_the_lane_it_is_entered_from() {
    let site = four_leg();
    let lane = |name: &str| {
        site.lanes
            .iter()
            .find(|(_, lane)| lane.id == name)
            .unwrap()
            .0
    };
    let plan = Plan::new(vec![Part::new(&[2, 6], 600.0)]);
    let vehicles = (0..14)
        .map(|i| vehicle(&site, "NBL", f64::from(i) * 4.0, None))
        .collect();
    let mut world = World::new(
        std::slice::from_ref(&site),
        demand(vehicles),
        settings(500, 1),
    )
    .unwrap();
    run(&mut world, &site, &plan, 150.0);
    let pocket = world.truth().vehicles_in_lane(0, lane("NB-L"));
    assert!(
        (7..=8).contains(&pocket),
        "{pocket} vehicles in a pocket of 60 m"
    );
    assert_eq!(world.truth().vehicles_in_lane(0, lane("NB-1")), 14 - pocket);
    assert_eq!(world.truth().queue(0, lane("NB-L")), pocket);
    let first = world.truth().distances(0, lane("NB-1"))[0];
    assert!(
        (53.0..=66.0).contains(&first),
        "the lane is blocked at {first:.1} m"
    );
}

#[test]
fn nobody_enters_the_box_when_the_exit_is_full() {
    let site = four_leg();
    let exit = site
        .exits
        .iter()
        .find(|(_, exit)| exit.id == "north")
        .unwrap()
        .0;
    let plan = Plan::new(vec![Part::new(&[4, 8], 40.0), Part::new(&[2, 6], 38.0)]);
    let mut vehicles: Vec<_> = (0..200)
        .map(|i| vehicle(&site, "NBT", f64::from(i) * 3.0, None))
        .collect();
    vehicles.extend((0..100).map(|i| vehicle(&site, "EBT", f64::from(i) * 6.0, None)));
    let settings = WorldSettings {
        closures: vec![ExitClosure {
            site: 0,
            exit,
            from: Timestamp(0),
            until: Timestamp(600_000),
        }],
        ..settings(500, 1)
    };
    let mut world = World::new(std::slice::from_ref(&site), demand(vehicles), settings).unwrap();
    run(&mut world, &site, &plan, 590.0);
    let through = world.truth().crossed(0, movement(&site, "NBT"));
    // Two exit lanes of 300 m hold about 40 vehicles each.
    assert!(
        (70..=86).contains(&through),
        "{through} vehicles on the closed exit"
    );
    assert_eq!(world.truth().conflicts(), 0);
    let cross = world.truth().crossed(0, movement(&site, "EBT"));
    assert!(cross > 85, "cross traffic goes on: {cross}");
    let (_, _, _, outside) = world.truth().totals();
    assert!(outside > 0, "the queue reaches beyond the world");
}

/// Two tutorial sites, the second east of the first, 250 m apart.
fn pair() -> Vec<Intersection> {
    let mut sites = vec![four_leg(), four_leg()];
    for (number, (own, other, exit)) in [("a", "b", "east"), ("b", "a", "west")].iter().enumerate()
    {
        let site = &mut sites[number];
        (*own).clone_into(&mut site.id);
        for (_, facts) in site.exits.iter_mut().filter(|(_, facts)| facts.id == *exit) {
            facts.length_m = 250.0;
            let end = if *exit == "east" { "west" } else { "east" };
            facts.downstream = Some(NeighborLink {
                intersection: (*other).to_owned(),
                end: end.to_owned(),
            });
        }
        for (_, lane) in site.lanes.iter_mut() {
            lane.length_m = lane.length_m.min(250.0);
        }
    }
    sites
}

fn run_pair(world: &mut World, sites: &[Intersection], plans: [&Plan; 2], from: f64, until: f64) {
    let mut now = Timestamp(0) + phasewise::units::Millis::from_secs(from);
    while now.since(Timestamp(0)).secs() < until {
        let at = now.since(Timestamp(0)).secs();
        let heads = [plans[0].heads(&sites[0], at), plans[1].heads(&sites[1], at)];
        now = now + TICK;
        world.advance(now, &heads);
        world.truth().check().unwrap();
    }
}

#[test]
fn a_red_downstream_fills_the_link_and_holds_the_upstream_site() {
    let sites = pair();
    let open = Plan::new(vec![Part::new(&[2, 6], 60.0), Part::new(&[4, 8], 18.0)]);
    let closed = Plan::new(vec![Part::new(&[4, 8], 5000.0)]);
    let through = movement(&sites[0], "EBT");
    let vehicles: Vec<_> = (0..200)
        .map(|i| {
            let mut vehicle = vehicle(&sites[0], "EBT", f64::from(i) * 2.5, None);
            vehicle.route = vec![through, through];
            vehicle
        })
        .collect();
    let mut world = World::new(&sites, demand(vehicles), settings(500, 1)).unwrap();
    run_pair(&mut world, &sites, [&open, &closed], 0.0, 600.0);
    // Two lanes of 250 m hold about 34 vehicles each.
    let held = world.truth().crossed(0, through);
    assert!((58..=72).contains(&held), "{held} vehicles on the link");
    assert_eq!(world.truth().crossed(1, through), 0);
    assert_eq!(world.truth().in_box(0), 0);
    // Once the second site serves them, everybody gets home.
    run_pair(&mut world, &sites, [&open, &open], 600.0, 1500.0);
    assert_eq!(world.truth().unfinished(), 0);
    let results = world.results();
    assert_eq!(results.visits.len(), 400);
    assert_eq!(results.delays_s().len(), 200);
    assert!(
        results
            .visits
            .iter()
            .filter(|visit| visit.site == 1)
            .all(|visit| visit.left.is_some())
    );
}
