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
fn run(
    paths: &[&Path],
    threads: usize,
    with: impl FnOnce(&mut ValidateRequest),
) -> (Vec<Issue>, ValidateReport) {
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
        // Of a list of entries that is empty a stream does not know that it stands there.
        !is_beside && issue.rule.group() != "io" && path != "Bundle.entry"
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
        if memchr::memmem::find(text.get(..4096).unwrap_or(&text), b"Bundle").is_none()
            || text.len() > 8 << 20
        {
            continue;
        }
        let Some(whole) = whole(&text) else { continue };
        let streamed = streamed(&path);
        // An entry that is not R4 is refused in a stream, not checked.
        if streamed.iter().any(|issue| issue.rule.as_str() == "structure/not-r4") {
            continue;
        }
        let (whole, streamed) = (known(&whole), known(&streamed));
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

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn one_of<'s>(&mut self, texts: &[&'s str]) -> &'s str {
        texts[self.roll(texts.len() as u64) as usize]
    }
}

/// An entry with what the rules about entries ask for, or without.
fn entry(dice: &mut Dice, padding: usize) -> String {
    let id = dice.roll(4);
    let resource = dice.one_of(&[
        r#"{"resourceType":"Patient"ID"active":true}"#,
        r#"{"resourceType":"OperationOutcome"ID"issue":[{"severity":"warning","code":"processing"}]}"#,
        r#"{"resourceType":"Binary"ID"contentType":"text/plain","securityContext":{"reference":"Patient/1"}}"#,
        r#"{"resourceType":"Composition"ID"meta":{"versionId":"2"},"status":"final","type":{"text":"x"},"date":"2020","author":[{"display":"x"}],"title":"x"}"#,
    ]);
    let id_text = if dice.roll(4) == 0 { ",".to_owned() } else { format!(r#","id":"{id}","#) };
    let mut members = vec![format!(r#""resource":{}"#, resource.replace("ID", &id_text))];
    if dice.roll(5) == 0 {
        members.clear();
    }
    match dice.roll(4) {
        0 => {}
        1 => members.insert(0, format!(r#""fullUrl":"urn:uuid:0000000{id}-2222-4333-8444-55555555555{id}""#)),
        2 => members.push(format!(r#""fullUrl":"http:\/\/example.org\/fhir\/Patient\/{id}\/_history\/1""#)),
        _ => members.push(format!(r#""fullUrl":"http://example.org/fhir/Patient/{id}""#)),
    }
    for member in [
        r#""request":{"method":"GET","url":"Patient"}"#,
        r#""response":{"status":"200"}"#,
        r#""search":{"mode":"match"}"#,
        r#""search":{"mode":"outcome"}"#,
    ] {
        if dice.roll(3) == 0 && !members.iter().any(|known| known[..6] == member[..6]) {
            members.push(member.to_owned());
        }
    }
    format!("{{{}{}}}", " ".repeat(padding), members.join(","))
}

#[test]
fn a_streamed_bundle_gets_what_it_gets_as_one_resource_wherever_its_type_stands() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(42);
    for round in 0..80 {
        let kind = dice.one_of(&[
            "document",
            "message",
            "transaction",
            "transaction-response",
            "batch",
            "batch-response",
            "history",
            "searchset",
            "collection",
        ]);
        // Of some the entries stand in several chunks.
        let padding = if round % 8 == 0 { 400_000 } else { 0 };
        let count = dice.roll(7);
        let entries: Vec<String> = (0..count).map(|_| entry(&mut dice, padding)).collect();
        let link = dice.one_of(&["Patient?x=1", "?_type=Patient,Binary", "Observation?x=1"]);
        let link = format!(r#""link":[{{"relation":"self","url":"http://example.org/fhir/{link}"}}]"#);
        let (entries, kind) = (format!(r#""entry":[{}]"#, entries.join(",")), format!(r#""type":"{kind}""#));
        let texts = [[&kind, &link, &entries], [&entries, &kind, &link]].map(|members| {
            let members = members.map(String::as_str).join(",");
            format!(r#"{{"resourceType":"Bundle","id":"b",{members}}}"#)
        });
        let mut found = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            let path = folder.path().join(format!("{round}-{number}.json"));
            std::fs::write(&path, text).unwrap();
            let (one, _) = run(&[&path], 1, |_| {});
            let (many, report) = run(&[&path], 3, |_| {});
            assert_eq!(one, many, "{text}");
            assert!(
                !report.verdict.not_checked.others.keys().any(|name| name.contains("full-url")),
                "{text}"
            );
            assert_eq!(known(&many), known(&whole(text.as_bytes()).unwrap()), "{}", text.replace("  ", ""));
            let words = |issue: Issue| (issue.rule.to_string(), issue.expression, issue.message);
            found.push(many.into_iter().map(words).collect::<Vec<_>>());
            // On a line of NDJSON, where the Bundle stands whole on the tape.
            let line = folder.path().join(format!("{round}-{number}.ndjson"));
            std::fs::write(
                &line,
                format!("{{\"resourceType\":\"Basic\",\"code\":{{\"text\":\"x\"}}}}\n{text}\n"),
            )
            .unwrap();
            let (nested, _) = run(&[&line], 2, |_| {});
            let of_bundle: Vec<Issue> = nested.into_iter().filter(|issue| issue.line == Some(2)).collect();
            let basic = |issue: &&String| !issue.contains("Basic");
            assert_eq!(
                known(&of_bundle).iter().filter(basic).collect::<Vec<_>>(),
                known(&whole(text.as_bytes()).unwrap()).iter().collect::<Vec<_>>(),
                "{text}"
            );
        }
        let second = found.pop();
        found[0].sort();
        let mut second = second.unwrap();
        second.sort();
        assert_eq!(found[0], second);
    }
}

#[test]
fn a_bundle_of_unknown_type_says_what_it_could_not_decide() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.json");
    std::fs::write(&path, r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}"#)
        .unwrap();
    let (_, report) = run(&[&path], 2, |_| {});
    let name = "bundle/full-url-missing: the type of the Bundle is not known";
    assert_eq!(report.verdict.not_checked.others.get(name), Some(&1));
    assert_eq!(report.verdict.resources.keys().collect::<Vec<_>>(), ["Patient"]);
}

#[test]
fn what_is_wrong_with_an_entry_as_one_of_a_bundle_does_not_sort_its_resource() {
    let folder = tempfile::tempdir().unwrap();
    let (path, valid) = (folder.path().join("b.json"), folder.path().join("valid.ndjson"));
    let patient = r#"{"resourceType":"Patient","active":true}"#;
    std::fs::write(
        &path,
        format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{patient}}}]}}"#),
    )
    .unwrap();
    let split = Split { valid: Some(valid.clone()), rejected: None };
    let (issues, report) = run(&[&path], 2, |request| request.split = Some(split));
    assert_eq!(
        issues.iter().map(|issue| issue.rule.as_str()).collect::<Vec<_>>(),
        ["bundle/full-url-missing"]
    );
    assert_eq!(
        (report.split, std::fs::read_to_string(valid).unwrap()),
        (Some((1, 0)), format!("{patient}\n"))
    );
}

#[test]
fn what_streams_by_around_resources_is_json_too() {
    let patient = r#"{"resourceType":"Patient","id":"a","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"}}"#;
    let whole = format!(r#"{{"fullUrl":"http://a/Patient/a","resource":{patient}}}"#);
    for (entry, rest) in [
        (format!(r#"{{"fullUrl":"http://a/Patient/a","search":{{"mode":match}},"resource":{patient}}}"#), ""),
        (r#"{"request":{"method":GET}}"#.to_owned(), ""),
        (whole, r#","link":[{"relation":"next","url":"https://a/2"},]"#),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let text = format!(r#"{{"resourceType":"Bundle","type":"searchset","entry":[{entry}]{rest}}}"#);
        std::fs::write(&path, text).unwrap();
        let (issues, report) = run(&[&path], 2, |_| {});
        let rules: Vec<_> = issues.iter().map(|issue| issue.rule.as_str()).collect();
        assert_eq!(rules, ["json/syntax"], "{entry}: {issues:?}");
        assert_eq!((report.verdict.rejected_count, report.verdict.is_incomplete), (1, !rest.is_empty()));
    }
}

#[test]
fn a_member_that_no_bundle_has_keeps_nothing_else_of_it_from_being_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    std::fs::write(&path, r#"{"resourceType":"Bundle","type":"nonsense","Entry":[]}"#).unwrap();
    let (issues, report) = run(&[&path], 1, |_| {});
    let elements: Vec<_> = issues.iter().filter_map(|issue| issue.element.as_deref()).collect();
    assert!(elements.contains(&"Bundle.type"), "{issues:?}");
    assert!(issues.iter().any(|issue| issue.rule.as_str() == "structure/unknown-element"), "{issues:?}");
    assert_eq!(report.verdict.rejected_count, 0);
}
