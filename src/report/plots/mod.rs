//! The plots, one idea per file: each takes the content and gives a piece of HTML.
//!
//! In: [`Content`](crate::report::Content). Out: figures with captions. Not here: the order in which
//! they are shown (`page.rs`).

pub mod calibration;
pub mod distribution;
pub mod movements;
pub mod pcd;
pub mod pedestrians;
pub mod plan;
pub mod seeds;
pub mod series;
pub mod splits;
pub mod strip;

use crate::report::axis::HALF;
use crate::report::axis::Size;
use crate::report::axis::WIDE;
use crate::report::svg::escape;

/// A drawing under its heading (may be empty) and what it says in words.
#[must_use]
pub fn figure(drawing: &str, heading: &str, caption: &str) -> String {
    let heading = match heading {
        "" => String::new(),
        words => format!("<b>{}</b> ", escape(words)),
    };
    format!(
        "<figure><figcaption>{heading}{}</figcaption>{drawing}</figure>",
        escape(caption)
    )
}

/// One plot drawn twice: over the whole width, and for a narrow screen, where letters would shrink
/// with the drawing. `style.css` shows the one that fits.
#[must_use]
pub fn wide_and_narrow(mut draw: impl FnMut(Size) -> String) -> String {
    format!(
        "<div class=\"wide\">{}</div><div class=\"narrow\">{}</div>",
        draw(WIDE),
        draw(HALF)
    )
}

/// Figures side by side where there is room.
#[must_use]
pub fn grid(figures: &str) -> String {
    format!("<div class=\"grid\">{figures}</div>")
}

/// A sentence in place of a plot that has nothing to show.
#[must_use]
pub fn nothing(sentence: &str) -> String {
    format!("<p class=\"nothing\">{}</p>", escape(sentence))
}
