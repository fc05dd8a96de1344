//! Outputs that would hurt an input, and surroundings that end early.

use crate::support::{BUNDLE, PATIENT, Place, names};

#[test]
fn an_output_never_replaces_an_input() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\nnonsense\n"));
    let base = ["export", "in.ndjson", "--table", "patient", "--overwrite"];
    let with = |words: &[&str]| place.run(&[&base[..], words].concat());
    with(&["-o", "in.ndjson"]).ends_with(2).says("would replace an input");
    with(&["-o", "p.csv", "--rejects", "in.ndjson"]).ends_with(2).says("would replace an input");
    with(&["-o", "p.csv", "--rejects", "p.csv"]).ends_with(2).says("both");
    with(&["-o", "out", "--rejects", "out/bad.ndjson"]).ends_with(2).says("_rejects.ndjson");
    assert_eq!(names(&place.path(".")), ["in.ndjson"]);
    with(&["-o", "out", "--format", "ndjson"]).ends_with(1);
    let inside = place.run(&["export", "out/patient/part-00000.ndjson", "-o", "out", "--overwrite"]);
    inside.ends_with(2).says("would replace an input");
}

#[test]
fn an_earlier_export_in_the_input_folder_is_told_and_not_read() {
    let place = Place::with("a.json", BUNDLE);
    place.run(&["export", ".", "-o", "out", "--format", "ndjson"]).ends_with(0);
    let first = place.read("out/_manifest.json");
    let again = place.run(&["export", ".", "-o", "out", "--format", "ndjson", "--overwrite"]);
    again.ends_with(0).says("warning[io/own-export]");
    assert_eq!(place.read("out/_manifest.json"), first);
    place.run(&["summary", "."]).ends_with(0).says("warning[io/own-export]");
}

#[test]
fn rejects_that_cannot_be_written_are_refused_before_the_work() {
    let place = Place::with("a.json", BUNDLE);
    place.file("bad.ndjson", "keep me");
    place.file("p.csv.issues.ndjson", "old");
    let base = ["export", "a.json", "--table", "patient", "-o"];
    let with = |words: &[&str]| place.run(&[&base[..], words].concat());
    with(&["x.csv", "--rejects", "bad.ndjson"]).ends_with(5).says("bad.ndjson").says("--overwrite");
    with(&["p.csv"]).ends_with(5).says("p.csv.issues.ndjson");
    assert!(!place.path("p.csv").exists());
    // What an earlier run said about its rows is not true of the new ones.
    with(&["p.csv", "--overwrite"]).ends_with(0);
    assert_eq!(names(&place.path(".")), ["a.json", "bad.ndjson", "p.csv"]);
    with(&["x.csv", "--rejects", "none.ndjson"]).ends_with(0);
    assert_eq!(place.read("none.ndjson"), "");
}

#[cfg(unix)]
#[test]
fn rejects_may_go_to_a_device_which_stays_one() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\nnonsense\n"));
    let with = |words: &[&str]| place.run(&[&["export", "in.ndjson", "-o"], words].concat());
    let run = with(&["out", "--rejects", "/dev/stdout", "--overwrite"]);
    run.ends_with(1);
    assert!(run.stdout.contains(r#""text":"nonsense""#), "{run:?}");
    with(&["none", "--rejects", "/dev/null", "--overwrite"]).ends_with(1);
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    with(&["more", "--rejects", "-"]).ends_with(2).says("name one");
    with(&["-", "--rejects", "/dev/stdout", "--table", "patient"]).ends_with(2).says("both");
    let redirected = std::fs::File::create(place.path("bad.ndjson")).unwrap();
    let mut command =
        place.command(&["export", "in.ndjson", "-o", "some", "--rejects", "/dev/stdout", "--overwrite"]);
    let run = crate::support::Run::of(command.stdout(redirected).output().unwrap());
    run.ends_with(5).says("name the file itself");
    with(&["/dev/null", "--strict", "--table", "patient"]).ends_with(2).says("cannot take back");
}

#[test]
fn what_a_killed_run_left_of_the_rejects_is_removed() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\nnonsense\n"));
    place.file(".bad.ndjson.fhirkit-AbCdEf", "half");
    let run = place.run(&["export", "in.ndjson", "-o", "out", "--rejects", "bad.ndjson"]);
    run.ends_with(1).says("warning[io/leftover]");
    assert_eq!(names(&place.path(".")), ["bad.ndjson", "in.ndjson", "out"]);
}

#[test]
fn strict_holds_standard_output_back_until_all_is_read() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\nnonsense\n"));
    place.file("good.ndjson", PATIENT);
    let table = ["--table", "patient", "--format", "csv", "-o", "-", "--strict"];
    let bad = place.run(&[&["export", "in.ndjson"][..], &table].concat());
    assert_eq!(bad.ends_with(1).says("nothing was written").stdout, "");
    let good = place.run(&[&["export", "good.ndjson"][..], &table].concat());
    assert_eq!(good.ends_with(0).stdout.lines().count(), 2);
    let nowhere = place.run(&[&["export", "good.ndjson", "--tmp-dir", "nosuch"][..], &table].concat());
    nowhere.ends_with(5).says("error[io/spool]").says("--tmp-dir");
}

#[test]
fn nothing_at_all_says_so_even_when_quiet() {
    let place = Place::with("list.json", "[]");
    std::fs::create_dir(place.path("empty")).unwrap();
    for input in ["list.json", "empty"] {
        place.run(&["export", input, "-o", "out", "-q"]).ends_with(3).says("hold no FHIR resource");
    }
}

#[test]
fn a_null_string_that_would_break_the_csv_is_refused() {
    let place = Place::with("a.json", BUNDLE);
    let base = ["export", "a.json", "-o", "p.csv", "--table", "patient", "--null-string"];
    for text in ["a,b", "\"", "\n"] {
        place.run(&[&base[..], &[text]].concat()).ends_with(2).says("--null-string");
    }
}

#[test]
fn a_null_string_that_is_a_value_is_refused() {
    let place = Place::with("a.json", BUNDLE);
    for text in ["true", "0"] {
        let words = ["export", "a.json", "-o", "out", "--format", "csv", "--null-string", text];
        place.run(&words).ends_with(2).says("must differ from every value");
    }
}

#[test]
fn a_view_without_columns_is_refused() {
    let place = Place::with("a.json", BUNDLE);
    place.file(
        "v.json",
        r#"{"resourceType":"ViewDefinition","name":"v","resource":"Patient","select":[{"column":[]}]}"#,
    );
    let run = place.run(&["export", "a.json", "--view", "v.json", "-o", "out"]);
    run.ends_with(2).says("error[view/structure]").says("the view has no column");
}

#[test]
fn threads_are_at_least_one_and_not_so_many_that_they_eat_the_machine() {
    let place = Place::with("a.json", BUNDLE);
    for number in ["0", "100000", "-1", "two"] {
        place.run(&["export", "a.json", "-o", "out", "-j", number]).ends_with(2);
    }
    place.run(&["export", "a.json", "-o", "out", "-j", "64"]).ends_with(0);
}
