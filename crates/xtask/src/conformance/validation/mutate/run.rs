//! Mutants put before the validator: on one thread and on several, each with a validator of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fhirkit_definitions::Definitions;
use fhirkit_issue::Issue;
use fhirkit_tape::{Span, Tape};
use fhirkit_validate::{Options, Scratch, Subject, Validator};
use rayon::prelude::*;

use super::super::{Failure, shared};
use super::mutate;

/// No file takes longer, on the slowest machine that runs this.
const LONGEST: Duration = Duration::from_secs(20);
/// Larger files say nothing that smaller ones do not.
const LARGEST: u64 = 300_000;

/// What a run came to.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) mutant_count: usize,
    /// Mutants that are still JSON.
    pub(crate) json_count: usize,
    pub(crate) issue_count: usize,
    /// What went wrong: which seed, which file, how.
    pub(crate) faults: Vec<String>,
}

/// What the validator says of one mutant.
#[derive(Debug, PartialEq)]
enum Said {
    NoJson,
    Issues(Vec<Issue>),
    Panicked,
    TooLong,
}

/// Runs over the files of `../shared/data`; the first argument says how many mutants.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let count = arguments.first().map_or(Ok(10_000), |count| count.parse())?;
    let mut files = Vec::new();
    collect(&shared("data")?, &mut files)?;
    files.sort_unstable();
    let mut texts = Vec::new();
    for file in &files {
        texts.push((file.display().to_string(), std::fs::read(file)?));
    }
    let report = try_out(&texts, count)?;
    println!(
        "{} mutants of {} files: {} are JSON, {} issues, {} faults",
        report.mutant_count,
        texts.len(),
        report.json_count,
        report.issue_count,
        report.faults.len()
    );
    if report.faults.is_empty() { Ok(()) } else { Err(report.faults.join("\n").into()) }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json")
            && entry.metadata()?.len() < LARGEST
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Breaks the texts in turn, `count` times, and compares what is said on one thread with what is said on several, where
/// the mutants come in another order.
pub(crate) fn try_out(texts: &[(String, Vec<u8>)], count: usize) -> Result<Report, Failure> {
    let definitions = Definitions::embedded()?;
    let alone = Validator::new(definitions, Options::default());
    let shared = Validator::new(definitions, Options::default());
    let text = |seed: usize| texts.get(seed % texts.len().max(1));
    let say = |seed: usize, validator: &Validator, scratch: &mut Scratch| {
        let mutant = text(seed).map(|(_, text)| mutate(text, seed as u64).bytes).unwrap_or_default();
        said(mutant, validator, scratch)
    };
    let mut scratch = Scratch::new();
    let expected: Vec<Said> = (0..count).map(|seed| say(seed, &alone, &mut scratch)).collect();
    let turned = (0..count).into_par_iter().rev();
    let mut found: Vec<Said> =
        turned.map_init(Scratch::new, |scratch, seed| say(seed, &shared, scratch)).collect();
    found.reverse();
    let mut report = Report { mutant_count: count, ..Report::default() };
    for (seed, (one, other)) in expected.iter().zip(&found).enumerate() {
        report.json_count += usize::from(*one != Said::NoJson);
        let how = match (one, other) {
            (Said::Panicked, _) | (_, Said::Panicked) => "panics".to_owned(),
            (Said::TooLong, _) | (_, Said::TooLong) => "takes too long".to_owned(),
            (one, other) if one != other => difference(one, other),
            (Said::Issues(issues), _) => {
                report.issue_count += issues.len();
                continue;
            }
            _ => continue,
        };
        let name = text(seed).map_or("", |(name, _)| name);
        let kinds = text(seed).map(|(_, text)| mutate(text, seed as u64).kinds).unwrap_or_default();
        report.faults.push(format!("seed {seed} of {name} ({}): {how}", kinds.join(", ")));
    }
    Ok(report)
}

fn said(bytes: Vec<u8>, validator: &Validator, scratch: &mut Scratch) -> Said {
    let begin = Instant::now();
    let issues = catch_unwind(AssertUnwindSafe(|| {
        let mut tape = Tape::new();
        let length = bytes.len() as u32;
        tape.load(bytes);
        let root = tape.parse(Span::new(0, length)).ok()?;
        let mut issues = Vec::new();
        validator.check(&Subject::alone(tape.node(root)), scratch, &mut |issue| issues.push(issue));
        Some(issues)
    }));
    match issues {
        Err(_) => {
            *scratch = Scratch::new();
            Said::Panicked
        }
        Ok(_) if begin.elapsed() > LONGEST => Said::TooLong,
        Ok(None) => Said::NoJson,
        Ok(Some(issues)) => Said::Issues(issues),
    }
}

fn difference(one: &Said, other: &Said) -> String {
    let (Said::Issues(one), Said::Issues(other)) = (one, other) else { return "differs".to_owned() };
    let differing = one.iter().zip(other).find(|(one, other)| one != other);
    match differing {
        Some((one, other)) => format!("threads differ: {one:?}\n    and {other:?}"),
        None => format!("threads differ: {} issues and {}", one.len(), other.len()),
    }
}
