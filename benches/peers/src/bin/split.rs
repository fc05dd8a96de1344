//! How fast the source cuts a file into entries: `cargo run --release --bin split -- FILE`. One thread, nothing parsed.
//!
//! `benches/run.py parse` runs it in turns with the prototype's splitter, on a Bundle of one line.

use cpu_time::ProcessTime;
use fhirkit_source::{Input, Options, Reader};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: split FILE");
        std::process::exit(2);
    };
    let start = ProcessTime::now();
    let mut reader = Reader::open(vec![Input::file(&path, path.as_str())], Options::default());
    let (mut entries, mut bytes, mut buffer) = (0, 0, Vec::new());
    while let Some(chunk) = reader.next_chunk(std::mem::take(&mut buffer)).expect("the reader goes on") {
        assert!(chunk.rejects.is_empty(), "{:?}", chunk.rejects[0].message);
        entries += chunk.entries.len();
        bytes += chunk.consumed;
        buffer = chunk.bytes;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{entries} entries, {:.1} MB, {:.0} MB per CPU second",
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / seconds
    );
}
