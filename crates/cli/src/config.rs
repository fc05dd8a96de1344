//! Settings from outside the command line: flag, then `FHIRKIT_*`, then `fhirkit.toml` found upward, then the
//! user's own file, then the default.
//!
//! Nothing here is a list of settings: they are the options of the command line. What a layer says becomes
//! clap's default for that option, so that every value goes through the same parser and help, configuration and
//! command line cannot drift apart. Turned down: merging typed structs, which needs every option three times.

mod file;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::builder::OsStr;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, ValueHint};
use fhirkit_issue::Issue;

use crate::exit::{Exit, Failure, usage_issue};

/// Options that make sense for one run only.
const NEVER_CONFIGURED: [&str; 15] = [
    "output",
    "overwrite",
    "rejects",
    "output-file",
    "split",
    "write-baseline",
    "patient",
    "since",
    "show",
    "json",
    "list",
    "cancel",
    "secret-stdin",
    "help",
    "version",
];

/// One option that may be configured.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// As `fhirkit.toml` spells it, the table before a dot: `export.format`.
    pub(crate) key: String,
    command: Option<String>,
    arg: Arg,
}

impl Setting {
    /// The environment variable: `FHIRKIT_EXPORT_FORMAT`.
    pub(crate) fn variable(&self) -> String {
        format!("FHIRKIT_{}", self.key.to_ascii_uppercase().replace(['.', '-'], "_"))
    }

    /// The value when no layer says anything.
    pub(crate) fn default_value(&self) -> Option<String> {
        let values: Vec<_> = self.arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
        if values.is_empty() { None } else { Some(values.join(",")) }
    }

    /// How `config show` writes that there is no value.
    pub(crate) fn unset(&self) -> &'static str {
        match () {
            () if self.is_flag() => "false",
            () if self.is_count() => "0",
            () => "-",
        }
    }

    fn is_flag(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::SetTrue)
    }

    fn is_count(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::Count)
    }

    fn is_list(&self) -> bool {
        matches!(self.arg.get_action(), ArgAction::Append)
    }

    fn is_path(&self) -> bool {
        matches!(self.arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath)
    }

    /// What clap itself says about these values, as message and help.
    fn check(&self, values: &[String]) -> Result<(), (String, Option<String>)> {
        let expected = match () {
            () if self.is_flag() => "true or false was expected",
            () if self.is_count() => "0, 1 or 2 was expected",
            () => return self.check_with_clap(values),
        };
        let allowed: &[&str] = if self.is_flag() { &["true", "false"] } else { &["0", "1", "2"] };
        match values {
            [value] if allowed.contains(&value.as_str()) => Ok(()),
            _ => Err((format!("`{}` for `{}`: {expected}", values.join(","), self.key), None)),
        }
    }

    fn check_with_clap(&self, values: &[String]) -> Result<(), (String, Option<String>)> {
        let name = self.arg.get_long().unwrap_or_default().to_owned();
        // A copy without conflicts and headings, which name options that this small command lacks.
        let arg = Arg::new("value")
            .long(name.clone())
            .action(self.arg.get_action().clone())
            .value_parser(self.arg.get_value_parser().clone());
        let line = values.iter().map(|value| format!("--{name}={value}"));
        match clap::Command::new("check").no_binary_name(true).arg(arg).try_get_matches_from(line) {
            Ok(_) => Ok(()),
            Err(error) => {
                let text = error.render().to_string();
                let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
                let help =
                    lines.next().filter(|line| line.starts_with("[possible") || line.starts_with("tip:"));
                Err((message, help.map(|line| line.trim_matches(['[', ']']).replace("tip: ", ""))))
            }
        }
    }
}

/// The configurable options of a command line: those of every command first, then command by command.
pub(crate) fn settings(root: &clap::Command) -> Vec<Setting> {
    let mut settings: Vec<Setting> = own_settings(root, None);
    for command in root.get_subcommands() {
        settings.extend(own_settings(command, Some(command.get_name())));
    }
    settings
}

fn own_settings(command: &clap::Command, name: Option<&str>) -> Vec<Setting> {
    // Of a command with commands of its own, the options that all of them share.
    let is_shared = command.has_subcommands();
    let configurable = |arg: &&Arg| {
        arg.get_long().is_some_and(|long| !NEVER_CONFIGURED.contains(&long))
            && arg.is_global_set() == is_shared
    };
    let setting = |arg: &Arg| {
        let long = arg.get_long().unwrap_or_default();
        let key = name.map_or_else(|| long.to_owned(), |name| format!("{name}.{long}"));
        Setting { key, command: name.map(str::to_owned), arg: arg.clone() }
    };
    command.get_arguments().filter(configurable).map(setting).collect()
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of a configuration file.
    File(PathBuf, usize),
    /// An environment variable.
    Variable(String),
    /// The command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => formatter.write_str("default"),
            Origin::File(path, line) => write!(formatter, "{}:{line}", path.display()),
            Origin::Variable(name) => formatter.write_str(name),
            Origin::Flag => formatter.write_str("command line"),
        }
    }
}

/// What lies around a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    /// The folder in which `fhirkit.toml` is looked for, and upward from there.
    pub(crate) directory: PathBuf,
    /// The environment variables.
    pub(crate) variables: BTreeMap<String, String>,
}

impl Environment {
    /// The process's own.
    pub(crate) fn of_process() -> Environment {
        let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
        Environment {
            // Without a current folder there is no project file to find; relative inputs fail by themselves.
            directory: std::env::current_dir().unwrap_or_default(),
            variables: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
        }
    }

