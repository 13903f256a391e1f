//! Pictures from files, devices and streams, in a thread of their own.
//!
//! In: the name of a source. Out: [`Message`]s: opened, picture, lost, ended. Whoever takes them never waits longer than it
//! wants to. A file gives every frame; a live source gives the newest one, and is opened again when it goes away. Not
//! here: what is in a picture. Needs OpenCV (feature `camera`).
#![expect(
    clippy::disallowed_methods,
    reason = "a driver: it owns a thread and reads a clock"
)]

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use opencv::core::{Mat, MatTraitConst, MatTraitConstManual, Size, Vector};
use opencv::imgproc;
use opencv::videoio::{self, VideoCapture, VideoCaptureTrait, VideoCaptureTraitConst};

use super::frame::Frame;
use crate::units::Millis;

/// Frames of a file that are read ahead.
const AHEAD_MAX: usize = 8;
/// Wider pictures are shrunk to this: lanes are still tens of pixels wide.
const WIDTH_MAX: i32 = 1280;
/// How long opening and reading a stream may take, ms.
const PATIENCE_MS: i32 = 5_000;
/// Pauses before a live source is opened again: the first, and the longest.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Rates that a file may state; others are guessed to be [`RATE_GUESS`].
const RATES: std::ops::RangeInclusive<f64> = 1.0..=240.0;
const RATE_GUESS: f64 = 25.0;
/// A file that has fewer frames than this share of what it states ends too early.
const COMPLETE: f64 = 0.95;

/// Where pictures come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A video file.
    File(PathBuf),
    /// A camera of this machine, by its number.
    Device(i32),
    /// A stream: `rtsp://…`, `http://…`.
    Stream(String),
}

impl Source {
    /// A number is a device, a text with `://` a stream, anything else a file.
    #[must_use]
    pub fn of(text: &str) -> Self {
        match text.parse() {
            Ok(number) => Self::Device(number),
            Err(_) if text.contains("://") => Self::Stream(text.to_owned()),
            Err(_) => Self::File(PathBuf::from(text)),
        }
    }

    /// Whether it goes on whether or not anybody looks.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self, Self::File(_))
    }
}

/// A picture of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Width, px.
    pub width: usize,
    /// Height, px.
    pub height: usize,
    /// Blue, green and red, row by row.
    pub bgr: Vec<u8>,
    /// When it was taken, since the first one of the source.
    pub at: Millis,
}

impl Picture {
    /// To look at; `None` for a picture that is too small or too large.
    #[must_use]
    pub fn frame(&self) -> Option<Frame<'_>> {
        Frame::new(self.width, self.height, &self.bgr)
    }
}

/// What a source tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// It has been opened.
    Opened {
        /// Frames per second that it states, or 0.
        rate: f64,
        /// Frames that a file states, or 0.
        frames: f64,
    },
    /// A picture.
    Picture(Picture),
    /// A live source has gone away; it is tried again.
    Lost(String),
    /// A file is over; why, when it is not at its end.
    Ended(Option<String>),
    /// It cannot be read at all.
    Failed(String),
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Message>,
    dropped: u64,
    /// Nobody wants any more.
    is_over: bool,
}

/// A source that is being read.
#[derive(Debug)]
pub struct Capture {
    shared: Arc<Shared>,
}

impl Capture {
    /// Begins to read a source. Nothing is waited for.
    #[must_use]
    pub fn start(source: Source) -> Self {
        let shared = Arc::new(Shared::default());
        let reader = Reader {
            shared: Arc::clone(&shared),
            began: Instant::now(),
            source,
        };
        // The thread ends by itself: within its patience after `is_over`. Nobody waits for one that hangs in a driver.
        drop(thread::spawn(move || reader.run()));
        Self { shared }
    }

