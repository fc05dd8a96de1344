//! CSV, NDJSON and Parquet hold the same cells once the misfits are merged back.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::str::FromStr;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use fhirkit_sink::{CsvOptions, Format, Misfit, ParquetOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Row, Run};

/// A text that no generated cell is: null in these CSV files.
const NULL: &str = "<null>";

/// The cell in words that are equal when the values are.
type Cells = BTreeMap<(usize, usize), String>;

fn amount(text: &str) -> String {
    BigDecimal::from_str(text).unwrap().normalized().to_plain_string()
}

fn moment(text: &str) -> String {
    // Cut, also before 1970, where jiff's own microseconds go towards 1970.
    text.parse::<jiff::Timestamp>().unwrap().as_nanosecond().div_euclid(1000).to_string()
}

/// The words for a text in a column, when it is not a misfit.
fn fitting(column: usize, text: &str) -> String {
    match column {
        1 => amount(text),
        3 => moment(text),
        9 => {
            let items: Vec<Option<serde_json::Number>> = serde_json::from_str(text).unwrap();
            format!(
                "{:?}",
                items
                    .iter()
                    .map(|item| item.as_ref().map(|item| amount(&item.to_string())))
                    .collect::<Vec<_>>()
            )
        }
        8 => format!("{:?}", serde_json::from_str::<Vec<Option<String>>>(text).unwrap()),
        _ => text.to_owned(),
    }
}

fn csv_cells(path: &Path, misfits: &BTreeMap<(usize, usize), String>) -> Cells {
    let mut cells = Cells::new();
    let mut reader = csv::Reader::from_path(path).unwrap();
    for (row, record) in reader.records().enumerate() {
        for (column, text) in record.unwrap().iter().enumerate() {
            if misfits.contains_key(&(row, column)) {
                cells.insert((row, column), text.to_owned());
            } else if text != NULL {
                cells.insert((row, column), fitting(column, text));
            }
        }
    }
    cells
}

fn ndjson_cells(path: &Path, misfits: &BTreeMap<(usize, usize), String>) -> Cells {
    let mut cells = Cells::new();
    for (row, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
        for (column, raw) in raw_values(line).into_iter().enumerate() {
            let text = match serde_json::from_str::<Value>(raw) {
                Ok(Value::Null) => continue,
                Ok(Value::String(text)) => text,
                _ => raw.to_owned(),
            };
            let is_misfit = misfits.contains_key(&(row, column));
            cells.insert((row, column), if is_misfit { text } else { fitting(column, &text) });
        }
    }
    cells
}

/// The values of a flat object's members, in order, as they stand there: serde_json's own numbers
/// would lose digits.
fn raw_values(line: &str) -> Vec<&str> {
    let inner = line.strip_prefix('{').and_then(|line| line.strip_suffix('}')).unwrap();
    let (mut values, mut depth, mut in_string, mut escaped, mut from) = (Vec::new(), 0, false, false, 0);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' => depth += 1,
            b']' => depth -= 1,
            b':' if depth == 0 => from = at + 1,
            b',' if depth == 0 => values.push(&inner[from..at]),
            _ => {}
        }
    }
    values.push(&inner[from..]);
    values
}

fn scaled(value: i128) -> String {
    BigDecimal::new(BigInt::from(value), 18).normalized().to_plain_string()
}

fn parquet_cells(path: &Path) -> Cells {
    let mut cells = Cells::new();
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let mut first = 0;
    for batch in reader.map(Result::unwrap) {
        for (column, array) in batch.columns().iter().enumerate() {
            for row in (0..array.len()).filter(|row| array.is_valid(*row)) {
                cells.insert((first + row, column), typed_cell(array, row));
            }
        }
        first += batch.num_rows();
    }
    cells
}

fn typed_cell(array: &ArrayRef, row: usize) -> String {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Decimal128(..) => scaled(array.as_primitive::<Decimal128Type>().value(row)),
        DataType::Timestamp(..) => array.as_primitive::<TimestampMicrosecondType>().value(row).to_string(),
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            let day = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            day.to_string()
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            let item = |row: usize| items.is_valid(row).then(|| typed_cell(&items, row));
            format!("{:?}", (0..items.len()).map(item).collect::<Vec<_>>())
        }
        other => panic!("{other}"),
    }
}

fn some<T: std::fmt::Debug + Clone>(strategy: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::of(strategy)
}

fn amounts() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,5})?",
        Just("1E-245".to_owned()),
        Just("1e400".to_owned()),
        Just("1.50e2".to_owned()),
        Just("0.1234567890123456789".to_owned()),
    ]
}

fn dates() -> impl Strategy<Value = String> {
    prop_oneof![
        "(19|20)[0-9]{2}-0[1-9]-[12][0-9]",
        "[12][0-9]{3}(-0[1-9])?",
        "0[1-9]/[12][0-9]/1944",
        "[a-z,\"']{0,4}"
    ]
}

fn moments() -> impl Strategy<Value = String> {
    prop_oneof![
        "(19|20)[0-9]{2}-0[1-9]-[12][0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]0[0-9]:30)",
        "(19|20)[0-9]{2}-0[1-9]-[12][0-9](T10:00:00)?",
        dates()
    ]
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z,;\"'\r\n\t =+@é🩺-]{0,12}", "\\PC{0,8}", Just(String::new())]
}

prop_compose! {
    fn row()(id in some(words()), amount in some(amounts()), born in some(dates()), start in some(moments()),
             flag in some(any::<bool>()), count in some(any::<i32>()), offset in some(any::<i64>()),
             names in some(proptest::collection::vec(some(words()), 0..3)),
             amounts in some(proptest::collection::vec(some(amounts()), 0..3)), json in some(words())) -> Row {
        Row { id, amount, born, start, flag, count, offset, names, amounts, json }
    }
}

fn by_place(misfits: &[Misfit]) -> BTreeMap<(usize, usize), String> {
    misfits
        .iter()
        .map(|misfit| ((misfit.row as usize, misfit.column as usize), misfit.text.clone()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn all_formats_hold_the_same_cells(rows in proptest::collection::vec(row(), 1..12), cut in 1usize..12) {
        let place = tempfile::tempdir().unwrap();
        let write = |format: Format| {
            let out = place.path().join(format.extension());
            let path = out.join(format!("claim/part-00000.{}", format.extension()));
            let (_, misfits) = Run { cuts: vec![cut], ..Run::new(format) }.write(&rows, &out).unwrap();
            (path, misfits)
        };
        let (parquet, misfits) = write(Format::Parquet(ParquetOptions::default()));
        let (csv, same) = write(Format::Csv(CsvOptions { null_string: NULL.to_owned(), ..CsvOptions::default() }));
        prop_assert_eq!(&misfits, &same);
        let (ndjson, same) = write(Format::Ndjson);
        prop_assert_eq!(&misfits, &same);
        let misfits = by_place(&misfits);
        let mut merged = parquet_cells(&parquet);
        for (place, text) in &misfits {
            prop_assert!(merged.insert(*place, text.clone()).is_none(), "a misfit is null in Parquet");
        }
        prop_assert_eq!(&merged, &csv_cells(&csv, &misfits));
        prop_assert_eq!(&merged, &ndjson_cells(&ndjson, &misfits));
    }
}
