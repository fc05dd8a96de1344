//! Layers against a folder and an environment made for the test.

use clap::CommandFactory as _;

use super::*;
use crate::args::Cli;

struct World {
    folder: tempfile::TempDir,
    environment: Environment,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("project/inner")).unwrap();
        let mut environment =
            Environment { directory: folder.path().join("project/inner"), ..Environment::default() };
        let home = folder.path().join("home");
        environment.variables.insert("XDG_CONFIG_HOME".to_owned(), home.to_string_lossy().into_owned());
        World { folder, environment }
    }

    fn file(self, path: &str, text: &str) -> World {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn project(self, text: &str) -> World {
        self.file("project/fhirkit.toml", text)
    }

    fn user(self, text: &str) -> World {
        self.file("home/fhirkit/fhirkit.toml", text)
    }

    fn variable(mut self, name: &str, value: &str) -> World {
        self.environment.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn load(&self) -> Result<Layers, Failure> {
        Layers::load(&Cli::command(), &self.environment)
    }

    fn value(&self, key: &str) -> (String, String) {
        let layers = self.load().unwrap();
        let entry = layers.entries().iter().find(|entry| entry.setting.key == key).unwrap();
        let origin = entry.origin.to_string().replace(&*self.folder.path().to_string_lossy(), "");
        (entry.values.clone().unwrap_or_default().join(","), origin)
    }

    fn refused(&self) -> String {
        let failure = self.load().unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        let terminal = fhirkit_issue::formats::terminal::Terminal::plain();
        terminal.render(&failure.issue.unwrap()).replace(&*self.folder.path().to_string_lossy(), "")
    }
}

fn pair(value: &str, origin: &str) -> (String, String) {
    (value.to_owned(), origin.to_owned())
}

#[test]
fn each_layer_covers_those_below_it() {
    let world = World::new();
    assert_eq!(world.value("memory"), pair("256MiB", "default"));
    let world = world.user("memory = \"1g\"\n");
    assert_eq!(world.value("memory"), pair("1g", "/home/fhirkit/fhirkit.toml:1"));
    let world = world.project("threads = 2\nmemory = \"2g\"\n");
    assert_eq!(world.value("memory"), pair("2g", "/project/fhirkit.toml:2"));
    let world = world.variable("FHIRKIT_MEMORY", "3g");
    assert_eq!(world.value("memory"), pair("3g", "FHIRKIT_MEMORY"));
    assert_eq!(world.value("threads"), pair("2", "/project/fhirkit.toml:1"));
}

#[test]
fn tables_flags_and_lists_are_read() {
    let world = World::new().project("[export]\nno-lineage = true\ntable = [\"claim\", \"patient\"]\n");
    assert_eq!(world.value("export.no-lineage").0, "true");
    assert_eq!(world.value("export.table").0, "claim,patient");
    let world =
        world.variable("FHIRKIT_EXPORT_NO_LINEAGE", "0").variable("FHIRKIT_EXPORT_TABLE", "encounter");
    assert_eq!(world.value("export.no-lineage"), pair("false", "FHIRKIT_EXPORT_NO_LINEAGE"));
    assert_eq!(world.value("export.table").0, "encounter");
}

#[test]
fn a_path_is_relative_to_the_file_that_names_it() {
    let world = World::new().project("tmp-dir = \"scratch\"\n");
    let expected = world.folder.path().join("project/scratch");
    assert_eq!(world.value("tmp-dir").0, expected.to_string_lossy());
}

#[test]
fn what_the_layers_say_is_what_the_command_gets() {
    let world = World::new()
        .project("quiet = true\n[export]\nformat = \"csv\"\nbom = true\ndecimal = \"text\"\n")
        .variable("FHIRKIT_THREADS", "3");
    let command = world.load().unwrap().apply(Cli::command());
    let matches =
        command.try_get_matches_from(["fhirkit", "export", "in", "-o", "out", "--format", "ndjson"]).unwrap();
    let cli = <Cli as clap::FromArgMatches>::from_arg_matches(&matches).unwrap();
    assert!(cli.global.quiet);
    assert_eq!(cli.global.threads, Some(3));
    let crate::args::Command::Export(export) = cli.command else { panic!() };
    assert_eq!(export.format, Some(crate::args::export::Format::Ndjson));
    assert!(export.bom);
    assert_eq!(export.decimal, fhirkit_sink::Decimals::Text);
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_a_hint() {
    let text = World::new().project("threads = 2\n\nmemroy = \"1g\"\n").refused();
    assert_eq!(
        text,
        "error[usage/unknown-key]: `memroy` is not a setting\n  --> /project/fhirkit.toml:3:1\n   = help: did you mean `memory`?\n"
    );
    let text = World::new().project("[export]\nfromat = \"csv\"\n").refused();
    assert!(text.contains("did you mean `export.format`?"), "{text}");
    let text = World::new().project("[exprot]\nformat = \"csv\"\n").refused();
    assert!(text.contains("`[exprot]` is not a table") && text.contains("did you mean [export]?"), "{text}");
    assert!(World::new().project("overwrite = true\n").refused().contains("`overwrite` is not a setting"));
}

#[test]
fn a_wrong_value_is_refused_where_it_stands() {
    let text = World::new().project("memory = \"lots\"\n").refused();
    assert!(
        text.contains("invalid value 'lots' for '--memory") && text.contains("fhirkit.toml:1:10"),
        "{text}"
    );
    let text = World::new().project("[export]\nformat = \"xml\"\n").refused();
    assert!(text.contains("parquet, csv, ndjson"), "{text}");
    assert!(
        World::new().project("quiet = 1\n").refused().contains("`quiet` is an integer here; true or false")
    );
    assert!(World::new().project("memory = [1]\n").refused().contains("a string or a number was expected"));
    assert!(World::new().project("memory = \n").refused().contains("usage/invalid-toml"));
    assert!(
        World::new().variable("FHIRKIT_THREADS", "many").refused().contains("FHIRKIT_THREADS: invalid value")
    );
}

#[test]
fn a_variable_that_names_no_setting_is_a_warning() {
    let layers = World::new().variable("FHIRKIT_MEMROY", "1g").load().unwrap();
    let warning = layers.warnings.first().unwrap();
    assert_eq!(warning.help.as_deref(), Some("did you mean `FHIRKIT_MEMORY`?"));
}
