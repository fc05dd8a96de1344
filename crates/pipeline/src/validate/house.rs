//! House rules: JSON Schemas of the user's own, run straight on the tape.
//!
//! The one file that knows `jsonschema`. It never fetches: a `$ref` out of its file is an error before the run.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{Issue, IssueType, Severity};
use fhirkit_tape::{Kind, Node as TapeNode};
use fhirkit_validate::Subject;
use jsonschema::json::{Array, Json, Node, NodeIdentity, Object};
use jsonschema::paths::LocationSegment;
use jsonschema::{JsonType, Validator};
use serde_json::{Number, Value};

/// A house rule does not hold.
pub static RULE: Rule = Rule::new(
    "schema/house-rule",
    Severity::Error,
    IssueType::BusinessRule,
    "a resource does not follow a JSON Schema given with `--schema`",
)
.with_page(include_str!("house.md"));

/// The schemas, by the type of resource that must follow them.
#[derive(Default)]
pub struct HouseRules(BTreeMap<String, Vec<HouseRule>>);

struct HouseRule {
    /// Its file, for the help of an issue.
    name: String,
    validator: Validator<OnTape>,
}

impl HouseRules {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a schema; `name` is what it is called in messages.
    ///
    /// # Errors
    /// When the text is no JSON Schema, or refers to something outside of itself.
    pub fn add(&mut self, type_name: &str, name: &str, schema: &[u8]) -> Result<(), String> {
        let schema: Value = serde_json::from_slice(schema).map_err(|error| error.to_string())?;
        let validator =
            jsonschema::options_for::<OnTape>().build(&schema).map_err(|error| error.to_string())?;
        let rules = self.0.entry(type_name.to_owned()).or_default();
        rules.push(HouseRule { name: name.to_owned(), validator });
        Ok(())
    }

    pub(super) fn check(&self, subject: &Subject<'_>, resource: TapeNode<'_>, report: &mut dyn FnMut(Issue)) {
        let Some(type_name) = resource.get("resourceType").as_str() else { return };
        for rule in self.0.get(&*type_name).into_iter().flatten() {
            for error in rule.validator.iter_errors(Item::Node(resource)) {
                let (node, path) = follow(resource, error.instance_path().segments());
                let at = format!("{type_name}{path}");
                let mut issue = Issue::new(&RULE, format!("`{at}`: {}", error.masked()));
                issue.with_values = Some(format!("`{at}`: {error}"));
                let issue = issue.with_help(format!("{}#{}", rule.name, error.schema_path().as_str()));
                report(subject.point(issue, &path, node.span()));
            }
        }
    }
}

/// Goes down a JSON pointer; as far as it leads, with the FHIRPath of where it ends.
fn follow<'t, 'l>(
    mut node: TapeNode<'t>,
    segments: impl Iterator<Item = LocationSegment<'l>>,
) -> (TapeNode<'t>, String) {
    let mut path = String::new();
    for segment in segments {
        let (next, step) = match segment {
            LocationSegment::Property(name) => (node.get(&name), format!(".{name}")),
            LocationSegment::Index(index) => (node.item(index), format!("[{index}]")),
        };
        if next.is_absent() {
            break;
        }
        node = next;
        path.push_str(&step);
    }
    (node, path)
}

/// The tape as `jsonschema` sees it.
struct OnTape;

/// A node, or the name of a member that is checked as a value.
#[derive(Clone, Copy)]
enum Item<'t> {
    Node(TapeNode<'t>),
    Name(&'t str),
}

impl Json for OnTape {
    type Node<'a> = Item<'a>;
    type PreparedKey = String;
    type StringBuffer = ();

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>((): &mut (), string: &str, check: impl FnOnce(Item<'_>) -> T) -> T {
        check(Item::Name(string))
    }
}

impl<'t> Item<'t> {
    fn of_kind(self, kinds: &[Kind]) -> Option<TapeNode<'t>> {
        match self {
            Item::Node(node) if kinds.contains(&node.kind()) => Some(node),
            _ => None,
        }
    }
}

impl<'t> Node<'t, OnTape> for Item<'t> {
    type Object = Members<'t>;
    type Array = Items<'t>;
    type Number = Number;

    fn as_object(&self) -> Option<Members<'t>> {
        self.of_kind(&[Kind::Object]).map(Members)
    }

    fn as_array(&self) -> Option<Items<'t>> {
        self.of_kind(&[Kind::Array]).map(Items)
    }

    fn as_string(&self) -> Option<Cow<'t, str>> {
        match self {
            Item::Node(node) => node.as_str(),
            Item::Name(name) => Some(Cow::Borrowed(name)),
        }
    }

    fn as_number(&self) -> Option<Number> {
        serde_json::from_str(self.of_kind(&[Kind::Number])?.number()?).ok()
    }

    fn as_boolean(&self) -> Option<bool> {
        self.of_kind(&[Kind::True, Kind::False])?.as_bool()
    }

    fn is_null(&self) -> bool {
        self.json_type() == JsonType::Null
    }

    fn json_type(&self) -> JsonType {
        match self {
            Item::Name(_) => JsonType::String,
            Item::Node(node) => match node.kind() {
                Kind::Absent | Kind::Null => JsonType::Null,
                Kind::True | Kind::False => JsonType::Boolean,
                Kind::Number => JsonType::Number,
                Kind::String => JsonType::String,
                Kind::Array => JsonType::Array,
                Kind::Object => JsonType::Object,
            },
        }
    }

    fn to_value(&self) -> Cow<'t, Value> {
        Cow::Owned(match self {
            Item::Name(name) => Value::String((*name).to_owned()),
            // The tape has parsed it, so that it is JSON is known.
            Item::Node(node) => serde_json::from_slice(node.raw()).unwrap_or(Value::Null),
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        match self {
            // Later documents may stand at the same place of a buffer that is used again.
            Item::Node(_) | Item::Name(_) => None,
        }
    }
}

