//! `fhirkit validate` that is ended from outside: by a signal, a reader that leaves, a disk that is full.

#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{PATIENT, Place, Run, names};

/// A Patient with two errors.
const WRONG: &str = r#"{"resourceType":"Patient","id":"w","active":"true","birthDate":"06/06/1944"}"#;

/// Every output that a validation may write.
const OUTPUTS: [&str; 9] = [
    "--output-file=report.txt",
    "--report=sarif=fhir.sarif",
    "--report=html=fhir.html",
    "--report=json=fhir.json",
    "--write-baseline=base.json",
    "--output-format=json-lines",
    "--split",
    "valid=good.ndjson",
    "rejected=bad.ndjson",
];

/// Sends the signal of Ctrl-C and gives how long the process took to end.
fn interrupt(child: &mut Child) -> Duration {
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    start.elapsed()
}

#[test]
fn an_interrupt_while_a_pipe_is_read_is_130_within_a_second_and_leaves_nothing() {
    let place = Place::new();
    assert!(Command::new("mkfifo").arg(place.path("in.ndjson")).status().unwrap().success());
    let mut command = place.command(&[&["validate", "in.ndjson"], &OUTPUTS[..]].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = std::fs::OpenOptions::new().write(true).open(place.path("in.ndjson")).unwrap();
    pipe.write_all(format!("{WRONG}\n{PATIENT}\n").repeat(10_000).as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    // The pipe stays open: the reader waits for more that never comes.
    let took = interrupt(&mut child);
    drop(pipe);
    Run::of(child.wait_with_output().unwrap()).ends_with(130).says("interrupted");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(names(&place.path(".")), ["in.ndjson"]);
}

#[test]
fn an_interrupt_among_more_issues_than_can_be_held_is_130_and_leaves_nothing() {
    let mut patient = String::from(r#"{"resourceType":"Patient","id":"x""#);
    (0..1_000_000).for_each(|number| patient.push_str(&format!(",\"q{number}\":1")));
    let place = Place::with("in.ndjson", patient + "}\n");
    let mut child = place
        .command(&[&["validate", "in.ndjson"], &OUTPUTS[..]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(400));
    let took = interrupt(&mut child);
    Run::of(child.wait_with_output().unwrap()).ends_with(130).says("interrupted");
    // What one chunk takes to walk is waited for.
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(names(&place.path(".")), ["in.ndjson"]);
}

/// Runs the command for a reader that leaves after a hundred bytes.
fn read_a_little(place: &Place, words: &[&str]) -> Run {
    let mut child = place.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 100]).unwrap();
    drop(out);
    Run::of(child.wait_with_output().unwrap())
}

#[test]
fn a_reader_that_leaves_ends_it_silently() {
    let place = Place::with("in.ndjson", format!("{WRONG}\n").repeat(20_000));
    for format in ["full", "json", "json-lines", "github"] {
        let run = read_a_little(&place, &["validate", "in.ndjson", "--output-format", format]);
        run.ends_with(0);
        assert!(
            !run.stderr.contains("error") && !run.stderr.contains("panicked"),
            "{format}: {}",
            run.stderr
        );
    }
}

#[test]
fn a_reader_that_leaves_takes_no_file_with_it() {
    let place = Place::with("in.ndjson", format!("{WRONG}\n").repeat(20_000));
    let outputs =
        ["--report=sarif=fhir.sarif", "--write-baseline=base.json", "--split", "rejected=bad.ndjson"];
    let run = read_a_little(&place, &[&["validate", "in.ndjson"], &outputs[..]].concat());
    run.ends_with(1).says("20,000 entries rejected → bad.ndjson");
    assert_eq!(names(&place.path(".")), ["bad.ndjson", "base.json", "fhir.sarif", "in.ndjson"]);
    assert_eq!(place.read("bad.ndjson").lines().count(), 20_000);
}

#[test]
fn a_full_disk_is_5_and_nothing_stands_under_a_final_name() {
    let place = Place::with("in.ndjson", format!("{WRONG}\n{PATIENT}\n").repeat(5_000));
    let program = env!("CARGO_BIN_EXE_fhirkit");
    for output in [
        "--output-file report.txt",
        "--output-file report.json --output-format json",
        "--report sarif=fhir.sarif",
        "--split valid=good.ndjson",
        "--split rejected=bad.ndjson",
    ] {
        let script = format!("ulimit -f 64; exec {program} validate in.ndjson {output}");
        let run =
            Run::of(Command::new("sh").args(["-c", &script]).current_dir(place.path(".")).output().unwrap());
        run.ends_with(5).says("error[io/write]");
        assert_eq!(names(&place.path(".")), ["in.ndjson"], "{output}");
    }
}
