//! The official SQL on FHIR suite: 144 tests of views and their rows, in `../shared/suites/sql-on-fhir`.
//!
//! All of them pass, so there is no list of exceptions. The report has the official format: file → tests → result.
//! The engine's own tests include this file, so that `cargo test` runs the same.

use std::error::Error;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_schema::DataType;
use bigdecimal::BigDecimal;
use fhirkit_definitions::Definitions;
use fhirkit_tape::{Span, Tape};
use fhirkit_view::{Batch, Options, Place, Rows, Scratch, TARGET, View, ViewDefinition};
use serde_json::{Map, Value, json};

type Failure = Box<dyn Error>;
/// A file's name and what its tests came to.
type File = (String, Vec<Outcome>);

const SUITE: &str = "../shared/suites/sql-on-fhir/tests";
const REPORT: &str = "target/conformance/sql-on-fhir.json";

/// Runs the suite, writes the official report (to the first argument, else below `target`), prints totals and failures.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let Some(files) = outcomes(&root)? else {
        return Err(format!("{SUITE} is absent: the suite cannot run").into());
    };
    let target = arguments.first().map_or_else(|| root.join(REPORT), PathBuf::from);
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&target, format!("{:#}\n", report(&files)))?;
    let count: usize = files.iter().map(|(_, outcomes)| outcomes.len()).sum();
    let failed = failures(&files);
    println!("sql-on-fhir: {} of {count} tests pass, report in {}", count - failed.len(), target.display());
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

/// One line for each failing test.
pub(crate) fn failures(files: &[File]) -> Vec<String> {
    let all = files.iter().flat_map(|(file, outcomes)| outcomes.iter().map(move |outcome| (file, outcome)));
    all.filter_map(|(file, o)| o.failure.as_ref().map(|why| format!("{file}: {}: {why}", o.title))).collect()
}

/// The official report: for each file its tests, each with its result.
fn report(files: &[File]) -> Value {
    let result = |outcome: &Outcome| match &outcome.failure {
        None => json!({"name": outcome.title, "result": {"passed": true}}),
        Some(why) => json!({"name": outcome.title, "result": {"passed": false, "reason": why}}),
    };
    let tests = |outcomes: &[Outcome]| json!({"tests": outcomes.iter().map(result).collect::<Vec<_>>()});
    Value::Object(files.iter().map(|(file, outcomes)| (file.clone(), tests(outcomes))).collect())
}

/// What one test came to: its title, and why it failed.
pub(crate) struct Outcome {
    /// Title in the suite.
    pub(crate) title: String,
    /// Why it failed; `None` is passed.
    pub(crate) failure: Option<String>,
}

/// Runs every test: (file name, outcomes), files by name; `None` where the suite is absent. `root` is the repository's.
pub(crate) fn outcomes(root: &Path) -> Result<Option<Vec<File>>, Failure> {
    let folder = root.join(SUITE);
    if !folder.is_dir() {
        return Ok(None);
    }
    let mut files: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    files.retain(|file| file.path().extension().is_some_and(|extension| extension == "json"));
    files.sort_by_key(DirEntry::file_name);
    let run =
        |file: &DirEntry| Ok((file.file_name().to_string_lossy().into_owned(), run_file(&file.path())?));
    files.iter().map(run).collect::<Result<_, Failure>>().map(Some)
}

fn run_file(path: &Path) -> Result<Vec<Outcome>, Failure> {
    let file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let resources = file["resources"].as_array().cloned().unwrap_or_default();
    let tests = file["tests"].as_array().cloned().unwrap_or_default();
    let outcome = |test: &Value| Outcome {
        title: test["title"].as_str().unwrap_or_default().to_owned(),
        failure: check(test, &resources).err(),
    };
    Ok(tests.iter().map(outcome).collect())
}