    /// The next message; `None` when none has come within `patience`.
    #[must_use]
    pub fn next(&self, patience: Duration) -> Option<Message> {
        let waiting = lock(&self.shared);
        let (mut waiting, _) = self
            .shared
            .changed
            .wait_timeout_while(waiting, patience, |waiting| waiting.messages.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let message = waiting.messages.pop_front();
        self.shared.changed.notify_all();
        message
    }

    /// Pictures of a live source that nobody has taken in time.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        lock(&self.shared).dropped
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        lock(&self.shared).is_over = true;
        self.shared.changed.notify_all();
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Waiting> {
    shared
        .waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

struct Reader {
    shared: Arc<Shared>,
    began: Instant,
    source: Source,
}

/// How reading has come to an end.
enum End {
    /// Nobody wants any more.
    Over,
    /// No more pictures, after so many.
    NoMore(f64),
}

impl Reader {
    fn run(&self) {
        let mut pause = PAUSE_FIRST;
        loop {
            let (why, pictures) = match self.read() {
                Ok(End::Over) => return,
                Ok(End::NoMore(pictures)) => ("no more pictures".to_owned(), pictures),
                Err(why) => (why, 0.0),
            };
            if !self.source.is_live() {
                if pictures <= 0.0 {
                    self.tell(Message::Failed(why));
                }
                return;
            }
            if pictures > 0.0 {
                pause = PAUSE_FIRST;
            }
            if !self.tell(Message::Lost(why)) || !self.rest(pause) {
                return;
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Reads to the end.
    fn read(&self) -> Result<End, String> {
        let mut capture = self.open()?;
        let stated = |property| capture.get(property).unwrap_or(0.0);
        let (rate, frames) = (
            stated(videoio::CAP_PROP_FPS),
            stated(videoio::CAP_PROP_FRAME_COUNT),
        );
        if !self.tell(Message::Opened { rate, frames }) {
            return Ok(End::Over);
        }
        let rate = if RATES.contains(&rate) {
            rate
        } else {
            RATE_GUESS
        };
        let (mut image, mut pictures) = (Mat::default(), 0.0);
        loop {
            let got = capture.read(&mut image);
            if !matches!(got, Ok(true)) || image.empty() {
                if !self.source.is_live() && pictures > 0.0 {
                    let short = pictures < COMPLETE * frames;
                    let short =
                        short.then(|| format!("it ends after {pictures} of {frames} frames"));
                    self.tell(Message::Ended(short));
                }
                return Ok(End::NoMore(pictures));
            }
            let at = match self.source.is_live() {
                true => Millis::from_secs(self.began.elapsed().as_secs_f64()),
                false => Millis::from_secs(pictures / rate),
            };
            pictures += 1.0;
            let picture = picture(&image, at).map_err(|error| error.message)?;
            if !self.tell(Message::Picture(picture)) {
                return Ok(End::Over);
            }
        }
    }

    fn open(&self) -> Result<VideoCapture, String> {
        let opened = match &self.source {
            Source::File(path) => {
                if !path.is_file() {
                    return Err("there is no such file".to_owned());
                }
                VideoCapture::from_file(path, videoio::CAP_ANY)
            }
            Source::Device(number) => VideoCapture::new(*number, videoio::CAP_ANY),
            Source::Stream(url) => {
                let patience = [
                    videoio::CAP_PROP_OPEN_TIMEOUT_MSEC,
                    PATIENCE_MS,
                    videoio::CAP_PROP_READ_TIMEOUT_MSEC,
                    PATIENCE_MS,
                ];
                let patience = Vector::from_slice(&patience);
                VideoCapture::from_file_with_params(url, videoio::CAP_FFMPEG, &patience)
            }
        };
        let capture = opened.map_err(|error| error.message)?;
        if capture.is_opened().unwrap_or(false) {
            return Ok(capture);
        }
        Err(match &self.source {
            Source::File(_) => "it is not a video that OpenCV can read".to_owned(),
            Source::Device(number) => format!("there is no camera {number}"),
            Source::Stream(_) => "it does not answer".to_owned(),
        })
    }

    /// Tells something; false when nobody listens any more. A file waits for room, a live source makes some.
    fn tell(&self, message: Message) -> bool {
        let mut waiting = lock(&self.shared);
        if self.source.is_live() {
            let before = waiting.messages.len();
            if matches!(message, Message::Picture(_)) {
                waiting
                    .messages
                    .retain(|message| !matches!(message, Message::Picture(_)));
            }
            let dropped = before - waiting.messages.len();
            waiting.dropped += u64::try_from(dropped).unwrap_or(0);
        } else {
            let full =
                |waiting: &mut Waiting| !waiting.is_over && waiting.messages.len() >= AHEAD_MAX;
            waiting = (self.shared.changed)
                .wait_while(waiting, full)
                .unwrap_or_else(PoisonError::into_inner);
        }
        waiting.messages.push_back(message);
        let wanted = !waiting.is_over;
        drop(waiting);
        self.shared.changed.notify_all();
        wanted
    }

    /// Waits; false when nobody listens any more.
    fn rest(&self, pause: Duration) -> bool {
        let waiting = lock(&self.shared);
        let (waiting, _) = (self.shared.changed)
            .wait_timeout_while(waiting, pause, |waiting| !waiting.is_over)
            .unwrap_or_else(PoisonError::into_inner);
        !waiting.is_over
    }
}

/// A picture of ours from one of OpenCV's.
fn picture(image: &Mat, at: Millis) -> opencv::Result<Picture> {
    let mut shrunk = Mat::default();
    let image = if image.cols() > WIDTH_MAX {
        let size = Size::new(WIDTH_MAX, image.rows() * WIDTH_MAX / image.cols());
        imgproc::resize(image, &mut shrunk, size, 0.0, 0.0, imgproc::INTER_AREA)?;
        &shrunk
    } else {
        image
    };
    let side = |side: i32| usize::try_from(side).unwrap_or(0);
    let bgr = match image.channels() {
        3 => image.data_bytes()?.to_vec(),
        _ => {
            let mut color = Mat::default();
            imgproc::cvt_color_def(image, &mut color, imgproc::COLOR_GRAY2BGR)?;
            color.data_bytes()?.to_vec()
        }
    };
    Ok(Picture {
        width: side(image.cols()),
        height: side(image.rows()),
        bgr,
        at,
    })
}
