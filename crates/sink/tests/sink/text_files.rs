//! CSV and NDJSON, to the byte.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use fhirkit_sink::{
    CsvOptions, Format, Manifest, Misfit, Options, OutputTree, Reason, Sink, Table, Target, TreeOptions,
    Writers,
};

use crate::support::{Row, Run};

fn misfit(row: u32, column: u32, reason: Reason, text: &str) -> Misfit {
    Misfit { row, column, reason, text: text.to_owned(), expected: "an integer" }
}

/// A table of an integer and a text, with misfits found by the view.
fn small(format: Format) -> String {
    let schema = Arc::new(Schema::new(vec![
        Field::new("n", DataType::Int32, true),
        Field::new("t", DataType::Utf8, true),
    ]));
    let columns: [ArrayRef; 2] = [
        Arc::new(Int32Array::from(vec![Some(1), None, None, None])),
        Arc::new(StringArray::from(vec![Some("a"), Some(""), None, None])),
    ];
    let record = RecordBatch::try_new(schema.clone(), columns.to_vec()).unwrap();
    let misfits = vec![
        misfit(3, 1, Reason::Unfit, "true"),
        misfit(1, 0, Reason::Unfit, "50"),
        misfit(2, 0, Reason::Ambiguous, "1, 2"),
    ];
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("one");
    let tree = OutputTree::create(Target::File(path.clone()), TreeOptions::default()).unwrap();
    let sink = Arc::new(Sink::new(format, vec![Table::new("t", schema)], Options::default()).unwrap());
    let mut writers = Writers::new(Arc::clone(&sink), tree).unwrap();
    let piece = sink.convert(0, record, misfits).unwrap();
    let places: Vec<_> = piece.misfits.iter().map(|misfit| (misfit.row, misfit.column)).collect();
    assert_eq!(places, [(1, 0), (2, 0), (3, 1)]);
    writers.push(0, piece).unwrap();
    let (files, tree) = writers.finish().unwrap();
    tree.commit(&Manifest::new(&sink, files).unwrap()).unwrap();
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn csv_tells_null_from_empty_and_shows_what_does_not_fit() {
    assert_eq!(small(Format::Csv(CsvOptions::default())), "n,t\r\n1,a\r\n50,\"\"\r\n,\r\n,true\r\n");
    let null = CsvOptions { null_string: "NULL".to_owned(), bom: true, guard: false };
    assert_eq!(small(Format::Csv(null)), "\u{feff}n,t\r\n1,a\r\n50,\"\"\r\nNULL,NULL\r\nNULL,true\r\n");
}

#[test]
fn ndjson_has_every_column_in_every_line_and_misfits_as_strings() {
    assert_eq!(
        small(Format::Ndjson),
        "{\"n\":1,\"t\":\"a\"}\n{\"n\":\"50\",\"t\":\"\"}\n{\"n\":null,\"t\":null}\n{\"n\":null,\"t\":\"true\"}\n"
    );
}

#[test]
fn digits_stay_as_written() {
    let rows: Vec<Row> = ["1.10", "100.00", "176.35499866729558", "0.1234567890123456789", "1.2E+2"]
        .map(|amount| Row {
            amount: Some(amount.to_owned()),
            amounts: Some(vec![Some(amount.to_owned()), None]),
            ..Row::default()
        })
        .into();
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    Run::new(Format::Ndjson).write(&rows, &out).unwrap();
    let text = std::fs::read_to_string(out.join("claim/part-00000.ndjson")).unwrap();
    for (line, row) in text.lines().zip(&rows) {
        let amount = row.amount.as_deref().unwrap();
        assert!(line.contains(&format!("\"amount\":{amount},")), "{line}");
        assert!(line.contains(&format!("\"amounts\":[{amount},null],")), "{line}");
    }
}

#[test]
fn a_partial_date_is_a_misfit_even_beside_its_text() {
    let date = |name: &str, fhir: &str, target: &str| {
        let metadata = [("fhirkit:target", target), ("fhir:type", fhir)];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Field::new(name, DataType::Utf8, true).with_metadata(HashMap::from(metadata))
    };
    let schema = Arc::new(Schema::new(vec![
        date("start", "dateTime", "timestamp"),
        date("start_date", "dateTime", "date"),
        date("start_text", "dateTime", "text"),
        date("alone", "date", "date"),
    ]));
    let column: ArrayRef = Arc::new(StringArray::from(vec!["2020-05", "2020-05-01", "rubbish"]));
    let record =
        RecordBatch::try_new(schema.clone(), vec![column.clone(), column.clone(), column.clone(), column])
            .unwrap();
    let table = Table::new("t", schema);
    let sink = Sink::new(Format::Ndjson, vec![table], Options::default()).unwrap();
    let piece = sink.convert(0, record, Vec::new()).unwrap();
    let places: Vec<_> = piece.misfits.iter().map(|misfit| (misfit.row, misfit.column)).collect();
    assert_eq!(places, [(0, 0), (0, 1), (0, 3), (1, 0), (2, 0), (2, 1), (2, 3)]);
}
