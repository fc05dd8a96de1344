//! What is in FHIR files: types, profiles, references, claims. The work behind `fhirkit summary`.
//!
//! One pass; chunks are counted by several threads in any order, because counts add up in any order. What is held is
//! the chunks in flight (a quarter of the memory asked for) and a hash for each entry and each distinct reference.

mod counts;
mod flight;
mod references;
mod result;
mod worker;

use std::sync::Arc;

use fhirkit_definitions::Definitions;
use fhirkit_issue::{Issue, Severity, from_source, rules};
use fhirkit_source::{Event, Input, Options, Reader, discover};

pub use result::{Adjudications, ClaimSummary, ReferenceSummary, Summary};

use crate::{Error, Progress};
use flight::Flight;
use worker::{Rejects, Tally, Worker};

/// What to look at, and with how much.
#[derive(Debug, Clone)]
pub struct SummaryRequest {
    /// Files, folders, globs, or `-`.
    pub inputs: Vec<String>,
    /// Worker threads; `None` is one a core.
    pub threads: Option<usize>,
    /// Bytes that the process may reach; a quarter is for chunks in flight.
    pub memory: u64,
    /// Bytes of the largest entry to read.
    pub max_entry: u64,
}

/// Counts what the inputs hold; `progress` tells other threads how far it is, and may cancel.
///
/// # Errors
/// When an input that was named does not exist, or the run is cancelled. Bad data is counted and never an error.
pub fn summarize(request: &SummaryRequest, progress: &Progress) -> Result<Summary, Error> {
    let definitions = Definitions::embedded()?;
    let inputs = discover(&request.inputs)?;
    progress.set_bytes_total(inputs.iter().map(|input| input.bytes.unwrap_or(0)).sum());
    let threads = request
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get));
    let flight = Flight::new(request.memory / 4);
    let input_count = inputs.len() as u64;
    let outcome = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| scope.spawn(|| Worker::new(definitions.types()).run(&flight, progress)))
            .collect();
        let seen = read_all(request, inputs, &flight, progress);
        flight.close();
        let mut tally = Tally::default();
        for worker in workers {
            match worker.join() {
                Ok(counted) => tally.merge(counted),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        seen.map(|seen| (seen, tally))
    });
    let (mut seen, mut tally) = outcome?;
    tally.rejects.merge(std::mem::take(&mut seen.rejects));
    for (number, page) in (0..).zip(tally.pages.missing()) {
        // Behind all that has a place. Sorted, as threads count in any order.
        seen.incomplete = true;
        let issue = || Issue::new(&rules::IO_PARTIAL, page.reason).in_file(page.file);
        tally.rejects.note((u64::MAX, number), issue);
    }
    Ok(Summary::new(input_count, seen, tally))
}

/// What the reading side saw.
#[derive(Default)]
struct Seen {
    bytes: u64,
    incomplete: bool,
    /// Inputs that are empty or not FHIR at all.
    unreadable: u64,
    rejects: Rejects,
    /// Errors of files that cost no entry.
    faults: u64,
}

fn read_all(
    request: &SummaryRequest,
    inputs: Vec<Input>,
    flight: &Flight,
    progress: &Progress,
) -> Result<Seen, Error> {
    let options = Options { max_entry: request.max_entry, ..Options::default() };
    let mut reader = Reader::open(inputs, options);
    let mut seen = Seen::default();
    while let Some(mut chunk) = reader.next_chunk(flight.buffer())? {
        if progress.is_cancelled() {
            return Err(Error::interrupted());
        }
        for reject in chunk.rejects.drain(..) {
            seen.incomplete |= reject.incomplete;
            seen.rejects.add((chunk.sequence, reject.byte), || from_source::reject(&reject));
        }
        for event in std::mem::take(&mut chunk.events) {
            let place = (chunk.sequence, 0);
            match event {
                Event::NotFhir { what, begins } => {
                    seen.unreadable += 1;
                    seen.rejects.note(place, || from_source::not_fhir(&chunk.input.name, what, &begins));
                }
                Event::Empty => {
                    seen.unreadable += 1;
                    seen.rejects.note(place, || from_source::empty(&chunk.input.name));
                }
                Event::Warning { rule, message, byte, line } => {
                    let issue = fault(&chunk.input.name, rule, message, byte, line);
                    seen.faults += u64::from(issue.severity.reaches(Severity::Error));
                    seen.rejects.note((chunk.sequence, byte), || issue);
                }
                Event::InputEnd { bytes, incomplete, .. } => {
                    seen.bytes += bytes;
                    seen.incomplete |= incomplete;
                }
                // For the workers, which parse them.
                event @ (Event::WithoutResource { .. } | Event::Envelope { .. }) => chunk.events.push(event),
                _ => {}
            }
        }
        flight.send(chunk);
    }
    Ok(seen)
}

fn fault(input: &Arc<str>, rule: &'static str, message: String, byte: u64, line: u64) -> Issue {
    let mut issue = from_source::by_rule(rule, message).in_file(Arc::clone(input)).at_byte(byte);
    issue.line = Some(line);
    issue
}

#[cfg(test)]
mod tests;
