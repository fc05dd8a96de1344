//! From the options of `fhirkit validate` to the request of the pipeline.

use std::path::Path;
use std::sync::Arc;

use fhirkit_definitions::Definitions;
use fhirkit_issue::filter::{Advisor, Baseline, Filter, FilterError, Selection};
use fhirkit_issue::{Catalog, Issue};
use fhirkit_pipeline::Limits;
use fhirkit_pipeline::validate::house::{self, HouseRules};
use fhirkit_pipeline::validate::{Split, ValidateRequest};
use fhirkit_validate::{Options, Validator, rules};

use super::profiles;
use crate::args::validate::{Side, ValidateArgs};
use crate::definitions;
use crate::exit::{Exit, Failure, usage_issue};
use crate::settings::Settings;

/// Every rule that a run may report.
pub(crate) fn catalog() -> Catalog {
    Catalog::with(&[rules::all(), &[&house::RULE]])
}

/// The request that the options mean.
pub(super) fn build(
    settings: &Settings,
    arguments: &ValidateArgs,
    catalog: &Catalog,
) -> Result<ValidateRequest, Failure> {
    let chosen = definitions::choose(&arguments.ig)?;
    let (mut given, assumed) = profiles::wanted(arguments, chosen.definitions(), &chosen.given)?;
    given.sort();
    given.dedup();
    let house = house(arguments, chosen.definitions())?;
    let options = Options {
        packages: chosen.given.clone(),
        profiles: given,
        assumed_profiles: assumed,
        best_practice: arguments.best_practice.into(),
        unknown_extensions: arguments.unknown_extensions.into(),
        ..Options::default()
    };
    Ok(ValidateRequest {
        inputs: arguments.inputs.clone(),
        validator: Arc::new(Validator::new(chosen.shared, options)),
        packages: chosen.given,
        house: Arc::new(house),
        filter: filter(arguments, catalog)?,
        fail_on: arguments.fail_on.into(),
        split: split(arguments)?,
        write_baseline: arguments.write_baseline.clone(),
        limits: Limits {
            threads: settings.threads,
            memory: settings.memory,
            max_entry: settings.max_entry,
            ..Limits::default()
        },
    })
}

fn house(arguments: &ValidateArgs, definitions: &Definitions) -> Result<HouseRules, Failure> {
    let mut house = HouseRules::default();
    for (of, path) in &arguments.schema {
        let name = path.display().to_string();
        let types = definitions.types();
        if types.type_named(of).is_none_or(|found| !types.is_resource(found)) {
            let failure = Failure::usage("unknown-type", format!("`{of}` is not an R4 resource type"));
            let near = types.nearest_type(of).map(|near| format!("did you mean `{near}`?"));
            return Err(near.into_iter().fold(failure, Failure::with_help));
        }
        let text = std::fs::read(path)
            .map_err(|error| Failure::usage("unreadable-file", format!("{name}: {error}")))?;
        house
            .add(of, &name, &text)
            .map_err(|why| Failure::usage("schema", format!("{name} is no JSON Schema to use: {why}")))?;
    }
    Ok(house)
}

fn filter(arguments: &ValidateArgs, catalog: &Catalog) -> Result<Filter, Failure> {
    let selection = Selection::new(&arguments.select, &arguments.ignore, catalog);
    let advisor = arguments.advisor.as_deref().map(|path| read(path, Advisor::read)).transpose()?;
    // A baseline that is written anew counts what the old one hides.
    let old = arguments.baseline.as_deref().filter(|_| arguments.write_baseline.is_none());
    let baseline = old.map(|path| read(path, Baseline::read)).transpose()?;
    Ok(Filter {
        selection: selection.map_err(|error| match error.help() {
            Some(_) => refused("", &error),
            None => {
                refused("", &error).with_help("fhirkit rule --list names rules and, before the `/`, groups")
            }
        })?,
        advisor,
        baseline: baseline.map(Baseline::into_filter),
        max_issues: arguments.max_issues,
        ..Filter::default()
    })
}

fn read<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, FilterError>) -> Result<T, Failure> {
    let name = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|error| Failure::usage("unreadable-file", format!("{name}: {error}")))?;
    parse(&bytes).map_err(|error| refused(&format!("{name}: "), &error))
}

fn refused(before: &str, error: &FilterError) -> Failure {
    let issue = usage_issue("filter", format!("{before}{error}"));
    Failure::new(Exit::Usage, Issue { help: error.help().map(str::to_owned), ..issue })
}

fn split(arguments: &ValidateArgs) -> Result<Option<Split>, Failure> {
    let mut split = Split::default();
    for (side, path) in &arguments.split {
        let place = match side {
            Side::Valid => &mut split.valid,
            Side::Rejected => &mut split.rejected,
        };
        if place.replace(path.clone()).is_some() {
            return Err(Failure::usage("split", "--split names the same kind of entries twice"));
        }
    }
    Ok((split != Split::default()).then_some(split))
}
