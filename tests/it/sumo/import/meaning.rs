use phasewise::intersection::{Intersection, LaneId, PhaseSet, Severity, Turn};
use phasewise::sumo::import::{self, Options, Shows};

use super::{imported, net};

fn lane(site: &Intersection, name: &str) -> LaneId {
    let found = site.lanes.iter().find(|(_, lane)| lane.id == name);
    found.unwrap_or_else(|| panic!("no lane {name}")).0
}

fn served(site: &Intersection, movement: &str) -> (PhaseSet, PhaseSet) {
    let found = site.movements.iter().find(|(_, it)| it.id == movement);
    let movement = found.unwrap_or_else(|| panic!("no movement {movement}")).1;
    (movement.protected, movement.permissive)
}

/// The stretch that cameras see of which exactly these lanes can be reached; zones follow one another.
fn seen(site: &Intersection, lanes: &[&str]) -> Option<(f64, f64)> {
    let wanted: Vec<LaneId> = lanes.iter().map(|name| lane(site, name)).collect();
    let mut stretch = None;
    let views = site.views.iter().map(|(_, view)| view);
    for view in views.filter(|view| view.lanes == wanted) {
        let (from, to) = stretch.unwrap_or((view.from_m, view.from_m));
        assert!((view.from_m - to).abs() < 0.11, "a hole before {}", view.id);
        stretch = Some((from, view.to_m));
    }
    stretch
}

/// Main Street widens 70 m before the signal; upstream of that vehicles for both lanes share one.
#[test]
fn a_lane_added_near_the_stop_bar_is_a_pocket() {
    let site = imported("street.net.xml", "Oak_Main").site;
    let (left, through) = (lane(&site, "W-1"), lane(&site, "W-2"));
    assert_eq!(site.lanes[left].pocket_of, Some(through));
    assert_eq!(site.lanes[through].pocket_of, None);
    let pocket = site.lanes[left].length_m;
    assert!((50.0..=70.0).contains(&pocket), "{pocket}");
    assert!(site.lanes[through].length_m > 270.0);
}

#[test]
fn cameras_see_for_each_stretch_which_lanes_lead_out_of_it() {
    let site = imported("street.net.xml", "Oak_Main").site;
    let pocket = site.lanes[lane(&site, "W-1")].length_m;
    for lanes in [["W-1"], ["W-2"]] {
        // Within the pocket's length; a few meters more in the junction where the road widens.
        let (from, to) = seen(&site, &lanes).unwrap();
        assert!(
            from < 0.01 && to >= pocket - 0.1 && to < pocket + 15.0,
            "{lanes:?}"
        );
    }
    let (from, to) = seen(&site, &["W-1", "W-2"]).unwrap();
    assert!(from >= pocket - 0.1 && (to - 100.0).abs() < 0.11);
    // Seeing less is an option.
    let options = Options {
        view_m: 40.0,
        ..Options::default()
    };
    let near = import::signal(&net("street.net.xml"), "Oak_Main", &options).unwrap();
    assert!(near.site.views.iter().all(|(_, view)| view.to_m <= 40.0));
    assert_eq!(seen(&near.site, &["W-1", "W-2"]), None);
}

/// Every stretch of a view lies within its SUMO lane, and the stretches of one view are as long as the view.
#[test]
fn views_and_detectors_know_their_place_in_the_net() {
    let net = net("street.net.xml");
    for result in import::signals(&net, &Options::default()) {
        let imported = result.unwrap();
        let (site, wiring) = (&imported.site, &imported.wiring);
        let lane_m = |id: &str| net.lanes[net.lane(id).unwrap()].length_m;
        for ((_, view), parts) in site.views.iter().zip(&wiring.views) {
            if view.lanes.is_empty() {
                continue; // of the box
            }
            let length: f64 = parts.iter().map(|part| part.to_m - part.from_m).sum();
            // The last zone of a pocket reaches into the junction where it begins.
            let beyond = length - (view.to_m - view.from_m);
            assert!((-0.3..15.0).contains(&beyond), "{}: {beyond}", view.id);
            assert!(
                parts
                    .iter()
                    .all(|part| part.to_m <= lane_m(&part.lane) + 0.01)
            );
        }
        for ((_, detector), place) in site.detectors.iter().zip(&wiring.detectors) {
            assert!((place.to_m - place.from_m - detector.length_m).abs() < 0.02);
            let stop_lane = &wiring.stop_lanes[lane_index(&imported.site, &detector.lanes[0])];
            if place.lane == *stop_lane {
                let from_bar = lane_m(stop_lane) - place.to_m;
                assert!(
                    (from_bar - detector.distance_m).abs() < 0.02,
                    "{}",
                    detector.id
                );
            }
        }
        assert_eq!(site.views.len(), wiring.views.len());
        assert_eq!(site.detectors.len(), wiring.detectors.len());
        assert_eq!(site.lanes.len(), wiring.stop_lanes.len());
    }
}

