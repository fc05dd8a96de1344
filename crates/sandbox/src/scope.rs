//! What an application asks for: scopes, which compare as sets.

/// What is asked for by a request without scopes.
const DEFAULT: &str = "Clinical/*.*";

/// The scopes of the payer and of SMART that are granted, in the order in which the payer's token reply lists them.
const KNOWN: [&str; 9] = [
    "clinical",
    "read",
    "openid",
    "profile",
    "fhirUser",
    "offline_access",
    "launch/patient",
    DEFAULT,
    "patient/*.*",
];

/// The scopes that were granted, each once.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<String>);

/// A scope that nobody knows.
pub(crate) struct Unknown;

impl Scopes {
    /// The scopes of a sign-in. The case of the names that the payer's page spells both ways does not matter.
    pub(crate) fn of_member(text: Option<&str>) -> Result<Scopes, Unknown> {
        let mut scopes = Vec::new();
        for word in text.unwrap_or(DEFAULT).split_ascii_whitespace() {
            let known = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(word));
            let scope = match known {
                Some(known) => (*known).to_owned(),
                None if is_of_resource(word, "patient/") => word.to_owned(),
                None => return Err(Unknown),
            };
            scopes.push(scope);
        }
        let place = |scope: &String| KNOWN.iter().position(|known| known == scope).unwrap_or(KNOWN.len());
        scopes.sort_by_key(place);
        scopes.dedup();
        Ok(Scopes(scopes))
    }

    /// The scopes of a server that asks in its own name.
    pub(crate) fn of_system(text: Option<&str>) -> Result<Scopes, Unknown> {
        let words = text.unwrap_or("system/*.read").split_ascii_whitespace();
        let mut scopes = Vec::new();
        for word in words {
            if !is_of_resource(word, "system/") {
                return Err(Unknown);
            }
            scopes.push(word.to_owned());
        }
        scopes.dedup();
        Ok(Scopes(scopes))
    }

    pub(crate) fn has(&self, scope: &str) -> bool {
        self.0.iter().any(|own| own == scope)
    }

    pub(crate) fn includes(&self, other: &Scopes) -> bool {
        other.0.iter().all(|scope| self.has(scope))
    }

    /// As the token reply writes them.
    pub(crate) fn text(&self) -> String {
        self.0.join(" ")
    }
}

/// Whether a word is `patient/Claim.rs` and the like (SMART App Launch 2.2, "Scopes for requesting FHIR Resources").
fn is_of_resource(word: &str, level: &str) -> bool {
    let Some((resource_type, access)) = word.strip_prefix(level).and_then(|rest| rest.split_once('.')) else {
        return false;
    };
    let access = access.split_once('?').map_or(access, |(access, _)| access);
    let is_type = resource_type == "*" || resource_type.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_type && !resource_type.is_empty() && matches!(access, "read" | "rs" | "r" | "s" | "*" | "cruds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reply_lists_scopes_in_the_order_of_the_page() {
        let scopes = Scopes::of_member(Some("openid read profile clinical")).ok().unwrap();
        assert_eq!(scopes.text(), "clinical read openid profile");
        let prose = Scopes::of_member(Some("clinical openID FHIRUser")).ok().unwrap();
        assert_eq!(prose.text(), "clinical openid fhirUser");
        assert_eq!(Scopes::of_member(None).ok().unwrap().text(), "Clinical/*.*");
    }

    #[test]
    fn only_scopes_of_the_own_level_are_known() {
        assert!(Scopes::of_member(Some("patient/Claim.rs patient/*.read")).is_ok());
        assert!(Scopes::of_member(Some("system/*.read")).is_err());
        assert!(Scopes::of_member(Some("everything")).is_err());
        assert!(Scopes::of_system(Some("system/*.read")).is_ok());
        assert!(Scopes::of_system(Some("clinical")).is_err());
    }
}
