//! The official FHIRPath suite: 935 expressions on R4 resources, in `../shared/suites/fhirpath`.
//!
//! `tests/conformance/fhirpath.tsv` lists every test that fails, with the reason. The run fails in both
//! directions: for a failing test that is not listed, and for a listed one that passes. A test that expects
//! an error passes only if the expression fails for the kind meant.
//!
//! The engine's own tests include this file, so that `cargo test` runs the same.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use fhirkit_definitions::{Definitions, TypeId, TypeModel};
use fhirkit_fhirpath::{
    Context, Environment, Error, ErrorKind, Expression, Scope, Scratch, SystemType, Value,
};
use fhirkit_tape::{Kind, Span, Tape};
use serde_json::Value as Json;

type Failure = Box<dyn std::error::Error>;

const SUITE: &str = "../shared/suites/fhirpath";
const EXPECTATIONS: &str = "tests/conformance/fhirpath.tsv";

/// Prints totals and differences; `--list` prints every failing test as a line of the list.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let Some(report) = report(&root)? else {
        return Err(format!("{SUITE} is absent: the suite cannot run").into());
    };
    if arguments.iter().any(|argument| argument == "--list") {
        print!("{}", report.lines());
    }
    println!("{}", report.totals());
    let differences = report.differences();
    if differences.is_empty() { Ok(()) } else { Err(differences.into()) }
}

/// Runs all tests; `None` where the suite is absent. `root` is the repository's.
pub(crate) fn report(root: &Path) -> Result<Option<Report>, Failure> {
    let suite = root.join(SUITE);
    if !suite.is_dir() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(suite.join("tests-fhir-r4.json"))?;
    let cases: Vec<Json> = serde_json::from_str(&text)?;
    let expected = read_expectations(&root.join(EXPECTATIONS))?;
    let definitions = Definitions::embedded()?;
    let mut runner = Runner { folder: suite.join("input"), definitions, inputs: HashMap::new() };
    let mut report = Report { expected, ..Report::default() };
    for case in &cases {
        let verdict = runner.run(case)?;
        let error_test = !case["invalid"].is_null();
        report.add(name(case), error_test, verdict.err());
    }
    Ok(Some(report))
}

fn text<'j>(json: &'j Json, key: &str) -> &'j str {
    json[key].as_str().unwrap_or_default()
}

fn name(case: &Json) -> String {
    format!("{}/{}", text(case, "group"), text(case, "name"))
}

fn read_expectations(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let mut expected = BTreeMap::new();
    let Ok(list) = std::fs::read_to_string(path) else { return Ok(expected) };
    for (at, line) in list.lines().enumerate() {
        let Some((name, reason)) = line.split_once('\t').filter(|(_, reason)| !reason.trim().is_empty())
        else {
            return Err(format!("{EXPECTATIONS}:{}: expected a test, a tab and a reason", at + 1).into());
        };
        if expected.insert(name.to_owned(), reason.to_owned()).is_some() {
            return Err(format!("{EXPECTATIONS}:{}: `{name}` is listed twice", at + 1).into());
        }
    }
    Ok(expected)
}

/// What a run found, beside what the list says.
#[derive(Default)]
pub(crate) struct Report {
    expected: BTreeMap<String, String>,
    /// Failing tests and why.
    failing: BTreeMap<String, String>,
    /// Tests by name; the suite uses one name twice.
    seen: HashMap<String, usize>,
    /// Tests, those passing; the same of tests that expect an error.
    counts: [usize; 4],
}

impl Report {
    fn add(&mut self, name: String, error_test: bool, failure: Option<String>) {
        let count = self.seen.entry(name.clone()).or_insert(0);
        *count += 1;
        let name = if *count > 1 { format!("{name}#{count}") } else { name };
        let kind = if error_test { 2 } else { 0 };
        self.counts[kind] += 1;
        match failure {
            None => self.counts[kind + 1] += 1,
            Some(why) => {
                self.failing.insert(name, why.replace(['\t', '\n', '\r'], " "));
            }
        }
    }

