//! What the text of a reference says.

/// The text of `Reference.reference`, taken apart.
///
/// Source: <https://hl7.org/fhir/R4/references.html#literal>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference<'t> {
    /// `#id`: a contained resource; `#` alone is the container itself.
    Contained(&'t str),
    /// `Type?search`: resolved by a server when it is stored.
    Conditional {
        /// The type that is searched.
        resource_type: &'t str,
    },
    /// `urn:uuid:…` or `urn:oid:…`: the entry with this `fullUrl` in the same Bundle.
    Urn(&'t str),
    /// `Type/id`, with or without `/_history/version`.
    Relative {
        /// The type of the target.
        resource_type: &'t str,
        /// Its id.
        id: &'t str,
    },
    /// Any other URL with a scheme.
    Absolute {
        /// The URL without `/_history/version`.
        url: &'t str,
        /// Type and id, if the URL ends in them.
        target: Option<(&'t str, &'t str)>,
    },
    /// None of these.
    Malformed,
}

impl<'t> Reference<'t> {
    /// Takes the text of a reference apart.
    pub fn parse(text: &'t str) -> Self {
        if let Some(id) = text.strip_prefix('#') {
            return if id.is_empty() || is_id(id) { Self::Contained(id) } else { Self::Malformed };
        }
        if text.contains(char::is_whitespace) {
            return Self::Malformed;
        }
        if let Some((path, _)) = text.split_once('?') {
            let name = path.rsplit('/').next().unwrap_or_default();
            let is_relative = name.len() == path.len() || has_scheme(path);
            return if is_type(name) && is_relative {
                Self::Conditional { resource_type: name }
            } else {
                Self::Malformed
            };
        }
        if text.starts_with("urn:") && text.len() > "urn:".len() {
            return Self::Urn(text);
        }
        let url = match text.split_once("/_history/") {
            Some((url, version)) if is_id(version) => url,
            Some(_) => return Self::Malformed,
            None => text,
        };
        if has_scheme(url) {
            return Self::Absolute { url, target: type_and_id(url) };
        }
        match (type_and_id(url), url.matches('/').count()) {
            (Some((resource_type, id)), 1) => Self::Relative { resource_type, id },
            _ => Self::Malformed,
        }
    }
}

fn has_scheme(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && !rest.is_empty()
}

/// Type and id at the end of a path.
fn type_and_id(url: &str) -> Option<(&str, &str)> {
    let (front, id) = url.rsplit_once('/')?;
    let name = front.rsplit('/').next()?;
    (is_type(name) && is_id(id)).then_some((name, id))
}

fn is_type(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The datatype `id`: <https://hl7.org/fhir/R4/datatypes.html#id>
fn is_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    (1..=64).contains(&id.len()) && id.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_recognised() {
        let relative = Reference::Relative { resource_type: "Patient", id: "-199.a" };
        assert_eq!(Reference::parse("Patient/-199.a"), relative);
        assert_eq!(Reference::parse("Patient/-199.a/_history/3"), relative);
        assert_eq!(Reference::parse("#p1"), Reference::Contained("p1"));
        assert_eq!(Reference::parse("#"), Reference::Contained(""));
        assert_eq!(Reference::parse("urn:oid:1.2"), Reference::Urn("urn:oid:1.2"));
        assert_eq!(
            Reference::parse("Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99"),
            Reference::Conditional { resource_type: "Practitioner" }
        );
        assert_eq!(
            Reference::parse("https://x.org/fhir/Patient/1/_history/2"),
            Reference::Absolute { url: "https://x.org/fhir/Patient/1", target: Some(("Patient", "1")) }
        );
        assert_eq!(
            Reference::parse("http://x.org/a"),
            Reference::Absolute { url: "http://x.org/a", target: None }
        );
    }

    #[test]
    fn what_is_no_reference_is_malformed() {
        for text in [
            "",
            "Patient",
            "Patient/7_SOME_PATIENT_REF",
            "Coverage/part-a-contract1 reference",
            "Organization / 1",
            "Patient/Anyman/Bob",
            "/Patient/1",
            "patient/1",
            "Patient/",
            "#a b",
            "urn:",
            "Patient/1/_history/",
        ] {
            assert_eq!(Reference::parse(text), Reference::Malformed, "{text}");
        }
    }
}
