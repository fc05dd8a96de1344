//! What makes two issues equal from one run to the next.

use sha2::{Digest, Sha256};

use crate::Issue;

/// The first words of what is hashed; a change of the recipe changes them.
const RECIPE: &str = "fhirkit/1";

impl Issue {
    /// A hash of rule, profiles, path without indexes and, where the fault is about one, the code or URL: 32
    /// hexadecimal digits that stay when lines move or members are added. Values of the data never enter it.
    ///
    /// ```
    /// use fhirkit_issue::{Issue, rules};
    /// let issue = |path: &str| Issue::new(&rules::STRUCTURE_WRONG_TYPE, "m").with_expression(path);
    /// assert_eq!(issue("Patient.name[0].given").fingerprint(), issue("Patient.name[7].given").fingerprint());
    /// assert_ne!(issue("Patient.name").fingerprint(), issue("Patient.gender").fingerprint());
    /// ```
    pub fn fingerprint(&self) -> String {
        let mut profiles: Vec<&str> = self.profiles.iter().map(String::as_str).collect();
        profiles.sort_unstable();
        let mut parts = vec![RECIPE.to_owned(), self.rule.as_str().to_owned(), self.bare_path()];
        parts.push(self.subject.clone().unwrap_or_default());
        parts.extend(profiles.into_iter().map(str::to_owned));
        hash(parts.iter().map(String::as_str))
    }

    /// The path from its resource, without indexes: `Patient.name.given`, wherever the resource stands.
    pub fn bare_path(&self) -> String {
        let Some(expression) = &self.expression else {
            return self.resource_type.clone().unwrap_or_default();
        };
        without_indexes(&self.resource_path(expression))
    }

    /// The path from its resource: `Patient.name[0].given` for `Bundle.entry[3].resource.name[0].given`.
    pub(crate) fn resource_path(&self, expression: &str) -> String {
        let in_entry = match expression.rfind(".resource.") {
            Some(at) => expression.get(at + ".resource.".len()..),
            None => expression.strip_suffix(".resource").map(|_| ""),
        };
        let Some(rest) = in_entry.filter(|_| stands_in_entry(expression)) else {
            return expression.to_owned();
        };
        let resource = self.resource_type.as_deref().unwrap_or("resource");
        if rest.is_empty() { resource.to_owned() } else { format!("{resource}.{rest}") }
    }
}

/// `resource` is also an element of other types; only in these it holds a whole resource.
fn stands_in_entry(expression: &str) -> bool {
    expression.starts_with("Bundle.entry") || expression.starts_with("Parameters.parameter")
}

/// Drops `[0]`; what is no number in brackets stays.
pub(crate) fn without_indexes(path: &str) -> String {
    let mut bare = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        bare.push_str(before);
        match after.split_once(']') {
            Some((index, behind)) if index.bytes().all(|byte| byte.is_ascii_digit()) => rest = behind,
            _ => {
                bare.push('[');
                rest = after;
            }
        }
    }
    bare.push_str(rest);
    bare
}

/// 128 bits of SHA-256 over the parts, as hexadecimal digits; parts cannot run into one another.
pub(crate) fn hash<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, rules};

    fn issue(path: &str) -> Issue {
        Issue::new(&rules::STRUCTURE_WRONG_TYPE, "m").with_expression(path).of_resource("Patient", None)
    }

    #[test]
    fn a_resource_has_the_same_path_in_a_bundle_and_alone() {
        for path in ["Patient.name[1].given[0]", "Bundle.entry[3].resource.name[0].given"] {
            assert_eq!(issue(path).bare_path(), "Patient.name.given");
        }
        assert_eq!(issue("Bundle.entry[3].resource").bare_path(), "Patient");
        assert_eq!(issue("Bundle.entry[3].fullUrl").bare_path(), "Bundle.entry.fullUrl");
        assert_eq!(
            issue("Bundle.entry[1].resource.entry[2].resource.name").bare_path(),
            "Patient.name",
            "the innermost resource counts"
        );
        assert_eq!(issue("Task.restriction.resource.x").bare_path(), "Task.restriction.resource.x");
        assert_eq!(without_indexes("a[b].c[12].d["), "a[b].c.d[");
    }

    #[test]
    fn place_values_and_wording_do_not_enter() {
        let one = issue("Patient.birthDate").with_message(Message::new().value("06/06/1944"));
        let other =
            issue("Patient.birthDate").with_message(Message::new().value("1944")).in_file("x").at(1, 2);
        assert_eq!(one.fingerprint(), other.fingerprint());
    }

    #[test]
    fn rule_profile_path_and_code_enter() {
        let base = issue("Patient.gender");
        let others = [
            issue("Patient.name"),
            base.clone().of_profile("p|1"),
            base.clone().with_message(Message::new().code("F")),
            base.clone().with_message(Message::new().code("M")),
            Issue { rule: rules::VIEW_UNFIT.id.clone(), ..base.clone() },
        ];
        let mut prints: Vec<String> = others.iter().map(Issue::fingerprint).collect();
        prints.push(base.fingerprint());
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), others.len() + 1);
    }

    #[test]
    fn the_recipe_has_not_changed() {
        // Baselines in other people's repositories hold these.
        assert_eq!(issue("Patient.gender").fingerprint(), "df631304ce25b2ec1f73c2b69b6251ad");
        assert_ne!(hash(["ab", "c"].into_iter()), hash(["a", "bc"].into_iter()));
    }
}
