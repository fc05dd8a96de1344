//! `cargo xtask ci`: every check of continuous integration, one stage after the other, with the seconds of each.
//!
//! All stages run even when an early one fails, so that one run tells everything. `cargo xtask ci STAGE…` runs
//! the named ones; `cargo xtask ci --list` names them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::Outcome;

/// One check: what it is called and what it runs.
struct Stage {
    name: &'static str,
    run: fn(&Path) -> Result<(), NotPassed>,
}

/// Why a stage did not pass.
enum NotPassed {
    Failed(String),
    /// What it needs is not part of this repository, and not here.
    Skipped(String),
}

impl From<String> for NotPassed {
    fn from(reason: String) -> Self {
        NotPassed::Failed(reason)
    }
}

/// How a stage ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Passed,
    Failed,
    Skipped,
}

const STAGES: &[Stage] = &[
    Stage { name: "format", run: |root| cargo(root, &["fmt", "--all", "--check"]) },
    Stage { name: "clippy", run: clippy },
    Stage { name: "test", run: |root| cargo(root, &["test", "--workspace"]) },
    Stage { name: "doc", run: doc },
    Stage { name: "release", run: |root| cargo(root, &["build", "--release"]) },
    Stage { name: "sql-on-fhir", run: |root| suite(root, "sql-on-fhir") },
    Stage { name: "fhirpath", run: |root| suite(root, "fhirpath") },
    Stage { name: "validator", run: |root| suite(root, "validator") },
    Stage { name: "oracle", run: |root| suite(root, "oracle") },
    Stage { name: "mutate", run: |root| suite(root, "mutate") },
    Stage { name: "counts", run: |root| python(root, "tests/counts.py") },
    Stage { name: "merge", run: |root| python(root, "tests/merge.py") },
    Stage { name: "bad-input", run: |root| script(root, "tests/bad-input.sh", &[]) },
    Stage { name: "payer-page", run: |root| script(root, "tests/payer-page.sh", &[]) },
    Stage { name: "network", run: |root| script(root, "tests/network/run.sh", &[]) },
    Stage { name: "oidc", run: oidc },
    Stage { name: "hapi", run: hapi },
    Stage { name: "gates", run: |root| python(root, "benches/gates.py") },
    Stage { name: "deny", run: deny },
    Stage { name: "memcheck", run: memcheck },
    Stage { name: "fuzz", run: fuzz },
];

/// Runs the stages named in `arguments`, or all.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let root = root.as_path();
    if arguments.iter().any(|argument| argument == "--list") {
        for stage in STAGES {
            println!("{}", stage.name);
        }
        return Ok(());
    }
    if let Some(unknown) = arguments.iter().find(|name| STAGES.iter().all(|stage| stage.name != *name)) {
        return Err(format!("no stage `{unknown}`; `cargo xtask ci --list` names them").into());
    }
    let chosen = STAGES
        .iter()
        .filter(|stage| arguments.is_empty() || arguments.iter().any(|argument| argument == stage.name));
    let mut outcomes = Vec::new();
    for stage in chosen {
        println!("\n=== {} ===", stage.name);
        let start = Instant::now();
        let ended = match (stage.run)(root) {
            Ok(()) => Ended::Passed,
            Err(NotPassed::Skipped(reason)) => {
                println!("SKIPPED: {reason}");
                Ended::Skipped
            }
            Err(NotPassed::Failed(reason)) => {
                println!("stage {} failed: {reason}", stage.name);
                Ended::Failed
            }
        };
        outcomes.push((stage.name, start.elapsed().as_secs_f64(), ended));
    }
    summary(&outcomes)
}

/// Prints how each stage ended, and the counts.
fn summary(outcomes: &[(&str, f64, Ended)]) -> Outcome {
    println!("\n=== summary ===");
    for (name, seconds, ended) in outcomes {
        let word = match ended {
            Ended::Passed => "ok     ",
            Ended::Failed => "FAILED ",
            Ended::Skipped => "skipped",
        };
        println!("{seconds:>8.1} s  {word}  {name}");
    }
    let count = |wanted: Ended| outcomes.iter().filter(|(_, _, ended)| *ended == wanted).count();
    let failed = count(Ended::Failed);
    println!(
        "test result: {}. {} passed; {failed} failed; {} ignored (stages)",
        if failed == 0 { "ok" } else { "FAILED" },
        count(Ended::Passed),
        count(Ended::Skipped),
    );
    if failed == 0 { Ok(()) } else { Err(format!("{failed} stages failed").into()) }
}

/// How a script of ours ends that had nothing to run against.
const SKIPPED: i32 = 77;

/// Runs a command in the root of the project, its output shown as it comes.
fn command(root: &Path, program: &str, arguments: &[&str]) -> Result<(), NotPassed> {
    finish(Command::new(program).args(arguments).current_dir(root), program)
}

fn finish(command: &mut Command, program: &str) -> Result<(), NotPassed> {
    let status = command.status().map_err(|error| format!("{program} did not start: {error}"))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(SKIPPED) => Err(NotPassed::Skipped(format!("{program} says above what is absent"))),
        _ => Err(format!("{program} ended with {status}").into()),
    }
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<(), NotPassed> {
    command(root, "cargo", arguments)
}

/// An official suite, or a comparison with the HL7 validator. What they need is not ours to keep: without it the stage
/// says so and is counted as ignored.
fn suite(root: &Path, name: &str) -> Result<(), NotPassed> {
    let suites = root.join(match name {
        "oracle" => "../shared/oracle",
        "mutate" => "../shared/data",
        _ => "../shared/suites",
    });
    if !suites.is_dir() {
        let reason = format!("{} is absent; the suite `{name}` was not run", suites.display());
        return Err(NotPassed::Skipped(reason));
    }
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    finish(Command::new(program).args(["conformance", name]).current_dir(root), "xtask")
}

