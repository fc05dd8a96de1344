//! What maintainers run: `cargo xtask NAME [ARGUMENT…]`. One subcommand a file.

mod ci;
mod conformance;
mod older;
mod packages;
mod schemas;

use std::process::ExitCode;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let outcome = match name.as_str() {
        "ci" => ci::run(&rest),
        "conformance" => conformance::run(&rest),
        "schemas" => schemas::run(&rest),
        other => Err(format!("no task `{other}`; tasks: ci, conformance, schemas").into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