fn check(test: &Value, resources: &[Value]) -> Result<(), String> {
    let result = rows(&test["view"], resources);
    if test["expectError"] == json!(true) {
        return match result {
            Ok(_) => Err("expected an error".to_owned()),
            Err(_) => Ok(()),
        };
    }
    let (columns, mut found) = result?;
    if let Some(expected) = test["expectColumns"].as_array() {
        let expected: Vec<&str> = expected.iter().filter_map(Value::as_str).collect();
        if columns != expected {
            return Err(format!("expected columns {expected:?}, found {columns:?}"));
        }
    }
    if let Some(count) = test["expectCount"].as_u64() {
        return if found.len() as u64 == count {
            Ok(())
        } else {
            Err(format!("expected {count} rows, found {}", found.len()))
        };
    }
    // The specification leaves the order of rows open.
    let mut expected: Vec<Value> = test["expect"].as_array().cloned().unwrap_or_default();
    expected.iter_mut().for_each(complete(&columns));
    expected.sort_by_key(Value::to_string);
    found.sort_by_key(Value::to_string);
    let equal = expected.len() == found.len() && expected.iter().zip(&found).all(|(a, b)| same(a, b));
    if equal { Ok(()) } else { Err(format!("expected {}, found {}", json!(expected), json!(found))) }
}

/// Rows in the order of the columns, absent members as null.
fn complete(columns: &[String]) -> impl Fn(&mut Value) {
    move |row| {
        let known = columns.iter().map(|name| (name.clone(), row[name].clone()));
        let unknown = row
            .as_object()
            .cloned()
            .unwrap_or_default()
            .into_iter()
            .filter(|(name, _)| !columns.contains(name));
        *row = Value::Object(known.chain(unknown).collect());
    }
}

/// Equal JSON, numbers by value.
fn same(a: &Value, b: &Value) -> bool {
    let decimal = |value: &Value| BigDecimal::from_str(&value.to_string()).ok();
    match (a, b) {
        (Value::Number(_), Value::Number(_)) => decimal(a) == decimal(b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

fn rows(view: &Value, resources: &[Value]) -> Result<(Vec<String>, Vec<Value>), String> {
    let definitions = Definitions::embedded().map_err(|e| e.to_string())?;
    let definition = ViewDefinition::from_json(view.to_string().as_bytes()).map_err(|e| e.to_string())?;
    let view = View::compile(definitions, &definition, Options::default()).map_err(|e| e.to_string())?;
    let mut text = Vec::new();
    let mut spans = Vec::new();
    for resource in resources {
        let start = text.len() as u32;
        text.extend_from_slice(resource.to_string().as_bytes());
        spans.push(Span { start, end: text.len() as u32 });
    }
    let mut tape = Tape::new();
    tape.load(text);
    let roots: Vec<_> = spans
        .into_iter()
        .map(|span| tape.parse(span))
        .collect::<Result<_, _>>()
        .map_err(|e| e.to_string())?;
    let (mut rows, mut scratch) = (Rows::new(), Scratch::new());
    for (entry, root) in (0..).zip(roots) {
        let place = Place { entry, ..Place::default() };
        rows.append(&view, &tape, root, &place, &mut scratch).map_err(|e| e.to_string())?;
    }
    let batch = rows.finish(&view, &tape).map_err(|e| e.to_string())?;
    Ok((view.schema().fields().iter().map(|f| f.name().clone()).collect(), objects(&batch)))
}

/// The rows of a batch as JSON objects.
fn objects(batch: &Batch) -> Vec<Value> {
    let schema = batch.record.schema();
    let row = |row: usize| {
        let cells = schema.fields().iter().zip(batch.record.columns()).map(|(field, array)| {
            let decimal = field.metadata().get(TARGET).is_some_and(|target| target == "decimal");
            (field.name().clone(), cell(array, row, decimal))
        });
        Value::Object(cells.collect::<Map<String, Value>>())
    };
    (0..batch.record.num_rows()).map(row).collect()
}

fn cell(array: &dyn Array, row: usize, decimal: bool) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => json!(array.as_boolean().value(row)),
        DataType::Int32 => json!(array.as_primitive::<Int32Type>().value(row)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            Value::Array((0..items.len()).map(|item| cell(&items, item, decimal)).collect())
        }
        _ => {
            let text = array.as_string::<i32>().value(row);
            if decimal { serde_json::from_str(text).unwrap_or_else(|_| json!(text)) } else { json!(text) }
        }
    }
}