fn lane_index(site: &Intersection, lane: &LaneId) -> usize {
    site.lanes.ids().position(|id| id == *lane).unwrap()
}

/// An alley and a yard lie between the two signals; Main Street goes straight on.
#[test]
fn neighbors_are_found_across_junctions_without_a_signal() {
    let oak = imported("street.net.xml", "Oak_Main").site;
    let elm = imported("street.net.xml", "elm_1").site;
    let exit = oak
        .exits
        .iter()
        .find(|(_, exit)| exit.id == "east")
        .unwrap()
        .1;
    let downstream = exit.downstream.clone().unwrap();
    assert_eq!(
        (downstream.intersection.as_str(), downstream.end.as_str()),
        ("elm-1", "west")
    );
    assert!((280.0..300.0).contains(&exit.length_m), "{}", exit.length_m);
    let approach = elm
        .approaches
        .iter()
        .find(|(_, it)| it.id == "west")
        .unwrap()
        .1;
    let upstream = approach.upstream.clone().unwrap();
    assert_eq!(
        (upstream.intersection.as_str(), upstream.end.as_str()),
        ("oak-main", "east")
    );
    // Lanes, too: the alley does not end them.
    assert!(
        (270.0..=300.0).contains(&approach.length_m),
        "{}",
        approach.length_m
    );
}

#[test]
fn a_left_turn_is_permissive_beside_the_through_phase_and_protected_in_its_own() {
    let site = imported("street.net.xml", "Oak_Main").site;
    let (through, _) = served(&site, "W-E");
    let (protected, permissive) = served(&site, "W-N");
    assert_eq!(through.len(), 1);
    assert_eq!(permissive, through);
    assert_eq!(protected.len(), 1);
    assert!(!protected.intersects(through));
    // Oak Avenue's lefts have no arrow.
    let (protected, permissive) = served(&site, "N-E");
    assert!(protected.is_empty());
    assert_eq!(permissive, served(&site, "N-S").0);
    let left = site
        .movements
        .iter()
        .find(|(_, it)| it.id == "W-N")
        .unwrap()
        .1;
    let yields: Vec<&str> = left
        .yields_to
        .iter()
        .map(|it| site.movements[*it].id.as_str())
        .collect();
    assert!(yields.contains(&"E-W"), "{yields:?}");
}

#[test]
fn times_are_those_of_the_program() {
    let site = imported("street.net.xml", "Oak_Main").site;
    let (through, _) = served(&site, "W-E");
    let phase = &site.phase[through.first().unwrap()];
    assert_eq!(phase.safety.yellow_change.0, 3_000);
    assert_eq!(phase.safety.red_clearance.0, 0);
    assert_eq!(phase.safety.min_green.0, 5_000);
    assert_eq!(phase.safety.max_wait.0, 120_000);
    let coordination = site.patterns[0].coordination.as_ref().unwrap();
    assert_eq!(coordination.cycle.0, 90_000);
    assert_eq!(coordination.splits[through.first().unwrap()].0, 41_000);
}

#[test]
fn a_cycle_lane_is_no_lane_of_the_site_but_its_link_is_shown_with_the_vehicles_beside_it() {
    let imported = imported("street.net.xml", "elm_1");
    assert!(
        imported
            .notes
            .iter()
            .any(|note| note.contains("rails or bicycles")),
        "{:?}",
        imported.notes
    );
    let link = &imported.wiring.links[0];
    assert!(link.movements.is_empty());
    let through = served(&imported.site, "N-S").0;
    assert!(
        matches!(link.shows, Shows::ByPhases { protected, permissive, .. } if protected.union(permissive) == through),
        "{link:?}"
    );
    assert!(!imported.wiring.stop_lanes.contains(&"elmN_0".to_owned()));
}

