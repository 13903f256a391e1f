//! Pictures for people: what was seen, drawn into the frame it was seen in.
//!
//! In: a picture, the site, counts, presence and queues. Out: an annotated picture, a video of them. Nothing is written unless
//! somebody has named a file for it. Needs OpenCV (feature `camera`).

use std::path::{Path, PathBuf};

use opencv::core::{Mat, MatTraitConst, Point, Scalar, Size, ToInputArray, Vector};
use opencv::imgproc;
use opencv::videoio::{VideoWriter, VideoWriterTrait, VideoWriterTraitConst};
use opencv::{Result, imgcodecs};

use super::capture::Picture;
use super::view::{Ground, InView};
use crate::intersection::{CameraId, DetectorId, Intersection, Px, Shape, ViewId};

/// What to write beside a detector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The words.
    pub text: String,
    /// Something is there now: drawn in red, otherwise in green.
    pub is_on: bool,
    /// Nothing is known: drawn in gray.
    pub is_unsure: bool,
}

const GREEN: [f64; 3] = [80.0, 220.0, 60.0];
const RED: [f64; 3] = [60.0, 60.0, 240.0];
const GRAY: [f64; 3] = [170.0, 170.0, 170.0];
const WHITE: [f64; 3] = [255.0, 255.0, 255.0];

/// A frame with everything that is drawn into it; smaller frames are doubled for legible text.
#[derive(Debug)]
pub struct Canvas {
    image: Mat,
    scale: Px,
}

impl Canvas {
    /// Begins with a picture of this camera.
    ///
    /// # Errors
    /// What OpenCV says.
    pub fn new(picture: &Picture, site: &Intersection, camera: CameraId) -> Result<Self> {
        let rows = i32::try_from(picture.height).unwrap_or(0);
        let flat = Mat::from_slice(&picture.bgr)?;
        Self::of_image(&flat.reshape(3, rows)?, site.cameras[camera].size_px)
    }

    /// Begins with the bytes of a picture file; coordinates are those of a picture of `size_px`.
    ///
    /// # Errors
    /// What OpenCV says.
    pub fn of_file(bytes: &[u8], size_px: [u32; 2]) -> Result<Self> {
        let image = imgcodecs::imdecode(&Mat::from_slice(bytes)?, imgcodecs::IMREAD_COLOR)?;
        if image.empty() {
            let why = "no picture that OpenCV can read".to_owned();
            return Err(opencv::Error::new(opencv::core::StsError, why));
        }
        Self::of_image(&image, size_px)
    }

    fn of_image(image: &(impl MatTraitConst + ToInputArray), size_px: [u32; 2]) -> Result<Self> {
        let factor = if image.cols() < 640 { 2 } else { 1 };
        let size = Size::new(image.cols() * factor / 2 * 2, image.rows() * factor / 2 * 2);
        let mut large = Mat::default();
        imgproc::resize(image, &mut large, size, 0.0, 0.0, imgproc::INTER_CUBIC)?;
        let [width, height] = size_px.map(f64::from);
        let scale = [
            f64::from(size.width) / width,
            f64::from(size.height) / height,
        ];
        Ok(Self {
            image: large,
            scale,
        })
    }

    /// Draws lines of equal coordinates, about twelve across, with their coordinates at the edges.
    ///
    /// # Errors
    /// What OpenCV says.
    pub fn grid(&mut self, size_px: [u32; 2]) -> Result<()> {
        let longer = size_px.into_iter().max().unwrap_or(0);
        let steps = [10, 20, 25, 50, 100, 200, 250, 500];
        let step = steps.into_iter().find(|step| longer <= 14 * step);
        let step = step.unwrap_or(1000);
        let [width, height] = size_px.map(f64::from);
        let marks = |side: u32| {
            (1..)
                .map(move |n| n * step)
                .take_while(move |at| *at < side)
        };
        let across = marks(size_px[0]).map(|x| (x, [[f64::from(x), 0.0], [f64::from(x), height]]));
        let down = marks(size_px[1]).map(|y| (y, [[0.0, f64::from(y)], [width, f64::from(y)]]));
        let plain = self.image.try_clone()?;
        for (_, ends) in across.clone().chain(down.clone()) {
            let [from, to] = ends.map(|end| place(end, self.scale));
            imgproc::line(
                &mut self.image,
                from,
                to,
                scalar(WHITE),
                1,
                imgproc::LINE_4,
                0,
            )?;
        }
        // Half seen, so that the street below stays legible.
        let mut mixed = Mat::default();
        opencv::core::add_weighted(&plain, 0.6, &self.image, 0.4, 0.0, &mut mixed, -1)?;
        self.image = mixed;
        for (x, _) in across {
            let at = [f64::from(x) + 2.0 / self.scale[0], 14.0 / self.scale[1]];
            self.text(&x.to_string(), at, WHITE)?;
        }
        for (y, _) in down {
            let at = [2.0 / self.scale[0], f64::from(y) - 3.0 / self.scale[1]];
            self.text(&y.to_string(), at, WHITE)?;
        }
        Ok(())
    }

