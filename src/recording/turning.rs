//! Which share of a lane's vehicles makes each movement.
//!
//! In: `turning.csv` beside a recording, columns `Lane`, `Movement`, `Share`, for the lanes with more
//! than one movement; other columns (evidence, remarks) are for people. Out: [`Turning`]. Lanes with
//! one movement need no row; a lane with several and no row gets equal shares.

use std::path::Path;

use super::error::{Problem, ReadError};
use crate::intersection::Intersection;
use crate::intersection::LaneId;
use crate::intersection::MovementId;
use crate::intersection::Table;

/// Shares of movements by lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Turning(Table<LaneId, Vec<(MovementId, f64)>>);

/// Shares of a lane may miss 1 by this much, for people who round.
const ROUNDING: f64 = 0.011;

impl Turning {
    /// Equal shares for the movements of every lane.
    #[must_use]
    pub fn equal(site: &Intersection) -> Self {
        Self(site.lanes.map(|_, lane| {
            #[expect(clippy::cast_precision_loss, reason = "a handful of movements")]
            let share = 1.0 / lane.movements.len().max(1) as f64;
            lane.movements
                .iter()
                .map(|&movement| (movement, share))
                .collect()
        }))
    }

    /// Reads `turning.csv`.
    ///
    /// # Errors
    /// Every problem at once: no such lane or movement, a movement that cannot be made from the lane, a
    /// share outside 0 to 1, shares of a lane that do not sum to 1.
    pub fn read(path: &Path, site: &Intersection) -> Result<Self, ReadError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            ReadError::single(&file, Problem::of_file(error.to_string(), "a text file"))
        })?;
        Self::parse(&text, site).map_err(|problems| ReadError {
            file,
            problems,
            more: 0,
        })
    }

    fn parse(text: &str, site: &Intersection) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut given: Table<LaneId, Vec<(MovementId, f64)>> = site.lanes.map(|_, _| Vec::new());
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    problems.push(Problem::of_file(error.to_string(), "CSV"));
                    break;
                }
            };
            let row = record.position().map(csv::Position::line);
            match share_of(&record, site) {
                Ok((lane, movement, share)) => given[lane].push((movement, share)),
                Err((column, found, allowed)) => problems.push(Problem {
                    row,
                    column: Some(column),
                    found,
                    allowed,
                }),
            }
        }
        let mut turning = Self::equal(site);
        for (lane, shares) in given.iter().filter(|(_, shares)| !shares.is_empty()) {
            let sum: f64 = shares.iter().map(|(_, share)| share).sum();
            if (sum - 1.0).abs() > ROUNDING && problems.is_empty() {
                problems.push(Problem {
                    row: None,
                    column: Some("Share"),
                    found: format!("{sum:.3} in all for lane {}", site.lanes[lane].id),
                    allowed: "shares that sum to 1".to_owned(),
                });
            }
            turning.0[lane] = shares
                .iter()
                .map(|&(movement, share)| (movement, share / sum))
                .collect();
        }
        problems.truncate(super::PROBLEMS_MAX);
        if problems.is_empty() {
            Ok(turning)
        } else {
            Err(problems)
        }
    }

    /// The movements of a lane with their shares, which sum to 1.
    #[must_use]
    pub fn of(&self, lane: LaneId) -> &[(MovementId, f64)] {
        &self.0[lane]
    }
}

type Mistake = (&'static str, String, String);

fn share_of(
    record: &csv::StringRecord,
    site: &Intersection,
) -> Result<(LaneId, MovementId, f64), Mistake> {
    let field = |at: usize| record.get(at).unwrap_or("");
    let (lane, movement, share) = (field(0), field(1), field(2));
    let lane = site
        .lanes
        .iter()
        .find(|(_, candidate)| candidate.id == lane)
        .map(|(id, _)| id)
        .ok_or_else(|| ("Lane", format!("{lane:?}"), "a lane of the site".to_owned()))?;
    let movement = site.lanes[lane]
        .movements
        .iter()
        .copied()
        .find(|&candidate| site.movements[candidate].id == movement)
        .ok_or_else(|| {
            let allowed = "a movement that may be made from the lane".to_owned();
            ("Movement", format!("{movement:?}"), allowed)
        })?;
    let share = share
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| ("Share", format!("{share:?}"), "a number, 0 to 1".to_owned()))?;
    Ok((lane, movement, share))
}
