//! The tables of a run: chosen, compiled and checked before the first byte of data is read.

use std::sync::{Arc, OnceLock};

use fhirkit_definitions::{Definitions, TypeId};
use fhirkit_sink::Sink;
use fhirkit_view::{BuiltIn, View, ViewDefinition, built_in};
use rustc_hash::FxHashMap;

use crate::column_elements::Elements;
use crate::{Error, ErrorKind, ExportRequest, Output, Selection, ViewFile};

/// One table that may be written.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) view: View,
    /// Written even without rows, because it was asked for by name.
    always: bool,
    /// The ViewDefinition as JSON, for the metadata of files; `other_resource` has none.
    definition: Option<String>,
    /// What the columns show, once somebody asks.
    elements: OnceLock<Elements>,
}

impl Table {
    /// The element that a column shows, from the resource on, where its path says so plainly.
    pub(crate) fn element(&self, column: &str) -> Option<&str> {
        let read = || self.definition.as_deref().map(Elements::of_json).unwrap_or_default();
        self.elements.get_or_init(read).of_column(column)
    }
}

/// The tables of a run and the sink that knows them.
pub(crate) struct Tables {
    definitions: &'static Definitions,
    tables: Vec<Table>,
    by_type: FxHashMap<TypeId, Vec<usize>>,
    other_resource: Option<usize>,
    sink: Arc<Sink>,
}

impl Tables {
    /// Compiles what was chosen.
    pub(crate) fn compile(request: &ExportRequest) -> Result<Tables, Error> {
        let definitions = Definitions::embedded()?;
        let mut tables = Vec::new();
        for chosen in choose(&request.selection)? {
            tables.push(compile(definitions, &chosen, request.lineage)?);
        }
        check_names(&tables)?;
        if tables.len() != 1 && !matches!(request.output, Output::Folder(_)) {
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            return Err(Error::usage(format!(
                "one table may go to a file or to standard output, {} were chosen ({})",
                tables.len(),
                names.join(", ")
            ))
            .with_hint(Some("choose one: --table patient -o patient.csv; or give a folder: -o out/")));
        }
        let mut by_type: FxHashMap<TypeId, Vec<usize>> = FxHashMap::default();
        let mut other_resource = None;
        for (at, table) in tables.iter().enumerate() {
            match table.view.resource_type() {
                Some(found) => by_type.entry(found).or_default().push(at),
                None => other_resource = Some(at),
            }
        }
        let sink =
            Sink::new(request.format.clone(), tables.iter().map(for_sink).collect(), request.sink.clone())?;
        Ok(Tables { definitions, tables, by_type, other_resource, sink: Arc::new(sink) })
    }

    pub(crate) fn definitions(&self) -> &'static Definitions {
        self.definitions
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter()
    }

    /// The table with this number.
    pub(crate) fn at(&self, number: usize) -> &Table {
        &self.tables[number]
    }

    /// The tables that take resources of this type.
    pub(crate) fn of_type(&self, found: TypeId) -> &[usize] {
        self.by_type.get(&found).map_or(&[], Vec::as_slice)
    }

    /// The number of the table for resources without a row of their own, when it was chosen.
    pub(crate) fn other_resource(&self) -> Option<usize> {
        self.other_resource
    }

    pub(crate) fn sink(&self) -> &Arc<Sink> {
        &self.sink
    }
}

/// A view that was chosen.
enum Chosen<'a> {
    BuiltIn { table: &'static BuiltIn, by_name: bool },
    Own(&'a ViewFile),
}

fn choose(selection: &Selection) -> Result<Vec<Chosen<'_>>, Error> {
    let everything = selection.views.is_empty() && selection.tables.is_empty() && selection.packs.is_empty();
    for name in &selection.tables {
        if !built_in().iter().any(|table| table.name == name) {
            return Err(unknown("table", name, built_in().iter().map(|table| table.name)));
        }
    }
    for name in &selection.packs {
        if !built_in().iter().any(|table| table.pack == name) {
            return Err(unknown("pack", name, built_in().iter().map(|table| table.pack)));
        }
    }
    let mut chosen = Vec::new();
    for table in built_in() {
        let by_name = selection.tables.iter().any(|name| name == table.name);
        if everything || by_name || selection.packs.iter().any(|name| name == table.pack) {
            chosen.push(Chosen::BuiltIn { table, by_name });
        }
    }
    chosen.extend(selection.views.iter().map(Chosen::Own));
    Ok(chosen)
}

fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> Error {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    let distance = |candidate: &str| strsim::damerau_levenshtein(candidate, name);
    let near = known.iter().min_by_key(|candidate| distance(candidate)).filter(|near| distance(near) <= 3);
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", known.join(", ")),
    };
    Error::usage(format!("no built-in {what} is called `{name}`")).with_hint(Some(hint))
}

fn compile(definitions: &'static Definitions, chosen: &Chosen<'_>, lineage: bool) -> Result<Table, Error> {
    let (view, always, definition) = match chosen {
        Chosen::BuiltIn { table, by_name } => {
            (table.compile(definitions, lineage)?, *by_name, table.json().map(str::to_owned))
        }
        Chosen::Own(file) => {
            // A user's own view gets exactly its columns.
            let options = fhirkit_view::Options { lineage: false, built_in: false };
            let definition = ViewDefinition::from_json(file.json.as_bytes())
                .map_err(|error| Error::of_view(error, file))?;
            let view = View::compile(definitions, &definition, options)
                .map_err(|error| Error::of_view(error, file))?;
            (view, true, Some(file.json.clone()))
        }
    };
    Ok(Table { name: view.name().to_owned(), view, always, definition, elements: OnceLock::new() })
}

fn check_names(tables: &[Table]) -> Result<(), Error> {
    for (at, table) in tables.iter().enumerate() {
        if tables[..at].iter().any(|other| other.name == table.name) {
            let message = format!("two tables are called `{}`", table.name);
            return Err(Error::new(ErrorKind::View, "view/name-clash", message)
                .with_hint(Some("give the ViewDefinition another `name`")));
        }
    }
    Ok(())
}

fn for_sink(table: &Table) -> fhirkit_sink::Table {
    let mut made = fhirkit_sink::Table::new(table.name.clone(), table.view.schema().clone());
    made.always = table.always;
    made.metadata.push(("fhir.version".to_owned(), "4.0.1".to_owned()));
    if let Some(definition) = &table.definition {
        made.metadata.push(("fhirkit.view".to_owned(), definition.clone()));
    }
    made
}