    /// How many tests there are, and how many pass.
    pub(crate) fn tests_and_passes(&self) -> (usize, usize) {
        (self.counts[0] + self.counts[2], self.counts[1] + self.counts[3])
    }

    /// The counts in words.
    pub(crate) fn totals(&self) -> String {
        let [tests, passing, error_tests, error_passing] = self.counts;
        let (all, all_passing) = self.tests_and_passes();
        let thousandths = all_passing * 1000 / all.max(1);
        format!(
            "fhirpath: {passing} of {tests} tests pass; of those that expect an error {error_passing} of \
             {error_tests}; together {all_passing} of {all} ({}.{} %)",
            thousandths / 10,
            thousandths % 10,
        )
    }

    /// Every failing test as a line of the list, with the listed reason where there is one.
    pub(crate) fn lines(&self) -> String {
        let mut lines = String::new();
        for (name, why) in &self.failing {
            let _ = writeln!(lines, "{name}\t{}", self.expected.get(name).unwrap_or(why));
        }
        lines
    }

    /// What differs from the list; empty if nothing does.
    pub(crate) fn differences(&self) -> String {
        let mut text = String::new();
        for (name, why) in self.failing.iter().filter(|(name, _)| !self.expected.contains_key(*name)) {
            let _ = writeln!(text, "newly failing: {name}: {why}");
        }
        for name in self.expected.keys().filter(|name| !self.failing.contains_key(*name)) {
            let _ = writeln!(text, "listed as failing, but passes or is gone: {name}");
        }
        text
    }
}

/// One parsed resource of the suite.
struct Input {
    tape: Tape,
    root: fhirkit_tape::NodeId,
    ty: TypeId,
}

struct Runner<'d> {
    folder: PathBuf,
    definitions: &'d Definitions,
    inputs: HashMap<String, Input>,
}

/// The answers of the definitions alone: a resource conforms to the definition of its own type.
struct Core<'d>(&'d Definitions);

impl<'t> Environment<'t> for Core<'_> {
    fn conforms_to(&self, value: &Value<'t>, profile: &str) -> Result<Option<bool>, Error> {
        let unknown = || Error::environment(format!("no profile `{profile}` in the definitions"));
        let structure = self.0.structure(profile).map_err(|_| unknown())?.ok_or_else(unknown)?;
        let types = self.0.types();
        let Value::Node { ty, .. } = value else { return Ok(Some(false)) };
        Ok(types.type_named(&structure.type_name).map(|base| types.is_subtype(*ty, base)))
    }
}

/// A test without an input does not look at it.
const NO_INPUT: &[u8] = br#"{"resourceType":"Basic"}"#;

fn load(types: &TypeModel, bytes: Vec<u8>) -> Result<Input, Failure> {
    let end = u32::try_from(bytes.len())?;
    let mut tape = Tape::new();
    tape.load(bytes);
    let root = tape.parse(Span { start: 0, end }).map_err(|error| error.to_string())?;
    let ty = tape.node(root).get("resourceType").as_str().and_then(|name| types.type_named(&name));
    Ok(Input { root, ty: ty.ok_or("an input without a known resourceType")?, tape })
}

impl Runner<'_> {
    /// `Ok(Err(why))` where the test fails.
    fn run(&mut self, case: &Json) -> Result<Result<(), String>, Failure> {
        let types = self.definitions.types();
        let file = text(case, "inputJson").to_owned();
        if !self.inputs.contains_key(&file) {
            let bytes =
                if file.is_empty() { NO_INPUT.to_vec() } else { std::fs::read(self.folder.join(&file))? };
            self.inputs.insert(file.clone(), load(types, bytes)?);
        }
        let input = self.inputs.get(&file).ok_or("the input is at hand")?;
        let root = Value::element(input.tape.node(input.root), input.ty);
        let scope =
            Scope { check_order: case["attrs"]["checkOrderedFunctions"] == "true", ..Scope::on(input.ty) };
        let expression = match Expression::compile(types, text(case, "expression"), &scope) {
            Ok(expression) => expression,
            Err(error) => return Ok(judge_error(case, &error)),
        };
        let environment = Core(self.definitions);
        let context = Context { environment: &environment, ..Context::new(types, root.clone()) };
        let mut found = Vec::new();
        match expression.evaluate(&context, &root, &mut Scratch::new(), &mut found) {
            Err(error) => Ok(judge_error(case, &error)),
            Ok(()) => Ok(judge(types, case, &found)),
        }
    }
}

