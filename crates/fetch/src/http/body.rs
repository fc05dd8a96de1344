//! Reading a body: decompressed by ourselves, so that the limit holds for what comes out.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use url::Url;

use super::words::{failed, place, size};
use crate::error::{Error, ErrorKind};

/// Where a body goes. It is emptied before each try.
pub trait Body: Write + Send {
    /// Forgets what an earlier try has written.
    ///
    /// # Errors
    /// When a file cannot be cut.
    fn clear(&mut self) -> io::Result<()>;
}

impl Body for Vec<u8> {
    fn clear(&mut self) -> io::Result<()> {
        Vec::clear(self);
        Ok(())
    }
}

impl Body for File {
    fn clear(&mut self) -> io::Result<()> {
        self.set_len(0)?;
        self.seek(SeekFrom::Start(0)).map(|_| ())
    }
}

/// Why a body did not arrive.
pub(super) enum Broken {
    /// Another try may help.
    Passing(Error),
    /// Another try would end alike.
    Lasting(Error),
}

/// After this time an answer must have come at [`SLOWEST`] on average: a server that drips one byte a minute never
/// runs into the timeout of a single read.
const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes a second.
const SLOWEST: u64 = 64;

/// Reads the body of `response` into `body`, at most `limit` bytes. Returns how many there were.
pub(super) async fn read(
    mut response: Response,
    url: &Url,
    limit: u64,
    body: &mut dyn Body,
) -> Result<u64, Broken> {
    if let Some(announced) = response.content_length().filter(|announced| *announced > limit) {
        return Err(Broken::Lasting(too_large(url, &format!("announces {}", size(announced)), limit)));
    }
    let mut decoder =
        Decoder::of(&response, url, Limited { body, left: limit, is_exceeded: false, failed: None })?;
    let (began, mut received) = (Instant::now(), 0_u64);
    loop {
        let chunk = response.chunk().await.map_err(|error| Broken::Passing(failed(error, url)))?;
        let Some(chunk) = chunk else { break };
        received += chunk.len() as u64;
        if decoder.writer().write_all(&chunk).is_err() {
            return Err(decoder.broken(url, limit));
        }
        let elapsed = began.elapsed();
        if elapsed > PATIENCE && received / elapsed.as_secs().max(1) < SLOWEST {
            let message = format!("{} sends fewer than {SLOWEST} bytes a second", place(url));
            return Err(Broken::Passing(Error::new(ErrorKind::Timeout, message)));
        }
    }
    if decoder.finish().is_err() {
        return Err(decoder.broken(url, limit));
    }
    Ok(limit - decoder.limited().left)
}

fn too_large(url: &Url, what: &str, limit: u64) -> Error {
    let message = format!("{} {what}, the limit is {}", place(url), size(limit));
    Error::new(ErrorKind::TooLarge, message)
}

/// Lets `left` more bytes through.
struct Limited<'b> {
    body: &'b mut dyn Body,
    left: u64,
    is_exceeded: bool,
    /// Why it could not be written.
    failed: Option<io::ErrorKind>,
}

impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len() as u64;
        if length > self.left {
            self.is_exceeded = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.body.write_all(bytes).inspect_err(|error| self.failed = Some(error.kind()))?;
        self.left -= length;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.body.flush().inspect_err(|error| self.failed = Some(error.kind()))
    }
}

enum Decoder<'b> {
    Plain(Limited<'b>),
    Gzip(Box<MultiGzDecoder<Limited<'b>>>),
}

impl<'b> Decoder<'b> {
    fn of(response: &Response, url: &Url, limited: Limited<'b>) -> Result<Self, Broken> {
        let encodings = response.headers().get_all(CONTENT_ENCODING).iter();
        let encodings: Vec<&[u8]> = encodings.map(|value| value.as_bytes()).collect();
        match encodings.as_slice() {
            [] | [b"" | b"identity"] => Ok(Decoder::Plain(limited)),
            [b"gzip" | b"x-gzip" | b"GZIP"] => Ok(Decoder::Gzip(Box::new(MultiGzDecoder::new(limited)))),
            _ => {
                let message = format!("{} compresses its answer in a way that was not asked for", place(url));
                Err(Broken::Lasting(Error::new(ErrorKind::NotFhir, message)))
            }
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Decoder::Plain(writer) => writer,
            Decoder::Gzip(writer) => writer.as_mut(),
        }
    }

    fn limited(&self) -> &Limited<'b> {
        match self {
            Decoder::Plain(limited) => limited,
            Decoder::Gzip(decoder) => decoder.get_ref(),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self {
            Decoder::Plain(limited) => limited.flush(),
            Decoder::Gzip(decoder) => {
                decoder.try_finish()?;
                decoder.get_mut().flush()
            }
        }
    }

    /// What a failed write means.
    fn broken(&self, url: &Url, limit: u64) -> Broken {
        match self {
            _ if self.limited().is_exceeded => Broken::Lasting(too_large(url, "sends more", limit)),
            _ if self.limited().failed.is_some() => {
                let why = self.limited().failed.map(|kind| format!(": {kind}")).unwrap_or_default();
                let message = format!("the answer could not be written{why}");
                Broken::Lasting(Error::new(ErrorKind::Output, message))
            }
            _ => {
                let message = format!("{} sends gzip that cannot be read, or breaks off", place(url));
                Broken::Passing(Error::new(ErrorKind::Connect, message))
            }
        }
    }
}
