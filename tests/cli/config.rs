//! Settings and where they come from.

use crate::support::{PATIENT, Place};

fn shown(place: &Place, key: &str, variables: &[(&str, &str)], flags: &[&str]) -> String {
    let mut command = place.command(&["config", "show"]);
    command.args(flags).envs(variables.iter().copied());
    let run = crate::support::Run::of(command.output().unwrap());
    run.ends_with(0);
    let line = run.stdout.lines().find(|line| line.split_whitespace().next() == Some(key)).unwrap();
    line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_flag_wins_over_the_environment_the_project_the_user_and_the_default() {
    let place = Place::new();
    assert_eq!(shown(&place, "memory", &[], &[]), "256MiB default");
    place.file("home/.config/fhirkit/fhirkit.toml", "memory = \"1g\"\n");
    assert!(shown(&place, "memory", &[], &[]).ends_with("home/.config/fhirkit/fhirkit.toml:1"));
    place.file("fhirkit.toml", "# the project\nmemory = \"2g\"\n");
    let from_project = shown(&place, "memory", &[], &[]);
    assert!(from_project.starts_with("2g ") && from_project.ends_with("fhirkit.toml:2"), "{from_project}");
    let variable = [("FHIRKIT_MEMORY", "3g")];
    assert_eq!(shown(&place, "memory", &variable, &[]), "3g FHIRKIT_MEMORY");
    assert_eq!(shown(&place, "memory", &variable, &["--memory", "4g"]), "4g command line");
}

#[test]
fn the_project_file_is_found_upward() {
    let place = Place::with("fhirkit.toml", "threads = 7\n");
    std::fs::create_dir_all(place.path("a/b")).unwrap();
    let mut command = place.command(&["config", "show"]);
    let output = command.current_dir(place.path("a/b")).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.lines().any(|line| line.split_whitespace().take(2).eq(["threads", "7"])), "{shown}");
}

#[test]
fn a_setting_reaches_the_command() {
    let place = Place::with("fhirkit.toml", "[summary]\noutput-format = \"json\"\n");
    place.file("in.ndjson", PATIENT);
    place.run(&["summary", "in.ndjson"]).ends_with(0).prints("\"schema_version\": 1");
    place.run(&["summary", "in.ndjson", "--output-format", "human"]).ends_with(0).prints("  Patient 1\n");
}

#[test]
fn an_unknown_key_is_exit_2_with_its_place_and_a_hint() {
    let place = Place::with("fhirkit.toml", "\nmemroy = \"1g\"\n");
    let run = place.run(&["config", "show"]);
    run.ends_with(2).says("error[usage/unknown-key]: `memroy` is not a setting\n");
    run.says("fhirkit.toml:2:1\n").says("= help: did you mean `memory`?");
}

#[test]
fn a_wrong_value_is_exit_2_where_it_stands() {
    let place = Place::with("fhirkit.toml", "[export]\ndecimal = \"decimal(50,2)\"\n");
    place.run(&["config", "show"]).ends_with(2).says("fhirkit.toml:2:11");
    place.run(&["views", "--help"]).ends_with(0);
}

#[test]
fn colour_follows_the_flag_and_the_environment() {
    let place = Place::new();
    let coloured = |variables: &[(&str, &str)], flags: &[&str]| {
        let mut command = place.command(&["summary", "nosuch.json"]);
        let output = command.args(flags).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8_lossy(&output.stderr).contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&[], &["--color", "always"]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
}

#[test]
fn colour_follows_the_flag_in_the_words_of_the_command_line_too() {
    let place = Place::new();
    let is_coloured = |words: &[&str]| {
        let run = place.run(words);
        run.stdout.contains('\u{1b}') || run.stderr.contains('\u{1b}')
    };
    assert!(is_coloured(&["export", "--help", "--color", "always"]));
    assert!(is_coloured(&["--color=always", "exprot"]));
    assert!(!is_coloured(&["--color=always", "--color", "never", "--help"]));
}

#[test]
fn a_variable_gets_no_hint_at_the_setting_of_another_command() {
    let warned = |name: &str| {
        let place = Place::new();
        let output = place.command(&["views", "list"]).env(name, "json").output().unwrap();
        crate::support::Run::of(output)
    };
    let run = warned("FHIRKIT_VIEWS_LIST_OUTPUT_FORMAT");
    run.ends_with(0).says("names no setting and is ignored");
    assert!(!run.stderr.contains("did you mean"), "{}", run.stderr);
    warned("FHIRKIT_SUMMARY_OUTPUT_FORMT").says("did you mean `FHIRKIT_SUMMARY_OUTPUT_FORMAT`?");
    warned("FHIRKIT_MEMROY").says("did you mean `FHIRKIT_MEMORY`?");
    assert!(!Place::new().run(&["config", "show"]).stdout.contains("rule.list"));
}