fn script(root: &Path, path: &str, arguments: &[&str]) -> Result<(), NotPassed> {
    let binary = release_binary(root);
    finish(Command::new("bash").arg(path).args(arguments).env("FHIRKIT", binary).current_dir(root), path)
}

fn clippy(root: &Path) -> Result<(), NotPassed> {
    cargo(root, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn doc(root: &Path) -> Result<(), NotPassed> {
    let mut command = Command::new("cargo");
    command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings").current_dir(root);
    finish(&mut command, "cargo doc")
}

/// The folder that cargo builds into.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// The binary of a release build.
fn release_binary(root: &Path) -> PathBuf {
    target(root).join("release/fhirkit")
}

/// A script in a private Python with DuckDB, which reads our outputs back as a user would.
fn python(root: &Path, script: &str) -> Result<(), NotPassed> {
    let environment = target(root).join("python");
    let python = environment.join("bin/python");
    if !environment.join("ready").exists() {
        let place = environment.to_string_lossy().into_owned();
        command(root, "python3", &["-m", "venv", "--clear", &place])?;
        command(root, &python.to_string_lossy(), &["-m", "pip", "install", "-q", "duckdb==1.4.2"])?;
        std::fs::write(environment.join("ready"), "").map_err(|error| error.to_string())?;
    }
    let mut run = Command::new(&python);
    run.arg(script).env("FHIRKIT", release_binary(root)).current_dir(root);
    finish(&mut run, script)
}

/// Signs in at a foreign authorization server, which npm brings.
fn oidc(root: &Path) -> Result<(), NotPassed> {
    const FOLDER: &str = "tests/network";
    command(root, "npm", &["ci", "--silent", "--prefix", FOLDER])?;
    let mut run = Command::new("node");
    run.arg(format!("{FOLDER}/oidc.mjs")).env("FHIRKIT", release_binary(root)).current_dir(root);
    finish(&mut run, "oidc.mjs")
}

/// Fetches from a foreign FHIR server. Its sources lie in ../shared, and it is built into the target folder, once.
fn hapi(root: &Path) -> Result<(), NotPassed> {
    let mut run = Command::new("python3");
    run.arg("tests/network/hapi.py").env("HAPI", target(root).join("hapi"));
    finish(run.env("FHIRKIT", release_binary(root)).current_dir(root), "hapi.py")
}

/// Installs a cargo subcommand once, into the target folder, so that a clean machine needs nothing else.
fn tool(root: &Path, name: &str, version: &str) -> Result<PathBuf, NotPassed> {
    let tools = target(root).join("tools");
    let binary = tools.join("bin").join(name);
    if !binary.exists() {
        let place = tools.to_string_lossy().into_owned();
        cargo(root, &["install", "--quiet", "--locked", "--root", &place, "--version", version, name])?;
    }
    Ok(binary)
}

fn deny(root: &Path) -> Result<(), NotPassed> {
    let binary = tool(root, "cargo-deny", "0.20.2")?;
    // A build has downloaded what this system needs; the check looks at what every system would.
    let mut fetch = Command::new("cargo");
    finish(fetch.args(["fetch", "--locked"]).current_dir(root), "cargo fetch")?;
    let mut check = Command::new(binary);
    check.args(["--offline", "check", "bans", "licenses", "sources"]).current_dir(root);
    finish(&mut check, "cargo deny")
}

/// Valgrind over the tests of the one room that holds `unsafe`.
fn memcheck(root: &Path) -> Result<(), NotPassed> {
    script(root, "crates/tape/memcheck.sh", &[])
}

/// The tape against serde_json with `arbitrary_precision`: generated texts, then a minute of fuzzing under
/// AddressSanitizer, which only a nightly compiler has. Without one the stage fails; it never passes unrun.
fn fuzz(root: &Path) -> Result<(), NotPassed> {
    const FOLDER: &str = "crates/tape/fuzz";
    let place = target(root).join("fuzz");
    let mut tests = Command::new("cargo");
    tests
        .args(["test", "--manifest-path", &format!("{FOLDER}/Cargo.toml"), "--target-dir"])
        .arg(place.join("tests"));
    finish(tests.current_dir(root), "cargo test of the fuzz crate")?;
    let nightly = Command::new("rustc").args(["+nightly", "--version"]).output();
    if !nightly.is_ok_and(|nightly| nightly.status.success()) {
        return Err("no nightly compiler: `rustup toolchain install nightly --profile minimal`"
            .to_owned()
            .into());
    }
    let corpus = place.join("corpus");
    std::fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    tool(root, "cargo-fuzz", "0.13.2")?;
    let tools = target(root).join("tools/bin");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut run = Command::new("cargo");
    run.args(["+nightly", "fuzz", "run", "--fuzz-dir", FOLDER, "--target-dir"]).arg(place);
    // What is found goes to the first folder; the seeds are read alone.
    run.arg("parse")
        .arg(corpus)
        .arg(format!("{FOLDER}/seeds"))
        .arg("--")
        .args(["-max_total_time=60", "-rss_limit_mb=4096", &format!("-dict={FOLDER}/json.dict")])
        .env("PATH", format!("{}:{path}", tools.display()))
        .current_dir(root);
    finish(&mut run, "cargo fuzz")
}
