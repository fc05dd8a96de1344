//! Each exit code has a case. 4 (network) has none yet: no command of this version opens a connection.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use crate::support::{BUNDLE, PATIENT, Place, Run};

#[test]
fn clean_input_is_0() {
    Place::with("a.json", BUNDLE).run(&["summary", "a.json"]).ends_with(0);
    Place::with("a.json", BUNDLE).run(&["export", "a.json", "-o", "out"]).ends_with(0);
}

#[test]
fn a_rejected_line_is_1_and_the_rest_is_written() {
    let lines = format!("{PATIENT}\n{{\"resourceType\":\"Patient\",\"id\":2x}}\n{PATIENT}\n");
    let place = Place::with("in.ndjson", lines);
    place.run(&["summary", "in.ndjson"]).ends_with(1).prints("  Patient 2\n");
    place.run(&["export", "in.ndjson", "-o", "out"]).ends_with(1).says("1 of 3 entries rejected");
    assert!(place.read("out/_rejects.ndjson").contains("\"json/syntax\""));
}

#[test]
fn a_warning_is_1_only_when_asked_for() {
    // A number where text belongs does not fit its column.
    let place = Place::with("in.ndjson", r#"{"resourceType":"Patient","id":"1","gender":7}"#);
    place.run(&["export", "in.ndjson", "-o", "out"]).ends_with(0);
    place.run(&["export", "in.ndjson", "-o", "out2", "--fail-on", "warning"]).ends_with(1);
}

#[test]
fn usage_configuration_and_views_are_2() {
    let place = Place::with("a.json", BUNDLE);
    place.run(&["export", "a.json"]).ends_with(2).says("--output");
    place.run(&["export", "a.json", "-o", "out.csv"]).ends_with(2).says("one table");
    place.run(&["export", "a.json", "-o", "out", "--table", "cliam"]).ends_with(2).says("claim");
    place.run(&["export", "a.json", "-o", "out", "--view", "nosuch.json"]).ends_with(2).says("nosuch.json");
    let view = r#"{"resourceType":"ViewDefinition","name":"v","status":"active","resource":"Patient",
        "select":[{"column":[{"name":"born","path":"birthDatee"}]}]}"#;
    place.file("view.json", view);
    let run = place.run(&["export", "a.json", "-o", "out", "--view", "view.json"]);
    run.ends_with(2).says("error[view/unknown-path]").says("did you mean `birthDate`?");
    assert!(!place.path("out").exists());
}

#[test]
fn nothing_readable_is_3() {
    let place = Place::with("x.json", "<!DOCTYPE html><title>Sign in</title>");
    place.file("nosuch2.json", "");
    for command in [vec!["summary"], vec!["export", "-o", "out"]] {
        let with = |input: &str| {
            let mut words = command.clone();
            words.push(input);
            place.run(&words)
        };
        with("x.json").ends_with(3).says("error[io/not-fhir]");
        with("nosuch.json").ends_with(3).says("error[io/no-file]: nosuch.json (did you mean nosuch2.json?)");
        with("nosuch2.json").ends_with(3).says("error[io/empty]");
    }
}

#[test]
fn what_may_be_fhir_and_is_broken_is_not_nothing() {
    let place = Place::with("line.ndjson", "{\"resourceType\":\"Patient\",,}\n");
    place.file("cut.json", "{\"resourceType\":\"Patient\",\"id\":");
    place.file("other.json", "{\"a\":1}");
    for command in [vec!["summary"], vec!["export", "--overwrite", "-o", "out"]] {
        let with = |input: &str| place.run(&[&command[..], &[input]].concat());
        with("line.ndjson").ends_with(1);
        with("cut.json").ends_with(6);
        with("other.json").ends_with(3);
    }
}

#[test]
fn a_stream_that_got_its_header_is_not_said_to_hold_nothing() {
    let place = Place::with("a.json", "");
    let run = place.run(&["export", "a.json", "--table", "patient", "--format", "csv", "-o", "-"]);
    run.ends_with(3);
    assert!(run.stdout.starts_with("patient_id,") && !run.stderr.contains("nothing was written"), "{run:?}");
}

#[test]
fn an_output_that_cannot_be_written_is_5() {
    let place = Place::with("a.json", BUNDLE);
    place.file("out/mine.txt", "keep me");
    place.run(&["export", "a.json", "-o", "out"]).ends_with(5).says("error[io/exists]");
    assert_eq!(place.read("out/mine.txt"), "keep me");
    place.run(&["demo", "out"]).ends_with(5).says("error[io/exists]");
    place.run(&["man", "-o", "a.json/pages"]).ends_with(5).says("error[io/write]");
}

#[test]
fn a_truncated_bundle_is_6_and_what_is_whole_stands() {
    let place = Place::with("a.json", &BUNDLE[..BUNDLE.len() - 40]);
    place.run(&["summary", "a.json"]).ends_with(6).says("error[io/truncated]").prints("Patient 1");
    place.run(&["export", "a.json", "-o", "out"]).ends_with(6).says("error[io/truncated]");
    assert!(place.path("out/patient").is_dir());
}

#[test]
fn a_fatal_operation_outcome_is_6() {
    let text = BUNDLE.replacen(
        "\"entry\":[",
        "\"entry\":[{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"fatal\",\
         \"code\":\"incomplete\"}]}},",
        1,
    );
    let place = Place::with("a.json", text);
    place.run(&["summary", "a.json"]).ends_with(6);
    place.run(&["export", "a.json", "-o", "out"]).ends_with(6);
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_130_and_leaves_nothing() {
    let place = Place::new();
    let mut command = place.command(&["export", "-", "-o", "out"]);
    let mut child =
        command.stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let line = format!("{PATIENT}\n");
    for _ in 0..20_000 {
        stdin.write_all(line.as_bytes()).unwrap();
    }
    std::thread::sleep(Duration::from_millis(500));
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    // The reader may be waiting for bytes: give it some, for as long as it takes them.
    for _ in 0..200 {
        if child.try_wait().unwrap().is_some() || stdin.write_all(line.repeat(200).as_bytes()).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(stdin);
    Run::of(child.wait_with_output().unwrap()).ends_with(130).says("interrupted");
    assert!(!place.path("out").exists());
    let left = crate::support::names(place.path(".").as_path());
    assert!(left.is_empty(), "{left:?}");
}
