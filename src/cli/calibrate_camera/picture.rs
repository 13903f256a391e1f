//! The picture that is drawn on: from a file, a video, a camera; and with a grid, for those who have no browser.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use phasewise::camera::still::{Still, is_picture};

/// Largest picture file that is read: 8192 × 8192 pixels of three bytes.
const FILE_BYTES_MAX: u64 = 192 * 1024 * 1024;

/// Takes a picture; from a video or stream `at_s` seconds after its beginning.
pub(super) fn take(source: &str, at_s: f64) -> anyhow::Result<Still> {
    let path = Path::new(source);
    if path.is_file() {
        let mut file = File::open(path).with_context(|| format!("cannot open {source}"))?;
        let mut first = Vec::new();
        (&mut file)
            .take(16)
            .read_to_end(&mut first)
            .with_context(|| format!("cannot read {source}"))?;
        if first.is_empty() {
            bail!("cannot read {source}: it is empty");
        }
        if is_picture(&first) {
            (&mut file)
                .take(FILE_BYTES_MAX)
                .read_to_end(&mut first)
                .with_context(|| format!("cannot read {source}"))?;
            let still = Still::of_file(first).map_err(anyhow::Error::msg);
            return still.with_context(|| format!("cannot read {source}"));
        }
    }
    film(source, at_s)
}

#[cfg(feature = "camera")]
use self::with_opencv::film;
#[cfg(feature = "camera")]
pub(super) use self::with_opencv::write;

#[cfg(not(feature = "camera"))]
fn film(source: &str, _at_s: f64) -> anyhow::Result<Still> {
    if !source.contains("://") && source.parse::<i32>().is_err() && !Path::new(source).is_file() {
        bail!("cannot open {source}: there is no such file");
    }
    bail!(
        "cannot open {source}: it is no PNG, JPEG or PPM picture, and this program was built without cameras\n\
         give a picture, or build one that reads videos and streams: make camera"
    )
}

#[cfg(not(feature = "camera"))]
pub(super) fn write(path: &Path, _: &Still, _: &str, _: &str) -> anyhow::Result<()> {
    bail!(
        "cannot draw {}: this program was built without cameras\n\
         build one that draws pictures: make camera",
        path.display()
    )
}

#[cfg(feature = "camera")]
mod with_opencv {
    #![expect(
        clippy::disallowed_methods,
        reason = "a driver: it gives up after a while"
    )]

    use std::path::Path;
    use std::time::{Duration, Instant};

    use anyhow::{Context, bail};
    use phasewise::camera::capture::{Capture, Message, Source};
    use phasewise::camera::picture::{Canvas, Label};
    use phasewise::camera::still::Still;
    use phasewise::intersection::Intersection;

    use crate::cli::note;

    /// How long a source may take for the next frame.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Takes a picture from a video or stream.
    pub(super) fn film(source: &str, at_s: f64) -> anyhow::Result<Still> {
        let capture = Capture::start(Source::of(source));
        let mut heard = Instant::now();
        let mut last_s = None;
        loop {
            if heard.elapsed() > PATIENCE {
                bail!(
                    "cannot read {source}: nothing has come for {} s",
                    PATIENCE.as_secs()
                );
            }
            match capture.next(Duration::from_millis(500)) {
                Some(Message::Picture(picture)) => {
                    heard = Instant::now();
                    last_s = Some(picture.at.secs());
                    if picture.at.secs() >= at_s {
                        let still = Still::of_pixels(picture.width, picture.height, &picture.bgr);
                        return still
                            .map_err(anyhow::Error::msg)
                            .with_context(|| format!("cannot use {source}"));
                    }
                }
                Some(Message::Lost(why)) => note(&format!("{source}: {why}; trying again"))?,
                Some(Message::Failed(why)) => bail!("cannot read {source}: {why}"),
                Some(Message::Ended(_)) => bail!(
                    "{source} ends after {:.1} s, before --at {at_s}",
                    last_s.unwrap_or(0.0)
                ),
                Some(Message::Opened { .. }) | None => {}
            }
        }
    }

    /// Writes the picture with a grid and with what a site file draws into it.
    pub(in super::super) fn write(
        path: &Path,
        still: &Still,
        site: &str,
        camera: &str,
    ) -> anyhow::Result<()> {
        // A site file with mistakes, or without this camera yet, draws nothing: then there is only the grid.
        let site = Intersection::check_text(site).intersection;
        let drawn = site.as_ref().and_then(|site| {
            let found = site.cameras.iter().find(|(_, it)| it.id == camera);
            found.map(|(id, it)| (site, id, it.size_px))
        });
        let size_px = drawn.map_or(still.size_px, |(_, _, size_px)| size_px);
        let mut canvas = Canvas::of_file(&still.bytes, size_px)?;
        canvas.grid(size_px)?;
        if let Some((site, id, _)) = drawn {
            canvas.draw(site, id, |id| Label {
                text: site.detectors[id].id.clone(),
                ..Label::default()
            })?;
        } else {
            note(
                "the site file has mistakes or does not have this camera yet: only the grid is drawn",
            )?;
        }
        Ok(canvas.save(path)?)
    }
}
