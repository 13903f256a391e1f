//! The report: one HTML page that needs nothing but itself.
//!
//! In: [`Content`], plain values from finished runs. Out: the page as a string: words, tables and plots
//! drawn as inline SVG, no script, nothing fetched. Not here: running anything, reading or writing files.

pub mod content;

pub use content::Content;
