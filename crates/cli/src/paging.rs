//! How far a fetch has come: a line that changes on a terminal, one every ten seconds elsewhere, nothing with `-q`.

use std::time::{Duration, Instant};

use fhirkit_fetch::everything::Progress;
use fhirkit_issue::{counted, grouped};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Stderr;
use crate::size;

const HEARTBEAT: Duration = Duration::from_secs(10);

/// What is shown while pages come.
pub(crate) struct Paging {
    stderr: Stderr,
    bar: Option<ProgressBar>,
    said: Instant,
}

impl Paging {
    /// Begins to show.
    pub(crate) fn start(stderr: Stderr) -> Paging {
        let bar = (stderr.is_terminal && !stderr.quiet).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg}") {
                bar.set_style(style);
            }
            bar.set_message("waiting for the first page");
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Paging { stderr, bar, said: Instant::now() }
    }

    /// Shows a step.
    pub(crate) fn step(&mut self, step: Progress<'_>) {
        match step {
            Progress::Resumed { page_count } => {
                self.say(&format!(
                    "  goes on after {} of an earlier run",
                    counted(page_count, "page", "pages")
                ));
            }
            Progress::Restarted => {
                self.say(
                    "  the server has forgotten where the earlier run stopped: from the first page again",
                );
            }
            Progress::NotOffered { what, status } => self.say(&format!("  not offered: {what} ({status})")),
            Progress::Page { number, bytes, resources, total } => {
                let of = total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
                let came = format!(
                    "{}, {}{of} resources, {}",
                    counted(number, "page", "pages"),
                    grouped(resources),
                    size::human(bytes)
                );
                self.now(&came);
            }
            _ => {}
        }
    }

    /// Shows how far things are, where it changes or is due.
    pub(crate) fn now(&mut self, how_far: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(how_far.to_owned()),
            None if self.said.elapsed() >= HEARTBEAT => {
                self.said = Instant::now();
                self.stderr.say(&format!("  {how_far}"));
            }
            None => {}
        }
    }

    /// Prints a line that stays.
    pub(crate) fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.stderr.say(line)),
            None => self.stderr.say(line),
        }
    }

    /// Removes the line that changes.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
