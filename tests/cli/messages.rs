//! The words of the plan, on the input that calls for them.

use crate::support::{BUNDLE, PATIENT, Place};

#[test]
fn html_says_what_it_is_and_how_it_begins() {
    let place = Place::with("x.json", "<!DOCTYPE html><html></html>");
    let run = place.run(&["export", "x.json", "-o", "out"]);
    run.says("error[io/not-fhir]: x.json is HTML, not JSON (begins \"<!DOCTYPE html");
    run.says("= help: the server may have sent a login page");
}

#[test]
fn a_truncated_bundle_says_what_was_read_and_where_it_breaks_off() {
    let place = Place::with("a.json", &BUNDLE[..BUNDLE.len() - 40]);
    place
        .run(&["summary", "a.json"])
        .says("error[io/truncated]: 1 complete entr")
        .says("entry[1] breaks off at byte 2");
    place
        .run(&["export", "a.json", "-o", "out"])
        .says("error[io/truncated]: 1 complete entr")
        .says("entry[1] breaks off at byte 2");
}

#[test]
fn a_broken_line_is_placed_by_line_and_column() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\n{{\"resourceType\":\"Patient\",\"id\":2x}}\n"));
    let run = place.run(&["export", "in.ndjson", "-o", "out"]);
    run.says("error[json/syntax]: ").says("--> in.ndjson:2:3");
}

#[test]
fn an_unknown_type_gets_a_hint() {
    let place =
        Place::with("in.ndjson", format!("{PATIENT}\n{{\"resourceType\":\"Patientt\",\"id\":\"2\"}}\n"));
    let run = place.run(&["export", "in.ndjson", "-o", "out"]);
    run.says("error[structure/unknown-type]: \"Patientt\" is not an R4 resource type");
    run.says("= help: did you mean \"Patient\"?");
}

#[test]
fn values_do_not_reach_the_log() {
    let place =
        Place::with("in.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"secret-id\",\"birthDate\":1944x}\n");
    for words in [&["export", "in.ndjson", "-o", "out"][..], &["summary", "in.ndjson"]] {
        let run = place.run(words);
        assert!(!run.stderr.contains("secret-id") && !run.stderr.contains("1944"), "{}", run.stderr);
    }
}

#[test]
fn an_input_that_cannot_be_read_says_what_would_help() {
    let place = Place::with("a.zip", b"PK\x03\x04rest");
    place
        .run(&["validate", "https://x.org/a.json"])
        .ends_with(3)
        .says("= help: inputs are files; of a URL: curl");
    place
        .run(&["summary", "a.zip"])
        .ends_with(3)
        .says("is a ZIP archive, not JSON")
        .says("= help: unzip it first");
    for command in ["summary", "validate", "export"] {
        place.run(&[command, "", "-o", "out"]).ends_with(2);
    }
    place.run(&["summary", ""]).ends_with(2).says("a value is required for '<PATH>...'");
}

#[test]
fn an_output_of_a_foreign_ending_is_refused_before_the_work() {
    let place = Place::with("a.json", BUNDLE);
    for name in ["out.xlsx", "out.txt", "out.csv.gz", "out.json"] {
        let run = place.run(&["export", "a.json", "--table", "patient", "-o", name]);
        run.ends_with(2).says("is the ending of no format here").says(&format!("-o {name}/"));
        assert!(!place.path(name).exists());
    }
    place.run(&["export", "a.json", "-o", "out.json/"]).ends_with(0);
    assert!(place.path("out.json/patient").is_dir());
    place.run(&["export", "a.json", "-o", "out.json", "--overwrite"]).ends_with(0);
}

#[test]
fn an_option_of_another_format_is_refused_on_the_command_line_and_waits_in_a_file() {
    let place = Place::with("a.json", BUNDLE);
    let with =
        |words: &[&str]| place.run(&[&["export", "a.json", "-o", "out", "--overwrite"], words].concat());
    with(&["--bom"]).ends_with(2).says("--bom is for CSV, and parquet is written");
    with(&["--format", "csv", "--compression", "none"])
        .ends_with(2)
        .says("is for Parquet, and csv is written");
    with(&["--format", "csv", "--bom"]).ends_with(0);
    place.file("fhirkit.toml", "[export]\nbom = true\n");
    with(&[]).ends_with(0);
}

