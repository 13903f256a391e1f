//! `phasewise calibrate-camera`: the page as a browser and as an attacker meet it, and the way without a browser.

mod page;
mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::scene::{HEIGHT, SITE, WIDTH};

/// A folder of this test with a site file and a picture of 320 × 240.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("calibrate")
        .join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("site.toml"), SITE).unwrap();
    let mut picture = format!("P6\n# a street\n{WIDTH} {HEIGHT}\n255\n").into_bytes();
    picture.resize(picture.len() + WIDTH * HEIGHT * 3, 90);
    fs::write(folder.join("street.ppm"), picture).unwrap();
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phasewise"));
    command
        .current_dir(folder)
        .arg("calibrate-camera")
        .args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn site_text(folder: &Path) -> String {
    fs::read_to_string(folder.join("site.toml")).unwrap()
}
