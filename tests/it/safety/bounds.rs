//! The bounds of `ServiceTimes`, by hand.

use phasewise::intersection::WAIT_MARGIN;
use phasewise::units::Millis;

use super::sites::{NEMA, nema, phase, plain, s, service_times, set, site, with_crosswalk};

#[test]
fn the_margin_is_two_ticks() {
    assert_eq!(WAIT_MARGIN, Millis(200));
}

#[test]
fn a_dual_ring_is_served_in_four_groups_throughs_together() {
    let times = service_times(&nema());
    let groups = [set(&[2, 6]), set(&[4, 8]), set(&[1, 5]), set(&[3, 7])];
    assert_eq!(times.groups[..4], groups);
    assert!(times.groups[4..].iter().all(|group| group.is_empty()));
    for group in groups {
        for member in group.iter() {
            assert_eq!(times.group_of(member), group);
        }
    }
}

/// A left is served for 5 s, a through with pedestrians for 10 s, and 5 s pass between any two.
#[test]
fn bounds_of_a_dual_ring_add_up() {
    let times = service_times(&nema());
    // For phase 1: a through under way 10, throughs 5 + 10 twice, the other lefts 5 + 5, then 5.
    assert_eq!(times.vehicle_wait_bound(phase(1)), Millis(55_200));
    // For phase 2: a through under way 10, the other throughs 15, lefts 10 twice, then 5.
    assert_eq!(times.vehicle_wait_bound(phase(2)), Millis(50_200));
    // Pedestrians may first have to wait for a clearance of 6 s.
    assert_eq!(times.pedestrian_wait_bound(phase(2)), Millis(56_200));
}

#[test]
fn what_is_under_way_is_never_shorter_than_the_all_red_start() {
    // Two plain phases: 6 s of all red rather than 5 s of green, then 5 s.
    let site = site(&[(2, plain()), (4, plain())], &[]);
    let times = service_times(&site);
    // The other group: gap 5, green 5; then the gap 5.
    assert_eq!(times.vehicle_wait_bound(phase(2)), Millis(21_200));
}

#[test]
fn a_phase_alone_waits_for_its_own_yellow_and_red_revert() {
    let mut timing = plain();
    timing.red_revert = s(9);
    let times = service_times(&site(&[(2, timing)], &[]));
    assert_eq!(times.vehicle_wait_bound(phase(2)), Millis(18_200));
    timing.red_revert = s(1);
    let times = service_times(&site(&[(2, timing)], &[]));
    assert_eq!(times.gap[phase(2)][phase(2)], s(5), "red clearance counts");
}

#[test]
fn leading_walk_lengthens_service_and_the_wait_of_vehicles() {
    let mut timing = with_crosswalk();
    timing.pedestrian.as_mut().unwrap().leading = s(6);
    let times = service_times(&site(&[(2, timing), (4, plain())], &[]));
    assert_eq!(times.leading[phase(2)], s(6));
    assert_eq!(times.service[phase(2)], s(12), "walk 6, clearance 6");
    assert_eq!(times.vehicle_wait_bound(phase(2)), Millis(27_200));
    timing.pedestrian_only = true;
    let times = service_times(&site(&[(2, timing), (4, plain())], &[]));
    assert_eq!(times.leading[phase(2)], s(0), "there is nothing to lead");
}

#[test]
fn timings_are_rounded_up_to_whole_ticks_one_by_one() {
    let mut timing = with_crosswalk();
    timing.yellow_change = Millis(3_010);
    timing.red_clearance = Millis(2_010);
    timing.pedestrian.as_mut().unwrap().walk = Millis(4_010);
    timing.pedestrian.as_mut().unwrap().clearance = Millis(6_010);
    let times = service_times(&site(&[(2, timing), (4, plain())], &[]));
    assert_eq!(times.service[phase(2)], Millis(10_200));
    assert_eq!(times.gap[phase(2)][phase(4)], Millis(5_200));
    assert_eq!(times.after_walk[phase(2)], Millis(6_100));
}

#[test]
fn phases_that_fit_nowhere_get_a_group_of_their_own() {
    let all: Vec<_> = [2, 4, 6, 9]
        .into_iter()
        .map(|number| (number, plain()))
        .collect();
    let times = service_times(&site(&all, NEMA));
    assert_eq!(
        times.groups[..3],
        [set(&[2, 6]), set(&[4]), set(&[9])],
        "equal services lowest first"
    );
}

#[test]
fn the_longest_of_yellow_and_red_clearance_conflict_table_and_buffer_counts() {
    let mut timing = with_crosswalk();
    timing.pedestrian.as_mut().unwrap().buffer = s(8);
    let mut site = site(&[(2, timing), (4, plain())], &[]);
    let gap = |site: &_| service_times(site).gap[phase(2)][phase(4)];
    assert_eq!(gap(&site), s(8));
    site.conflicts.between[phase(2)][phase(4)] = s(9);
    assert_eq!(gap(&site), s(9));
}
