//! A table for standard output that is held back until the run has proved clean.
//!
//! A stream cannot take back what it was given, so `strict` keeps the table in a private file without a name,
//! which is gone however the process ends.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;

use crate::{Error, ErrorKind};

/// The file.
pub(crate) struct Held(File);

impl Held {
    /// Makes the file in `folder`, or in the system's folder for such files.
    pub(crate) fn new(folder: Option<&Path>) -> Result<Held, Error> {
        folder.map_or_else(tempfile::tempfile, tempfile::tempfile_in).map(Held).map_err(|error| spool(&error))
    }

    /// Where the table is written to.
    pub(crate) fn writer(&self) -> Result<Box<dyn Write + Send>, Error> {
        let file = self.0.try_clone().map_err(|error| spool(&error))?;
        Ok(Box::new(file))
    }

    /// Hands the table over.
    pub(crate) fn release(mut self, out: &mut dyn Write) -> Result<(), Error> {
        self.0.rewind().map_err(|error| spool(&error))?;
        io::copy(&mut self.0, out).and_then(|_| out.flush()).map_err(|error| {
            let kind = if error.kind() == io::ErrorKind::BrokenPipe {
                ErrorKind::ClosedPipe
            } else {
                ErrorKind::Output
            };
            Error::new(kind, "io/write", format!("cannot write `-`: {error}"))
        })
    }
}

fn spool(error: &io::Error) -> Error {
    let message = format!("the temporary file that --strict needs cannot be used: {error}");
    Error::new(ErrorKind::Output, "io/spool", message)
        .with_hint(Some("--tmp-dir chooses another folder for it"))
}
