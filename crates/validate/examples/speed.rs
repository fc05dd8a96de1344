//! How fast the walk is: `speed FILE.ndjson [structure|full] [ROUNDS]` parses all lines once, then checks them again
//! and again on one thread, and prints MB of JSON a second for each of the two.

use std::time::Instant;

use fhirkit_definitions::Definitions;
use fhirkit_tape::{NodeId, Span, Tape};
use fhirkit_validate::{Options, Scratch, Subject, Validator};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let file = arguments.get(1).ok_or("which file?")?;
    let structure_only = arguments.get(2).is_none_or(|mode| mode == "structure");
    let rounds: u32 = arguments.get(3).map_or(Ok(5), |rounds| rounds.parse())?;
    let bytes = std::fs::read(file)?;
    let spans = lines(&bytes)?;
    let megabytes = bytes.len() as f64 / 1e6;
    let mut tape = Tape::new();
    tape.load(bytes);
    let started = Instant::now();
    let roots = spans.iter().map(|span| tape.parse(*span)).collect::<Result<Vec<NodeId>, _>>()?;
    println!("parse     {:8.0} MB/s", megabytes / started.elapsed().as_secs_f64());
    let validator =
        Validator::new(Definitions::embedded()?, Options { structure_only, ..Options::default() });
    let mut scratch = Scratch::new();
    let mut issue_count = 0_u64;
    for round in 0..rounds {
        let started = Instant::now();
        issue_count = 0;
        for root in &roots {
            validator.check(&Subject::alone(tape.node(*root)), &mut scratch, &mut |_| issue_count += 1);
        }
        println!("check {round:3} {:8.0} MB/s", megabytes / started.elapsed().as_secs_f64());
    }
    println!("{} resources, {issue_count} issues", roots.len());
    Ok(())
}

fn lines(bytes: &[u8]) -> Result<Vec<Span>, std::num::TryFromIntError> {
    let mut spans = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.len();
        if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
            spans.push(Span::new(u32::try_from(start)?, u32::try_from(end)?));
        }
        start = end;
    }
    Ok(spans)
}
