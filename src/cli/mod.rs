//! The command line: one file per subcommand.
//!
//! In: arguments. Out: text on the terminal and an exit status that scripts can rely on. Not here: any
//! work; the subcommands call the library.

mod bound;
mod calibrate;
mod calibrate_camera;
mod camera;
mod check;
mod import;
mod measures;
mod progress;
mod replay;
mod report;
mod schema;
mod simulate;
mod stress;
mod sumo;
mod table;
mod traffic;
mod world_travel_times;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit status: done, and nothing was wrong.
pub(crate) const EXIT_OK: u8 = 0;
/// Exit status: the input is wrong, or a comparison failed. (2 is wrong usage, from clap.)
pub(crate) const EXIT_PROBLEMS: u8 = 1;

/// An adaptive traffic signal controller that explains itself.
#[derive(Debug, Parser)]
#[command(name = "phasewise", version, about, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 done, 1 something is wrong with the input or the result, 2 wrong usage."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

// What each does is said once, on its `Arguments`: a comment here would hide the long help.
#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Arguments),
    Calibrate(calibrate::Arguments),
    CalibrateCamera(calibrate_camera::Arguments),
    Camera(camera::Arguments),
    Import(import::Arguments),
    Measures(measures::Arguments),
    Schema(schema::Arguments),
    Simulate(simulate::Arguments),
    Bound(bound::Arguments),
    Report(report::Arguments),
    Stress(stress::Arguments),
    Sumo(sumo::Arguments),
    Replay(replay::Arguments),
    #[command(hide = true)]
    WorldTravelTimes(world_travel_times::Arguments),
}

/// Runs the command that the arguments ask for.
pub(crate) fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Calibrate(arguments) => calibrate::run(&arguments),
        Command::CalibrateCamera(arguments) => calibrate_camera::run(&arguments),
        Command::Camera(arguments) => camera::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Measures(arguments) => measures::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Bound(arguments) => bound::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Stress(arguments) => stress::run(&arguments),
        Command::Sumo(arguments) => sumo::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::WorldTravelTimes(arguments) => world_travel_times::run(&arguments),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            // Nothing can be done when even the error stream is closed.
            drop(writeln!(io::stderr(), "error: {error:#}"));
            ExitCode::from(EXIT_PROBLEMS)
        }
    }
}

/// Prints to standard output. A reader that went away, as in `phasewise schema | head`, is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Tells something on standard error that is not part of the result.
pub(crate) fn note(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stderr().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}
