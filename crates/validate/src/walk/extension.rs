//! Extensions: what their URL means, whether they may stand where they do, and what their definition asks.

use std::sync::Arc;

use fhirkit_issue::{Message, Severity};
use fhirkit_tape::Node;

use super::object::Place;
use super::sliced::Narrowing;
use super::{Cursor, Fault, Walk};
use crate::automaton::{Field, Member, ProfileId, State};
use crate::options::UnknownExtensions;
use crate::profile::{ElementId, ExtensionFacts, Profile};
use crate::rules::extension as rules;

/// What the URL of an extension means.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// This definition.
    Defined(ProfileId),
    /// Not to be told: an element of another version of FHIR, an example's, one of HL7's publication tools. With what
    /// it is counted as.
    Tolerated(Arc<str>),
    /// Nobody defines it. With what it is counted as, and what was probably meant, in words, if that was looked for.
    Unknown(Arc<str>, Option<Arc<str>>),
}

/// Extensions that the definitions of 4.0.1 use otherwise than these extensions' own definitions, old and new, allow.
const LAX: [&str; 2] = [
    "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type",
    "http://hl7.org/fhir/StructureDefinition/regex",
];

/// How many URLs a thread remembers; more come from data that is out to fill memory.
const REMEMBERED: usize = 4096;

impl<'v, 't> Walk<'_, 'v, 't> {
    /// The state of an extension with what its definition asks.
    pub(super) fn extension(
        &mut self,
        state: &'v State,
        node: Node<'t>,
        field: &'v Field,
        cursor: &Cursor<'_>,
        place: Place<'_, 'v, 't>,
    ) -> &'v State {
        if self.automaton.options.structure_only {
            return state;
        }
        // That the URL is missing, its cardinality tells.
        let Some(url) = node.get("url").as_str() else { return state };
        if !is_absolute(&url) {
            self.relative(&url, node, state, cursor, place);
            return state;
        }
        let active =
            state.extension.filter(|&id| self.automaton.profile(id).is_some_and(|one| one.url() == url));
        let known = active.map_or_else(|| self.known(&url), Known::Defined);
        let Known::Defined(id) = known else {
            self.undefined(&url, &known, node, field, cursor);
            return state;
        };
        let Some(profile) = self.automaton.profile(id) else { return state };
        let root = Member { profile: id, element: ElementId::ROOT };
        if let Some(facts) = &profile.extension {
            self.stands_well(root, (profile, facts), field, cursor, node, place);
        }
        if active.is_some() {
            return state;
        }
        let more = std::iter::once(root);
        self.narrow(state, Narrowing::Extension(state.id, id), more, std::iter::empty())
    }

    fn known(&mut self, url: &str) -> Known {
        let scope = self.scope.index();
        let found = self.scratch.extensions.get(&scope).and_then(|known| known.get(url));
        if let Some(known) = found {
            return known.clone();
        }
        let root = self.automaton.root_of_profile(url, &self.scope);
        let is_extension = |id| self.automaton.profile(id).is_some_and(|profile| profile.extension.is_some());
        let counted = || format!("extension {url}").into();
        let known = match root.map(|root| root.profile).filter(|&id| is_extension(id)) {
            _ if LAX.contains(&url) => Known::Tolerated(counted()),
            Some(id) => Known::Defined(id),
            None if is_of_other_version(url) || is_tolerated(url) => Known::Tolerated(counted()),
            None => Known::Unknown(counted(), self.suggestion(url)),
        };
        let all = self.scratch.extensions.entry(scope).or_default();
        if all.len() < REMEMBERED {
            all.insert(url.into(), known.clone());
        }
        known
    }

    /// What was probably meant by an extension that nobody defines; looked for once a URL, and where it is told.
    fn suggestion(&self, url: &str) -> Option<Arc<str>> {
        if self.automaton.options.unknown_extensions == UnknownExtensions::Ignore {
            return None;
        }
        let (nearest, package) = self.automaton.source.nearest_profile(url)?;
        Some(format!("did you mean `{nearest}` ({package})?").into())
    }

    /// A short URL has a meaning inside an extension only, where the definition lists it.
    fn relative(
        &mut self,
        url: &str,
        node: Node<'t>,
        state: &State,
        cursor: &Cursor<'_>,
        place: Place<'_, 'v, 't>,
    ) {
        if !place.state.is_extension {
            self.report(&rules::url::RULE, node.get("url"), cursor, &[], |path| {
                let message = Message::new().text(format!("`{path}.url`: `")).code(url);
                Fault::new(message.text("` is not absolute")).message_id("Extension_EXT_Url_Absolute")
            });
            return;
        }
        let Some(around) = place.state.extension.and_then(|id| self.automaton.profile(id)) else { return };
        // A definition that forbids nested ones has said so by its cardinality; one that names none allows any.
        let names_some = state.slices.iter().any(|group| !group.slices.is_empty());
        let is_named = state.members.iter().any(|&member| {
            let element = self.automaton.member(member).map(|(_, element)| element);
            element.is_some_and(|element| element.slice_name.is_some())
        });
        if names_some && !is_named {
            let canonical = around.canonical.clone();
            self.report(&rules::nested::RULE, node, cursor, &[], |path| {
                let message = Message::new().text(format!("`{path}`: `")).code(url);
                Fault::new(message.text(format!("` is no part of {canonical}")))
                    .message_id("Extension_EXT_SubExtension_Invalid")
            });
        }
    }

    /// A value of a type that the definition does not allow is told at the extension.
    pub(super) fn refused_in_extension(&mut self, field: &Field, value: Node<'t>, place: Place<'_, 'v, 't>) {
        self.report(&rules::value_type::RULE, value, place.cursor, &field.refused_by, |path| {
            let ty = field.choice.unwrap_or_default();
            Fault::new(format!("`{path}`: its definition does not allow a value of type {ty}"))
                .message_id("Extension_EXT_Type")
        });
    }

    /// Nobody at hand defines it: what to make of it is a matter of policy, but a modifier that is not understood
    /// makes the element that holds it meaningless.
    fn undefined(&mut self, url: &str, known: &Known, node: Node<'t>, field: &Field, cursor: &Cursor<'_>) {
        let is_modifier = field.name == "modifierExtension";
        let severity = match self.automaton.options.unknown_extensions {
            UnknownExtensions::Error => Severity::Error,
            _ if is_modifier => Severity::Error,
            UnknownExtensions::Warn => Severity::Warning,
            UnknownExtensions::Ignore => Severity::Information,
        };
        if let Known::Tolerated(counted) | Known::Unknown(counted, _) = known {
            self.scratch.checked.note_other(counted);
        }
        if severity == Severity::Information {
            return;
        }
        let Known::Unknown(_, suggestion) = known else { return };
        self.report_as(&rules::unknown::RULE, severity, node.span(), cursor, &[], |path| {
            let what = if is_modifier { "modifier extension" } else { "extension" };
            let message = Message::new().text(format!("`{path}`: no package at hand defines the {what} `"));
            let fault = Fault::new(message.code(url).text("`"));
            let fault = fault.message_id("Extension_EXT_Unknown_NotHere");
            match suggestion {
                Some(suggestion) => fault.help(&**suggestion),
                None => fault,
            }
        });
    }

    /// Whether it stands under the right name and at a place that its definition allows.
    fn stands_well(
        &mut self,
        root: Member,
        (profile, facts): (&'v Profile, &'v ExtensionFacts),
        field: &Field,
        cursor: &Cursor<'_>,
        node: Node<'t>,
        place: Place<'_, 'v, 't>,
    ) {
        if facts.is_modifier != (field.name == "modifierExtension") {
            let (right, id) = match facts.is_modifier {
                true => ("modifierExtension", "Extension_EXT_Modifier_Y"),
                false => ("extension", "Extension_EXT_Modifier_N"),
            };
            self.report(&rules::modifier::RULE, node, cursor, &[root], |path| {
                Fault::new(format!("`{path}`: {} belongs under `{right}`", profile.canonical)).message_id(id)
            });
        }
        self.stands_where_allowed(root, (profile, facts), node, place);
    }
}

