//! A stdout whose reader may leave while other outputs are still wanted.

use std::io::{self, Write};

/// Writes until the reader has gone, and from then on to nobody.
pub(super) struct Leaving<W> {
    to: W,
    has_gone: bool,
}

impl<W: Write> Leaving<W> {
    /// A writer to `to`.
    pub(super) fn new(to: W) -> Leaving<W> {
        Leaving { to, has_gone: false }
    }

    fn unless_gone<T>(&mut self, result: io::Result<T>, done: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.has_gone = true;
                Ok(done)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Leaving<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_gone {
            return Ok(bytes.len());
        }
        let written = self.to.write(bytes);
        self.unless_gone(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.has_gone {
            return Ok(());
        }
        let flushed = self.to.flush();
        self.unless_gone(flushed, ())
    }
}