    fn project_file(&self) -> Option<PathBuf> {
        self.directory.ancestors().map(|folder| folder.join("fhirkit.toml")).find(|path| path.is_file())
    }

    fn user_file(&self) -> Option<PathBuf> {
        let named =
            |name: &str| self.variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = named("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
        let folder =
            folder.or_else(|| named("HOME").map(|home| home.join(".config"))).or_else(|| named("APPDATA"));
        folder.map(|folder| folder.join("fhirkit").join("fhirkit.toml")).filter(|path| path.is_file())
    }
}

/// One setting with what the layers say about it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The setting.
    pub(crate) setting: Setting,
    /// Its values; `None` when it has no default either.
    pub(crate) values: Option<Vec<String>>,
    /// Where they come from.
    pub(crate) origin: Origin,
}

/// All settings with what the layers say.
#[derive(Debug, Clone)]
pub(crate) struct Layers {
    entries: Vec<Entry>,
    files: Vec<PathBuf>,
    /// Things worth a warning: variables that name no setting.
    pub(crate) warnings: Vec<Issue>,
}

impl Layers {
    /// Reads all layers below the command line.
    pub(crate) fn load(root: &clap::Command, environment: &Environment) -> Result<Layers, Failure> {
        let entries = settings(root)
            .into_iter()
            .map(|setting| Entry {
                values: setting.default_value().map(|value| vec![value]),
                setting,
                origin: Origin::Default,
            })
            .collect();
        let mut layers = Layers { entries, files: Vec::new(), warnings: Vec::new() };
        let user = environment.user_file();
        let project = environment.project_file().filter(|path| Some(path) != user.as_ref());
        for path in user.into_iter().chain(project) {
            file::read(&mut layers, &path)?;
            layers.files.push(path);
        }
        layers.read_variables(root, &environment.variables)?;
        Ok(layers)
    }

    fn read_variables(
        &mut self,
        root: &clap::Command,
        variables: &BTreeMap<String, String>,
    ) -> Result<(), Failure> {
        for (name, value) in
            variables.iter().filter(|(name, value)| name.starts_with("FHIRKIT_") && !value.is_empty())
        {
            let Some(entry) = self.entries.iter_mut().find(|entry| entry.setting.variable() == *name) else {
                // A name that begins with a command means a setting of that command, or none.
                let of_command = |command: &clap::Command| {
                    let start = format!("FHIRKIT_{}_", command.get_name().to_ascii_uppercase());
                    Some(start).filter(|start| name.starts_with(start))
                };
                let start = root.get_subcommands().find_map(of_command).unwrap_or_default();
                let known = self.entries.iter().map(|entry| entry.setting.variable());
                let known: Vec<String> = known.filter(|known| known.starts_with(&start)).collect();
                let mut issue =
                    usage_issue("unknown-variable", format!("`{name}` names no setting and is ignored"));
                issue.severity = fhirkit_issue::Severity::Warning;
                issue.help = crate::near::did_you_mean(name, known.iter().map(String::as_str));
                self.warnings.push(issue);
                continue;
            };
            let values = match value.as_str() {
                "1" if entry.setting.is_flag() => vec!["true".to_owned()],
                "0" if entry.setting.is_flag() => vec!["false".to_owned()],
                list if entry.setting.is_list() => {
                    list.split(',').map(|part| part.trim().to_owned()).collect()
                }
                one => vec![one.to_owned()],
            };
            entry.setting.check(&values).map_err(|(message, help)| {
                let mut issue = usage_issue("invalid-value", format!("{name}: {message}"));
                issue.help = help;
                Failure::new(Exit::Usage, issue)
            })?;
            entry.values = Some(values);
            entry.origin = Origin::Variable(name.clone());
        }
        Ok(())
    }

    /// The command line with what the layers say as its defaults.
    pub(crate) fn apply(&self, mut root: clap::Command) -> clap::Command {
        for entry in self.entries.iter().filter(|entry| entry.origin != Origin::Default) {
            let values: Vec<OsStr> = entry.values.iter().flatten().cloned().map(OsStr::from).collect();
            let id = entry.setting.arg.get_id().clone();
            root = match &entry.setting.command {
                None => root.mut_arg(id, |arg| arg.default_values(values)),
                Some(name) => {
                    root.mut_subcommand(name, |command| command.mut_arg(id, |arg| arg.default_values(values)))
                }
            };
        }
        root
    }

    /// Notes which settings the command line itself gave.
    pub(crate) fn note_flags(&mut self, matches: &ArgMatches) {
        let mut innermost = matches;
        let command = matches.subcommand_name();
        while let Some((_, inner)) = innermost.subcommand() {
            innermost = inner;
        }
        let mine = |entry: &&mut Entry| {
            entry.setting.command.is_none() || entry.setting.command.as_deref() == command
        };
        for entry in self.entries.iter_mut().filter(mine) {
            let id = entry.setting.arg.get_id().as_str();
            if innermost.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            entry.origin = Origin::Flag;
            entry.values = Some(match entry.setting.arg.get_action() {
                ArgAction::SetTrue => vec!["true".to_owned()],
                ArgAction::Count => vec![innermost.get_count(id).to_string()],
                _ => innermost
                    .get_raw(id)
                    .map(|raw| raw.map(|value| value.to_string_lossy().into_owned()).collect())
                    .unwrap_or_default(),
            });
        }
    }

    /// The configuration files that were read: the user's, then the project's.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Every setting, in the order of the command line's own help.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// `path` relative to the file that names it.
fn beside(file: &Path, value: &str) -> String {
    match file.parent() {
        Some(folder) if value != "-" => folder.join(value).to_string_lossy().into_owned(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests;