#[test]
fn right_turns_on_red_are_allowed_where_the_net_shows_them() {
    let site = imported("street.net.xml", "elm_1").site;
    for (_, movement) in site.movements.iter() {
        let alone = movement.turn == Turn::Right && site.lanes[movement.lanes[0]].id != "N-1";
        let on_red = movement.turn == Turn::Right;
        assert_eq!(movement.turn_on_red, on_red || alone, "{}", movement.id);
        assert!(!movement.turn_on_red || !movement.yields_to.is_empty());
    }
}

/// The only time that pedestrians at the school may cross is their own: nothing here can serve them.
#[test]
fn a_pedestrian_signal_keeps_its_own_program() {
    let not = import::signal(&net("walk.net.xml"), "school", &Options::default()).unwrap_err();
    assert_eq!(not.signal, "school");
    assert!(not.to_string().contains("keeps its own program"), "{not}");
}

/// Pedestrians who may start for a part of the vehicles' green go with them.
#[test]
fn crossings_are_green_with_the_vehicles_along_them() {
    let imported = imported("walk.net.xml", "square");
    assert!(
        imported
            .notes
            .iter()
            .any(|note| note.contains("crossings (links 6, 7)")),
        "{:?}",
        imported.notes
    );
    let phases = |link: usize| match imported.wiring.links[link].shows {
        Shows::ByPhases {
            protected,
            permissive,
            ..
        } => protected.union(permissive),
        Shows::Always(c) => panic!("link {link} always shows {c}"),
    };
    // Link 6 crosses a street, link 7 the other.
    assert!(!phases(6).intersects(phases(7)));
    assert!(imported.site.crosswalks.is_empty());
}

#[test]
fn an_unknown_signal_is_an_error() {
    let not = import::signal(&net("walk.net.xml"), "sqare", &Options::default()).unwrap_err();
    assert!(not.to_string().contains("no such signal"), "{not}");
}

/// CityFlow counts lanes from the median: lane 0 turns left.
#[test]
fn cityflow_lanes_stand_in_the_right_order() {
    let site = imported("roadnet.json", "left").site;
    for (_, movement) in site.movements.iter() {
        let lane = &site.lanes[movement.lanes[0]].id;
        let expected = match movement.turn {
            Turn::Left => "-1",
            Turn::Through => "-2",
            Turn::Right | Turn::UTurn => "-3",
        };
        assert!(lane.ends_with(expected), "{} from {lane}", movement.id);
    }
    assert_eq!(site.approaches.len(), 4);
    assert_eq!(site.movements.len(), 12);
}

/// Its light phase 0 is the change between the others: 5 s of yellow. Right turns are green in all of them.
#[test]
fn cityflow_phases_and_right_turns() {
    let imported = imported("roadnet.json", "left");
    let site = &imported.site;
    for phase in site.phases.iter() {
        assert_eq!(site.phase[phase].safety.yellow_change.0, 5_000);
    }
    for (_, movement) in site
        .movements
        .iter()
        .filter(|(_, it)| it.turn == Turn::Right)
    {
        assert_eq!(
            movement.protected.union(movement.permissive),
            site.phases,
            "{}",
            movement.id
        );
    }
    // Straight and left of each of four roads: eight signal groups, as in NEMA's two rings.
    assert_eq!(site.phases.len(), 8);
    assert_eq!(site.phase_sets.len(), 8);
    assert!(
        site.phase_sets.iter().all(|set| set.len() == 2),
        "{:?}",
        site.phase_sets
    );
    let exit = site
        .exits
        .iter()
        .find(|(_, exit)| exit.id == "east")
        .unwrap()
        .1;
    assert_eq!(exit.downstream.as_ref().unwrap().intersection, "right");
}

/// What is below the formulas for streets is a warning here, and an error as soon as somebody takes the site for real.
#[test]
fn simulated_sites_may_be_below_the_formulas() {
    let text = imported("street.net.xml", "Oak_Main").text;
    let checked = Intersection::check_text(&text);
    let is_formula =
        |key: &str| key.ends_with("red_clearance_s") || key.ends_with("yellow_change_s");
    assert!(checked.count(Severity::Error) == 0 && checked.intersection.is_some());
    assert!(
        checked
            .problems
            .iter()
            .any(|problem| is_formula(&problem.key))
    );
    let real = Intersection::check_text(&text.replace("simulated = true\n", ""));
    assert!(real.intersection.is_none());
    let errors = real
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error);
    assert!(errors.clone().count() > 0);
    assert!(errors.clone().any(|problem| is_formula(&problem.key)));
}
