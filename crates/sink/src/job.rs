//! Encoding one row group, on whichever thread has time.

use std::sync::Arc;

use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::errors::ParquetError;

use crate::error::{Error, Kind};
use crate::parquet_file::Encoder;
use crate::statistics;
use crate::waiting::{Group, by_column};

/// Which file of the run: in the order in which files were opened.
pub(crate) type FileId = u32;

/// A full row group, to be encoded.
#[derive(Debug)]
pub struct Job {
    pub(crate) encoder: Arc<Encoder>,
    pub(crate) table: String,
    pub(crate) file: FileId,
    pub(crate) sequence: u32,
    pub(crate) group: Group,
}

/// An encoded row group, to be handed back with [`Writers::done`](crate::Writers::done).
#[derive(Debug)]
pub struct Done {
    pub(crate) file: FileId,
    pub(crate) sequence: u32,
    pub(crate) held_bytes: u64,
    pub(crate) chunks: Result<Vec<ArrowColumnChunk>, Error>,
}

impl Job {
    /// Bytes that its rows hold.
    pub fn bytes(&self) -> u64 {
        self.group.held_bytes
    }

    /// Encodes and compresses the rows. An error travels in the result, so that a worker has none to handle.
    pub fn run(self) -> Done {
        let (file, sequence, held_bytes) = (self.file, self.sequence, self.group.held_bytes);
        let chunks = encode(&self.encoder, self.group).map_err(|error| {
            Error::new(Kind::Internal, format!("cannot encode a row group of `{}`: {error}", self.table))
        });
        Done { file, sequence, held_bytes, chunks }
    }
}

/// Column after column, so that the rows of a column are free as soon as it is encoded.
fn encode(encoder: &Encoder, group: Group) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
    let columns = by_column(&encoder.schema, group.blocks);
    let mut chunks = Vec::with_capacity(columns.len());
    for (field, arrays) in encoder.schema.fields().iter().zip(columns) {
        let mut chunk = encoder.encode(field, arrays)?;
        statistics::detach(&mut chunk)?;
        chunks.push(chunk);
    }
    Ok(chunks)
}
