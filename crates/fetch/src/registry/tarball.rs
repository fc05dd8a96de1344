//! What a package says of itself: the `package.json` in its `.tgz`. Nothing is unpacked.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::http::size;

/// The most that a package may unpack to.
const MOST_UNPACKED: u64 = 2 << 30;

/// The most of its `package.json`.
const MOST_MANIFEST: u64 = 4 << 20;

/// The `package.json` of a package.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) version: String,
    #[serde(default)]
    dependencies: Option<BTreeMap<String, serde_json::Value>>,
}

impl Manifest {
    /// Name and version of each dependency, as written.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.dependencies.iter().flatten();
        all.filter_map(|(name, version)| Some((name.as_str(), version.as_str()?)))
    }
}

/// Reads the manifest of the package in `file`.
pub(super) fn manifest(label: &str, file: &mut File) -> Result<Manifest> {
    let wrong = |words: &str| Error::new(ErrorKind::NotFhir, format!("`{label}` {words}"));
    let not_a_package = || wrong("is no FHIR package (.tgz)");
    file.seek(SeekFrom::Start(0)).map_err(|_| not_a_package())?;
    // A byte more than the limit, to tell the end of the package from that of the limit.
    let mut unpacked = MultiGzDecoder::new(file).take(MOST_UNPACKED + 1);
    let found = find(&mut unpacked);
    if unpacked.limit() == 0 {
        let message = format!("`{label}` unpacks to more than {}", size(MOST_UNPACKED));
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    let text = found.map_err(|error| not_a_package().with_source(error))?;
    let text = text.ok_or_else(|| wrong("has no `package/package.json`"))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    serde_json::from_slice(text)
        .map_err(|error| wrong("has a `package.json` that cannot be read").with_source(error))
}

fn find(unpacked: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut archive = tar::Archive::new(unpacked);
    for entry in archive.entries()? {
        let entry = entry?;
        let path = entry.path_bytes().into_owned();
        let path = path.strip_prefix(b"./").unwrap_or(&path);
        if path == b"package/package.json" && entry.header().entry_type().is_file() {
            let mut text = Vec::new();
            entry.take(MOST_MANIFEST).read_to_end(&mut text)?;
            return Ok(Some(text));
        }
    }
    Ok(None)
}
