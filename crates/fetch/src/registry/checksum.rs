//! Whether a file is what the registry says.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use aws_lc_rs::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::listing::Dist;
use crate::error::{Error, ErrorKind, Result};

/// By what a package was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checked {
    /// By nothing: the registry gives no checksum.
    Not,
    /// By SHA-1, which is all that older registries have.
    Sha1,
    /// By SHA-256, SHA-384 or SHA-512.
    Sha2,
}

/// Compares `file` with every checksum that `dist` gives; one that differs is enough to refuse it.
pub(super) fn check(label: &str, file: &mut File, dist: &Dist) -> Result<Checked> {
    let mut checked = Checked::Not;
    for (algorithm, wanted) in given(dist) {
        let found = hash(file, algorithm).map_err(|error| {
            Error::new(ErrorKind::Output, "the package cannot be read again").with_source(error)
        })?;
        if Some(found) != wanted {
            let message = format!("`{label}` is not what the registry says: its checksum differs");
            let help = "the file was damaged or replaced on its way; it was not kept";
            return Err(Error::new(ErrorKind::Checksum, message).with_help(help));
        }
        let is_sha1 = std::ptr::eq(algorithm, &SHA1_FOR_LEGACY_USE_ONLY);
        checked = checked.max(if is_sha1 { Checked::Sha1 } else { Checked::Sha2 });
    }
    Ok(checked)
}

/// The checksums that are understood; one that cannot be decoded fits no file.
fn given(dist: &Dist) -> Vec<(&'static Algorithm, Option<Vec<u8>>)> {
    let mut all = Vec::new();
    for one in dist.integrity.as_deref().unwrap_or_default().split_whitespace() {
        let Some((name, text)) = one.split_once('-') else { continue };
        let algorithm = match name {
            "sha512" => &SHA512,
            "sha384" => &SHA384,
            "sha256" => &SHA256,
            "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
            _ => continue,
        };
        // Options of Subresource Integrity follow a question mark.
        let text = text.split('?').next().unwrap_or_default();
        all.push((algorithm, STANDARD.decode(text).ok()));
    }
    if let Some(shasum) = dist.shasum.as_deref().map(str::trim).filter(|shasum| !shasum.is_empty()) {
        all.push((&SHA1_FOR_LEGACY_USE_ONLY, unhex(shasum)));
    }
    all
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    digits.chunks_exact(2).map(|pair| Some(pair.first()? << 4 | pair.last()?)).collect()
}

fn hash(file: &mut File, algorithm: &'static Algorithm) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let (mut context, mut piece) = (Context::new(algorithm), vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok(context.finish().as_ref().to_vec());
        }
        context.update(piece.get(..count).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    // Of the three bytes `abc`: FIPS 180-4, examples.
    const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";
    const SHA512_OF_ABC: &str =
        "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";

    fn checked(shasum: Option<&str>, integrity: Option<&str>) -> Result<Checked> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        let dist = Dist {
            tarball: None,
            shasum: shasum.map(str::to_owned),
            integrity: integrity.map(str::to_owned),
        };
        check("a.b#1.0.0", &mut file, &dist)
    }

    #[test]
    fn every_checksum_that_is_given_must_fit() {
        assert_eq!(checked(Some(SHA1), None).unwrap(), Checked::Sha1);
        assert_eq!(checked(Some(&SHA1.to_uppercase()), None).unwrap(), Checked::Sha1);
        assert_eq!(checked(Some(SHA1), Some(SHA512_OF_ABC)).unwrap(), Checked::Sha2);
        assert_eq!(checked(None, Some("md5-xxx")).unwrap(), Checked::Not);
        assert_eq!(checked(None, None).unwrap(), Checked::Not);
        let other = SHA1.replace('a', "b");
        for (shasum, integrity) in [
            (Some(other.as_str()), None),
            (Some(other.as_str()), Some(SHA512_OF_ABC)),
            (Some(SHA1), Some("sha512-AAAA")),
            (Some("not hex"), None),
            (None, Some("sha512-***")),
        ] {
            assert_eq!(checked(shasum, integrity).unwrap_err().kind(), ErrorKind::Checksum);
        }
    }
}
