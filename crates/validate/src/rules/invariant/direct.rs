//! Invariants that nearly every resource meets thousands of times, answered without FHIRPath.
//!
//! A direct answer is used only where the definition has the very text that it stands for; the test below holds both
//! to the same answers.

use std::collections::HashSet;

use fhirkit_tape::Node;

/// An invariant that is answered directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direct {
    /// A contained resource contains none.
    Dom2,
    /// A contained resource is referred to, or refers to its container.
    Dom3,
    /// A contained resource has no version and no time of update.
    Dom4,
    /// A contained resource has no security label.
    Dom5,
    /// A resource has a narrative.
    Dom6,
    /// An extension has a value or extensions, not both.
    Ext1,
    /// A period ends no earlier than it starts, as far as their precision tells.
    Per1,
}

const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// What each stands for: the end of the message id, the beginning of the expression.
const TEXTS: [(&str, &str, Direct); 7] = [
    ("DomainResource#dom-2", "contained.contained.empty()", Direct::Dom2),
    ("DomainResource#dom-3", "contained.where((('#'+id in (%resource.descendants().reference", Direct::Dom3),
    (
        "DomainResource#dom-4",
        "contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()",
        Direct::Dom4,
    ),
    ("DomainResource#dom-5", "contained.meta.security.empty()", Direct::Dom5),
    ("DomainResource#dom-6", "text.`div`.exists()", Direct::Dom6),
    ("Extension#ext-1", "extension.exists() != value.exists()", Direct::Ext1),
    ("Period#per-1", "start.hasValue().not() or end.hasValue().not() or (start <= end)", Direct::Per1),
];

impl Direct {
    /// The direct answer to an invariant, where there is one.
    pub(super) fn of(message_id: &str, expression: &str) -> Option<Self> {
        let name = message_id.strip_prefix(BASE)?;
        let fits = |(id, text, _): &&(&str, &str, Self)| *id == name && expression.starts_with(text);
        TEXTS.iter().find(fits).map(|(_, _, direct)| *direct)
    }

    /// Whether it holds; nothing where the expression must be asked after all.
    #[inline]
    pub(super) fn holds(self, node: Node<'_>) -> Option<bool> {
        let contained = || node.get("contained").items();
        let meta = |name: &'static str| contained().all(move |one| !exists(one.get("meta"), name));
        Some(match self {
            Self::Dom2 => contained().all(|one| !exists(one, "contained")),
            Self::Dom3 => {
                let first = node.get("contained");
                first.is_absent() || every_contained_is_used(node)
            }
            Self::Dom4 => meta("versionId") && meta("lastUpdated"),
            Self::Dom5 => meta("security"),
            Self::Dom6 => exists(node.get("text"), "div"),
            Self::Ext1 => has_value(node) != exists(node, "extension"),
            Self::Per1 => return per_1(node),
        })
    }
}

fn exists(node: Node<'_>, name: &str) -> bool {
    let (value, sibling) = node.get_with_sibling(name);
    !(value.is_null() || value.is_absent()) || !sibling.is_absent()
}

fn has_value(node: Node<'_>) -> bool {
    node.members().any(|(key, _)| {
        let (text, _) = key.escaped_str();
        text.strip_prefix('_').unwrap_or(text).starts_with("value")
    })
}

/// The question is put the other way round, so that it takes one look at the resource however much is contained.
fn every_contained_is_used(resource: Node<'_>) -> bool {
    let mut used = HashSet::default();
    collect_fragments(resource, &mut used);
    resource.get("contained").items().all(|one| {
        let id = one.get("id").as_str().unwrap_or_default();
        used.contains(id.as_ref()) || mentions_container(one)
    })
}

/// Every `#id` that stands anywhere. Texts that are no reference are taken for one: nobody is blamed for them.
fn collect_fragments(node: Node<'_>, used: &mut HashSet<String>) {
    if let Some(text) = node.as_str() {
        if let Some(id) = text.strip_prefix('#') {
            used.insert(id.to_owned());
        }
    } else if node.is_object() {
        node.members().for_each(|(_, value)| collect_fragments(value, used));
    } else {
        node.items().for_each(|value| collect_fragments(value, used));
    }
}

fn mentions_container(node: Node<'_>) -> bool {
    if node.is_object() {
        node.members().any(|(_, value)| mentions_container(value))
    } else if node.is_array() {
        node.items().any(mentions_container)
    } else {
        node.str_is("#")
    }
}

/// Two plain days, which nearly all are, compare as their texts. Days of different length compare as far as both go,
/// as the specification has it: a period that ends on a day includes all of it.
fn per_1(node: Node<'_>) -> Option<bool> {
    let (start, end) = (node.get("start"), node.get("end"));
    let (Some((start, _)), Some((end, _))) = (start.escaped_str(), end.escaped_str()) else {
        return Some(true);
    };
    let is_day =
        |text: &str| text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let both = start.len().min(end.len());
    let is_of_days = is_day(start) && is_day(end);
    if is_day(start) || is_day(end) {
        let (start, end) = (start.get(..both.min(10))?, end.get(..both.min(10))?);
        // Times of two zones may lie on neighbouring days.
        return if start <= end { Some(true) } else { is_of_days.then_some(false) };
    }
    None
}

#[cfg(test)]
mod tests {
    use fhirkit_definitions::Definitions;
    use fhirkit_fhirpath::{Context, Expression, Scope, Scratch, Value};
    use fhirkit_tape::{Span, Tape};

    use super::*;

