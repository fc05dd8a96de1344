//! Our errors beside those of the HL7 validator on the examples of packages, without building the workspace:
//!
//! `cargo run -p fhirkit-validate --example oracle -- [GROUP…] [--list ID|all] [--rule RULE|GROUP]`
//!
//! Groups: `r4`, `us-core-6.1.0`, `carin-bb-2.0.0` … (all where none is named). The table has a row for each message id
//! of the reference that we miss, or of ours that is false; `--list` prints each of them with file, path and message;
//! `--rule` lets only one rule or group report. `cargo xtask conformance oracle` is the same and holds the ratchet.
//!
//! `cargo run -p fhirkit-validate --example oracle -- validator [--list] [--case ID] [--results FILE]` runs the official
//! suite instead: verdicts, error paths, and with `--list` what each differing run expects and finds; `mutate [COUNT]`
//! breaks files at random and holds that nothing panics or hangs and that threads agree.

#[path = "../../xtask/src/conformance/validation/mod.rs"]
mod validation;

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((first, rest)) if first == "validator" => validation::suite::run(rest),
        Some((first, rest)) if first == "mutate" => validation::mutate::run::run(rest),
        _ => validation::oracle::run(&arguments),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