/// An object.
struct Members<'t>(TapeNode<'t>);

/// The members of an object, one after another.
struct MembersIter<'t>(Box<dyn Iterator<Item = (Cow<'t, str>, Item<'t>)> + 't>);

impl<'t> Iterator for MembersIter<'t> {
    type Item = (Cow<'t, str>, Item<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl<'t> Object<'t, OnTape> for Members<'t> {
    type Node = Item<'t>;
    type MemberName = Cow<'t, str>;
    type MembersIter = MembersIter<'t>;

    fn len(&self) -> usize {
        self.0.members().count()
    }

    fn get(&self, key: &String) -> Option<Item<'t>> {
        let node = self.0.get(key);
        (!node.is_absent()).then_some(Item::Node(node))
    }

    fn members(&self) -> MembersIter<'t> {
        MembersIter(Box::new(self.0.members().map(|(key, value)| (key.as_str(), Item::Node(value)))))
    }
}

/// A list.
struct Items<'t>(TapeNode<'t>);

/// The items of a list, one after another.
struct ItemsIter<'t>(fhirkit_tape::Items<'t>);

impl<'t> Iterator for ItemsIter<'t> {
    type Item = Item<'t>;

    fn next(&mut self) -> Option<Item<'t>> {
        self.0.next().map(Item::Node)
    }
}

impl<'t> Array<'t, OnTape> for Items<'t> {
    type Node = Item<'t>;
    type ElementsIter = ItemsIter<'t>;

    fn len(&self) -> usize {
        self.0.items().count()
    }

    fn elements(&self) -> ItemsIter<'t> {
        ItemsIter(self.0.items())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhirkit_tape::{Span, Tape};

    fn issues(schema: &str, text: &str) -> Vec<Issue> {
        let mut rules = HouseRules::default();
        rules.add("Patient", "house.json", schema.as_bytes()).unwrap();
        let mut tape = Tape::new();
        tape.load(text.as_bytes().to_vec());
        let root = tape.parse(Span::new(0, u32::try_from(text.len()).unwrap())).unwrap();
        let mut issues = Vec::new();
        rules.check(&Subject::alone(tape.node(root)), tape.node(root), &mut |issue| issues.push(issue));
        issues
    }

    #[test]
    fn a_schema_runs_on_the_tape_and_its_errors_have_places() {
        let schema = r#"{"required":["identifier"],"properties":{"gender":{"enum":["male","female"]},
            "name":{"items":{"properties":{"given":{"maxItems":1,"uniqueItems":true}}}},
            "multipleBirthInteger":{"type":"integer","maximum":9}},"propertyNames":{"maxLength":20}}"#;
        let text = r#"{"resourceType":"Patient","gender":"x","name":[{"given":["secret","secret"]}],
            "multipleBirthInteger":12}"#;
        let mut paths: Vec<_> =
            issues(schema, text).into_iter().map(|issue| issue.expression.unwrap()).collect();
        paths.sort();
        paths.dedup();
        let expected = ["Patient", "Patient.gender", "Patient.multipleBirthInteger", "Patient.name[0].given"];
        assert_eq!(paths, expected);
        assert!(issues(schema, r#"{"resourceType":"Patient","identifier":[],"gender":"male"}"#).is_empty());
    }

    #[test]
    fn values_are_masked_and_other_types_are_left_alone() {
        let found = issues(
            r#"{"properties":{"gender":{"enum":["a"]}}}"#,
            r#"{"resourceType":"Patient","gender":"secret"}"#,
        );
        assert_eq!(found.len(), 1);
        assert!(!found[0].message.contains("secret") && found[0].text(true).contains("secret"));
        assert!(issues(r#"false"#, r#"{"resourceType":"Coverage"}"#).is_empty());
    }

    #[test]
    fn nothing_is_fetched() {
        let mut rules = HouseRules::default();
        assert!(rules.add("Patient", "s", br#"{"$ref":"http://127.0.0.1:1/s.json"}"#).is_err());
    }
}
