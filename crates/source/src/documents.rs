//! The easy way: one resource after the other, each with a tape to itself for as long as it is looked at.

use fhirkit_tape::{Node, Tape};

use crate::{Chunk, Document, Error, Event, Found, Input, Origin, Reader, Reject, Surroundings, expand};

/// All resources of some inputs, one by one, nested Bundles taken apart. For those who do not
/// need several threads; the pipeline works on [`Chunk`]s instead.
pub struct Documents {
    reader: Reader,
    chunk: Option<Chunk>,
    tape: Tape,
    surroundings: Surroundings,
    /// Index of the next entry of the chunk.
    next: usize,
    found: std::collections::VecDeque<Found>,
    rejects: Vec<Reject>,
    events: Vec<Event>,
}

impl Documents {
    /// The resources that a reader gives.
    pub fn new(reader: Reader) -> Self {
        Self {
            reader,
            chunk: None,
            tape: Tape::new(),
            surroundings: Surroundings::new(fhirkit_tape::DEFAULT_MAX_DEPTH),
            next: 0,
            found: std::collections::VecDeque::new(),
            rejects: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The next resource, or `None` at the end of the last input.
    ///
    /// # Errors
    /// Those of [`Reader::next_chunk`].
    pub fn next_document(&mut self) -> Result<Option<Resource<'_>>, Error> {
        let document = loop {
            match self.found.pop_front() {
                Some(Found::Document(document)) => break document,
                Some(Found::Reject(reject)) => self.rejects.push(reject),
                Some(_) => {}
                None if self.parse_next() => {}
                None => {
                    if !self.next_chunk()? {
                        return Ok(None);
                    }
                }
            }
        };
        let (tape, input) = (&self.tape, self.chunk.as_ref().map(|chunk| &chunk.input));
        Ok(input.map(|input| Resource { document, tape, input }))
    }

    /// What could not be read so far; the list is emptied.
    pub fn take_rejects(&mut self) -> Vec<Reject> {
        std::mem::take(&mut self.rejects)
    }

    /// What else happened so far; the list is emptied.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Parses the next entry of the chunk; `false` if there is none.
    fn parse_next(&mut self) -> bool {
        let Some(chunk) = &self.chunk else { return false };
        let Some(entry) = chunk.entries.get(self.next) else { return false };
        self.next += 1;
        match self.surroundings.parse(&mut self.tape, entry) {
            Ok(root) => {
                let found = &mut self.found;
                expand(&self.tape, root, &chunk.input, entry, &mut |item| found.push_back(item));
            }
            Err(fault) => {
                let bytes = self.tape.bytes();
                self.rejects.push(entry.reject(&chunk.input, bytes, &fault));
            }
        }
        true
    }

    fn next_chunk(&mut self) -> Result<bool, Error> {
        let buffer = self.tape.load(Vec::new());
        let Some(mut chunk) = self.reader.next_chunk(buffer)? else {
            return Ok(false);
        };
        self.tape.load(std::mem::take(&mut chunk.bytes));
        self.rejects.append(&mut chunk.rejects);
        self.events.append(&mut chunk.events);
        self.next = 0;
        self.chunk = Some(chunk);
        Ok(true)
    }
}

/// One resource, borrowed from [`Documents`].
pub struct Resource<'d> {
    document: Document,
    tape: &'d Tape,
    input: &'d std::sync::Arc<Input>,
}

impl Resource<'_> {
    /// Where it stands on the tape.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The resource itself.
    pub fn node(&self) -> Node<'_> {
        self.tape.node(self.document.root)
    }

    /// Where it came from.
    pub fn origin(&self) -> Origin {
        self.document.origin(self.input, self.tape)
    }
}
