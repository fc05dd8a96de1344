//! The tape against serde_json on arbitrary bytes, under AddressSanitizer (which cargo fuzz switches on).
//!
//! From the repository root, with `cargo install cargo-fuzz` done once:
//!
//! ```text
//! cargo +nightly fuzz run --fuzz-dir crates/tape/fuzz parse crates/tape/fuzz/corpus/parse crates/tape/fuzz/seeds \
//!     -- -max_total_time=300 -dict=crates/tape/fuzz/json.dict
//! ```
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fhirkit_tape_fuzz::check(bytes));
