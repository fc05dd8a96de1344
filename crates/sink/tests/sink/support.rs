//! Tables, rows and runs for the tests.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use fhirkit_sink::{
    Error, FileEntry, Format, Manifest, Misfit, Options, OutputTree, Sink, Table, Target, TreeOptions,
    Writers,
};

/// One row of the test table, as a view would deliver it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) id: Option<String>,
    pub(crate) amount: Option<String>,
    pub(crate) born: Option<String>,
    pub(crate) start: Option<String>,
    pub(crate) flag: Option<bool>,
    pub(crate) count: Option<i32>,
    pub(crate) offset: Option<i64>,
    pub(crate) names: Option<Vec<Option<String>>>,
    pub(crate) amounts: Option<Vec<Option<String>>>,
    pub(crate) json: Option<String>,
}

/// Columns: 0 id (key), 1 amount (decimal), 2 born (date), 3 start (timestamp), 4 start_date (day of a
/// dateTime), 5 flag, 6 count, 7 offset, 8 names (list), 9 amounts (list of decimals), 10 json.
pub(crate) fn schema() -> SchemaRef {
    let text = |name: &str, target: &str, fhir: &str| {
        let metadata = [("fhirkit:target", target), ("fhir:type", fhir)];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Field::new(name, DataType::Utf8, true).with_metadata(HashMap::from(metadata))
    };
    let list = |name: &str, target: &str| {
        let metadata = HashMap::from([("fhirkit:target".to_owned(), target.to_owned())]);
        Field::new_list(name, Field::new_list_field(DataType::Utf8, true), true).with_metadata(metadata)
    };
    let key = HashMap::from([("fhirkit:key".to_owned(), "true".to_owned())]);
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, true).with_metadata(key),
        text("amount", "decimal", "decimal"),
        text("born", "date", "date"),
        text("start", "timestamp", "dateTime"),
        text("start_date", "date", "dateTime"),
        Field::new("flag", DataType::Boolean, true),
        Field::new("count", DataType::Int32, true),
        Field::new("offset", DataType::Int64, true),
        list("names", "text"),
        list("amounts", "decimal"),
        Field::new("json", DataType::Utf8, true),
    ]))
}

pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let text = |cell: fn(&Row) -> &Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| cell(row).as_deref()).collect::<StringArray>())
    };
    let list = |cell: fn(&Row) -> &Option<Vec<Option<String>>>| -> ArrayRef {
        let mut builder = ListBuilder::new(StringBuilder::new());
        rows.iter().for_each(|row| builder.append_option(cell(row).clone()));
        Arc::new(builder.finish())
    };
    let columns: Vec<ArrayRef> = vec![
        text(|row| &row.id),
        text(|row| &row.amount),
        text(|row| &row.born),
        text(|row| &row.start),
        text(|row| &row.start),
        Arc::new(rows.iter().map(|row| row.flag).collect::<BooleanArray>()),
        Arc::new(rows.iter().map(|row| row.count).collect::<Int32Array>()),
        Arc::new(rows.iter().map(|row| row.offset).collect::<Int64Array>()),
        list(|row| &row.names),
        list(|row| &row.amounts),
        text(|row| &row.json),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

/// Numbers that look random and are the same in each run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

/// Rows like those of a payer: repeated codes, amounts, dates, some null, some that do not fit.
pub(crate) fn payer_rows(count: usize) -> Vec<Row> {
    let mut dice = Dice(7);
    let row = |index: usize| Row {
        id: Some(format!("claim-{index}")),
        amount: (dice.below(9) > 0).then(|| format!("{}.{:02}", dice.below(5000), dice.below(100))),
        born: Some(format!("19{:02}-0{}-1{}", dice.below(100), 1 + dice.below(9), dice.below(10))),
        start: Some(match dice.below(4) {
            0 => "2020-05".to_owned(),
            1 => format!("2020-05-{:02}", 1 + dice.below(28)),
            _ => format!("2021-0{}-03T1{}:00:00.25-05:00", 1 + dice.below(9), dice.below(10)),
        }),
        flag: [None, Some(true), Some(false)][dice.below(3)],
        count: (dice.below(5) > 0).then(|| dice.below(40) as i32 - 3),
        offset: Some(index as i64 * 1733),
        names: (dice.below(3) > 0).then(|| (0..dice.below(4)).map(|name| Some(format!("n{name}"))).collect()),
        amounts: (dice.below(3) > 0).then(|| (0..dice.below(3)).map(|_| Some("1.5".to_owned())).collect()),
        json: (dice.below(20) == 0).then(|| format!("{{\"x\":\"{}\"}}", "y".repeat(dice.below(300)))),
    };
    (0..count).map(row).collect()
}

/// A run: how the rows are cut, and in which order the workers hand groups back.
pub(crate) struct Run {
    pub(crate) format: Format,
    pub(crate) options: Options,
    pub(crate) cuts: Vec<usize>,
    pub(crate) backwards: bool,
    /// Workers hand groups back only every so many pieces.
    pub(crate) lag: usize,
}

impl Run {
    pub(crate) fn new(format: Format) -> Self {
        Self { format, options: Options::default(), cuts: vec![usize::MAX], backwards: false, lag: 1 }
    }

    /// Writes `rows` to the folder `out`; gives its files and the misfits with rows of the table.
    pub(crate) fn write(self, rows: &[Row], out: &Path) -> Result<(Vec<FileEntry>, Vec<Misfit>), Error> {
        let tree = OutputTree::create(
            Target::Folder(out.to_owned()),
            TreeOptions { overwrite: false, sync: false },
        )?;
        let sink = Arc::new(Sink::new(self.format, vec![Table::new("claim", schema())], self.options)?);
        let mut writers = Writers::new(Arc::clone(&sink), tree)?;
        let (mut at, mut pieces, mut all, mut jobs) = (0, 0, Vec::new(), Vec::new());
        let mut cuts = self.cuts.iter().cycle();
        while at < rows.len() {
            let end = at.saturating_add(*cuts.next().unwrap()).min(rows.len());
            let mut piece = sink.convert(0, batch(&rows[at..end]), Vec::new())?;
            for mut misfit in piece.misfits.drain(..) {
                misfit.row += at as u32;
                all.push(misfit);
            }
            writers.push(0, piece)?;
            (at, pieces) = (end, pieces + 1);
            jobs.extend(writers.take_jobs());
            if pieces % self.lag == 0 {
                hand_back(&mut writers, &mut jobs, self.backwards)?;
            }
        }
        writers.end_rows(u64::MAX)?;
        jobs.extend(writers.take_jobs());
        hand_back(&mut writers, &mut jobs, self.backwards)?;
        assert_eq!((writers.waiting_bytes(), writers.encoding_bytes()), (0, 0), "nothing waits at the end");
        let (files, tree) = writers.finish()?;
        tree.commit(&Manifest::new(&sink, files.clone())?)?;
        Ok((files, all))
    }
}

fn hand_back(writers: &mut Writers, jobs: &mut Vec<fhirkit_sink::Job>, backwards: bool) -> Result<(), Error> {
    if backwards {
        jobs.reverse();
    }
    jobs.drain(..).try_for_each(|job| writers.done(job.run()))
}

/// The bytes of every file below a folder, by relative path.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
