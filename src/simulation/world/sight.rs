//! Who is where on a stretch of road, for cameras that look at it.
//!
//! In: the world. Out: vehicles of a view, nearest to the stop bar first. Not here: what a camera makes of
//! them (`simulation/eye.rs`).

use super::truth::Truth;
use crate::intersection::{Id, View};
use crate::simulation::eye::InView;

impl Truth<'_> {
    /// Vehicles whose front is in the stretch of `view`, moved upstream by `shift_m`, with the one ahead of
    /// them in the lane; for a view of the box, those in it.
    pub(crate) fn in_view(
        &self,
        site: usize,
        view: &View,
        shift_m: f64,
    ) -> (Option<InView>, Vec<InView>) {
        let traffic = self.traffic();
        let (from_m, to_m) = (view.from_m + shift_m, view.to_m + shift_m);
        let mut strips: Vec<usize> = Vec::new();
        for &lane in &view.lanes {
            let mut strip = traffic.layout.sites[site].lanes[lane.index()];
            // Upstream of its opening the road to a pocket is the lane beside it.
            while let Some(parent) = traffic.layout.strips[strip].pocket_of
                && from_m >= -traffic.layout.strips[strip].start - 1e-6
            {
                strip = parent;
            }
            if !strips.contains(&strip) {
                strips.push(strip);
            }
        }
        let on_strips = strips.iter().flat_map(|&strip| &traffic.strips[strip]);
        let in_box: &[usize] = if view.lanes.is_empty() {
            &traffic.boxes[site]
        } else {
            &[]
        };
        let mut seen: Vec<InView> = on_strips
            .chain(in_box)
            .map(|&id| &traffic.vehicles[id])
            .map(|vehicle| InView {
                number: vehicle.number as u64,
                distance_m: -vehicle.motion.x,
                speed_mps: vehicle.motion.v,
            })
            .collect();
        seen.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
        if view.lanes.is_empty() {
            return (None, seen);
        }
        let near = seen.partition_point(|it| it.distance_m.max(0.0) < from_m);
        let far = seen.partition_point(|it| it.distance_m.max(0.0) < to_m);
        let ahead = near.checked_sub(1).map(|last| seen[last]);
        (ahead, seen[near..far].to_vec())
    }
}