    /// The direct answer and that of the expression as R4 has it.
    fn both(direct: Direct, key: &str, type_name: &str, json: &str) -> (Option<bool>, Option<bool>) {
        let definitions = Definitions::embedded().unwrap();
        let types = definitions.types();
        let mut tape = Tape::new();
        tape.load(json.as_bytes().to_vec());
        let root = tape.parse(Span::new(0, json.len() as u32)).unwrap();
        let node = tape.node(root);
        let structure = definitions.structure(type_name).unwrap().unwrap();
        let constraint = structure.constraints.iter().find(|one| one.key == key).unwrap();
        let text = constraint.expression.as_deref().unwrap();
        let id = format!("{}#{key}", constraint.source.as_deref().unwrap_or(&structure.url));
        assert_eq!(Direct::of(&id, text), Some(direct), "{id}");
        let expression = Expression::compile(types, text, &Scope::unchecked()).unwrap();
        let input = Value::element(node, types.type_named(type_name).unwrap());
        let context = Context::new(types, input.clone());
        let truth = expression.truth(&context, &input, &mut Scratch::new()).unwrap();
        (direct.holds(node), truth)
    }

    #[test]
    fn direct_answers_are_those_of_the_expressions() {
        let contained = |inside: &str, outside: &str| {
            format!(
                r#"{{"resourceType":"Patient","contained":[{{"resourceType":"Organization"{inside}}}]{outside}}}"#
            )
        };
        let used = r##","managingOrganization":{"reference":"#a"}"##;
        let patients = [
            contained(r#","id":"a""#, ""),
            contained(r#","id":"a""#, used),
            contained(r##","id":"b","partOf":{"reference":"#"}"##, ""),
            contained(r#","id":"a","contained":[{"resourceType":"Patient"}]"#, used),
            contained(r#","id":"a","meta":{"versionId":"1"}"#, used),
            contained(r#","id":"a","meta":{"lastUpdated":"2020-01-01T00:00:00Z"}"#, used),
            contained(r#","id":"a","meta":{"security":[{"code":"x"}],"tag":[{"code":"x"}]}"#, used),
            contained(r#","id":"a""#, r#","text":{"status":"empty","div":"<div/>"}"#),
            r#"{"resourceType":"Patient"}"#.to_owned(),
        ];
        use Direct::{Dom2, Dom4, Dom5, Dom6};
        for (direct, key) in [(Dom2, "dom-2"), (Dom4, "dom-4"), (Dom5, "dom-5"), (Dom6, "dom-6")] {
            for json in &patients {
                let (ours, theirs) = both(direct, key, "Patient", json);
                assert_eq!(ours, theirs, "{key} {json}");
            }
        }
    }

    /// R4's text of dom-3 cannot be evaluated as it stands: `as()` takes one item and is given all descendants.
    #[test]
    fn what_is_contained_is_referred_to_or_refers_to_its_container() {
        let holds = |json: &str| {
            let mut tape = Tape::new();
            tape.load(json.as_bytes().to_vec());
            let root = tape.parse(Span::new(0, json.len() as u32)).unwrap();
            Direct::Dom3.holds(tape.node(root))
        };
        let with =
            |rest: &str| holds(&format!(r#"{{"resourceType":"Patient","contained":[{{"id":"a"{rest}"#));
        assert_eq!(with("}]}"), Some(false));
        assert_eq!(with(r##","partOf":{"reference":"#"}}]}"##), Some(true));
        assert_eq!(with(r##"}],"managingOrganization":{"reference":"#a"}}"##), Some(true));
        assert_eq!(with(r##"}],"managingOrganization":{"reference":"#b"}}"##), Some(false));
        assert_eq!(holds(r#"{"resourceType":"Patient"}"#), Some(true));
    }

    #[test]
    fn direct_answers_about_datatypes_are_those_of_the_expressions() {
        for json in [
            r#"{"url":"u"}"#,
            r#"{"url":"u","valueString":"x"}"#,
            r#"{"url":"u","_valueString":{"id":"x"}}"#,
            r#"{"url":"u","extension":[{"url":"v","valueCode":"x"}]}"#,
            r#"{"url":"u","extension":[{"url":"v","valueCode":"x"}],"valueInteger":1}"#,
        ] {
            let (ours, theirs) = both(Direct::Ext1, "ext-1", "Extension", json);
            assert_eq!(ours, theirs, "{json}");
        }
        for (start, end) in [
            ("2020-01-01", "2020-01-02"),
            ("2020-01-02", "2020-01-01"),
            ("2020-01-01", "2020-01-01"),
            ("2020-02", "2020-01"),
        ] {
            let json = format!(r#"{{"start":"{start}","end":"{end}"}}"#);
            let (ours, theirs) = both(Direct::Per1, "per-1", "Period", &json);
            assert_eq!(ours, theirs, "{json}");
        }
    }

    #[test]
    fn a_period_is_compared_as_far_as_its_precision_goes() {
        for (start, end, holds) in [
            ("2020-01-15", "2020-01", Some(true)),
            ("2020-01-15", "2020", Some(true)),
            ("2020-02-15", "2020-01", Some(false)),
            ("2020-01-15T10:00:00Z", "2020-01-15", Some(true)),
            ("2020-01-16T00:30:00+02:00", "2020-01-15", None),
            ("2020-01-15T10:00:00Z", "2020-01-15T09:00:00Z", None),
        ] {
            let json = format!(r#"{{"start":"{start}","end":"{end}"}}"#);
            assert_eq!(both(Direct::Per1, "per-1", "Period", &json).0, holds, "{json}");
        }
    }
}
