//! Reads bytes through the whole reader and notes what came out.

use std::io::{self, Read};

use fhirkit_source::{Chunk, Event, Found, Options, Reader, Reject, expand};
use fhirkit_tape::Tape;

/// Gives bytes in pieces of the given sizes, over and over.
pub(crate) struct Pieces {
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: usize,
    pub(crate) sizes: Vec<usize>,
    pub(crate) turn: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes.get(self.turn % self.sizes.len().max(1)).copied().unwrap_or(usize::MAX);
        self.turn += 1;
        let rest = &self.bytes[self.at..];
        let count = rest.len().min(buffer.len()).min(size.max(1));
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

/// One resource: its text, byte, line, index, path and fullUrl.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read1 {
    pub(crate) text: String,
    pub(crate) byte: u64,
    pub(crate) line: Option<u64>,
    pub(crate) index: Option<u32>,
    pub(crate) path: Option<String>,
    pub(crate) full_url: Option<String>,
    pub(crate) bundle: Option<u64>,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) documents: Vec<Read1>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) events: Vec<Event>,
    /// Entries that the parser refused: rule, byte.
    pub(crate) unparsed: Vec<(u64, String)>,
    /// base, length of every chunk.
    pub(crate) chunks: Vec<(u64, usize)>,
    /// Byte ranges that are entries (as cut) or rejects.
    pub(crate) covered: Vec<(u64, u64)>,
    pub(crate) nested_envelopes: usize,
}

impl Outcome {
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.documents.iter().map(|document| document.text.as_str()).collect()
    }

    pub(crate) fn rules(&self) -> Vec<&str> {
        self.rejects.iter().map(|reject| &*reject.rule).collect()
    }

    pub(crate) fn envelopes(&self) -> Vec<serde_json::Value> {
        let envelope = |event: &Event| match event {
            Event::Envelope { bytes, .. } => Some(serde_json::from_slice(bytes).unwrap()),
            _ => None,
        };
        self.events.iter().filter_map(envelope).collect()
    }
}

pub(crate) fn read(bytes: &[u8]) -> Outcome {
    read_with(bytes, &[], &Options::default())
}

pub(crate) fn read_with(bytes: &[u8], sizes: &[usize], options: &Options) -> Outcome {
    let source = Pieces { bytes: bytes.to_vec(), at: 0, sizes: sizes.to_vec(), turn: 0 };
    let reader = Reader::from_read("test", source, options.clone()).unwrap();
    drain(reader)
}

pub(crate) fn drain(mut reader: Reader) -> Outcome {
    let mut outcome = Outcome::default();
    let mut tape = Tape::new();
    let mut buffer = Vec::new();
    let mut sequence = 0;
    while let Some(mut chunk) = reader.next_chunk(buffer).unwrap() {
        assert_eq!(chunk.sequence, sequence);
        sequence += 1;
        let length = chunk.bytes.len();
        outcome.chunks.push((chunk.base, length));
        tape.load(std::mem::take(&mut chunk.bytes));
        note(&mut outcome, &chunk, &mut tape);
        buffer = tape.load(Vec::new());
    }
    outcome
}

fn note(outcome: &mut Outcome, chunk: &Chunk, tape: &mut Tape) {
    for entry in &chunk.entries {
        let start = chunk.base + u64::from(entry.entry.start);
        outcome.covered.push((start, start + u64::from(entry.entry.len())));
        assert_eq!(entry.byte, chunk.base + u64::from(entry.span.start));
        let root = match tape.parse(entry.span) {
            Ok(root) => root,
            Err(error) => {
                outcome.unparsed.push((entry.byte, error.to_string()));
                continue;
            }
        };
        expand(tape, root, &chunk.input, entry, &mut |found| match found {
            Found::Document(document) => {
                let node = tape.node(document.root);
                outcome.documents.push(Read1 {
                    text: node.raw_str().to_owned(),
                    byte: document.byte,
                    line: document.line,
                    index: document.index,
                    full_url: document.origin(&chunk.input, tape).full_url,
                    path: document.path,
                    bundle: document.bundle,
                });
                assert_eq!(document.byte, chunk.base + u64::from(node.span().start));
            }
            Found::Reject(reject) => outcome.rejects.push(reject),
            Found::Envelope { .. } => outcome.nested_envelopes += 1,
            _ => {}
        });
    }
    for event in &chunk.events {
        outcome.events.push(event.clone());
    }
    for reject in &chunk.rejects {
        outcome.covered.push((reject.byte, reject.byte + reject.length));
        outcome.rejects.push(reject.clone());
    }
}
