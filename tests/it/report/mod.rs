//! The report says what the content says, to anybody, offline, whatever the names in the files.

mod demo;

use std::fs;
use std::path::Path;

use phasewise::report::html;

/// The page is left in `target/tmp/report-demo.html`, to be looked at.
#[test]
fn two_hours_under_four_controllers_stay_below_three_megabytes() {
    let page = html(&demo::afternoon());
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report-demo.html");
    fs::write(path, &page).unwrap();
}