fn judge_error(case: &Json, error: &Error) -> Result<(), String> {
    let kind = match error.kind() {
        ErrorKind::Syntax => "syntax",
        ErrorKind::Semantic => "semantic",
        ErrorKind::Execution => "execution",
    };
    match case["invalid"].as_str() {
        Some(wanted) if wanted == kind => Ok(()),
        Some(wanted) => Err(format!("expected a fault of kind {wanted}, found {kind}: {error}")),
        None => Err(format!("{kind}: {error}")),
    }
}

fn judge(types: &TypeModel, case: &Json, found: &[Value<'_>]) -> Result<(), String> {
    let shown: Vec<(String, String)> = if case["predicate"] == true {
        vec![("boolean".to_owned(), predicate(found).to_string())]
    } else {
        found.iter().map(|value| show(types, value)).collect()
    };
    let words: Vec<_> = shown.iter().map(|(ty, text)| format!("{ty} {text}")).collect();
    let words = words.join(", ");
    if let Some(kind) = case["invalid"].as_str() {
        return Err(format!("expected a fault of kind {kind}, found [{words}]"));
    }
    let expected = case["output"].as_array().map_or(&[][..], Vec::as_slice);
    let mut left: Vec<_> = shown.iter().collect();
    let fits = expected.len() == shown.len()
        && expected.iter().enumerate().all(|(at, wanted)| {
            if case["ordered"] == false {
                let found = left.iter().position(|shown| is_equal(wanted, shown));
                found.map(|found| left.swap_remove(found)).is_some()
            } else {
                shown.get(at).is_some_and(|shown| is_equal(wanted, shown))
            }
        });
    if fits { Ok(()) } else { Err(format!("found [{words}]")) }
}

fn predicate(found: &[Value<'_>]) -> bool {
    match found {
        [] => false,
        [Value::Boolean(value)] => *value,
        _ => true,
    }
}

/// Type and text of a value as the suite writes them.
fn show(types: &TypeModel, value: &Value<'_>) -> (String, String) {
    match value {
        Value::Node { node, ty, .. } => {
            let text = match node.kind() {
                Kind::String => node.as_str().unwrap_or_default().into_owned(),
                _ => node.raw_str().to_owned(),
            };
            (types.name(*ty).to_owned(), text)
        }
        Value::Boolean(value) => ("boolean".into(), value.to_string()),
        Value::Integer(value) => ("integer".into(), value.to_string()),
        Value::Long(value) => ("long".into(), value.to_string()),
        Value::Decimal(value) => ("decimal".into(), value.to_plain_string()),
        Value::String(value) => ("string".into(), value.to_string()),
        Value::Date(value) => ("date".into(), value.to_string()),
        Value::DateTime(value) => ("dateTime".into(), value.to_string()),
        Value::Time(value) => ("time".into(), value.to_string()),
        Value::Quantity(value) => (SystemType::Quantity.name().into(), value.to_string()),
        Value::Type(info) => ("TypeInfo".into(), format!("{}.{}", info.namespace, info.name)),
    }
}

/// Numbers compare by value, everything else by its text. Some outputs of the suite name no type.
fn is_equal(wanted: &Json, (ty, found): &(String, String)) -> bool {
    let typed = wanted["type"].as_str();
    if typed.is_some_and(|wanted| wanted != ty) {
        return false;
    }
    let text = text(wanted, "value");
    let text = text.strip_prefix('@').map_or(text, |date| date.strip_prefix('T').unwrap_or(date));
    let is_number = matches!(ty.as_str(), "decimal" | "integer");
    if is_number { plain(text) == plain(found) } else { text == found }
}

/// A number without trailing zeros and without the sign of a zero.
fn plain(number: &str) -> &str {
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    if number.trim_start_matches(['-', '0', '.']).is_empty() { "0" } else { number }
}
