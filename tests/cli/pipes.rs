//! stdout is data only, and its reader may leave.

use std::process::Stdio;

use crate::support::{BUNDLE, PATIENT, Place, Run};

#[test]
fn a_closed_pipe_ends_silently() {
    let place = Place::new();
    let lines: String = (0..5_000).map(|n| PATIENT.replace("\"1\"", &format!("\"{n}\"")) + "\n").collect();
    place.file("in.ndjson", lines);
    let export = ["export", "in.ndjson", "--table", "patient", "--format", "ndjson", "-o", "-"];
    for words in
        [&["completions", "bash"][..], &["views", "show", "claim_line"], &["summary", "in.ndjson"], &export]
    {
        let mut child = place.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let run = Run::of(child.wait_with_output().unwrap());
        run.ends_with(0);
        assert!(
            !run.stderr.contains("error") && !run.stderr.contains("panicked"),
            "{words:?}: {}",
            run.stderr
        );
    }
}

#[test]
fn one_table_goes_to_stdout_and_nothing_else_does() {
    let place = Place::with("a.json", BUNDLE);
    let run =
        place.run(&["export", "a.json", "--table", "patient", "--format", "csv", "-o", "-", "--no-lineage"]);
    run.ends_with(0);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    assert!(run.stdout.starts_with("patient_id,"), "{}", run.stdout);
    run.says("ledger:");
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let place = Place::with("a.json", BUNDLE);
    let run = place.run(&["export", "a.json", "-o", "out", "-q"]);
    run.ends_with(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let run = place.run(&["demo", "members", "-q", "--members", "1"]);
    run.ends_with(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn stdin_is_an_input() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\n{PATIENT}\n"));
    let input = std::fs::File::open(place.path("in.ndjson")).unwrap();
    let output = place.command(&["summary", "-"]).stdin(input).output().unwrap();
    Run::of(output).ends_with(0).prints("  Patient 2\n");
}
