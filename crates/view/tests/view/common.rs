//! One view over a few resources, as tests want it.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_schema::DataType;
use fhirkit_definitions::Definitions;
use fhirkit_tape::{Span, Tape};
use fhirkit_view::{Batch, Error, Options, Place, RowError, Rows, Scratch, View, ViewDefinition};

/// Compiles a view of these columns (JSON) on a type.
pub(crate) fn compile(resource: &str, columns: &str, options: Options) -> Result<View, Error> {
    let json = format!(r#"{{"name": "v", "resource": "{resource}", "select": [{{"column": [{columns}]}}]}}"#);
    compile_json(&json, options)
}

/// Compiles a ViewDefinition.
pub(crate) fn compile_json(json: &str, options: Options) -> Result<View, Error> {
    View::compile(Definitions::embedded().unwrap(), &ViewDefinition::from_json(json.as_bytes())?, options)
}

/// The view over the resources; the errors of those that have one.
pub(crate) fn run(view: &View, resources: &[&str]) -> (Batch, Vec<RowError>) {
    let mut tape = Tape::new();
    let text = resources.concat();
    tape.load(text.into_bytes());
    let (mut rows, mut scratch, mut errors, mut start) = (Rows::new(), Scratch::new(), Vec::new(), 0);
    for (entry, resource) in (0..).zip(resources) {
        let end = start + u32::try_from(resource.len()).unwrap();
        let root = tape.parse(Span { start, end }).unwrap();
        let place =
            Place { entry, source: "in.ndjson".into(), line: Some(7), index: None, offset: u64::from(start) };
        if let Err(error) = rows.append(view, &tape, root, &place, &mut scratch) {
            errors.push(error);
        }
        start = end;
    }
    (rows.finish(view, &tape).unwrap(), errors)
}

/// A column as text, null as `-`.
pub(crate) fn cells(batch: &Batch, name: &str) -> Vec<String> {
    let array = batch.record.column_by_name(name).unwrap();
    (0..array.len()).map(|row| cell(array, row)).collect()
}

fn cell(array: &dyn Array, row: usize) -> String {
    if array.is_null(row) {
        return "-".to_owned();
    }
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            format!("{:?}", (0..items.len()).map(|item| cell(&items, item)).collect::<Vec<_>>())
        }
        other => panic!("{other}"),
    }
}
