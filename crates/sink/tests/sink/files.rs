//! Which files a table becomes.

use std::sync::Arc;

use fhirkit_sink::{
    CsvOptions, Format, Kind, Manifest, Options, OutputTree, ParquetOptions, Sink, Table, Target,
    TreeOptions, Writers,
};

use crate::support::{Row, Run, batch, contents, payer_rows, schema};

fn names(out: &std::path::Path) -> Vec<String> {
    contents(out).keys().map(|path| path.to_string_lossy().into_owned()).collect()
}

#[test]
fn a_table_is_cut_into_files_of_at_most_so_many_rows() {
    let place = tempfile::tempdir().unwrap();
    for format in [Format::Parquet(ParquetOptions::default()), Format::Ndjson] {
        let out = place.path().join(format.extension());
        let options = Options { max_file_rows: Some(40), ..Options::default() };
        let run = Run { options, cuts: vec![33], ..Run::new(format.clone()) };
        let (files, _) = run.write(&payer_rows(100), &out).unwrap();
        let rows: Vec<_> = files.iter().map(|file| file.rows.unwrap()).collect();
        assert_eq!(rows, [40, 40, 20]);
        assert_eq!(files[2].path, format!("claim/part-00002.{}", format.extension()));
    }
}

#[test]
fn a_65th_partition_closes_the_one_written_longest_ago_which_goes_on_in_a_further_part() {
    let mut rows: Vec<Row> = (0..65).map(|id| Row { count: Some(id), ..Row::default() }).collect();
    rows.push(Row { count: Some(1), ..Row::default() });
    rows.push(Row { count: Some(0), ..Row::default() });
    rows.push(Row::default());
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let options = Options { partition_by: Some("count".to_owned()), ..Options::default() };
    let run = Run { options, cuts: vec![1], ..Run::new(Format::Csv(CsvOptions::default())) };
    run.write(&rows, &out).unwrap();
    let names = names(&out);
    // 64 came and closed 0; 1 was still open; 0 came back and closed 2; null closed 3.
    let parts = |value: &str| names.iter().filter(|name| name.contains(&format!("part={value}/"))).count();
    assert_eq!((parts("0"), parts("1"), parts("2"), parts("__HIVE_DEFAULT_PARTITION__")), (2, 1, 1, 1));
    assert!(names.contains(&"claim/part=0/part-00001.csv".to_owned()));
}

#[test]
fn a_value_that_does_not_fit_its_type_is_in_the_partition_of_null() {
    let place = tempfile::tempdir().unwrap();
    let rows: Vec<Row> =
        ["2020-01-01", "2020-01"].map(|born| Row { born: Some(born.to_owned()), ..Row::default() }).into();
    for format in [Format::Parquet(ParquetOptions::default()), Format::Ndjson] {
        let out = place.path().join(format.extension());
        let options = Options { partition_by: Some("born".to_owned()), ..Options::default() };
        let extension = format.extension();
        Run { options, ..Run::new(format) }.write(&rows, &out).unwrap();
        let names = names(&out);
        assert_eq!(names.len(), 3);
        assert!(names.contains(&format!("claim/part=2020-01-01/part-00000.{extension}")));
        assert!(names.contains(&format!("claim/part=__HIVE_DEFAULT_PARTITION__/part-00000.{extension}")));
    }
}

#[test]
fn an_empty_table_has_a_file_only_when_asked_for_by_name() {
    let place = tempfile::tempdir().unwrap();
    for (format, empty) in [
        (Format::Parquet(ParquetOptions::default()), None),
        (
            Format::Csv(CsvOptions { bom: true, ..CsvOptions::default() }),
            Some("\u{feff}id,amount,born,start,start_date,flag,count,offset,names,amounts,json\r\n"),
        ),
        (Format::Ndjson, Some("")),
    ] {
        let out = place.path().join(format.extension());
        let tree = OutputTree::create(Target::Folder(out.clone()), TreeOptions::default()).unwrap();
        let asked = Table { always: true, ..Table::new("asked", schema()) };
        let sink = Arc::new(
            Sink::new(format, vec![asked, Table::new("other", schema())], Options::default()).unwrap(),
        );
        let (files, tree) = Writers::new(Arc::clone(&sink), tree).unwrap().finish().unwrap();
        assert_eq!((files.len(), files[0].rows), (1, Some(0)));
        let manifest = Manifest::new(&sink, files.clone()).unwrap();
        tree.commit(&manifest).unwrap();
        if let Some(empty) = empty {
            assert_eq!(std::fs::read_to_string(out.join(&files[0].path)).unwrap(), empty);
        }
        let tables = &manifest.to_json()["tables"];
        assert_eq!((tables[1]["name"].as_str(), tables[1]["rows"].as_u64()), (Some("other"), Some(0)));
    }
}

#[test]
fn memory_is_told_by_rows_and_the_largest_group_can_be_closed() {
    let place = tempfile::tempdir().unwrap();
    let tree = OutputTree::create(Target::Folder(place.path().join("out")), TreeOptions::default()).unwrap();
    let tables = vec![Table::new("small", schema()), Table::new("large", schema())];
    let sink =
        Arc::new(Sink::new(Format::Parquet(ParquetOptions::default()), tables, Options::default()).unwrap());
    let mut writers = Writers::new(Arc::clone(&sink), tree).unwrap();
    let rows = payer_rows(300);
    for (table, rows) in [(0, &rows[..100]), (1, &rows[..])] {
        let piece = sink.convert(table, batch(rows), Vec::new()).unwrap();
        let before = writers.waiting_bytes();
        let bytes = piece.bytes;
        writers.push(table, piece).unwrap();
        assert_eq!(writers.waiting_bytes(), before + bytes);
    }
    let waiting = writers.waiting_bytes();
    assert!(writers.close_largest_group().unwrap());
    let jobs = writers.take_jobs();
    assert_eq!(jobs.len(), 1);
    assert_eq!(writers.waiting_bytes() + writers.encoding_bytes(), waiting);
    assert_eq!(writers.encoding_bytes(), jobs[0].bytes());
    assert!(jobs[0].bytes() > waiting / 2, "the larger one");
    jobs.into_iter().for_each(|job| writers.done(job.run()).unwrap());
    assert!(writers.close_largest_group().unwrap() && !writers.close_largest_group().unwrap());
    let (files, _) = writers.finish().unwrap();
    assert_eq!(
        files.iter().map(|file| (file.path.as_str(), file.rows)).collect::<Vec<_>>(),
        [("large/part-00000.parquet", Some(300)), ("small/part-00000.parquet", Some(100))]
    );
}

#[test]
fn options_that_cannot_be_meant_are_refused() {
    let sink = |tables: Vec<Table>, options: Options| {
        Sink::new(Format::Ndjson, tables, options).map(|_| ()).unwrap_err()
    };
    let one = || vec![Table::new("claim", schema())];
    let by = |column: &str| Options { partition_by: Some(column.to_owned()), ..Options::default() };
    assert_eq!(sink(one(), by("nowhere")).kind(), Kind::Usage);
    assert_eq!(sink(one(), by("names")).kind(), Kind::Usage);
    assert_eq!(sink(one(), Options { max_file_rows: Some(0), ..Options::default() }).kind(), Kind::Usage);
    assert_eq!(sink([one(), one()].concat(), Options::default()).kind(), Kind::Usage);
    for name in ["../claim", "_claim", "", ".claim", "a/b"] {
        assert_eq!(sink(vec![Table::new(name, schema())], Options::default()).kind(), Kind::Usage);
    }
}
