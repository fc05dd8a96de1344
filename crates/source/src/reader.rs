//! Inputs one after the other, as numbered chunks.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

use crate::error::plain;
use crate::frame::Framer;
use crate::read::Stream;
use crate::window::Window;
use crate::{Chunk, Error, Event, Input, Options, Reject};

/// Reads inputs in order and cuts them into [`Chunk`]s. What it holds is one chunk and one entry,
/// never an input.
///
/// It does not spawn threads but one for each compressed input; call it from a thread of its own.
pub struct Reader {
    inputs: VecDeque<Input>,
    options: Options,
    current: Option<Current>,
    sequence: u64,
    input_number: u32,
}

struct Current {
    framer: Framer,
    input: Arc<Input>,
    consumed: u64,
}

impl Reader {
    /// A reader over inputs; each is opened when its turn comes.
    pub fn open(inputs: Vec<Input>, options: Options) -> Self {
        Self { inputs: inputs.into(), options, current: None, sequence: 0, input_number: 0 }
    }

    /// A reader over one stream, compressed or not.
    ///
    /// # Errors
    /// If the first bytes cannot be read.
    pub fn from_read(name: &str, source: impl Read + Send + 'static, options: Options) -> io::Result<Self> {
        let stream = Stream::sniff(Box::new(source))?;
        let mut input = Input::stdin();
        input.name = Arc::from(name);
        let mut reader = Self::open(Vec::new(), options);
        reader.begin(input, stream, Vec::new());
        Ok(reader)
    }

    /// The next chunk, in the order of inputs and bytes; `None` at the end. `buffer` is used for
    /// the chunk after it: give back the bytes of a chunk that is done with.
    ///
    /// # Errors
    /// None at present: an input that cannot be opened or read on is a reject with
    /// [`Reject::incomplete`], and the next input goes on.
    pub fn next_chunk(&mut self, buffer: Vec<u8>) -> Result<Option<Chunk>, Error> {
        let mut buffer = buffer;
        loop {
            if let Some(current) = &mut self.current {
                if let Some(piece) = current.framer.next(&mut buffer) {
                    let consumed = current.framer.window.consumed();
                    let chunk = Chunk {
                        sequence: self.sequence,
                        input: Arc::clone(&current.input),
                        input_number: self.input_number,
                        bytes: piece.bytes,
                        base: piece.base,
                        line: piece.line,
                        entries: piece.draft.entries,
                        rejects: piece.draft.rejects,
                        events: piece.draft.events,
                        consumed: consumed - current.consumed,
                    };
                    current.consumed = consumed;
                    self.sequence += 1;
                    return Ok(Some(chunk));
                }
                self.current = None;
                self.input_number += 1;
            }
            let Some(input) = self.inputs.pop_front() else {
                return Ok(None);
            };
            if input.is_own_export {
                let chunk = own_export(input, self.sequence, self.input_number);
                self.sequence += 1;
                return Ok(Some(chunk));
            }
            let opened = match &input.unreadable {
                Some(reason) => Err(reason.clone()),
                None => Stream::open(&input).map_err(|error| plain(&error)),
            };
            match opened {
                Ok(stream) => self.begin(input, stream, std::mem::take(&mut buffer)),
                Err(reason) => {
                    let chunk = unreadable(input, &reason, self.sequence, self.input_number);
                    self.sequence += 1;
                    self.input_number += 1;
                    return Ok(Some(chunk));
                }
            }
        }
    }

    fn begin(&mut self, input: Input, stream: Stream, mut buffer: Vec<u8>) {
        buffer.clear();
        let input = Arc::new(input);
        let window = Window::new(stream, buffer);
        let framer = Framer::new(window, Arc::clone(&input), &self.options);
        self.current = Some(Current { framer, input, consumed: 0 });
    }
}

/// The one chunk of an input that cannot be read.
fn unreadable(input: Input, reason: &str, sequence: u64, input_number: u32) -> Chunk {
    let reject = Reject {
        input: Arc::clone(&input.name),
        byte: 0,
        line: None,
        column: None,
        entry: None,
        rule: "io/unreadable".into(),
        message: format!("cannot be read: {reason}"),
        length: input.bytes.unwrap_or(0),
        bytes: None,
        incomplete: true,
    };
    let end = Event::InputEnd { entry_count: 0, reject_count: 1, bytes: 0, incomplete: true };
    let mut chunk = without_bytes(input, sequence, input_number);
    chunk.rejects.push(reject);
    chunk.events.extend([Event::InputStart, end]);
    chunk
}

/// The one chunk of a folder of our own making: no input, so it neither starts nor ends.
fn own_export(input: Input, sequence: u64, input_number: u32) -> Chunk {
    let message = "an export of fhirkit among the inputs is not read; name the folder to read it".to_owned();
    let mut chunk = without_bytes(input, sequence, input_number);
    chunk.events.push(Event::Warning { rule: "io/own-export", message, byte: 0, line: 1 });
    chunk
}

fn without_bytes(input: Input, sequence: u64, input_number: u32) -> Chunk {
    Chunk {
        sequence,
        consumed: input.bytes.unwrap_or(0),
        input: Arc::new(input),
        input_number,
        bytes: Vec::new(),
        base: 0,
        line: 1,
        entries: Vec::new(),
        rejects: Vec::new(),
        events: Vec::new(),
    }
}
