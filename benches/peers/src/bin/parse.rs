//! The tape beside simd-json, jiter and serde_json: `cargo run --release --bin parse -- FILE.ndjson [ROUNDS]`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    fhirkit_peers::main(Vec::new);
}
