//! The report: one HTML page that needs nothing but itself.
//!
//! In: [`Content`], plain values from finished runs. Out: the page as a string: words, tables and plots
//! drawn as inline SVG, no script, nothing fetched. Not here: running anything, reading or writing files.

pub mod content;
pub mod statistics;
pub mod history;
pub mod svg;
pub mod axis;
pub mod look;
pub mod verdict;
pub mod interesting;
pub mod comparison;
pub mod decisions;
pub mod glossary;
pub mod page;
pub mod plots;

pub use content::Content;
pub use page::html;
