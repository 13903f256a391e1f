//! A progress bar on standard error, drawn only on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

const STEPS: u64 = 1000;

/// Progress of something that takes longer than two seconds.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(crate) fn new(what: &'static str) -> Self {
        let bar = ProgressBar::new(STEPS).with_message(what);
        if let Ok(style) =
            ProgressStyle::with_template("{msg} [{bar:30}] {percent:>3} % {elapsed} (eta {eta})")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar }
    }

    /// Changes what it says.
    pub(crate) fn say(&self, what: String) {
        self.bar.set_message(what);
    }

    /// The share done, 0 to 1.
    pub(crate) fn set(&self, share: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "0 to 1000"
        )]
        let steps = (share.clamp(0.0, 1.0) * STEPS as f64) as u64;
        self.bar.set_position(steps);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
