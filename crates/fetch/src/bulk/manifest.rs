//! The manifest: which files an export has.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use url::Url;

use super::address;
use crate::error::{Error, ErrorKind, Result};
use crate::everything::{is_time, is_type};
use crate::http::Answer;

/// A manifest that has been checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// When the server looked.
    pub(super) transaction_time: Option<String>,
    /// Whether the files are had with the token.
    pub(super) needs_token: bool,
    /// Whether another manifest follows (Bulk Data 3), which is not read.
    pub(super) has_more: bool,
    pub(super) files: Vec<File>,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    /// Its name with us; nothing of its URL.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) resource_type: String,
    pub(super) url: String,
    /// How many resources it has, as the manifest says.
    pub(super) count: Option<u64>,
}

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// Resources.
    Output,
    /// OperationOutcomes about the export.
    Error,
    /// Bundles that name what was deleted.
    Deleted,
}

/// A manifest as it comes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    resource_type: Option<String>,
    transaction_time: Option<String>,
    requires_access_token: Option<bool>,
    output: Option<Vec<RawFile>>,
    error: Option<Vec<RawFile>>,
    deleted: Option<Vec<RawFile>>,
    link: Option<Vec<RawLink>>,
}

#[derive(Deserialize)]
struct RawFile {
    #[serde(rename = "type")]
    resource_type: Option<String>,
    url: Option<String>,
    count: Option<u64>,
}

#[derive(Deserialize)]
struct RawLink {
    relation: Option<String>,
}

impl Manifest {
    /// Reads the answer of a finished export at `base`; `limit` is the most files it may have.
    pub(super) fn read(answer: &Answer, base: &Url, limit: usize) -> Result<Manifest> {
        let wrong = |kind, words: &str| Err(Error::new(kind, format!("the manifest of the export {words}")));
        let raw: Raw = match serde_json::from_slice(&answer.body) {
            Ok(raw) => raw,
            // Its own words would quote what it found.
            Err(error) => {
                let place = format!("line {}, column {}", error.line(), error.column());
                let what = if error.is_data() { "is not as specified" } else { "is no JSON" };
                return wrong(ErrorKind::NotFhir, &format!("{what} ({place})"));
            }
        };
        let Some(output) = raw.output.filter(|_| raw.resource_type.is_none()) else {
            return wrong(ErrorKind::NotFhir, "has no `output`");
        };
        let (errors, deleted) = (raw.error.unwrap_or_default(), raw.deleted.unwrap_or_default());
        if output.len() + errors.len() + deleted.len() > limit {
            return wrong(ErrorKind::TooLarge, &format!("names more files than the limit of {limit}"));
        }
        let needs_token = raw.requires_access_token.unwrap_or(false);
        let mut files = Vec::new();
        let mut names = Names::default();
        for (kind, list) in [(Kind::Output, output), (Kind::Error, errors), (Kind::Deleted, deleted)] {
            let is_alone = list.len() == 1;
            for file in list {
                files.push(names.check(file, kind, is_alone, answer, base, needs_token)?);
            }
        }
        let is_next = |link: &RawLink| link.relation.as_deref() == Some("next");
        Ok(Manifest {
            transaction_time: raw.transaction_time.filter(|time| is_time(time)),
            needs_token,
            has_more: raw.link.is_some_and(|links| links.iter().any(is_next)),
            files,
        })
    }

    /// How many resources the files have together, when it says so for all of them.
    pub(super) fn resource_count(&self) -> Option<u64> {
        let output = self.files.iter().filter(|file| file.kind == Kind::Output);
        output.map(|file| file.count).try_fold(0_u64, |sum, count| sum.checked_add(count?))
    }
}

/// The names and addresses given so far.
#[derive(Default)]
struct Names {
    /// How many files have this name but for the number; in lower case, since some disks do not tell case apart.
    counts: BTreeMap<String, u32>,
    urls: FxHashSet<String>,
}

