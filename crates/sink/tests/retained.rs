//! What an open file keeps in memory of the row groups that are in it already.
//!
//! Alone in its file, because the allocations of a test beside it would be counted too.

use std::alloc::System;
use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use fhirkit_sink::{Format, Options, OutputTree, ParquetOptions, Sink, Table, Target, TreeOptions, Writers};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROWS: usize = 8192;

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Its values lie in one buffer of 128 KiB for each group; the footer needs the least and the greatest of them.
#[test]
fn a_written_row_group_leaves_little_behind() {
    let place = tempfile::tempdir().unwrap();
    let metadata = [("fhirkit:target", "decimal"), ("fhir:type", "decimal")];
    let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let field = Field::new("amount", DataType::Utf8, true).with_metadata(HashMap::from(metadata));
    let schema = Arc::new(Schema::new(vec![field]));
    let options = TreeOptions { overwrite: false, sync: false };
    let tree = OutputTree::create(Target::Folder(place.path().join("out")), options).unwrap();
    let format = Format::Parquet(ParquetOptions { row_group_rows: ROWS, ..ParquetOptions::default() });
    let tables = vec![Table::new("claim", Arc::clone(&schema))];
    let sink = Arc::new(Sink::new(format, tables, Options::default()).unwrap());
    let mut writers = Writers::new(Arc::clone(&sink), tree).unwrap();
    let amounts: StringArray = (0..ROWS).map(|row| Some(format!("{row}.25"))).collect();
    let batch = RecordBatch::try_new(schema, vec![Arc::new(amounts) as ArrayRef]).unwrap();
    let mut write = |groups: usize| {
        for _ in 0..groups {
            writers.push(0, sink.convert(0, batch.clone(), Vec::new()).unwrap()).unwrap();
            for job in writers.take_jobs() {
                writers.done(job.run()).unwrap();
            }
        }
        live()
    };
    let (few, many) = (write(8), write(32));
    let each = (many - few) / 32;
    assert!(each < 4096, "each of the row groups written keeps {each} bytes");
}
