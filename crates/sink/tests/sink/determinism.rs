//! The bytes depend on the rows alone.

use fhirkit_sink::{CsvOptions, Format, Options, ParquetOptions};

use crate::support::{Dice, Run, contents, payer_rows};

fn runs(format: &Format, options: &Options) {
    let rows = payer_rows(30_000);
    let place = tempfile::tempdir().unwrap();
    let mut first = None;
    let mut dice = Dice(3);
    let ragged: Vec<usize> = (0..50).map(|_| 1 + dice.below(700)).collect();
    let cuttings = [vec![usize::MAX], vec![8192], vec![1000], ragged, vec![9_001, 3, 20_000]];
    for (index, cuts) in cuttings.into_iter().enumerate() {
        let out = place.path().join(index.to_string());
        let run = Run {
            cuts,
            backwards: index % 2 == 1,
            lag: 1 + index,
            options: options.clone(),
            ..Run::new(format.clone())
        };
        run.write(&rows, &out).unwrap();
        let written = contents(&out);
        match &first {
            None => first = Some(written),
            Some(first) => {
                assert!(first.keys().eq(written.keys()), "the same files");
                for (path, bytes) in &written {
                    assert!(first[path] == *bytes, "{} differs in cutting {index}", path.display());
                }
            }
        }
    }
}

fn parquet() -> Format {
    Format::Parquet(ParquetOptions { row_group_rows: 9_000, ..ParquetOptions::default() })
}

#[test]
fn cutting_and_order_of_workers_change_no_byte_of_parquet() {
    runs(&parquet(), &Options::default());
}

#[test]
fn cutting_changes_no_byte_of_several_files() {
    runs(&parquet(), &Options { max_file_rows: Some(7_000), ..Options::default() });
    runs(&Format::Csv(CsvOptions::default()), &Options { max_file_rows: Some(7_000), ..Options::default() });
}

#[test]
fn cutting_changes_no_byte_of_partitions() {
    let options = Options { partition_by: Some("count".to_owned()), ..Options::default() };
    runs(&parquet(), &options);
    runs(&Format::Ndjson, &options);
}

#[test]
fn a_group_ends_at_the_row_that_fills_its_bytes_wherever_batches_end() {
    let mut rows = payer_rows(3_000);
    for (index, row) in rows.iter_mut().enumerate() {
        row.json = Some("z".repeat(20_000 + index % 7_000));
    }
    let place = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for (name, cuts) in [("a", vec![3_000]), ("b", vec![700, 11, 1])] {
        let out = place.path().join(name);
        Run { cuts, ..Run::new(Format::Parquet(ParquetOptions::default())) }.write(&rows, &out).unwrap();
        all.push(contents(&out));
    }
    assert!(all[0] == all[1]);
    let file = std::fs::File::open(place.path().join("a/claim/part-00000.parquet")).unwrap();
    let reader = parquet::file::serialized_reader::SerializedFileReader::new(file).unwrap();
    let groups = parquet::file::reader::FileReader::metadata(&reader).num_row_groups();
    assert!(groups > 1, "{groups} group for 70 MB of values");
}
