//! Road networks of CityFlow (`roadnet.json`), put into the words of a SUMO net so that the same import serves both.
//!
//! In: a file. Out: [`Net`]. What differs: CityFlow counts lanes from the median; a light phase lists road links,
//! which are the links here; the light phase that only has what every other one has is the change between them, and
//! stands for yellow; who yields follows from the turn (straight before left before right). Not here: CityFlow itself,
//! which nothing drives.

mod build;
mod format;
mod geometry;

use std::path::Path;

use crate::intersection::Id;
use crate::sumo::net::{JunctionIx, Net, NetError, text_of};

use build::Builder;
use format::RoadNet;

const KIND: &str = "a CityFlow road network (roadnet.json)";

/// Reads a road network.
///
/// # Errors
/// When the file cannot be read, is no CityFlow road network, or names what it does not have.
pub fn read(path: &Path) -> Result<Net, NetError> {
    let text = text_of(path, KIND)?;
    parse(&text, &path.display().to_string())
}

/// Reads the text of a road network; `file` stands for it in messages.
///
/// # Errors
/// As for [`read`].
pub fn parse(text: &str, file: &str) -> Result<Net, NetError> {
    let roadnet: RoadNet = serde_json::from_str(text)
        .map_err(|error| NetError::new(file, error.line(), format!("{error}"), KIND))?;
    let mut builder = Builder::default();
    builder.add_roads(&roadnet);
    for (at, crossroads) in roadnet.intersections.iter().enumerate() {
        builder.add_crossroads(JunctionIx::from_index(at), crossroads);
    }
    if roadnet.roads.is_empty() {
        builder.complain("roads", "no road", "at least one road");
    }
    if !builder.problems.is_empty() {
        return Err(NetError {
            file: file.to_owned(),
            problems: builder.problems,
        });
    }
    Ok(builder.finish(file))
}
