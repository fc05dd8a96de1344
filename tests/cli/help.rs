//! Help, completions and man pages, all of one definition.

use crate::support::{Place, names};

const COMMANDS: [&str; 8] =
    ["export", "validate", "summary", "views", "demo", "config", "completions", "man"];

#[test]
fn every_help_begins_with_examples_and_fits_a_screen() {
    let place = Place::new();
    for command in COMMANDS {
        let run = place.run(&[command, "--help"]);
        run.ends_with(0).prints("Examples:\n  ").prints("Usage: fhirkit ");
        let (examples, usage) = (run.stdout.find("Examples:").unwrap(), run.stdout.find("Usage:").unwrap());
        assert!(examples < usage, "{command}");
        assert!(run.stdout.lines().count() <= 64, "{command}: {} lines", run.stdout.lines().count());
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn without_arguments_there_is_help_and_exit_2() {
    Place::new().run(&[]).ends_with(2).says("Examples:").says("fhirkit demo members");
}

#[test]
fn the_version_is_one_line() {
    let run = Place::new().run(&["--version"]);
    run.ends_with(0);
    assert_eq!(run.stdout, format!("fhirkit {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_mistyped_option_or_command_gets_a_hint() {
    let place = Place::new();
    place.run(&["export", "x", "-o", "out", "--overwite"]).ends_with(2).says("'--overwrite'");
    place.run(&["exprot"]).ends_with(2).says("'export'");
    place.run(&["export", "x", "-o", "out", "--format", "parqet"]).ends_with(2).says("'parquet'");
}

#[test]
fn options_of_later_steps_are_not_accepted() {
    let place = Place::new();
    for option in
        ["--layout=nested", "--dedup=first", "--assume-tz=utc", "--shard=1/2", "--append", "--contained"]
    {
        place.run(&["export", "x", "-o", "out", option]).ends_with(2).says("unexpected argument");
    }
}

#[test]
fn every_shell_has_completions_that_know_the_options() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        place.run(&["completions", shell]).ends_with(0).prints("row-group-rows").prints("summary");
    }
    place.run(&["completions", "tcsh"]).ends_with(2).says("tcsh");
}

#[test]
fn man_pages_render_with_options_and_examples() {
    let place = Place::new();
    place.run(&["man"]).ends_with(0).prints(".TH fhirkit 1").prints("fhirkit\\-export");
    place
        .run(&["man", "export"])
        .ends_with(0)
        .prints(".TH fhirkit-export 1")
        .prints("Examples:")
        .prints("max\\-entry");
    place.run(&["man", "views", "columns"]).ends_with(0).prints("fhirkit-views-columns");
    place.run(&["man", "exprot"]).ends_with(2).says("its commands: export");
    place.run(&["man", "-o", "man1"]).ends_with(0);
    let pages = names(&place.path("man1"));
    assert!(pages.len() >= 11 && pages.contains(&"fhirkit-views-list.1".to_owned()), "{pages:?}");
}

#[test]
fn help_as_a_word_is_help_as_an_option() {
    let place = Place::new();
    assert_eq!(place.run(&["help"]).ends_with(0).stdout, place.run(&["--help"]).stdout);
    let export = place.run(&["export", "--help"]).stdout;
    assert_eq!(place.run(&["help", "export"]).ends_with(0).stdout, export);
    place.run(&["help", "nosuch"]).ends_with(2);
}

#[test]
fn a_provider_stands_among_the_arguments() {
    for command in ["fetch", "pull", "login"] {
        let help = Place::new().run(&[command, "--help"]).stdout;
        let section = help.split("\n\n").find(|section| section.contains("  <PROVIDER>")).unwrap();
        assert!(section.starts_with("Arguments:"), "{section}");
    }
}

#[test]
fn every_man_page_names_the_version() {
    for words in [&["man"][..], &["man", "export"], &["man", "views", "list"]] {
        let page = Place::new().run(words).stdout;
        let title = page.lines().find(|line| line.starts_with(".TH")).unwrap();
        assert!(title.contains(concat!("\"fhirkit ", env!("CARGO_PKG_VERSION"))), "{title}");
    }
}
