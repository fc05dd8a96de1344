//! Runs our validator on a case: its definitions, its profile, its file.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use fhirkit_definitions::Definitions;
use fhirkit_definitions::package::{Manifest, Package};
use fhirkit_tape::{LineIndex, Span, Tape};
use fhirkit_validate::{Options, Scratch, UnknownExtensions, Validator};

use super::super::{Failure, judge, shared};
use super::cases::Run;
use super::score::Found;

/// What all runs share.
pub(crate) struct Runner {
    folder: PathBuf,
    plain: Validator,
}

impl Runner {
    pub(crate) fn new() -> Result<Self, Failure> {
        let folder = shared("suites/validator/files")?;
        Ok(Self { folder, plain: Validator::new(Definitions::embedded()?, options(None)) })
    }

    /// The errors of a run; nothing where it crashed.
    pub(crate) fn run(&self, run: &Run) -> Result<Option<Vec<Found>>, Failure> {
        let bytes = std::fs::read(self.folder.join(&run.file))?;
        if run.definitions.is_empty() && run.profile.is_none() {
            return Ok(found(&bytes, &self.plain));
        }
        let definitions = self.definitions(&run.definitions)?;
        let profile = match &run.profile {
            Some(url) if url.starts_with("http") => Some(url.clone()),
            Some(file) => Some(self.canonical(file)?),
            None => None,
        };
        Ok(found(&bytes, &Validator::new(definitions, options(profile))))
    }

    /// Whether validating a file ends as it should, whatever it holds.
    pub(crate) fn survives(&self, file: &std::path::Path) -> Result<bool, Failure> {
        Ok(found(&std::fs::read(file)?, &self.plain).is_some())
    }

    pub(crate) fn files(&self) -> &std::path::Path {
        &self.folder
    }

    fn definitions(&self, names: &[String]) -> Result<Arc<Definitions>, Failure> {
        let mut files = Vec::new();
        for name in names {
            files.push((name.as_str(), std::fs::read(self.folder.join(name))?));
        }
        let manifest = Manifest {
            name: "suite".to_owned(),
            version: "1".to_owned(),
            built_from_source: false,
            dependencies: Vec::new(),
        };
        let readable = |file: &(&str, &[u8])| Package::from_files(Some(manifest.clone()), [*file]).is_ok();
        // One that R4 does not allow (`"abstract": "false"`) is as if it were not given.
        let files = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).filter(readable);
        let package = Package::from_files(Some(manifest.clone()), files)?;
        Ok(Arc::new(Definitions::with_packages(vec![package])?))
    }

    fn canonical(&self, file: &str) -> Result<String, Failure> {
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(self.folder.join(file))?)?;
        Ok(json["url"].as_str().ok_or("a profile without url")?.to_owned())
    }
}

/// Unknown extensions are errors for the reference.
fn options(profile: Option<String>) -> Options {
    Options {
        profiles: profile.into_iter().collect(),
        unknown_extensions: UnknownExtensions::Error,
        ..Options::default()
    }
}

fn found(bytes: &[u8], validator: &Validator) -> Option<Vec<Found>> {
    let judged = catch_unwind(AssertUnwindSafe(|| judge(bytes, validator, &mut Scratch::new()))).ok()?;
    let Some(judged) = judged else { return Some(vec![syntax(bytes)]) };
    let found = judged.errors.iter().map(|issue| Found {
        path: issue.expression.clone().unwrap_or_default(),
        code: issue.code.as_str().to_owned(),
        line: issue.line,
        rule: issue.message_id.clone().unwrap_or_else(|| issue.rule.to_string()),
        message: issue.text(true).to_owned(),
    });
    Some(found.collect())
}

/// What a text that is no JSON is told.
fn syntax(bytes: &[u8]) -> Found {
    let mut tape = Tape::new();
    tape.load(bytes.to_vec());
    let error = tape.parse(Span::new(0, bytes.len() as u32)).err();
    let line = error.as_ref().map(|error| LineIndex::new(bytes).line_column(error.byte()).0 as u64);
    let message = error.map(|error| error.to_string()).unwrap_or_default();
    Found { path: String::new(), code: "invalid".to_owned(), line, rule: "json/syntax".to_owned(), message }
}
