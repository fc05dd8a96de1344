//! Ctrl-C, and the polite signals to end.
//!
//! The first sets a flag that the work looks at between chunks, so that what is half written is removed; the
//! second ends the process at once, for whoever does not want to wait (what it leaves is named by the next run).

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use fhirkit_pipeline::Progress;
use signal_hook::consts::SIGXFSZ;

use crate::exit::Exit;

/// Starts to watch; the first signal cancels the run.
pub(crate) fn watch(progress: &Arc<Progress>) {
    let progress = Arc::clone(progress);
    let installed = ctrlc::set_handler(move || {
        if progress.is_cancelled() {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        progress.cancel();
        eprintln!("interrupted: stopping; nothing half-written stays (once more to stop at once)");
    });
    // Without a handler the signal ends the process as it always does, and nothing stands under a final name.
    drop(installed);
}

/// Has a write beyond the limit of a file's size (`ulimit -f`) fail like one to a full disk. Unhandled, its signal
/// ends the process before it can remove what is half written.
pub(crate) fn outlive_full_files() {
    // The flag is not looked at: that there is a handler is enough for the write to return an error.
    let installed = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    // Without it the signal ends the process, and nothing stands under a final name.
    drop(installed);
}
