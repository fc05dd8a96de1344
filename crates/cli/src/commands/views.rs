//! `fhirkit views`: the built-in tables, their ViewDefinitions and their columns.

use fhirkit_issue::{Issue, counted};
use fhirkit_view::{BuiltIn, Select, built_in};
use serde::Serialize;

use crate::args::{OutputFormat, ViewsCommand};
use crate::exit::{Exit, Failure, usage_issue};
use crate::near::did_you_mean;
use crate::output;

/// Prints what was asked for.
pub(crate) fn run(command: ViewsCommand) -> Result<Exit, Failure> {
    match command {
        ViewsCommand::List { output_format } => list(output_format)?,
        ViewsCommand::Show { table } => show(find(&table)?)?,
        ViewsCommand::Columns { table, output_format } => columns(find(&table)?, output_format)?,
    }
    Ok(Exit::Clean)
}

fn find(name: &str) -> Result<&'static BuiltIn, Failure> {
    BuiltIn::named(name).ok_or_else(|| {
        let issue = usage_issue("unknown-table", format!("there is no built-in table `{name}`"));
        let help = did_you_mean(name, built_in().iter().map(|table| table.name));
        let help = help.or_else(|| Some("fhirkit views list names them".to_owned()));
        Failure::new(Exit::Usage, Issue { help, ..issue })
    })
}

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    pack: &'static str,
    title: String,
    columns: usize,
    description: String,
}

fn list(format: OutputFormat) -> Result<(), Failure> {
    let mut tables = Vec::new();
    for table in built_in() {
        tables.push(Listed {
            name: table.name,
            pack: table.pack,
            title: table.title(),
            columns: table.columns().map_err(|error| damaged(table, &error))?.len(),
            description: table.description(),
        });
    }
    match format {
        OutputFormat::Json => output::print_json(&tables),
        OutputFormat::Human => {
            let row = |table: &Listed| {
                let columns = counted(table.columns as u64, "column", "columns");
                vec![table.name.to_owned(), table.pack.to_owned(), columns, table.description.clone()]
            };
            output::print(&output::aligned(&tables.iter().map(row).collect::<Vec<_>>()))
        }
    }
}

fn show(table: &BuiltIn) -> Result<(), Failure> {
    let Some(json) = table.json() else {
        let message = format!(
            "`{}` holds every resource without a row of its own: no ViewDefinition says that",
            table.name
        );
        let help = Some(format!("fhirkit views columns {}", table.name));
        return Err(Failure::new(Exit::Usage, Issue { help, ..usage_issue("no-view-definition", message) }));
    };
    let end = if json.ends_with('\n') { "" } else { "\n" };
    output::print(&format!("{json}{end}"))
}

#[derive(Serialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    description: String,
}

fn columns(table: &BuiltIn, format: OutputFormat) -> Result<(), Failure> {
    let definition = table.definition().map_err(|error| damaged(table, &error))?;
    let selects = definition.map(|definition| definition.select).unwrap_or_default();
    let columns = table.columns().map_err(|error| damaged(table, &error))?;
    let columns: Vec<Column> = columns
        .into_iter()
        .map(|column| Column {
            path: path_of(&selects, &column.name).map(str::to_owned),
            name: column.name,
            type_name: column.type_name,
            description: column.description,
        })
        .collect();
    match format {
        OutputFormat::Json => output::print_json(&columns),
        OutputFormat::Human => {
            let row = |column: &Column| {
                let path = column.path.clone().unwrap_or_else(|| "-".to_owned());
                vec![column.name.clone(), column.type_name.clone(), column.description.clone(), path]
            };
            output::print(&output::aligned(&columns.iter().map(row).collect::<Vec<_>>()))
        }
    }
}

/// The FHIRPath of a column: in a union, that of the first branch that has one.
fn path_of<'s>(selects: &'s [Select], name: &str) -> Option<&'s str> {
    selects.iter().find_map(|select| {
        let own = select.columns.iter().find(|column| column.name == name).map(|column| column.path.as_str());
        own.or_else(|| path_of(&select.selects, name)).or_else(|| path_of(&select.union_all, name))
    })
}

/// What tests rule out: the program carries a table that cannot be read.
fn damaged(table: &BuiltIn, error: &fhirkit_view::Error) -> Failure {
    Failure::internal(&format!("the built-in table `{}` cannot be read: {error}", table.name))
}
