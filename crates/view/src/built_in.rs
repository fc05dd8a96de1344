//! The tables that come with the program: ViewDefinitions like a user's own, run by the same engine.

use fhirkit_definitions::Definitions;

use crate::definition::{Column, Select, ViewDefinition};
use crate::error::Error;
use crate::other;
use crate::view::{Options, View};

/// A table that comes with the program. A new one is a file in `views/` and a line in [`built_in`].
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Name of the table, and of its file.
    pub name: &'static str,
    /// `common`, `payer` or `clinical`.
    pub pack: &'static str,
    /// The ViewDefinition; nothing for `other_resource`, which no ViewDefinition can say.
    json: Option<&'static str>,
}

/// A column of a table, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Name of the column.
    pub name: String,
    /// `string`, `boolean`, `integer`, `integer64`, `decimal`, `date`, `timestamp`, or a FHIR type.
    pub type_name: String,
    /// What the column means.
    pub description: String,
}

macro_rules! view {
    ($pack:literal, $name:literal) => {
        BuiltIn { name: $name, pack: $pack, json: Some(include_str!(concat!("../views/", $name, ".json"))) }
    };
}

static BUILT_IN: [BuiltIn; 9] = [
    view!("common", "patient"),
    view!("payer", "coverage"),
    view!("payer", "claim"),
    view!("payer", "claim_line"),
    view!("payer", "claim_adjudication"),
    view!("clinical", "condition"),
    view!("clinical", "encounter"),
    view!("clinical", "observation"),
    BuiltIn { name: "other_resource", pack: "common", json: None },
];

/// The built-in tables, by pack; `other_resource` last.
pub fn built_in() -> &'static [BuiltIn] {
    &BUILT_IN
}

const LINEAGE: [(&str, &str, &str); 5] = [
    ("contained_in", "string", "Key of the containing resource; null for a resource of its own"),
    ("_source_file", "string", "Input file, relative to the argument"),
    ("_source_line", "integer64", "Line of the resource in an NDJSON file"),
    ("_entry_index", "integer", "Index of the entry in its Bundle"),
    ("_source_offset", "integer64", "Byte where the resource begins"),
];

impl BuiltIn {
    /// The table of that name.
    pub fn named(name: &str) -> Option<&'static BuiltIn> {
        BUILT_IN.iter().find(|table| table.name == name)
    }

    /// The ViewDefinition as its file has it; nothing for `other_resource`.
    pub fn json(&self) -> Option<&'static str> {
        self.json
    }

    /// The ViewDefinition; nothing for `other_resource`.
    ///
    /// # Errors
    /// When the embedded file is not a ViewDefinition, which tests rule out.
    pub fn definition(&self) -> Result<Option<ViewDefinition>, Error> {
        self.json.map(|json| ViewDefinition::from_json(json.as_bytes())).transpose()
    }

    /// A short title.
    pub fn title(&self) -> String {
        let definition = self.definition().ok().flatten();
        definition.and_then(|definition| definition.title).unwrap_or_else(|| "Other resources".to_owned())
    }

    /// What a row is.
    pub fn description(&self) -> String {
        let definition = self.definition().ok().flatten();
        definition
            .and_then(|definition| definition.description)
            .unwrap_or_else(|| "One row per resource without a row of its own in a selected table".to_owned())
    }

    /// The table compiled, with or without the four lineage columns.
    ///
    /// # Errors
    /// When the embedded file does not compile, which tests rule out.
    pub fn compile(&self, definitions: &'static Definitions, lineage: bool) -> Result<View, Error> {
        let options = Options { lineage, built_in: true };
        match self.definition()? {
            Some(definition) => View::compile(definitions, &definition, options),
            None => Ok(View::other_resource(definitions, options)),
        }
    }

    /// The columns in their order, lineage included.
    ///
    /// # Errors
    /// When the embedded file is not a ViewDefinition, which tests rule out.
    pub fn columns(&self) -> Result<Vec<ColumnInfo>, Error> {
        let mut columns = match self.definition()? {
            Some(definition) => described(&definition.select),
            None => other::COLUMNS.iter().map(|(name, text)| info(name, "string", text)).collect(),
        };
        columns.extend(LINEAGE.iter().map(|(name, type_name, text)| info(name, type_name, text)));
        Ok(columns)
    }
}

fn info(name: &str, type_name: &str, description: &str) -> ColumnInfo {
    ColumnInfo { name: name.to_owned(), type_name: type_name.to_owned(), description: description.to_owned() }
}

/// The columns of selects, each once: the first branch of a union speaks for all.
fn described(selects: &[Select]) -> Vec<ColumnInfo> {
    let mut columns = Vec::new();
    for select in selects {
        columns.extend(select.columns.iter().map(describe));
        columns.extend(described(&select.selects));
        columns.extend(described(select.union_all.get(..1).unwrap_or_default()));
    }
    columns
}

fn describe(column: &Column) -> ColumnInfo {
    let type_name = match column.tag("ansi/type") {
        Some("DATE") => "date",
        Some(tag) if tag.starts_with("TIMESTAMP") => "timestamp",
        _ => column.type_name.as_deref().unwrap_or("string"),
    };
    info(&column.name, type_name, column.description.as_deref().unwrap_or_default())
}
