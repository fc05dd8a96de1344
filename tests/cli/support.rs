//! A folder and an environment of its own for each test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// One Patient as a line of NDJSON.
pub(crate) const PATIENT: &str =
    r#"{"resourceType":"Patient","id":"1","gender":"female","birthDate":"1974-12-25"}"#;

/// A Bundle of two entries.
pub(crate) const BUNDLE: &str = r#"{"resourceType":"Bundle","type":"collection","entry":[
{"fullUrl":"https://x.org/Patient/1","resource":{"resourceType":"Patient","id":"1"}},
{"fullUrl":"https://x.org/Observation/2","resource":{"resourceType":"Observation","id":"2","status":"final",
"code":{"text":"x"},"subject":{"reference":"Patient/1"}}}]}"#;

/// An empty folder to run in.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    /// A folder with one file.
    pub(crate) fn with(name: &str, text: impl AsRef<[u8]>) -> Place {
        let place = Place::new();
        place.file(name, text);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The command with its words, run in this folder, with nothing of the machine's settings.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fhirkit"));
        command.args(words).current_dir(self.0.path()).env_clear();
        for name in ["PATH", "TMPDIR", "SystemRoot", "TEMP"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("HOME", self.0.path().join("home"));
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Run {
        Run::of(self.command(words).output().unwrap())
    }
}

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Run {
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Checks the exit code, showing what was printed where it differs.
    #[track_caller]
    pub(crate) fn ends_with(&self, code: i32) -> &Run {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Checks that stderr holds a text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Run {
        assert!(self.stderr.contains(text), "`{text}` is missing in\n{}", self.stderr);
        self
    }

    /// Checks that stdout holds a text.
    #[track_caller]
    pub(crate) fn prints(&self, text: &str) -> &Run {
        assert!(self.stdout.contains(text), "`{text}` is missing in\n{}", self.stdout);
        self
    }
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