    /// Draws who is in the views: a bar across the lane at the front of each vehicle, red when it queues, with its
    /// speed in km/h, and the queues in words.
    ///
    /// # Errors
    /// What OpenCV says.
    pub fn draw_queues(
        &mut self,
        site: &Intersection,
        camera: CameraId,
        now: impl Fn(ViewId) -> Option<InView>,
    ) -> Result<()> {
        let mut line = 1.0;
        for (id, view) in site.views.iter() {
            let Some(strip) = view.seen.as_ref().filter(|strip| strip.by == camera) else {
                continue;
            };
            line += 1.0;
            let size = site.cameras[camera].size_px.map(f64::from);
            let ends_m = [view.from_m, view.to_m];
            let (Some(now), Some(ground)) = (now(id), Ground::new(strip.corners_px, ends_m, size))
            else {
                continue;
            };
            for vehicle in &now.vehicles {
                let queues = vehicle.front_m < now.queue.end_m && vehicle.crawls();
                let color = if queues { RED } else { GREEN };
                let ends = [0.15, 0.85].map(|across| ground.px(across, vehicle.front_m));
                self.shape(&ends, false, color)?;
                if !queues {
                    let speed = format!("{:.0}", vehicle.speed_mps * 3.6);
                    self.text(&speed, ends[1], color)?;
                }
            }
            // Views lie side by side: only a number fits at each.
            let [x, y] = strip.corners_px[0];
            self.text(&now.queue.vehicles.to_string(), [x + 4.0, y + 16.0], WHITE)?;
            let words = match now.queue.vehicles {
                0 => format!("{}: no queue", view.id),
                queued => format!("{}: {queued} queue to {:.0} m", view.id, now.queue.end_m),
            };
            self.line(&words, line)?;
        }
        Ok(())
    }

    /// Draws detectors and views; `label` says what to write beside a detector.
    ///
    /// # Errors
    /// What OpenCV says.
    pub fn draw(
        &mut self,
        site: &Intersection,
        camera: CameraId,
        label: impl Fn(DetectorId) -> Label,
    ) -> Result<()> {
        for (_, view) in site.views.iter() {
            if let Some(strip) = view.seen.as_ref().filter(|strip| strip.by == camera) {
                self.shape(&strip.corners_px, true, GRAY)?;
            }
        }
        for (id, detector) in site.detectors.iter() {
            let Some(seen) = detector.seen.as_ref().filter(|seen| seen.by == camera) else {
                continue;
            };
            let label = label(id);
            let color = match label {
                Label {
                    is_unsure: true, ..
                } => GRAY,
                Label { is_on: true, .. } => RED,
                Label { .. } => GREEN,
            };
            let (corners, is_closed): (&[Px], bool) = match &seen.shape {
                Shape::Zone(corners) => (corners, true),
                Shape::Line(ends) => (ends, false),
            };
            self.shape(corners, is_closed, color)?;
            if let (Some(travel), Shape::Line([from, to])) = (seen.travel, &seen.shape) {
                let middle = [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0];
                let tip = [middle[0] + travel[0] * 12.0, middle[1] + travel[1] * 12.0];
                imgproc::arrowed_line_def(
                    &mut self.image,
                    place(middle, self.scale),
                    place(tip, self.scale),
                    scalar(color),
                )?;
            }
            if let Some(first) = corners.first() {
                let [x, y] = *first;
                self.text(&label.text, [x + 3.0, y - 4.0], color)?;
            }
        }
        Ok(())
    }

