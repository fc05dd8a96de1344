//! `cargo xtask conformance oracle`: our errors beside those of the HL7 validator on 2,349 files.
//!
//! `[GROUP…]` limits it to groups, `--list ID` prints every missed and false error of a message id or rule (`--list
//! all` those of all), `--rule RULE` lets only this rule or group report. `--ratchet` compares the figures with
//! `tests/conformance/oracle.tsv`, `--bless` writes it.

mod compare;
mod expected;
mod groups;
mod inputs;
mod kind;
mod lists;
mod table;

use std::sync::Mutex;

use fhirkit_definitions::Definitions;
use fhirkit_validate::{Options, Scratch, Selection, UnknownExtensions, Validator};
use rayon::prelude::*;

use super::{Failure, ratchet};
use compare::{Comparison, Outcome};
use groups::{GROUPS, Group};
use inputs::Inputs;
use lists::Lists;
use table::Table;

/// What the command line asked for.
#[derive(Default)]
struct Request {
    groups: Vec<String>,
    list: Vec<String>,
    rules: Vec<String>,
    holds_ratchet: bool,
}

const FIGURES: &str = "tests/conformance/oracle.tsv";
const HEADER: &str = "# Beside the HL7 validator: group or message id, then what it expects, what of it is missed, what is false.";

impl Request {
    fn read(arguments: &[String]) -> Result<Self, Failure> {
        let mut request = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let list = match argument.as_str() {
                "--list" => &mut request.list,
                "--rule" => &mut request.rules,
                "--ratchet" | "--bless" => {
                    request.holds_ratchet = true;
                    continue;
                }
                name if GROUPS.iter().any(|group| group.name == name) => {
                    request.groups.push(name.to_owned());
                    continue;
                }
                other => {
                    let names: Vec<_> = GROUPS.iter().map(|group| group.name).collect();
                    return Err(format!("no group `{other}`; groups: {}", names.join(", ")).into());
                }
            };
            list.push(arguments.next().ok_or("an option lacks its value")?.clone());
        }
        Ok(request)
    }
}

/// Prints the table, and what was asked for by `--list`.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let request = Request::read(arguments)?;
    let table = compare_all(&request)?;
    print!("{}", table.text());
    if request.holds_ratchet {
        return ratchet::hold(FIGURES, HEADER, &table.lines(), arguments);
    }
    Ok(())
}

fn compare_all(request: &Request) -> Result<Table, Failure> {
    let lists = Lists::read()?;
    let definitions = Definitions::embedded()?;
    let mut table = Table::default();
    let asked =
        |group: &&Group| request.groups.is_empty() || request.groups.iter().any(|name| name == group.name);
    for group in GROUPS.iter().filter(asked) {
        for outcome in compare_group(group, definitions, &lists, &request.rules)? {
            list(&outcome, &request.list);
            table.add(group.name, &outcome);
        }
    }
    Ok(table)
}

fn compare_group(
    group: &Group,
    definitions: &'static Definitions,
    lists: &Lists,
    rules: &[String],
) -> Result<Vec<Outcome>, Failure> {
    let packages = group.packages(definitions)?;
    let scope = definitions.scope(&packages, &[]);
    let options = Options {
        packages,
        unknown_extensions: UnknownExtensions::Error,
        selection: Selection { select: rules.to_vec(), ..Selection::default() },
        ..Options::default()
    };
    let validator = Validator::new(definitions, options);
    let comparison = Comparison { group, definitions, scope, lists };
    let inputs = Mutex::new(Inputs::default());
    let compare = |scratch: &mut Scratch, verdict: &expected::Verdict| {
        let read = inputs.lock().map_err(|_| "another thread failed".to_owned());
        let bytes = read?.read(&verdict.file).map_err(|error| error.to_string())?;
        let judged = super::judge(&bytes, &validator, scratch);
        Ok::<_, String>(comparison.compare(verdict, judged))
    };
    let outcomes: Result<Vec<_>, String> =
        expected::read(group.name)?.par_iter().map_init(Scratch::new, compare).collect();
    Ok(outcomes?)
}

/// Prints the missed and false errors that have one of these ids.
fn list(outcome: &Outcome, ids: &[String]) {
    let is_asked = |id: &String| ids.iter().any(|asked| asked == "all" || id == asked);
    for (word, units) in [("missed", &outcome.missed), ("false", &outcome.unfounded)] {
        for unit in units.iter().filter(|unit| is_asked(&unit.id)) {
            println!("{word} {} {}\n    {}: {}", unit.id, outcome.file, unit.path, unit.message);
        }
    }
}
