//! One file or stream that is to be read.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Error, ErrorKind};

/// One file or standard input, as [`discover`](crate::discover) found it.
#[derive(Debug, Clone)]
pub struct Input {
    /// Where it lies; `None` is standard input.
    pub path: Option<PathBuf>,
    /// The name for people and for lineage (`_source_file`): relative to the folder that was
    /// named, or as typed when the file itself (or a glob) was.
    pub name: Arc<str>,
    /// Size on disk in bytes; `None` for streams.
    pub bytes: Option<u64>,
    /// Why it cannot be read, when that was known while a folder was walked.
    pub unreadable: Option<String>,
    /// A folder that an export of ours made, met while another folder was walked: it is told, not read.
    pub is_own_export: bool,
    /// The copy of a stream that is read instead of the stream itself.
    spooled: Option<Arc<File>>,
    /// A stream of the program's own, for whoever opens it first.
    given: Given,
}

/// Whoever takes it leaves nothing.
type Once<T> = Arc<Mutex<Option<T>>>;

#[derive(Clone, Default)]
struct Given(Option<Once<Box<dyn Read + Send>>>);

impl fmt::Debug for Given {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Given(a stream)" } else { "Given(nothing)" })
    }
}

impl Input {
    /// Standard input.
    pub fn stdin() -> Self {
        Self {
            path: None,
            name: Arc::from("-"),
            bytes: None,
            unreadable: None,
            is_own_export: false,
            spooled: None,
            given: Given::default(),
        }
    }

    /// A stream that the program itself makes, under a name of its own. It can be read once; a second reader finds it
    /// empty.
    ///
    /// ```
    /// use fhirkit_source::{Documents, Input, Options, Reader};
    /// let input = Input::stream("made", &b"{\"resourceType\":\"Patient\"}"[..]);
    /// let mut documents = Documents::new(Reader::open(vec![input], Options::default()));
    /// assert!(documents.next_document()?.is_some());
    /// # Ok::<(), fhirkit_source::Error>(())
    /// ```
    pub fn stream(name: impl Into<Arc<str>>, stream: impl Read + Send + 'static) -> Self {
        let given = Given(Some(Arc::new(Mutex::new(Some(Box::new(stream))))));
        Self { name: name.into(), given, ..Self::stdin() }
    }

    /// The stream that [`Input::stream`] was given; empty when somebody has it already.
    pub(crate) fn take_stream(&self) -> Option<Box<dyn Read + Send>> {
        let given = self.given.0.as_ref()?;
        let stream = given.lock().unwrap_or_else(PoisonError::into_inner).take();
        Some(stream.unwrap_or_else(|| Box::new(io::empty())))
    }

    /// A file under the name it was called by.
    pub fn file(path: impl Into<PathBuf>, name: impl Into<Arc<str>>) -> Self {
        let path = path.into();
        let bytes = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file).map(|found| found.len());
        Self { path: Some(path), name: name.into(), bytes, ..Self::stdin() }
    }

    /// Copies a stream (standard input) to a private file in `folder`, so that it can be read
    /// twice, one pass after the other. The file has no name where the system allows it, so it is
    /// gone with the last clone of the input, however the process ends.
    ///
    /// # Errors
    /// If the file cannot be made or written, or the stream cannot be read.
    pub fn spool(mut stream: impl Read, name: &str, folder: Option<&Path>) -> Result<Self, Error> {
        let failed = |error: io::Error| {
            Error::new(ErrorKind::Spool, format!("{name} cannot be spooled: {error}")).with_cause(error)
        };
        let made = folder.map_or_else(tempfile::tempfile, tempfile::tempfile_in);
        let mut file = made.map_err(failed)?;
        let bytes = io::copy(&mut stream, &mut file).map_err(failed)?;
        let mut input = Self::stdin();
        input.name = Arc::from(name);
        input.bytes = Some(bytes);
        input.spooled = Some(Arc::new(file));
        Ok(input)
    }

    /// The spooled copy from its start. Clones share one position: passes must follow each other.
    pub(crate) fn reopen(&self) -> io::Result<Option<File>> {
        let Some(file) = &self.spooled else { return Ok(None) };
        let mut file = file.try_clone()?;
        file.rewind()?;
        Ok(Some(file))
    }

    /// Is this standard input?
    pub fn is_stdin(&self) -> bool {
        self.path.is_none() && self.given.0.is_none()
    }
}