#[test]
fn one_table_may_be_named_twice() {
    let place = Place::with("a.json", BUNDLE);
    let run = place
        .run(&["export", "a.json", "--table", "patient", "--table", "patient", "--format", "csv", "-o", "-"]);
    run.ends_with(0).prints("patient_id,");
    place.run(&["export", "a.json", "-o", "-"]).ends_with(2).says("one table").says("-o out/");
}

#[test]
fn a_file_on_the_way_to_an_output_is_named() {
    let place = Place::with("a.json", BUNDLE);
    for words in [&["export", "a.json", "-o", "a.json/out"][..], &["export", "a.json", "-o", "a.json/x/out"]]
    {
        place.run(words).ends_with(5).says("error[io/write]: `a.json` is a file, not a folder");
    }
    let run = place.run(&["demo", "a.json/x"]);
    run.ends_with(5).says("error[io/write]: a.json/x: ");
    place.run(&["demo", "a.json"]).ends_with(5).says("error[io/exists]: ").says("= help: name a new folder");
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_named_and_nothing_hidden() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with("a.json", BUNDLE);
    std::fs::create_dir(place.path("closed")).unwrap();
    std::fs::set_permissions(place.path("closed"), std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(place.path("closed/x"), "").is_ok() {
        eprintln!("SKIPPED: this user may write everywhere");
        return;
    }
    for output in ["closed/out", "closed/out.csv"] {
        let run = place.run(&["export", "a.json", "--table", "patient", "-o", output]);
        run.ends_with(5).says("cannot write to `");
        assert!(!run.stderr.contains("/."), "{}", run.stderr);
    }
}

#[test]
fn a_view_that_is_something_else_is_called_what_it_is() {
    let place = Place::with("a.json", BUNDLE);
    let run = place.run(&["export", "a.json", "--view", "a.json", "-o", "out"]);
    run.ends_with(2).says("expected `ViewDefinition`, found `Bundle`");
}

#[test]
fn a_memory_that_cannot_be_kept_is_said() {
    let place = Place::with("a.json", BUNDLE);
    place
        .run(&["summary", "a.json", "--memory", "1k"])
        .ends_with(0)
        .says("warning[usage/memory]: less than 105 MiB");
    assert_eq!(place.run(&["-q", "summary", "a.json", "--memory", "105m"]).ends_with(0).stderr, "");
}

#[test]
fn rules_and_profiles_that_are_not_there_get_a_way_on() {
    let place = Place::with("in.ndjson", PATIENT);
    place.run(&["rule"]).ends_with(2).says("no rule is named").says("fhirkit rule --list");
    place.run(&["rule", "usage/option"]).ends_with(2).says("are about the command line and fhirkit itself");
    let with = |words: &[&str]| place.run(&[&["validate", "in.ndjson"], words].concat());
    with(&["--select", "nosuch"]).ends_with(2).says("= help: fhirkit rule --list");
    let url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
    with(&["--profile", "us-core-patient"])
        .ends_with(2)
        .says(&format!("a profile is named by its URL: `{url}`"));
}

#[test]
fn a_time_is_a_date_or_an_instant() {
    let place = Place::new();
    for since in ["yesterday", "2024-1-1", "2024-01-01T00:00:00"] {
        let run = place.run(&["fetch", "sandbox", "--since", since]);
        run.ends_with(2)
            .says("--since <TIME>")
            .says("a date (2024-01-01) or an instant (2024-01-01T00:00:00Z)");
    }
    for since in ["2024", "2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5+01:00"] {
        place.run(&["fetch", "sandbox", "--since", since]).says("auth/none");
    }
}

#[test]
fn without_a_home_the_place_for_tokens_is_asked_for() {
    let output = Place::new().command(&["whoami"]).env_remove("HOME").output().unwrap();
    crate::support::Run::of(output).ends_with(5).says("= help: set HOME, or XDG_STATE_HOME");
}