impl Names {
    fn check(
        &mut self,
        raw: RawFile,
        kind: Kind,
        is_alone: bool,
        answer: &Answer,
        base: &Url,
        needs_token: bool,
    ) -> Result<File> {
        let wrong =
            |words: &str| Err(Error::new(ErrorKind::NotFhir, format!("the manifest of the export {words}")));
        let resource_type = match kind {
            Kind::Output => raw.resource_type.unwrap_or_default(),
            Kind::Error => "OperationOutcome".to_owned(),
            Kind::Deleted => "Bundle".to_owned(),
        };
        if !is_type(&resource_type) {
            return wrong("names a file whose `type` is no name of a resource type");
        }
        let what = format!("a file of type `{resource_type}` in the manifest of the export");
        let text = raw.url.unwrap_or_default();
        let url = address::given(&what, &text, &answer.url, base, needs_token)?.to_string();
        if !self.urls.insert(url.clone()) {
            return wrong("names the same file twice");
        }
        let stem = match kind {
            Kind::Output => resource_type.as_str(),
            Kind::Error => "errors",
            Kind::Deleted => "deleted",
        };
        let number = self.counts.entry(stem.to_ascii_lowercase()).or_default();
        *number += 1;
        let name = match kind {
            Kind::Error | Kind::Deleted if is_alone => format!("{stem}.ndjson"),
            _ => format!("{stem}-{number:03}.ndjson"),
        };
        Ok(File { name, kind, resource_type, url, count: raw.count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    fn read(body: &str) -> Result<Manifest> {
        let base = Url::parse("https://payer.example/fhir").unwrap();
        let url = base.join("/bulk/1").unwrap();
        let answer =
            Answer { status: 200, url, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), bytes: 0 };
        Manifest::read(&answer, &base, 5)
    }

    #[test]
    fn files_get_names_of_our_own() {
        let manifest = read(
            r#"{"transactionTime":"2026-01-01T00:00:00Z","requiresAccessToken":true,"output":[
            {"type":"Patient","url":"/a/../../x.ndjson","count":2},{"type":"Patient","url":"/b"},{"type":"PAtient","url":"/c"}],
            "error":[{"type":"OperationOutcome","url":"/e"}],"deleted":[{"type":"Bundle","url":"/d"}],
            "link":[{"relation":"next","url":"/more"}]}"#,
        )
        .unwrap();
        let names: Vec<_> = manifest.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Patient-001.ndjson",
                "Patient-002.ndjson",
                "PAtient-003.ndjson",
                "errors.ndjson",
                "deleted.ndjson"
            ]
        );
        assert_eq!(manifest.files[0].count, Some(2));
        assert!(manifest.needs_token && manifest.has_more);
    }

    #[test]
    fn manifests_that_are_none_are_told_without_their_text() {
        for (body, words) in [
            ("<html>Jane", "is no JSON (line 1, column 1)"),
            (r#"{"resourceType":"OperationOutcome","output":[]}"#, "has no `output`"),
            (r#"{"output":"Jane"}"#, "is not as specified (line 1, column 16)"),
            (
                r#"{"output":[{"type":"../../etc","url":"/a"}]}"#,
                "names a file whose `type` is no name of a resource type",
            ),
            (
                r#"{"output":[{"type":"Patient","url":"/a"},{"type":"Coverage","url":"/a#b"}]}"#,
                "names the same file twice",
            ),
        ] {
            let error = read(body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFhir);
            assert_eq!(error.to_string(), format!("the manifest of the export {words}"), "{body}");
        }
        let many: Vec<_> = (0..6).map(|at| format!(r#"{{"type":"Patient","url":"/{at}"}}"#)).collect();
        let error = read(&format!(r#"{{"output":[{}]}}"#, many.join(","))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn the_token_stays_at_home() {
        let with = |needs: bool| {
            read(&format!(
                r#"{{"requiresAccessToken":{needs},"output":[{{"type":"Patient","url":"https://files.example/1"}}]}}"#
            ))
        };
        assert!(with(false).is_ok());
        assert_eq!(with(true).unwrap_err().kind(), ErrorKind::Redirect);
    }
}
