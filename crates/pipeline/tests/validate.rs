//! Validation of what streams by: the same as of what is whole, whatever the order, the threads and the chunks.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure is the finding")]

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use fhirkit_definitions::Definitions;
use fhirkit_issue::filter::Filter;
use fhirkit_issue::{Format, Issue, Severity};
use fhirkit_pipeline::validate::house::HouseRules;
use fhirkit_pipeline::validate::{FileNames, Reports, Split, ValidateReport, ValidateRequest, validate};
use fhirkit_pipeline::{Limits, Progress};
use fhirkit_tape::{Span, Tape};
use fhirkit_validate::{Options, Scratch, Subject, Validator};

static VALIDATOR: LazyLock<Arc<Validator>> =
    LazyLock::new(|| Arc::new(Validator::new(Definitions::embedded().unwrap(), Options::default())));

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A run over files: its issues in the order of the report, and what it says at the end.
fn run(paths: &[&Path], threads: usize, with: impl FnOnce(&mut ValidateRequest)) -> (Vec<Issue>, ValidateReport) {
    let mut request = ValidateRequest {
        inputs: paths.iter().map(|path| path.display().to_string()).collect(),
        validator: Arc::clone(&VALIDATOR),
        packages: Vec::new(),
        house: Arc::new(HouseRules::default()),
        filter: Filter::default(),
        fail_on: Severity::Error,
        split: None,
        write_baseline: None,
        limits: Limits { threads: Some(threads), ..Limits::default() },
    };
    with(&mut request);
    let out = Shared::default();
    let mut reports = Reports::new(PathBuf::new());
    let report = Format::JsonLines.report(&fhirkit_issue::Options::default());
    reports.add_stream(report, FileNames::Argument, Box::new(out.clone()), false);
    let report = validate(request, &Arc::new(Progress::default()), reports).unwrap();
    let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), report)
}

fn streamed(path: &Path) -> Vec<Issue> {
    run(&[path], 2, |_| {}).0
}

/// The issues of a text that is checked as one resource.
fn whole(text: &[u8]) -> Option<Vec<Issue>> {
    let mut tape = Tape::new();
    tape.load(text.to_vec());
    let root = tape.parse(Span::new(0, text.len() as u32)).ok()?;
    if !tape.node(root).get("resourceType").str_is("Bundle") {
        return None;
    }
    let mut issues = Vec::new();
    VALIDATOR.check(&Subject::alone(tape.node(root)), &mut Scratch::new(), &mut |issue| issues.push(issue));
    Some(issues)
}

/// What an issue says, of those that both ways can know: what stands in an entry beside resource and fullUrl, and what
/// profiles of Bundles ask of entries, is not looked at in a stream, and counted.
fn known(issues: &[Issue]) -> Vec<String> {
    let is_known = |issue: &&Issue| {
        let path = issue.expression.as_deref().unwrap_or_default();
        let inside = path.strip_prefix("Bundle.entry[").and_then(|rest| rest.split_once(']'));
        let is_beside = inside.is_some_and(|(_, rest)| {
            let is_of_entry = rest.is_empty() && matches!(issue.rule.group(), "bundle" | "invariant");
            !(is_of_entry || rest.starts_with(".resource"))
        });
        !is_beside && issue.rule.group() != "io"
    };
    let say = |issue: &Issue| {
        let (path, id) = (issue.expression.as_deref(), issue.message_id.as_deref());
        format!("{} {} {} {}", issue.severity, issue.rule, path.unwrap_or("-"), id.unwrap_or("-"))
    };
    let mut known: Vec<String> = issues.iter().filter(is_known).map(say).collect();
    known.sort();
    known
}

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            json_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

#[test]
fn every_sample_gets_what_it_gets_as_one_resource() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = Vec::new();
    for folder in ["samples", "../shared/data", "../shared/suites/validator/files"] {
        match root.join(folder) {
            folder if folder.is_dir() => json_files(&folder, &mut paths),
            folder => eprintln!("skipped: {} is not here", folder.display()),
        }
    }
    let (mut compared, mut differing) = (0, Vec::new());
    for path in paths {
        let text = std::fs::read(&path).unwrap();
        if memchr::memmem::find(text.get(..4096).unwrap_or(&text), b"Bundle").is_none() || text.len() > 8 << 20 {
            continue;
        }
        let Some(whole) = whole(&text) else { continue };
        let (whole, streamed) = (known(&whole), known(&streamed(&path)));
        compared += 1;
        if whole != streamed {
            let lacks: Vec<_> = whole.iter().filter(|issue| !streamed.contains(issue)).take(4).collect();
            let adds: Vec<_> = streamed.iter().filter(|issue| !whole.contains(issue)).take(4).collect();
            differing.push(format!("{}: lacks {lacks:#?} adds {adds:#?}", path.display()));
        }
    }
    eprintln!("{compared} compared");
    assert!(compared > 3);
    assert!(differing.is_empty(), "{} of {compared}\n{}", differing.len(), differing.join("\n"));
}
