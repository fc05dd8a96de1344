//! `--select` and `--ignore`: rules and groups by name.

use super::FilterError;
use crate::{Catalog, RuleId};

/// Which rules are reported. A rule's name weighs more than its group's, a group's more than `all`; where both
/// lists say something of equal weight, it is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    select: Vec<String>,
    ignore: Vec<String>,
}

impl Selection {
    /// Reads the names: `group/name`, `group` or `all`. An empty `select` selects every rule.
    ///
    /// # Errors
    /// When a name is neither a rule nor a group of `catalog`; the help says which is near.
    pub fn new<S: AsRef<str>>(
        select: &[S],
        ignore: &[S],
        catalog: &Catalog,
    ) -> Result<Selection, FilterError> {
        let read = |names: &[S]| -> Result<Vec<String>, FilterError> {
            names.iter().map(|name| known(name.as_ref(), catalog)).collect()
        };
        Ok(Selection { select: read(select)?, ignore: read(ignore)? })
    }

    /// Whether issues of the rule are reported.
    pub fn selects(&self, rule: &RuleId) -> bool {
        let selected = weight(&self.select, rule).or(self.select.is_empty().then_some(0));
        match (selected, weight(&self.ignore, rule)) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(selected), Some(ignored)) => selected > ignored,
        }
    }
}

fn known(name: &str, catalog: &Catalog) -> Result<String, FilterError> {
    let is_rule = RuleId::parse(name.to_owned()).is_ok_and(|id| catalog.find(&id).is_some());
    if name == "all" || is_rule || catalog.has_group(name) {
        return Ok(name.to_owned());
    }
    let error = FilterError::new(format!("`{name}` is neither a rule nor a group of rules"));
    Err(match catalog.nearest(name) {
        Some(nearest) => error.with_help(format!("did you mean `{nearest}`?")),
        None => error,
    })
}

fn weight(names: &[String], rule: &RuleId) -> Option<u8> {
    let weights = names.iter().filter_map(|name| match name.as_str() {
        name if name == rule.as_str() => Some(2),
        name if name == rule.group() => Some(1),
        "all" => Some(0),
        _ => None,
    });
    weights.max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    fn selection(select: &[&str], ignore: &[&str]) -> Selection {
        Selection::new(select, ignore, &Catalog::default()).unwrap()
    }

    #[test]
    fn a_rule_weighs_more_than_its_group_and_a_group_more_than_all() {
        let cases = [
            (selection(&[], &[]), true, true),
            (selection(&["view"], &[]), true, false),
            (selection(&["view/unfit"], &["view"]), true, false),
            (selection(&["view"], &["view/unfit"]), false, false),
            (selection(&["json"], &["all"]), false, true),
            (selection(&["view"], &["view"]), false, false),
            (selection(&[], &["view"]), false, true),
        ];
        for (selection, unfit, syntax) in cases {
            assert_eq!(selection.selects(&rules::VIEW_UNFIT.id), unfit, "{selection:?}");
            assert_eq!(selection.selects(&rules::JSON_SYNTAX.id), syntax, "{selection:?}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_a_hint() {
        let error = Selection::new(&["views"], &[], &Catalog::default()).unwrap_err();
        assert_eq!(error.to_string(), "`views` is neither a rule nor a group of rules");
        assert_eq!(error.help(), Some("did you mean `view`?"));
    }
}
