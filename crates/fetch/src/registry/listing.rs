//! What a registry says about a package.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::version;
use crate::error::{Error, ErrorKind, Result};

/// The answer to `GET {registry}/{name}`; the rest of it is not looked at.
#[derive(Deserialize)]
pub(super) struct Listing {
    #[serde(default, rename = "dist-tags")]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    versions: BTreeMap<String, Version>,
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    dist: Dist,
}

/// Where a version is, and what it must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Dist {
    /// The address of the `.tgz`.
    pub(super) tarball: Option<String>,
    /// Its SHA-1, in hexadecimal digits.
    pub(super) shasum: Option<String>,
    /// Its hashes as Subresource Integrity writes them: `sha512-…`.
    pub(super) integrity: Option<String>,
}

impl Listing {
    pub(super) fn read(name: &str, body: &[u8]) -> Result<Listing> {
        serde_json::from_slice(body).map_err(|error| {
            let message = format!("the registry's answer about `{name}` is no list of versions");
            Error::new(ErrorKind::NotFhir, message).with_source(error)
        })
    }

    /// The version that `wanted` means.
    pub(super) fn choose(&self, wanted: &str) -> Option<(&str, &Dist)> {
        let latest = self.tags.get("latest").map(String::as_str);
        let chosen = version::choose(wanted, latest, self.versions.keys().map(String::as_str))?;
        self.versions.get_key_value(chosen).map(|(name, version)| (name.as_str(), &version.dist))
    }

    /// The versions there are, the last few.
    pub(super) fn some(&self) -> String {
        let names: Vec<&str> = self.versions.keys().rev().take(8).map(String::as_str).collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_checksums_are_found() {
        let body = br#"{"_id":"a.b","name":"a.b","dist-tags":{"latest":"1.1.0"},"versions":{"1.0.0":{"name":"a.b","version":"1.0.0","dist":{"shasum":"00","tarball":"https://x.example/a"}},"1.1.0":{}}}"#;
        let listing = Listing::read("a.b", body).unwrap();
        let (version, dist) = listing.choose("1.0.x").unwrap();
        assert_eq!((version, dist.tarball.as_deref()), ("1.0.0", Some("https://x.example/a")));
        assert_eq!(listing.choose("latest").unwrap(), ("1.1.0", &Dist::default()));
        assert!(listing.choose("2.0.0").is_none());
        assert_eq!(listing.some(), "1.1.0, 1.0.0");
        assert!(Listing::read("a.b", b"<html>").is_err());
    }
}
