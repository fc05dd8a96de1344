//! Signs of life on stderr: a bar on a terminal, a line every ten seconds elsewhere, nothing with `-q`.
//!
//! The pipeline counts, one thread here looks at its counters and draws. So drawing never slows the work, and a run
//! that ends within a second prints nothing but its result.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fhirkit_issue::{Issue, grouped};
use fhirkit_pipeline::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Stderr;
use crate::size;

/// Within a second something must show.
const FIRST_SIGN: Duration = Duration::from_millis(800);
const HEARTBEAT: Duration = Duration::from_secs(10);
const REDRAW: Duration = Duration::from_millis(120);

/// The signs of life of one run. Dropping them removes the bar.
pub(crate) struct Signs {
    stderr: Stderr,
    shared: Arc<Shared>,
    drawer: Option<JoinHandle<()>>,
}

struct Shared {
    started: Instant,
    progress: Arc<Progress>,
    bar: Option<ProgressBar>,
    finished: Mutex<bool>,
    wake: Condvar,
}

impl Signs {
    /// Starts to show how far `progress` is, unless quiet.
    pub(crate) fn start(stderr: Stderr, progress: &Arc<Progress>) -> Signs {
        let bar = (stderr.is_terminal && !stderr.quiet).then(bar);
        let shared = Arc::new(Shared {
            started: Instant::now(),
            progress: Arc::clone(progress),
            bar,
            finished: Mutex::new(false),
            wake: Condvar::new(),
        });
        let drawer = (!stderr.quiet).then(|| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || draw(&shared))
        });
        Signs { stderr, shared, drawer }
    }

    /// Prints an issue above the bar.
    pub(crate) fn issue(&self, issue: &Issue) {
        match &self.shared.bar {
            Some(bar) => bar.suspend(|| self.stderr.issue(issue)),
            None => self.stderr.issue(issue),
        }
    }

    /// A writer to stdout that does not tear the bar.
    pub(crate) fn stdout(&self) -> Stdout {
        Stdout { held: Vec::new(), bar: self.shared.bar.clone() }
    }

    /// Removes the bar; gives how long the run took.
    pub(crate) fn finish(mut self) -> Duration {
        self.stop();
        self.shared.started.elapsed()
    }

    fn stop(&mut self) {
        *self.shared.finished.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
        if let Some(drawer) = self.drawer.take() {
            // A drawer that panicked has nothing to clean up.
            let _ = drawer.join();
        }
        if let Some(bar) = &self.shared.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Signs {
    fn drop(&mut self) {
        self.stop();
    }
}

/// stdout beside a bar on stderr: what is written goes out in pieces, the bar away meanwhile.
pub(crate) struct Stdout {
    held: Vec<u8>,
    bar: Option<ProgressBar>,
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const FULL: usize = 64 << 10;
        self.held.extend_from_slice(bytes);
        if self.held.len() >= FULL {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        let write = || {
            let mut stdout = io::stdout().lock();
            stdout.write_all(&held).and_then(|()| stdout.flush())
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    bar
}

fn draw(shared: &Shared) {
    let pause = if shared.bar.is_some() { REDRAW } else { HEARTBEAT };
    let mut wait = if shared.bar.is_some() { REDRAW } else { FIRST_SIGN };
    let mut finished = shared.finished.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let waited = shared.wake.wait_timeout_while(finished, wait, |finished| !*finished);
        finished = waited.unwrap_or_else(PoisonError::into_inner).0;
        if *finished {
            return;
        }
        wait = pause;
        let state = State {
            resources: shared.progress.resources(),
            bytes: shared.progress.bytes_done(),
            total: shared.progress.bytes_total(),
            elapsed: shared.started.elapsed(),
        };
        match &shared.bar {
            Some(bar) => {
                bar.set_message(state.line());
                bar.tick();
            }
            None => eprintln!("{}", state.line()),
        }
    }
}

/// What one line of progress is made of.
struct State {
    resources: u64,
    bytes: u64,
    total: u64,
    elapsed: Duration,
}

impl State {
    fn line(&self) -> String {
        let milliseconds = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let per_second = |count: u64| count.saturating_mul(1000) / milliseconds;
        let mut line = format!(
            "{} resources, {}/s · {}",
            grouped(self.resources),
            grouped(per_second(self.resources)),
            size::human(self.bytes),
        );
        if let Some(percent) = self.bytes.min(self.total).saturating_mul(100).checked_div(self.total) {
            line.push_str(&format!(" of {} ({percent} %)", size::human(self.total)));
        }
        line.push_str(&format!(", {}/s", size::human(per_second(self.bytes))));
        match self.seconds_left(milliseconds) {
            Some(left) => line.push_str(&format!(" · {} left", clock(left))),
            None => line.push_str(&format!(" · {}", clock(milliseconds / 1000))),
        }
        line
    }

    /// At the speed so far; nothing while there is no speed worth the name.
    fn seconds_left(&self, milliseconds: u64) -> Option<u64> {
        let left = self.total.checked_sub(self.bytes).filter(|_| self.total > 0 && self.bytes > 0)?;
        let left = u128::from(left) * u128::from(milliseconds) / u128::from(self.bytes) / 1000;
        u64::try_from(left).ok()
    }
}

/// `12 s`, `3 min 05 s`, `2 h 07 min`.
pub(crate) fn clock(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// How long a run took: `0.02 s`, `12.3 s`, `3 min 05 s`.
pub(crate) fn took(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    match seconds {
        s if s < 9.995 => format!("{s:.2} s"),
        s if s < 60.0 => format!("{s:.1} s"),
        _ => clock(elapsed.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_counts_speeds_and_what_is_left() {
        let state = State {
            resources: 120_000,
            bytes: 250_000_000,
            total: 1_000_000_000,
            elapsed: Duration::from_secs(2),
        };
        assert_eq!(
            state.line(),
            "120,000 resources, 60,000/s · 250 MB of 1.0 GB (25 %), 125 MB/s · 6 s left"
        );
    }

    #[test]
    fn a_stream_of_unknown_length_tells_the_time_so_far() {
        let state = State { resources: 10, bytes: 1_500, total: 0, elapsed: Duration::from_secs(185) };
        assert_eq!(state.line(), "10 resources, 0/s · 1.5 kB, 8 bytes/s · 3 min 05 s");
    }

    #[test]
    fn the_time_taken_has_the_digits_that_matter() {
        let pairs = [(20, "0.02 s"), (12_340, "12.3 s"), (185_000, "3 min 05 s"), (7_620_000, "2 h 07 min")];
        for (milliseconds, text) in pairs {
            assert_eq!(took(Duration::from_millis(milliseconds)), text);
        }
    }
}
