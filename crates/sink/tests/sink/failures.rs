//! Outputs that cannot be written.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use fhirkit_sink::{
    CsvOptions, Error, Format, Kind, Manifest, Options, OutputTree, ParquetOptions, Sink, Table, Target,
    TreeOptions, Writers,
};

use crate::support::{batch, payer_rows, schema};

fn export(format: Format, target: Target, rows: usize) -> Result<(), Error> {
    let tree = OutputTree::create(target, TreeOptions::default())?;
    let sink = Arc::new(Sink::new(format, vec![Table::new("claim", schema())], Options::default())?);
    let mut writers = Writers::new(Arc::clone(&sink), tree)?;
    for rows in payer_rows(rows).chunks(500) {
        writers.push(0, sink.convert(0, batch(rows), Vec::new())?)?;
    }
    let (files, tree) = writers.finish()?;
    tree.commit(&Manifest::new(&sink, files)?)
}

fn formats() -> [Format; 3] {
    [Format::Parquet(ParquetOptions::default()), Format::Csv(CsvOptions::default()), Format::Ndjson]
}

#[test]
fn a_full_disk_is_an_error_of_its_own_kind() {
    let full = PathBuf::from("/dev/full");
    if !full.exists() {
        eprintln!("skipped: this system has no /dev/full");
        return;
    }
    for format in formats() {
        let error = export(format, Target::File(full.clone()), 3_000).unwrap_err();
        assert_eq!(error.kind(), Kind::OutputFull, "{error}");
        assert!(error.hint().is_some());
    }
}

/// A reader that goes away after some bytes, or takes all of them.
#[derive(Clone, Default)]
struct Reader {
    taken: Arc<Mutex<Vec<u8>>>,
    leaves_after: Option<usize>,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = self.taken.lock().unwrap();
        if self.leaves_after.is_some_and(|limit| taken.len() + bytes.len() > limit) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        taken.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_leaves_is_told_apart() {
    for format in formats() {
        let reader = Reader { leaves_after: Some(1_000), ..Reader::default() };
        let error = export(format, Target::Stream(Box::new(reader)), 3_000).unwrap_err();
        assert_eq!(error.kind(), Kind::ClosedPipe, "{error}");
    }
}

#[test]
fn a_stream_carries_the_same_bytes_as_a_file() {
    let place = tempfile::tempdir().unwrap();
    for format in formats() {
        let (reader, path) = (Reader::default(), place.path().join(format.extension()));
        export(format.clone(), Target::Stream(Box::new(reader.clone())), 3_000).unwrap();
        export(format, Target::File(path.clone()), 3_000).unwrap();
        assert!(*reader.taken.lock().unwrap() == std::fs::read(&path).unwrap());
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 3, "nothing else is left beside the files");
}

#[test]
fn one_file_takes_one_table_in_one_piece() {
    let two = vec![Table::new("a", schema()), Table::new("b", schema())];
    let one = || vec![Table::new("a", schema())];
    let cut = Options { max_file_rows: Some(5), ..Options::default() };
    let apart = Options { partition_by: Some("id".to_owned()), ..Options::default() };
    for (tables, options) in [(two, Options::default()), (one(), cut), (one(), apart)] {
        let tree =
            OutputTree::create(Target::Stream(Box::new(Reader::default())), TreeOptions::default()).unwrap();
        let sink = Arc::new(Sink::new(Format::Ndjson, tables, options).unwrap());
        assert_eq!(Writers::new(sink, tree).unwrap_err().kind(), Kind::Usage);
    }
}

#[test]
fn a_job_that_does_not_come_back_is_an_error_not_a_file() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let tree = OutputTree::create(Target::Folder(out.clone()), TreeOptions::default()).unwrap();
    let sink = Arc::new(
        Sink::new(formats()[0].clone(), vec![Table::new("claim", schema())], Options::default()).unwrap(),
    );
    let mut writers = Writers::new(Arc::clone(&sink), tree).unwrap();
    writers.push(0, sink.convert(0, batch(&payer_rows(10)), Vec::new()).unwrap()).unwrap();
    writers.end_rows(u64::MAX).unwrap();
    let jobs = writers.take_jobs();
    assert_eq!(writers.finish().unwrap_err().kind(), Kind::Internal);
    drop(jobs);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}
