//! Inflating on a thread of its own.

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Compression, Source};

/// Bytes of a block that travels through the queue.
const BLOCK_BYTES: usize = 256 << 10;
/// Blocks that may wait: enough to overlap, 1 MiB at most.
const BLOCKS_WAITING: usize = 4;

/// The reading end of an inflating thread.
///
/// The thread ends by itself when this end is dropped: its next block finds no taker.
pub(super) struct Inflating {
    blocks: Receiver<io::Result<Vec<u8>>>,
    used: Sender<Vec<u8>>,
    consumed: Arc<AtomicU64>,
}

impl Inflating {
    /// Starts the thread.
    pub(super) fn start(compression: Compression, source: Source) -> io::Result<Self> {
        let (sender, blocks) = bounded(BLOCKS_WAITING);
        let (used, recycled) = bounded(BLOCKS_WAITING + 1);
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = BufReader::with_capacity(BLOCK_BYTES, Counted { source, count: Arc::clone(&consumed) });
        thread::Builder::new().name("inflate".to_owned()).spawn(move || match compression {
            Compression::Gzip => {
                run(flate2::bufread::MultiGzDecoder::new(counted), &sender, &recycled);
            }
            Compression::Zstd => match zstd::stream::read::Decoder::with_buffer(counted) {
                Ok(decoder) => run(decoder, &sender, &recycled),
                Err(error) => drop(sender.send(Err(error))),
            },
        })?;
        Ok(Self { blocks, used, consumed })
    }

    /// Appends the next block; 0 at the end.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        // A closed channel is the end: the thread is done and said all it had to say.
        let Ok(block) = self.blocks.recv() else {
            return Ok(0);
        };
        let block = block?;
        buffer.extend_from_slice(&block);
        let got = block.len();
        // Full or closed: the block is simply dropped.
        drop(self.used.try_send(block));
        Ok(got)
    }

    /// Compressed bytes read so far.
    pub(super) fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }
}

fn run(mut decoder: impl Read, sender: &Sender<io::Result<Vec<u8>>>, recycled: &Receiver<Vec<u8>>) {
    loop {
        let mut block = recycled.try_recv().unwrap_or_default();
        block.clear();
        block.reserve(BLOCK_BYTES);
        let outcome = decoder.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut block);
        // What was inflated before an error stands, so it goes first.
        if !block.is_empty() && sender.send(Ok(block)).is_err() {
            return;
        }
        match outcome {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return drop(sender.send(Err(error))),
        }
    }
}

/// Counts what is read, for progress.
struct Counted {
    source: Source,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.source.read(buffer)?;
        self.count.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}
