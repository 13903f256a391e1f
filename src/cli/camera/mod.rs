//! `phasewise camera`: what a camera counts.

#[cfg(feature = "camera")]
mod remember;
#[cfg(feature = "camera")]
mod run;
#[cfg(feature = "camera")]
mod signal;
#[cfg(feature = "camera")]
mod tally;

use std::path::PathBuf;

use clap::Args;

/// Count vehicles in a video, or with a camera.
///
/// Reads a video file, a camera of this machine or a stream, looks at the zones, lines and views that the site file draws into its
/// picture (detectors and views with `camera`, see docs/cameras.md), and prints what it has counted. Nothing of the
/// pictures is kept unless --annotate or --picture names a file.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  phasewise camera west.mp4 --site intersections/main-4th/site.toml --annotate seen.mp4
  phasewise camera rtsp://10.0.0.7/stream1 --site site.toml --camera west --seconds 600
  phasewise camera 0 --site site.toml --picture seen.png --seconds 10
  phasewise camera 0 --site site.toml --remember --seconds 60

Exit status: 0 done, 1 if the source or the site file is wrong or the video ends too early, 2 for wrong usage.")]
pub(super) struct Arguments {
    /// A video file, the number of a camera of this machine, or rtsp://… or http://….
    #[arg(value_name = "VIDEO-OR-URL")]
    pub(super) source: String,
    /// The site file.
    #[arg(long, value_name = "SITE.TOML")]
    pub(super) site: PathBuf,
    /// The camera, by its id in the site file; needed when it has several.
    #[arg(long, value_name = "ID")]
    pub(super) camera: Option<String>,
    /// What the signal showed: CSV with the columns from_s, until_s, phase, indication (red, yellow, green). Zones
    /// then know when nobody can be waiting.
    #[arg(long, value_name = "CSV")]
    pub(super) signal: Option<PathBuf>,
    /// A learned model that is asked about the zones: an ONNX file. Instead of what the site file says for the camera.
    #[arg(long, value_name = "ONNX")]
    pub(super) detector: Option<PathBuf>,
    /// Write every crossing and every change of presence, queue or health: CSV with time_s, detector, event.
    #[arg(long, value_name = "CSV")]
    pub(super) events: Option<PathBuf>,
    /// Write the result as JSON.
    #[arg(long, value_name = "JSON")]
    pub(super) json: Option<PathBuf>,
    /// Write a video that shows zones, lines and counts.
    #[arg(long, value_name = "MP4")]
    pub(super) annotate: Option<PathBuf>,
    /// Write a picture that shows zones, lines and counts at the end.
    #[arg(long, value_name = "PNG")]
    pub(super) picture: Option<PathBuf>,
    /// Remember in the site file what the camera looks at, so that it is noticed when it has been turned. To be run by day, when the
    /// shapes lie where they should; coarse edges are written (1024 digits), no picture.
    #[arg(long)]
    pub(super) remember: bool,
    /// Stop after so many seconds of video; a live source otherwise goes on until Ctrl-C.
    #[arg(long, value_name = "S")]
    pub(super) seconds: Option<f64>,
}

/// Counts.
#[cfg(feature = "camera")]
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    run::run(arguments)
}

/// Says how to get a program that can.
#[cfg(not(feature = "camera"))]
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    anyhow::bail!(
        "cannot open {:?}: this program was built without cameras\n\
         build one that has them:\n\
         \x20 make camera-setup                              # installs OpenCV and libclang\n\
         \x20 cargo build --release --features camera",
        arguments.source
    )
}
