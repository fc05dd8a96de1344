//! Entries of a Bundle that stream by one at a time are held to the same rules as in the Bundle.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use fhirkit_definitions::Definitions;
use fhirkit_source::{Document, Input};
use fhirkit_tape::{Span, Tape};
use fhirkit_validate::{Options, Scratch, Subject, Validator};

/// The issues as `rule @ expression` of the only entry, seen without its Bundle.
fn of_entry(bundle: &str, bundle_type: Option<&'static str>) -> Vec<String> {
    found(bundle, |subject| match bundle_type {
        Some(bundle_type) => subject.in_bundle_of_type(bundle_type),
        None => subject,
    })
    .0
}

/// The issues, and what is left to decide.
fn found(bundle: &str, with: impl for<'s> FnOnce(Subject<'s>) -> Subject<'s>) -> (Vec<String>, Option<bool>) {
    let mut tape = Tape::new();
    tape.load(bundle.as_bytes().to_vec());
    let root = tape.parse(Span::new(0, bundle.len() as u32)).unwrap();
    let entry = tape.node(root).get("entry").item(0);
    let quoted = entry.get("fullUrl");
    let full_url = (!quoted.is_absent()).then(|| Span::new(quoted.span().start + 1, quoted.span().end - 1));
    let resource = entry.get("resource");
    let document = Document {
        root: resource.id(),
        byte: u64::from(resource.span().start),
        line: Some(1),
        index: Some(0),
        path: None,
        full_url,
        bundle: Some(0),
    };
    let input = Input::stdin();
    let subject = with(Subject::new(&tape, &document, &input));
    let validator = Validator::new(Definitions::embedded().unwrap(), Options::default());
    let (mut found, mut scratch) = (Vec::new(), Scratch::new());
    validator.check(&subject, &mut scratch, &mut |issue| {
        found.push(format!("{} @ {}", issue.rule, issue.expression.unwrap_or_default()));
    });
    (found, scratch.take_missing_full_url())
}

#[test]
fn a_full_url_that_names_another_resource_is_told_at_the_entry() {
    let bundle = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"fullUrl":"http:\/\/example.org\/fhir\/Patient\/1","resource":{"resourceType":"Patient","id":"2","active":true}}]}"#;
    assert_eq!(of_entry(bundle, None), ["bundle/full-url-mismatch @ Bundle.entry[0]"]);
    assert!(of_entry(&bundle.replace(r#""id":"2""#, r#""id":"1""#), None).is_empty());
}

#[test]
fn whether_a_full_url_may_be_missing_depends_on_the_type_of_the_bundle() {
    let bundle = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Coverage","id":"2","status":"active",
        "beneficiary":{"reference":"Patient/1"},"payor":[{"display":"Example"}]}}]}"#;
    let missing = ["bundle/full-url-missing @ Bundle.entry[0]"];
    assert!(of_entry(bundle, None).is_empty());
    assert_eq!(of_entry(bundle, Some("searchset")), missing);
    assert_eq!(of_entry(bundle, Some("transaction")), missing);
    assert!(of_entry(bundle, Some("transaction-response")).is_empty());
    let absolute = bundle.replace("Patient/1", "urn:uuid:11111111-2222-4333-8444-555555555555");
    assert!(of_entry(&absolute, Some("transaction")).is_empty());
}

#[test]
fn what_a_streamed_bundle_decides_at_its_end_is_left_open() {
    let open = |entry: &str| {
        let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{entry}]}}"#);
        found(&bundle, |subject| subject.in_streamed_bundle())
    };
    let relative = r#"{"resource":{"resourceType":"Binary","contentType":"text/plain","securityContext":{"reference":"Patient/1"}}}"#;
    assert_eq!(open(relative), (vec![], Some(true)));
    assert_eq!(
        open(&relative.replace("Patient/1", "https://example.org/fhir/Patient/1")),
        (vec![], Some(false))
    );
    assert_eq!(open(&relative.replacen('{', r#"{"fullUrl":"urn:uuid:a","#, 1)), (vec![], None));
}