    /// Writes a line at the top.
    ///
    /// # Errors
    /// What OpenCV says.
    pub fn title(&mut self, text: &str) -> Result<()> {
        self.line(text, 1.0)
    }

    /// Writes the first, second … line from the top.
    fn line(&mut self, text: &str, number: f64) -> Result<()> {
        let place = [6.0 / self.scale[0], 18.0 * number / self.scale[1]];
        self.text(text, place, WHITE)
    }

    fn shape(&mut self, corners: &[Px], is_closed: bool, color: [f64; 3]) -> Result<()> {
        let points: Vector<Point> = corners
            .iter()
            .map(|corner| place(*corner, self.scale))
            .collect();
        imgproc::polylines(
            &mut self.image,
            &points,
            is_closed,
            scalar(color),
            2,
            imgproc::LINE_AA,
            0,
        )
    }

    fn text(&mut self, text: &str, at: Px, color: [f64; 3]) -> Result<()> {
        let at = place(at, self.scale);
        let font = imgproc::FONT_HERSHEY_SIMPLEX;
        // A dark edge keeps it legible on any road.
        for (color, thickness) in [([0.0; 3], 3), (color, 1)] {
            imgproc::put_text(
                &mut self.image,
                text,
                at,
                font,
                0.5,
                scalar(color),
                thickness,
                imgproc::LINE_AA,
                false,
            )?;
        }
        Ok(())
    }

    /// Writes it to a file; the ending says which kind.
    ///
    /// # Errors
    /// What OpenCV says.
    pub fn save(&self, path: &Path) -> Result<()> {
        let refused = |_| {
            opencv::Error::new(
                opencv::core::StsError,
                format!("cannot write {}", path.display()),
            )
        };
        match imgcodecs::imwrite_def(path, &self.image) {
            Ok(true) => Ok(()),
            Ok(false) => Err(refused(())),
            Err(error) => Err(error),
        }
    }
}

/// A video of annotated pictures.
pub struct Video {
    path: PathBuf,
    rate: f64,
    writer: Option<VideoWriter>,
    size: Size,
}

impl Video {
    /// A video with so many frames per second; the file is made with the first frame.
    #[must_use]
    pub fn new(path: &Path, rate: f64) -> Self {
        Self {
            path: path.to_owned(),
            rate,
            writer: None,
            size: Size::default(),
        }
    }

    /// Adds a frame. All are of the size of the first one.
    ///
    /// # Errors
    /// What OpenCV says; a file that cannot be written.
    pub fn add(&mut self, canvas: &Canvas) -> Result<()> {
        if self.writer.is_none() {
            let code = VideoWriter::fourcc('m', 'p', '4', 'v')?;
            self.size = canvas.image.size()?;
            let writer = VideoWriter::new(&self.path, code, self.rate, self.size, true)?;
            if !writer.is_opened()? {
                let why = format!("cannot write {}", self.path.display());
                return Err(opencv::Error::new(opencv::core::StsError, why));
            }
            self.writer = Some(writer);
        }
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        if canvas.image.size()? == self.size {
            return writer.write(&canvas.image);
        }
        let mut fitted = Mat::default();
        imgproc::resize_def(&canvas.image, &mut fitted, self.size)?;
        writer.write(&fitted)
    }

    /// Closes the file.
    ///
    /// # Errors
    /// What OpenCV says.
    pub fn close(&mut self) -> Result<()> {
        match &mut self.writer {
            Some(writer) => writer.release(),
            None => Ok(()),
        }
    }
}

fn scalar([blue, green, red]: [f64; 3]) -> Scalar {
    Scalar::new(blue, green, red, 0.0)
}

fn place([x, y]: Px, scale: Px) -> Point {
    #[expect(clippy::cast_possible_truncation, reason = "within a picture")]
    let whole = |value: f64| value.clamp(-1e4, 1e4).round() as i32;
    Point::new(whole(x * scale[0]), whole(y * scale[1]))
}
