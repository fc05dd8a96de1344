//! Reads inputs to their end and says what was found: `split PATH…`. For measuring the splitter.

use fhirkit_source::{Options, Reader, discover};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut reader = Reader::open(discover(&arguments)?, Options::default());
    let (mut bytes, mut entries, mut rejects, mut chunks) = (0, 0, 0, 0);
    let mut buffer = Vec::new();
    while let Some(chunk) = reader.next_chunk(buffer)? {
        bytes += chunk.bytes.len();
        entries += chunk.entries.len();
        rejects += chunk.rejects.len();
        chunks += 1;
        buffer = chunk.bytes;
    }
    println!("{bytes} bytes, {entries} entries, {rejects} rejects, {chunks} chunks");
    Ok(())
}
