//! `cargo xtask conformance validator`: the official suite of the HL7 validator, counted as its `score.py` counts.
//!
//! `--list` prints what each differing run expects and finds, `--case ID` does so for one case, `--results FILE` writes
//! what `score.py` reads, `--bless` writes `tests/conformance/validator.tsv`. The run fails for a difference that the
//! list does not have, and for one in the list that is gone.

mod cases;
mod runner;
mod score;

use std::io::Write;

use rayon::prelude::*;
use serde_json::json;

use super::{Failure, ratchet};
use cases::Run;
use runner::Runner;
use score::{Found, Score, Verdict};

const EXPECTATIONS: &str = "tests/conformance/validator.tsv";
const HEADER: &str =
    "# Runs of the official validator suite whose verdict differs: how, case, run, self-contained or not.";
/// What the project promises for self-contained runs.
const LEAST_AGREEMENT: f64 = 90.0;
const LEAST_PATH_F1: f64 = 0.80;

/// A run and our errors; nothing where it crashed.
type Result1 = (Run, Option<Vec<Found>>);

/// Runs the suite.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let runner = Runner::new()?;
    let runs = cases::read()?;
    let run_one = |run: Run| {
        let found = runner.run(&run).map_err(|error| format!("{} ({}): {error}", run.id, run.name))?;
        Ok::<_, String>((run, found))
    };
    let results: Result<Vec<Result1>, String> = runs.into_par_iter().map(run_one).collect();
    let results = results?;
    if let Some(file) = value_of(arguments, "--results") {
        write_results(file, &results)?;
    }
    let case = value_of(arguments, "--case");
    let lists_all = arguments.iter().any(|argument| argument == "--list");
    let (mut all, mut contained) = (Score::default(), Score::default());
    let mut differences = Vec::new();
    for (run, found) in &results {
        let verdict = all.add(&run.expected, found.as_deref());
        if run.is_self_contained {
            contained.add(&run.expected, found.as_deref());
        }
        if verdict != Verdict::Agrees {
            differences.push(line(run, verdict));
        }
        if case.is_some_and(|case| run.id.starts_with(case)) || (lists_all && differs(run, found.as_deref()))
        {
            print_run(run, found.as_deref(), verdict);
        }
    }
    println!("self-contained: {contained}\nall: {all}");
    let crashed = crashed_files(&runner)?;
    let held = ratchet::hold(EXPECTATIONS, HEADER, &differences, arguments);
    let mut faults: Vec<String> = held.err().into_iter().map(|error| error.to_string()).collect();
    faults.extend(crashed.iter().map(|file| format!("crashes on {file}")));
    if contained.agreement() < LEAST_AGREEMENT || contained.path_f1() < LEAST_PATH_F1 {
        faults.push(format!("below the goal: {LEAST_AGREEMENT} % of verdicts, path F1 {LEAST_PATH_F1}"));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

fn value_of<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1).map(String::as_str)
}

fn line(run: &Run, verdict: Verdict) -> String {
    let how = match verdict {
        Verdict::Agrees => "agrees",
        Verdict::FalseError => "false error",
        Verdict::Missed => "missed",
        Verdict::Crashed => "crashed",
    };
    let whole = if run.is_self_contained { "self-contained" } else { "needs more" };
    format!("{how}\t{}\t{}\t{whole}", run.id, run.name)
}

/// Files of any format and tier on which the validator does not survive.
fn crashed_files(runner: &Runner) -> Result<Vec<String>, Failure> {
    let mut crashed = Vec::new();
    let mut folders = vec![runner.files().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !runner.survives(&path)? {
                crashed.push(path.display().to_string());
            }
        }
    }
    Ok(crashed)
}

fn write_results(file: &str, results: &[Result1]) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    for (run, found) in results {
        let issue =
            |one: &Found| json!({"severity": "error", "code": one.code, "path": one.path, "line": one.line});
        let line = match found {
            Some(found) => {
                let issues: Vec<_> = found.iter().map(issue).collect();
                json!({"id": run.id, "run": run.name, "issues": issues})
            }
            None => json!({"id": run.id, "run": run.name, "crash": "panic"}),
        };
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

/// Whether the paths of errors differ.
fn differs(run: &Run, found: Option<&[Found]>) -> bool {
    let mut theirs: Vec<_> = run.expected.iter().map(|one| score::comparable(&one.path)).collect();
    let ours = found.into_iter().flatten().map(|one| score::comparable(&one.path));
    let mut ours: Vec<_> = ours.collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    theirs != ours
}

fn print_run(run: &Run, found: Option<&[Found]>, verdict: Verdict) {
    println!("{} [{}]", line(run, verdict), run.file);
    for expected in &run.expected {
        println!("    expected {}:{} {}", expected.line.unwrap_or_default(), expected.path, expected.message);
    }
    for one in found.into_iter().flatten() {
        println!("    found    {}:{} {} ({})", one.line.unwrap_or_default(), one.path, one.message, one.rule);
    }
}
