//! An export: views run over chunks, rows collected in input order on the caller's thread, row groups encoded beside.

use std::sync::Arc;

use fhirkit_issue::{Issue, rules};
use fhirkit_sink::{Done, Job, OutputTree, Target, TreeOptions, Writers};
use fhirkit_source::{Chunk, discover};

use crate::collector::Collector;
use crate::finish;
use crate::gate::Gate;
use crate::guard;
use crate::held::Held;
use crate::run::{Run, Work};
use crate::side_files::SideFiles;
use crate::tables::Tables;
use crate::worker::{Outcome, Worker};
use crate::{Error, ExportReport, ExportRequest, Limits, Output, Progress};

// The shares of `Limits::memory`, in bytes of values. Resident memory is about half as much again as the values (Arrow's
// growing buffers, encoders, the allocator), and program and definitions take some 40 MiB: see decision 7
// in docs/architecture.md, gated by benches/gates.py.
const SHARE_OF_WAITING: u64 = 8;
/// At the end of the input; one more group may be on its way to the encoders when this is reached.
const SHARE_OF_ENCODING: u64 = 16;
/// Both together: rows wait in their chunks while more than this waits and is encoded.
const SHARE_OF_ROWS: u64 = 7;

/// Exports what `request` asks for. `notice` gets every issue that a person should see, in the order of the input.
///
/// Errors: the tool itself cannot go on (see [`crate::ErrorKind`]); then nothing stands under the final name.
pub fn export(
    request: &ExportRequest,
    progress: &Arc<Progress>,
    notice: &mut dyn FnMut(Issue),
) -> Result<ExportReport, Error> {
    let tables = Arc::new(Tables::compile(request)?);
    let mut inputs = discover(&request.inputs)?;
    inputs.extend(request.stream.clone());
    guard::check(request, &inputs)?;
    progress.set_bytes_total(inputs.iter().map(|input| input.bytes.unwrap_or(0)).sum());
    let wants_held = request.strict && request.output == Output::Stdout;
    let held = wants_held.then(|| Held::new(request.tmp_dir.as_deref())).transpose()?;
    let target = match (&request.output, &held) {
        (Output::Folder(path), _) => Target::Folder(path.clone()),
        (Output::File(path), _) => Target::File(path.clone()),
        (Output::Stdout, Some(held)) => Target::Stream(held.writer()?),
        (Output::Stdout, None) => Target::Stream(Box::new(std::io::stdout())),
    };
    let options = TreeOptions { overwrite: request.overwrite, sync: request.sync };
    let mut tree = OutputTree::create(target, options)?;
    if let Some(path) = &request.rejects {
        tree.clear_outside(path)?;
    }
    for leftover in tree.leftovers() {
        notice(Issue::new(&rules::IO_LEFTOVER, leftover.to_string()));
    }
    let mut writers = Writers::new(Arc::clone(tables.sink()), tree)?;
    let side = SideFiles::new(request.rejects.clone(), writers.tree())?;
    let gate = request.gate.clone();
    let work = Export { tables: Arc::clone(&tables), gate, max_depth: request.limits.max_depth };
    let mut run = Run::start(work, &request.limits, progress, inputs)?;
    let again = request.gate.as_ref().map(|gate| (gate, request.limits.max_depth));
    let mut collector = Collector::new(&tables, side, again, notice);
    collect(&mut run, &request.limits, progress, &mut collector, &mut writers)?;
    drop(run);
    let report = finish::finish(request, &tables, collector, writers, held.is_some())?;
    match held {
        Some(held) if !report.withheld => held.release(&mut std::io::stdout())?,
        _ => {}
    }
    Ok(report)
}

/// An export as work on chunks; row groups are encoded on the same threads.
struct Export {
    tables: Arc<Tables>,
    gate: Option<Gate>,
    max_depth: usize,
}

impl Work for Export {
    type Worker = Worker;
    type Outcome = Outcome;
    type Extra = Done;

    fn worker(&self) -> Worker {
        Worker::new(&self.tables, self.max_depth)
    }

    fn work(&self, worker: &mut Worker, chunk: Chunk) -> Result<Outcome, Error> {
        worker.work(chunk, &self.tables, self.gate.as_ref())
    }
}

/// Takes everything in order until the input and the encoders are done.
fn collect(
    run: &mut Run<Export>,
    limits: &Limits,
    progress: &Progress,
    collector: &mut Collector<'_>,
    writers: &mut Writers,
) -> Result<(), Error> {
    let waiting_limit = limits.memory / SHARE_OF_WAITING;
    let encoding_limit = limits.memory / SHARE_OF_ENCODING;
    let rows_limit = limits.memory / SHARE_OF_ROWS;
    let mut encoding = 0usize;
    let mut rows_ended = false;
    loop {
        if let Some(done) = run.wait()? {
            encoding -= 1;
            writers.done(done)?;
        }
        // Groups in encoding delay the collector, but where a group ends depends on the rows alone.
        while writers.encoding_bytes() == 0
            || writers.waiting_bytes() + writers.encoding_bytes() <= rows_limit
        {
            let Some((outcome, ticket)) = run.next() else { break };
            let (consumed, resources) = (outcome.consumed, outcome.r4 + outcome.not_r4);
            let rows = outcome.pieces.iter().map(|(_, piece)| piece.rows).sum();
            let buffer = collector.take(outcome, writers)?;
            progress.add(consumed, resources, rows);
            run.done(ticket, buffer);
            while writers.waiting_bytes() > waiting_limit && writers.close_largest_group()? {}
            encoding += encode(run, writers.take_jobs());
        }
        if run.is_read() && !rows_ended {
            // The last row group of every table needs the room.
            run.rest().into_iter().for_each(|mut worker| collector.checked(worker.take_checked()));
            // The last groups of many tables, encoded all at once, would be the peak of the run.
            rows_ended = writers.end_rows(encoding_limit)?;
            encoding += encode(run, writers.take_jobs());
        }
        if rows_ended && encoding == 0 {
            return Ok(());
        }
    }
}

/// Has the workers encode these groups. Returns how many.
fn encode(run: &Run<Export>, jobs: Vec<Job>) -> usize {
    let count = jobs.len();
    for job in jobs {
        run.spawn("a row group could not be encoded; please report this input", || job.run());
    }
    count
}
