//! `phasewise calibrate-camera`: what a camera looks at, drawn into its picture and written into the site file.
//!
//! In: a picture, and what a person draws on a page or tells in words. Out: the site file. Not here: how a text is
//! changed (`phasewise::drawing`), and what is right (`phasewise::intersection`).

mod desk;
mod http;
mod picture;
mod server;
mod words;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use phasewise::drawing::Edit;

use self::desk::{Desk, Preview};
use super::{EXIT_OK, EXIT_PROBLEMS, note, print};

/// Draw what a camera looks at: zones, count lines and views, into the site file.
///
/// Takes one picture of the camera and shows it on a page in your browser, with everything that the site file draws into
/// it. There you draw stop-bar zones, count lines and views, see at once what `phasewise check` says, and save.
/// All else in the site file stays as it is, comments too; the file before is kept beside it, as .bak. The page is
/// served to this machine only (127.0.0.1), at an address that nobody can guess. The picture stays in memory;
/// it is written to disk only with --picture.
///
/// Without a browser: --picture writes the picture with a grid of coordinates, --set draws.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  phasewise calibrate-camera west.mp4 --site site.toml
  phasewise calibrate-camera rtsp://10.0.0.7/stream1 --site site.toml --camera west
  phasewise calibrate-camera frame.png --site site.toml --new-camera north

Without a browser, for instance over ssh:
  phasewise calibrate-camera west.mp4 --site site.toml --picture grid.png
  phasewise calibrate-camera west.mp4 --site site.toml \\
    --set 'W stop  lanes=W  zone_px=60,330 160,330 165,410 55,410  toward_px=120,200' \\
    --set 'W count lanes=W  line_px=60,300 170,300  toward_px=120,200' \\
    --set 'W queue lanes=W  corners_px=160,330 60,330 250,120 290,120  from_m=0 to_m=60'
What exists needs only what changes: --set 'W stop zone_px=62,331 160,330 165,410 55,410'.

Videos and streams need a program built with `make camera`; PNG, JPEG and PPM pictures do not.

Exit status: 0 done, 1 if the picture or the site file is wrong or was not written, 2 for wrong usage.")]
pub(super) struct Arguments {
    /// A picture (PNG, JPEG, PPM), a video file, the number of a camera of this machine, or rtsp://… or http://….
    #[arg(
        value_name = "PICTURE-OR-VIDEO-OR-URL",
        required_unless_present_any = ["set", "remove"]
    )]
    source: Option<String>,
    /// The site file.
    #[arg(long, value_name = "SITE.TOML")]
    site: PathBuf,
    /// The camera, by its id in the site file; needed when it has several.
    #[arg(long, value_name = "ID", conflicts_with = "new_camera")]
    camera: Option<String>,
    /// Add a camera of this id to the site file.
    #[arg(long, value_name = "ID", requires = "source")]
    new_camera: Option<String>,
    /// Take the picture so many seconds into the video or stream.
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    at: f64,
    /// Port of the page on 127.0.0.1 [default: 8417, or any that is free].
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Draw without a page: an id, then keys of the site file. May be given several times.
    #[arg(long, value_name = "ID KEY=VALUE …")]
    set: Vec<String>,
    /// Take a detector or view out of the site file, without a page. May be given several times.
    #[arg(long, value_name = "ID")]
    remove: Vec<String>,
    /// With --set or --remove: say what would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write the picture with a grid of coordinates and everything that is drawn, and open no page.
    #[arg(long, value_name = "PNG", requires = "source")]
    picture: Option<PathBuf>,
}

/// Draws.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    if !(0.0..=86_400.0).contains(&arguments.at) {
        bail!("--at {}: allowed: 0 to 86400 s", arguments.at);
    }
    // Everything that is wrong with the site file, the camera and the picture is said at once.
    let still = (arguments.source.as_deref())
        .map(|source| picture::take(source, arguments.at))
        .transpose();
    let size = still
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(|it| it.size_px);
    let desk = Desk::open(arguments, size);
    let (desk, still) = match (desk, still) {
        (Ok(desk), Ok(still)) => (desk, still),
        (Err(error), Err(other)) => {
            note(&format!("error: {other:#}"))?;
            return Err(error);
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let edits = words::edits(&desk.sheet()?, &arguments.set, &arguments.remove)?;
    let preview = desk.preview(&desk.text()?, &edits);
    let mut status = EXIT_OK;
    if !edits.is_empty() {
        status = write(&desk, arguments, &edits, &preview)?;
    }
    match (&arguments.picture, still) {
        (Some(path), Some(still)) => {
            picture::write(path, &still, &preview.text, &desk.pen.camera)?;
            note(&format!(
                "wrote {}: a picture of the street, as --picture asks",
                path.display()
            ))?;
        }
        (None, Some(still)) if edits.is_empty() => server::serve(desk, still, arguments.port)?,
        (None | Some(_), _) => {}
    }
    Ok(status)
}

fn write(
    desk: &Desk,
    arguments: &Arguments,
    edits: &[Edit],
    preview: &Preview,
) -> anyhow::Result<u8> {
    let file = desk.path.display();
    for problem in &preview.problems {
        note(&problem.in_file(&format!("{file}, as it would be")))?;
    }
    print(&preview.summary())?;
    if !preview.can_save() {
        for why in &preview.refusals {
            note(&format!("error: {why}"))?;
        }
        note(&format!("{file}: not written"))?;
        return Ok(EXIT_PROBLEMS);
    }
    if arguments.dry_run {
        note(&format!("{file}: not written, as --dry-run asks"))?;
        return Ok(EXIT_OK);
    }
    let saved = desk.save(&preview.base, edits)?;
    note(&saved.to_string())?;
    Ok(EXIT_OK)
}
