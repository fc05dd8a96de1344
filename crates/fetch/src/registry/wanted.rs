//! A package as somebody asks for it.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// A name and a version, or a range of versions: `6.1.0`, `6.1.x`, `latest`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wanted {
    name: String,
    version: String,
}

impl Wanted {
    /// Reads `NAME@VERSION`, `NAME#VERSION`, or `NAME` for the latest one.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when name or version is none that a package can have.
    pub fn parse(text: &str) -> Result<Wanted> {
        let (name, version) = text.split_once(['@', '#']).unwrap_or((text, "latest"));
        Wanted::new(name, version)
    }

    /// A package by name and version.
    ///
    /// # Errors
    /// As [`Wanted::parse`].
    pub fn new(name: &str, version: &str) -> Result<Wanted> {
        // Both become part of a path, of a URL and of the name of a file.
        if !is_plain(name, 128, b"._-") {
            let message = "a package's name is made of letters, digits, dots, hyphens, and begins with one of the first two";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        if !is_plain(version, 64, b".+-") {
            let message =
                format!("the version asked for of `{name}` is neither a version, nor `6.1.x`, nor `latest`");
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        if matches!(version, "current" | "dev") {
            let message =
                format!("`{name}#{version}` is a build in the making, which registries do not have");
            return Err(
                Error::new(ErrorKind::Configuration, message).with_help("ask for a version, or for `latest`")
            );
        }
        Ok(Wanted { name: name.to_owned(), version: version.to_owned() })
    }

    /// A dependency as a `package.json` names it. Guides that need several versions of a package name all but one by
    /// an alias: `v610@npm:hl7.fhir.us.core`, `hl7.fhir.us.core.v610`, `hl7.fhir.us.core.6.1.0`.
    pub(super) fn dependency(name: &str, version: &str) -> Result<Wanted> {
        let name = name.rsplit_once("@npm:").map_or(name, |(_, name)| name);
        let version = version.trim();
        let version =
            version.strip_prefix("npm:").and_then(|rest| rest.rsplit_once('@')).map_or(version, |(_, v)| v);
        let digits: String = version.chars().filter(char::is_ascii_digit).collect();
        let aliases = [format!(".{version}"), format!(".v{digits}")];
        let plain = aliases.iter().find_map(|alias| name.strip_suffix(alias.as_str()));
        Wanted::new(plain.unwrap_or(name), version)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version, or range of versions.
    pub fn version(&self) -> &str {
        &self.version
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}#{}", self.name, self.version)
    }
}

fn is_plain(text: &str, longest: usize, marks: &[u8]) -> bool {
    text.len() <= longest
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_read() {
        for text in ["hl7.fhir.us.core@6.1.0", "hl7.fhir.us.core#6.1.0"] {
            assert_eq!(Wanted::parse(text).unwrap().to_string(), "hl7.fhir.us.core#6.1.0");
        }
        assert_eq!(Wanted::parse("my-guide").unwrap().version(), "latest");
        assert_eq!(Wanted::parse("my-guide@1.0.0-ballot+x").unwrap().version(), "1.0.0-ballot+x");
    }

    #[test]
    fn what_could_leave_a_folder_is_refused() {
        for text in [
            "",
            "..",
            ".",
            "../x",
            "a/b",
            "a\\b",
            "@scope/x",
            "x@",
            "x@../y",
            "x@current",
            "a b",
            "x@1 2",
            "ä",
        ] {
            assert_eq!(Wanted::parse(text).unwrap_err().kind(), ErrorKind::Configuration, "{text:?}");
        }
    }

    #[test]
    fn aliases_of_dependencies_are_undone() {
        for name in [
            "v610@npm:hl7.fhir.us.core",
            "hl7.fhir.us.core.v610",
            "hl7.fhir.us.core.6.1.0",
            "hl7.fhir.us.core",
        ] {
            assert_eq!(Wanted::dependency(name, "6.1.0").unwrap().to_string(), "hl7.fhir.us.core#6.1.0");
        }
        let alias = Wanted::dependency("us.core.old", "npm:hl7.fhir.us.core@3.1.1");
        assert_eq!(alias.unwrap().version(), "3.1.1");
    }
}
