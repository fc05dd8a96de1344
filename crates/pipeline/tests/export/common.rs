//! Exports of small inputs, and what they wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fhirkit_issue::Issue;
use fhirkit_pipeline::{ExportReport, ExportRequest, Output, Progress, export};
use fhirkit_sink::Format;

pub(crate) fn samples() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples").to_owned()
}

pub(crate) fn run(request: &ExportRequest) -> (ExportReport, Vec<Issue>) {
    let mut issues = Vec::new();
    let report = export(request, &Arc::new(Progress::default()), &mut |issue| issues.push(issue)).unwrap();
    (report, issues)
}

pub(crate) fn request(inputs: &[&Path], out: PathBuf, format: Format) -> ExportRequest {
    let inputs = inputs.iter().map(|path| path.display().to_string()).collect();
    let mut request = ExportRequest::new(inputs, Output::Folder(out));
    request.format = format;
    request.sync = false;
    request
}

/// Every file below a folder, by its path, with its bytes.
pub(crate) fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let relative = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(relative, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Exports files as NDJSON into `out` below the folder that is handed back.
pub(crate) fn export_of(
    files: &[(&str, &str)],
    change: impl Fn(&mut ExportRequest),
) -> (tempfile::TempDir, ExportReport, Vec<Issue>) {
    let folder = tempfile::tempdir().unwrap();
    let inputs = folder.path().join("in");
    fs::create_dir(&inputs).unwrap();
    for (name, text) in files {
        fs::write(inputs.join(name), text).unwrap();
    }
    let mut request = request(&[&inputs], folder.path().join("out"), Format::Ndjson);
    change(&mut request);
    let (report, issues) = run(&request);
    (folder, report, issues)
}

/// The lines of a file of the output.
pub(crate) fn lines(folder: &tempfile::TempDir, name: &str) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(folder.path().join("out").join(name)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn members<'l>(lines: &'l [serde_json::Value], keys: &[&str]) -> Vec<Vec<&'l serde_json::Value>> {
    lines.iter().map(|line| keys.iter().map(|key| &line[*key]).collect()).collect()
}

pub(crate) const RULES: fn(&[Issue]) -> Vec<String> =
    |issues| issues.iter().map(|issue| issue.rule.to_string()).collect();
