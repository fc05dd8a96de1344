//! Parsers side by side: every one reads the same lines in the same process, in turns, and is charged the CPU
//! seconds of its thread. Ratios of one run mean something; absolute figures differ from machine to machine.

use cpu_time::ThreadTime;
use fhirkit_tape::{Span, Tape};

/// The product's bytes a chunk (the default of `source`).
const CHUNK: usize = 1 << 20;

/// A parser under test: one turn parses every line and gives a number that the work cannot be optimised away for.
pub struct Candidate {
    /// Its name in the table.
    pub name: &'static str,
    /// One turn.
    pub turn: Box<dyn FnMut(&[&[u8]]) -> usize>,
}

impl Candidate {
    /// A candidate from its turn.
    pub fn new(name: &'static str, turn: impl FnMut(&[&[u8]]) -> usize + 'static) -> Self {
        Self { name, turn: Box::new(turn) }
    }
}

/// The lines of NDJSON that hold something.
pub fn lines(text: &[u8]) -> Vec<&[u8]> {
    let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
    let mut start = 0;
    let mut lines = Vec::new();
    for end in ends {
        if end > start {
            lines.push(&text[start..end]);
        }
        start = end + 1;
    }
    lines
}

/// The tape as the product uses it: chunks of about 1 MiB, many roots each, buffers and nodes reused.
fn tape(text: &[u8]) -> Candidate {
    let mut chunks: Vec<(Vec<u8>, Vec<Span>)> = Vec::new();
    for line in lines(text) {
        if chunks.last().is_none_or(|(bytes, _)| bytes.len() + line.len() >= CHUNK) {
            chunks.push((Vec::with_capacity(CHUNK), Vec::new()));
        }
        if let Some((bytes, spans)) = chunks.last_mut() {
            let start = bytes.len() as u32;
            bytes.extend_from_slice(line);
            spans.push(Span::new(start, bytes.len() as u32));
            bytes.push(b'\n');
        }
    }
    let mut tape = Tape::new();
    Candidate::new("fhirkit tape", move |_| {
        let mut node_count = 0;
        for (bytes, spans) in &mut chunks {
            tape.load(std::mem::take(bytes));
            for &span in spans.iter() {
                tape.parse(span).expect("the input is JSON");
            }
            node_count += tape.node_count();
            *bytes = tape.take();
        }
        node_count
    })
}

/// The product and its peers. `simd-json` parses in place, so its lines are copied first, as anyone must who keeps
/// the input. sonic-rs is left out: it aborts the process on deep nesting and never sees outside bytes here.
pub fn candidates(text: &[u8]) -> Vec<Candidate> {
    let mut buffers = simd_json::Buffers::new(1 << 16);
    let mut scratch = Vec::new();
    vec![
        tape(text),
        Candidate::new("simd-json tape", move |lines| {
            let mut node_count = 0;
            for line in lines {
                scratch.clear();
                scratch.extend_from_slice(line);
                node_count +=
                    simd_json::to_tape_with_buffers(&mut scratch, &mut buffers).expect("JSON").0.len();
            }
            node_count
        }),
        Candidate::new("jiter JsonValue", |lines| {
            let value = |line: &&[u8]| match jiter::JsonValue::parse(line, false).expect("JSON") {
                jiter::JsonValue::Object(members) => members.len(),
                _ => 0,
            };
            lines.iter().map(value).sum()
        }),
        Candidate::new("serde_json Value", |lines| {
            let value = |line: &&[u8]| {
                let value: serde_json::Value = serde_json::from_slice(line).expect("JSON");
                value.as_object().map_or(0, serde_json::Map::len)
            };
            lines.iter().map(value).sum()
        }),
    ]
}

/// Runs the candidates in turns and prints MB per CPU second (median, best) and how the first one compares.
pub fn run(text: &[u8], mut candidates: Vec<Candidate>, rounds: usize) {
    let lines = lines(text);
    let megabytes = text.len() as f64 / 1e6;
    let mut seconds = vec![Vec::new(); candidates.len()];
    let mut checks = vec![0; candidates.len()];
    for round in 0..=rounds {
        for (index, candidate) in candidates.iter_mut().enumerate() {
            let before = ThreadTime::now();
            checks[index] = (candidate.turn)(&lines);
            if round > 0 {
                seconds[index].push(before.elapsed().as_secs_f64()); // the first round only warms up
            }
        }
    }
    println!("{megabytes:.1} MB, {} lines, {rounds} rounds, CPU seconds of one thread", lines.len());
    println!(
        "{:20} {:>12} {:>12} {:>16} {:>12}",
        "parser", "MB/s median", "MB/s best", "first is × this", "check"
    );
    let median = |of: &mut Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    let first = median(&mut seconds[0]);
    for ((candidate, seconds), check) in candidates.iter().zip(&mut seconds).zip(checks) {
        let (middle, best) = (median(seconds), seconds[0]);
        let (middle_rate, best_rate, ratio) = (megabytes / middle, megabytes / best, middle / first);
        println!("{:20} {middle_rate:12.0} {best_rate:12.0} {ratio:16.2} {check:12}", candidate.name);
    }
}

/// What both binaries do: `parse FILE.ndjson [ROUNDS]`.
pub fn main(more: impl FnOnce() -> Vec<Candidate>) {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: parse FILE.ndjson [ROUNDS]");
        std::process::exit(2);
    };
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(9);
    let text = std::fs::read(&path).expect("the file can be read");
    let mut all = candidates(&text);
    all.extend(more());
    run(&text, all, rounds);
}
