//! `phasewise world-travel-times`: one run of the world under fixed time, with all that another simulator
//! needs to do the same. Hidden: it serves `tests/peers/sumo_compare.py`.

use clap::Args;
use serde_json::json;

use phasewise::controller::Rung;
use phasewise::hires::code;
use phasewise::intersection::{Id, Intersection};
use phasewise::simulation::run::{Control, Nobody, Run, Setup, run as simulate};
use phasewise::units::{Millis, Timestamp};

use super::traffic::TrafficArgs;
use super::{EXIT_OK, print};

/// Print demand, signal program and travel times of one run under fixed time as JSON.
///
/// Without pedestrians and without turns on red, so that a simulator that has neither can be compared.
#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    traffic: TrafficArgs,
    /// Seed of arrivals and drivers
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Time for the last vehicles to get through.
const RUN_OUT: Millis = Millis(900_000);

/// Simulates and prints.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let scenario = arguments.traffic.load()?;
    let mut site = scenario.site.clone();
    for (_, movement) in site.movements.iter_mut() {
        movement.turn_on_red = false;
    }
    let mut demand = scenario.demand(arguments.seed, arguments.traffic.scale);
    demand.pedestrians.clear();
    let setup = Setup {
        site: &site,
        sensing: &scenario.sensing,
        control: Control::Ours(Rung::FixedTime),
        from: scenario.from,
        duration: scenario.duration + RUN_OUT,
        seed: arguments.seed,
    };
    let run = simulate(&setup, demand, &mut Nobody).map_err(anyhow::Error::msg)?;
    let signals: Vec<_> = run
        .events
        .iter()
        .filter(|event| {
            [
                code::PHASE_BEGIN_GREEN,
                code::PHASE_BEGIN_YELLOW_CHANGE,
                code::PHASE_END_YELLOW_CHANGE,
            ]
            .contains(&event.code)
        })
        .map(|event| {
            json!([
                (event.at - scenario.from).secs(),
                event.code,
                event.parameter
            ])
        })
        .collect();
    let result = json!({
        "site": geometry(&site),
        "signals": signals,
        "duration_s": (scenario.duration + RUN_OUT).secs(),
        "vehicles": vehicles(&site, &run),
    });
    print(&format!("{result}\n"))?;
    Ok(EXIT_OK)
}

fn geometry(site: &Intersection) -> serde_json::Value {
    let lanes =
        |ids: &[_]| -> Vec<&str> { ids.iter().map(|&id| site.lanes[id].id.as_str()).collect() };
    json!({
        "approaches": site.approaches.iter().map(|(_, approach)| json!({
            "id": approach.id, "heading_deg": approach.heading_deg, "length_m": approach.length_m,
            "speed_limit_mps": approach.speed_limit_mps, "lanes": lanes(&approach.lanes),
        })).collect::<Vec<_>>(),
        "lanes": site.lanes.iter().map(|(_, lane)| json!({
            "id": lane.id, "length_m": lane.length_m,
            "pocket_of": lane.pocket_of.map(|parent| site.lanes[parent].id.as_str()),
        })).collect::<Vec<_>>(),
        "exits": site.exits.iter().map(|(_, exit)| json!({
            "id": exit.id, "heading_deg": exit.heading_deg, "lanes": exit.lanes,
            "length_m": exit.length_m, "speed_limit_mps": exit.speed_limit_mps,
        })).collect::<Vec<_>>(),
        "movements": site.movements.iter().map(|(_, movement)| json!({
            "id": movement.id, "from": site.approaches[movement.from].id,
            "to": site.exits[movement.to].id, "lanes": lanes(&movement.lanes),
            "path_m": movement.path_m,
            "protected": movement.protected.iter().map(u8::from).collect::<Vec<_>>(),
            "permissive": movement.permissive.iter().map(u8::from).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

/// Time at entry, movement, travel time and delay of every vehicle that has left.
fn vehicles(site: &Intersection, run: &Run) -> Vec<serde_json::Value> {
    let mut visits: Vec<_> = run.results.visits.iter().collect();
    visits.sort_by_key(|visit| (visit.scheduled, visit.vehicle));
    let row = |visit: &&phasewise::simulation::world::Visit| {
        json!({
            "vehicle": visit.vehicle,
            "at_s": visit.scheduled.since(Timestamp(0)).secs(),
            "movement": site.movements[visit.movement].id,
            "lane": visit.lane.index(),
            "travel_s": visit.left.map(|left| left.since(visit.scheduled).secs()),
            "delay_s": visit.delay_s,
        })
    };
    visits.iter().map(row).collect()
}
