//! What is asked for: whose records, and which part of them.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::everything::{Format, Output, add, at, is_time, is_type, not_an_id};
use crate::private;

/// Whose records, which part of them, and where they go.
#[derive(Debug, Clone)]
pub struct Request {
    /// The provider's name, for messages and the receipt.
    pub provider: String,
    /// The base of its FHIR API.
    pub fhir_base: Url,
    /// Whose records.
    pub level: Level,
    /// Only resources of these types; all when empty.
    pub types: Vec<String>,
    /// Only what has changed since: an `instant` or a date.
    pub since: Option<String>,
    /// Searches that narrow a type down (`_typeFilter`): `Observation?category=laboratory`.
    pub type_filters: Vec<String>,
    /// The folder that the files are put into.
    pub output: PathBuf,
    /// Whether a folder that is there is replaced.
    pub overwrite: bool,
    /// How many files are downloaded at a time: 1 to 16.
    pub parallel: usize,
    /// Where an export ends that has no end.
    pub limits: Limits,
}

/// Whose records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// All that the server has.
    System,
    /// Those of all patients.
    Patient,
    /// Those of the members of the Group with this id.
    Group(String),
}

/// The most that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files.
    pub files: usize,
    /// Bytes of one file, after decompression.
    pub file_bytes: u64,
    /// Bytes of all files together.
    pub bytes: u64,
    /// Bytes of one line; no resource has as many.
    pub line_bytes: usize,
    /// How long one run waits for the server to make the files.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            files: 10_000,
            file_bytes: 64 << 30,
            bytes: 256 << 30,
            line_bytes: 64 << 20,
            patience: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// How many files are downloaded at a time.
const PARALLEL: usize = 4;

/// No more than this many are.
const MOST_PARALLEL: usize = 16;

impl Request {
    /// Everything of `level`, into the folder `output`.
    pub fn new(
        provider: impl Into<String>,
        fhir_base: Url,
        level: Level,
        output: impl Into<PathBuf>,
    ) -> Request {
        Request {
            provider: provider.into(),
            fhir_base,
            level,
            types: Vec::new(),
            since: None,
            type_filters: Vec::new(),
            output: output.into(),
            overwrite: false,
            parallel: PARALLEL,
            limits: Limits::default(),
        }
    }

    /// Refuses what would make another URL of it.
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::new(ErrorKind::Configuration, what.to_owned()));
        if let Level::Group(id) = &self.level
            && let Some(words) = not_an_id(id)
        {
            return wrong(&format!("the group's id {words}"));
        }
        if !self.types.iter().all(|name| is_type(name)) {
            return wrong("a type is asked for that is no name of a resource type");
        }
        if self.since.as_ref().is_some_and(|since| !is_time(since)) {
            return wrong("`_since` is neither an instant nor a date");
        }
        let is_filter = |text: &String| {
            let name = text.split_once('?').map(|(name, _)| name);
            name.is_some_and(is_type) && !text.chars().any(char::is_control)
        };
        if !self.type_filters.iter().all(is_filter) {
            return wrong("a type filter does not begin with the name of a resource type and `?`");
        }
        Ok(())
    }

    /// Where the export is kicked off.
    pub(super) fn kick_off(&self) -> Result<Url> {
        let mut url = match &self.level {
            Level::System => at(&self.fhir_base, &["$export"])?,
            Level::Patient => at(&self.fhir_base, &["Patient", "$export"])?,
            Level::Group(id) => at(&self.fhir_base, &["Group", id, "$export"])?,
        };
        let types = self.types.join(",");
        add(&mut url, "_type", Some(types.as_str()).filter(|types| !types.is_empty()));
        add(&mut url, "_since", self.since.as_deref());
        for filter in &self.type_filters {
            add(&mut url, "_typeFilter", Some(filter));
        }
        Ok(url)
    }

    /// Tells requests apart.
    pub(super) fn fingerprint(&self) -> Result<String> {
        let kick_off = self.kick_off()?;
        Ok(private::fingerprint([self.provider.as_str(), kick_off.as_str()].into_iter()))
    }

    pub(super) fn output(&self) -> Output {
        Output { path: self.output.clone(), format: Format::Pages, overwrite: self.overwrite }
    }

    pub(super) fn parallel(&self) -> usize {
        self.parallel.clamp(1, MOST_PARALLEL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(level: Level) -> Request {
        Request::new("p", Url::parse("https://payer.example/fhir/R4/").unwrap(), level, "out")
    }

    #[test]
    fn each_level_has_its_url() {
        let url = |level| of(level).kick_off().unwrap().to_string();
        assert_eq!(url(Level::System), "https://payer.example/fhir/R4/$export");
        assert_eq!(url(Level::Patient), "https://payer.example/fhir/R4/Patient/$export");
        assert_eq!(url(Level::Group("g-1".to_owned())), "https://payer.example/fhir/R4/Group/g-1/$export");
        let mut request = of(Level::System);
        request.types = vec!["Patient".to_owned(), "Observation".to_owned()];
        request.since = Some("2024-01-01T00:00:00Z".to_owned());
        request.type_filters = vec!["Observation?category=laboratory".to_owned()];
        assert_eq!(
            request.kick_off().unwrap().query(),
            Some(
                "_type=Patient%2CObservation&_since=2024-01-01T00%3A00%3A00Z&_typeFilter=Observation%3Fcategory%3Dlaboratory"
            )
        );
        assert!(request.check().is_ok());
    }

    #[test]
    fn what_would_make_another_url_is_refused() {
        for id in ["", "..", "a/b", "a?b"] {
            assert!(of(Level::Group(id.to_owned())).check().is_err(), "{id:?}");
        }
        let with = |change: fn(&mut Request)| {
            let mut request = of(Level::System);
            change(&mut request);
            request.check().is_err()
        };
        assert!(with(|r| r.types = vec!["a,b".to_owned()]));
        assert!(with(|r| r.since = Some("yesterday".to_owned())));
        assert!(with(|r| r.type_filters = vec!["category=laboratory".to_owned()]));
    }
}
