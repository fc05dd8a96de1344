//! `fhirkit rule`: the page of a rule.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{Issue, RuleId};
use fhirkit_validate::rules;

use super::validate::catalog;
use crate::args::project::RuleArgs;
use crate::exit::{Exit, Failure, usage_issue};
use crate::output;

/// Prints a page, or the list.
pub(crate) fn run(arguments: &RuleArgs) -> Result<Exit, Failure> {
    match &arguments.id {
        Some(id) => output::print(&page(id)?)?,
        None if arguments.list => output::print(&list())?,
        None => {
            let help = "fhirkit rule primitive/date prints the page of one; fhirkit rule --list names all";
            return Err(Failure::usage("missing", "no rule is named").with_help(help));
        }
    }
    Ok(Exit::Clean)
}

fn page(id: &str) -> Result<String, Failure> {
    let catalog = catalog();
    let known = rules::find(id).or_else(|| catalog.find(&RuleId::parse(id.to_owned()).ok()?));
    let Some(rule) = known else {
        // A group alone is a question for what is in it.
        if catalog.has_group(id) {
            let of_group = catalog.iter().filter(|rule| rule.id.group() == id);
            return Ok(output::aligned(&of_group.map(row).collect::<Vec<_>>()));
        }
        let help = catalog.nearest(id).map(|near| format!("did you mean `{near}`?"));
        let is_ours = matches!(id.split('/').next(), Some("usage" | "internal"));
        let of_tool =
            "`usage/` and `internal/` are about the command line and fhirkit itself: no rules, no pages";
        let help = if is_ours { Some(of_tool.to_owned()) } else { help };
        let help = help.or_else(|| Some("fhirkit rule --list names them".to_owned()));
        let issue = usage_issue("unknown-rule", format!("there is no rule `{id}`"));
        return Err(Failure::new(Exit::Usage, Issue { help, ..issue }));
    };
    Ok(match rule.page {
        Some(page) => format!("{}\n", page.trim_end()),
        None => format!("# {}\n\n{}: {}.\n", rule.id, rule.severity, rule.summary),
    })
}

fn list() -> String {
    output::aligned(&catalog().iter().map(row).collect::<Vec<_>>())
}

fn row(rule: &'static Rule) -> Vec<String> {
    vec![rule.id.to_string(), rule.severity.to_string(), rule.summary.to_owned()]
}
