//! From a file or stream to blocks of uncompressed bytes.
//!
//! Compression is told by the first bytes, never by the name. Inflating runs on a thread of its
//! own behind a short queue, so that splitting and inflating overlap and memory stays bounded.

mod inflate;

use std::fs::File;
use std::io::{self, Read};

use crate::Input;
use crate::error::plain;
use inflate::Inflating;

/// How many bytes are asked for at a time. Small enough that what is left over when a chunk is
/// cut costs little to carry, large enough that system calls do not count.
const READ_BYTES: usize = 128 << 10;

/// Where bytes come from, compressed or not.
pub(crate) type Source = Box<dyn Read + Send>;

/// A source of uncompressed bytes that remembers why it ended.
pub(crate) struct Stream {
    kind: Kind,
    /// Why it ended early.
    damage: Option<String>,
}

enum Kind {
    Plain { source: Source, read: u64 },
    Inflating(Inflating),
    Ended { read: u64 },
}

impl Stream {
    /// Opens an input.
    pub(crate) fn open(input: &Input) -> io::Result<Self> {
        if let Some(copy) = input.reopen()? {
            return Self::sniff(Box::new(copy));
        }
        if let Some(given) = input.take_stream() {
            return Self::sniff(given);
        }
        match &input.path {
            Some(path) => Self::sniff(Box::new(File::open(path)?)),
            None => Self::sniff(Box::new(io::stdin())),
        }
    }

    /// Looks at the first bytes and puts the right reader around the source.
    pub(crate) fn sniff(mut source: Source) -> io::Result<Self> {
        let mut head = Vec::with_capacity(4);
        source.by_ref().take(4).read_to_end(&mut head)?;
        let compression = Compression::of(&head);
        let whole: Source = Box::new(io::Cursor::new(head).chain(source));
        let kind = match compression {
            Some(compression) => Kind::Inflating(Inflating::start(compression, whole)?),
            None => Kind::Plain { source: whole, read: 0 },
        };
        Ok(Self { kind, damage: None })
    }

    /// Appends more bytes; `false` at the end, whether it came well or not.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>) -> bool {
        let outcome = match &mut self.kind {
            Kind::Plain { source, read } => {
                buffer.reserve(READ_BYTES);
                let outcome = source.take(READ_BYTES as u64).read_to_end(buffer);
                if let Ok(got) = outcome {
                    *read += got as u64;
                }
                outcome
            }
            Kind::Inflating(inflating) => inflating.fill(buffer),
            Kind::Ended { .. } => Ok(0),
        };
        match outcome {
            Ok(0) => {}
            Ok(_) => return true,
            Err(error) => self.damage = Some(plain(&error)),
        }
        self.kind = Kind::Ended { read: self.consumed() };
        false
    }

    /// Bytes taken from the input so far, before inflating.
    pub(crate) fn consumed(&self) -> u64 {
        match &self.kind {
            Kind::Plain { read, .. } | Kind::Ended { read } => *read,
            Kind::Inflating(inflating) => inflating.consumed(),
        }
    }

    /// Why the stream ended early: a damaged archive, a disk error.
    pub(crate) fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }
}

/// How an input is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// By the magic numbers of RFC 1952 and RFC 8878 (a frame, or a skippable frame before it).
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd] => Some(Self::Zstd),
            [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Self::Zstd),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(bytes: Vec<u8>) -> (Vec<u8>, Option<String>, u64) {
        let mut stream = Stream::sniff(Box::new(io::Cursor::new(bytes))).unwrap();
        let mut all = Vec::new();
        while stream.fill(&mut all) {}
        (all, stream.damage().map(str::to_owned), stream.consumed())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_may_have_several_members() {
        let first = b"a".repeat(1_000_000);
        let packed = [gzip(&first), gzip(b"bc")].concat();
        let size = packed.len() as u64;
        let (bytes, damage, consumed) = read(packed);
        assert_eq!(bytes, [first.as_slice(), b"bc"].concat());
        assert_eq!((damage, consumed), (None, size));
    }

    #[test]
    fn zstd_may_have_several_frames() {
        let packed = [zstd::encode_all(&b"ab"[..], 1).unwrap(), zstd::encode_all(&b"c"[..], 1).unwrap()];
        assert_eq!(read(packed.concat()).0, b"abc");
    }

    #[test]
    fn what_came_before_the_damage_stands() {
        let mut packed = gzip(&(0..400_000u32).flat_map(u32::to_le_bytes).collect::<Vec<u8>>());
        packed.truncate(packed.len() / 2);
        let (bytes, damage, _) = read(packed);
        assert!(bytes.len() > 100_000);
        assert!(damage.is_some());
    }

    #[test]
    fn short_inputs_are_plain() {
        assert_eq!(read(b"{}".to_vec()), (b"{}".to_vec(), None, 2));
        assert_eq!(read(Vec::new()), (Vec::new(), None, 0));
    }
}
