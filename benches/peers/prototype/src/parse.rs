//! The tape beside the prototype and the peers: `cargo run --release --bin parse -- FILE.ndjson [ROUNDS]`.

use fhirkit_peers::Candidate;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    fhirkit_peers::main(|| {
        let mut tape = prototype::tape::Tape::new();
        vec![Candidate::new("prototype tape", move |lines| {
            let mut node_count = 0;
            for line in lines {
                tape.parse_doc(line).expect("JSON");
                node_count += tape.n.len();
            }
            node_count
        })]
    });
}