/// Whether a URL begins with a scheme.
fn is_absolute(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// `http://hl7.org/fhir/5.0/StructureDefinition/extension-…`: an element that another version of FHIR has.
fn is_of_other_version(url: &str) -> bool {
    let version = url.strip_prefix("http://hl7.org/fhir/").and_then(|rest| rest.split_once('/'));
    version.is_some_and(|(version, rest)| {
        version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && rest.starts_with("StructureDefinition/extension-")
    })
}

/// Extensions whose definitions nobody is meant to have.
fn is_tolerated(url: &str) -> bool {
    let examples = ["http://example.org", "https://example.org", "http://acme.com", "http://nema.org"];
    let tools = [
        "http://hl7.org/fhir/build/",
        "http://hl7.org/fhir/tools/",
        "http://hl7.org/fhir/StructureDefinition/instance-name",
        "http://hl7.org/fhir/StructureDefinition/instance-description",
    ];
    examples.iter().chain(&tools).any(|begin| url.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_short_names() {
        assert!(is_absolute("http://a") && is_absolute("urn:oid:1.2"));
        assert!(!is_absolute("ombCategory") && !is_absolute("a/b:c") && !is_absolute(":x"));
        assert!(is_of_other_version("http://hl7.org/fhir/5.0/StructureDefinition/extension-Patient.x"));
        assert!(!is_of_other_version("http://hl7.org/fhir/StructureDefinition/extension-x"));
    }
}
