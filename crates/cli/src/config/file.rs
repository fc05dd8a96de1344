//! One `fhirkit.toml`: keys of every command at the top, those of one command in a table of its name.

use std::path::Path;

use fhirkit_issue::Issue;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Layers, Origin, Setting, beside};
use crate::exit::{Exit, Failure, usage_issue};
use crate::near;

/// Reads one file into the layers; what it says replaces what lower layers said.
pub(super) fn read(layers: &mut Layers, path: &Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage("unreadable-config", format!("{}: {error}", path.display())))?;
    let file = File { path, text: &text };
    let table = DeTable::parse(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        file.failure("invalid-toml", at, error.message().to_owned(), None)
    })?;
    for (key, value) in table.get_ref() {
        match value.get_ref() {
            // Providers are no options: the commands that need one read them.
            DeValue::Table(_) if key.get_ref() == "provider" => {}
            DeValue::Table(inner) => {
                file.check_table_name(layers, key)?;
                for (inner_key, inner_value) in inner {
                    file.set(
                        layers,
                        &format!("{}.{}", key.get_ref(), inner_key.get_ref()),
                        inner_key,
                        inner_value,
                    )?;
                }
            }
            _ => file.set(layers, key.get_ref(), key, value)?,
        }
    }
    Ok(())
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn check_table_name<K: AsRef<str>>(&self, layers: &Layers, key: &Spanned<K>) -> Result<(), Failure> {
        let name = key.get_ref().as_ref();
        let mut known: Vec<&str> =
            layers.entries.iter().filter_map(|entry| entry.setting.command.as_deref()).collect();
        known.dedup();
        if known.contains(&name) {
            return Ok(());
        }
        let help = near::did_you_mean(name, known.into_iter())
            .map(|help| help.replace('`', "").replace("mean ", "mean ["));
        let help = help.map(|help| help.replace('?', "]?"));
        Err(self.failure(
            "unknown-key",
            key.span().start,
            format!("`[{name}]` is not a table of settings"),
            help,
        ))
    }

    fn set<K>(
        &self,
        layers: &mut Layers,
        name: &str,
        key: &Spanned<K>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), Failure> {
        let at = key.span().start;
        let Some(entry) = layers.entries.iter_mut().find(|entry| entry.setting.key == name) else {
            let known = layers.entries.iter().map(|entry| entry.setting.key.as_str());
            let help = near::did_you_mean(name, known);
            return Err(self.failure("unknown-key", at, format!("`{name}` is not a setting"), help));
        };
        let values = self.values(&entry.setting, value)?;
        let checked = entry.setting.check(&values);
        checked
            .map_err(|(message, help)| self.failure("invalid-value", value.span().start, message, help))?;
        entry.values = Some(values);
        entry.origin = Origin::File(self.path.to_owned(), self.line_column(at).0);
        Ok(())
    }

    fn values(&self, setting: &Setting, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Failure> {
        let wrong = |expected: &str| {
            let message =
                format!("`{}` is {} here; {expected} was expected", setting.key, kind(value.get_ref()));
            Err(self.failure("invalid-value", value.span().start, message, None))
        };
        let texts = match value.get_ref() {
            DeValue::Array(items) if setting.is_list() => {
                let mut texts = Vec::new();
                for item in items {
                    match item.get_ref() {
                        DeValue::String(text) => texts.push(text.clone().into_owned()),
                        _ => return wrong("a list of strings"),
                    }
                }
                texts
            }
            DeValue::Boolean(flag) if setting.is_flag() => vec![flag.to_string()],
            _ if setting.is_flag() => return wrong("true or false"),
            DeValue::Integer(number) => vec![number.as_str().to_owned()],
            DeValue::Float(number) => vec![number.as_str().to_owned()],
            DeValue::String(text) => vec![text.clone().into_owned()],
            _ if setting.is_list() => return wrong("a list of strings"),
            _ => return wrong("a string or a number"),
        };
        let resolve = |text: String| if setting.is_path() { beside(self.path, &text) } else { text };
        Ok(texts.into_iter().map(resolve).collect())
    }

    fn line_column(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        (before.matches('\n').count() + 1, before.len() - line_start + 1)
    }

    fn failure(&self, name: &'static str, at: usize, message: String, help: Option<String>) -> Failure {
        let (line, column) = self.line_column(at);
        let place = self.path.to_string_lossy().into_owned();
        let issue = Issue { help, ..usage_issue(name, message) };
        Failure::new(Exit::Usage, issue.in_file(place).at(line as u64, column as u64))
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
