//! Faults of the data: what vendors' systems and careless mappings produce.

use serde_json::{Map, Value, json};

use super::random::Random;

/// A fault of the data; where there is nothing to be broken that way, nothing changes.
pub(super) type OfValue = fn(&mut Value, &mut Random);

/// Every kind, with its name.
pub(super) const KINDS: &[(&str, OfValue)] = &[
    ("leave out a member", leave_out),
    ("misspell a key", misspell),
    ("unknown member", unknown),
    ("null", |root, random| set(root, random, |_| true, |_, _| Value::Null)),
    ("another JSON type", |root, random| set(root, random, |_| true, another_type)),
    ("empty string", |root, random| set(root, random, Value::is_string, |_, _| json!(""))),
    ("empty list", |root, random| set(root, random, Value::is_array, |_, _| json!([]))),
    ("empty object", |root, random| set(root, random, Value::is_object, |_, _| json!({}))),
    ("value in a list", |root, random| set(root, random, |one| !one.is_array(), |one, _| json!([one]))),
    ("list without its brackets", |root, random| set(root, random, Value::is_array, |one, _| one[0].clone())),
    ("item twice", |root, random| set(root, random, Value::is_array, item_twice)),
    ("list turned round", |root, random| set(root, random, Value::is_array, turned)),
    ("odd sibling", odd_sibling),
    ("odd date", |root, random| text(root, random, is_date_like, DATES)),
    ("odd code", |root, random| text(root, random, is_code_like, CODES)),
    ("odd reference", |root, random| text(root, random, |one| one.contains('/'), REFERENCES)),
    ("odd narrative", |root, random| text(root, random, |one| one.contains("<div"), NARRATIVES)),
    ("odd number", |root, random| set(root, random, Value::is_number, odd_number)),
    ("very long string", |root, random| {
        set(root, random, Value::is_string, |_, _| json!("x".repeat(100_000)))
    }),
    ("another resource type", another_resource),
    ("claimed profile", claimed),
    ("deep nesting", deep),
    ("second value of a choice", second_choice),
    ("white space around", |root, random| set(root, random, Value::is_string, spaced)),
    ("values exchanged", exchanged),
    ("resource within", within),
];

const DATES: &[&str] = &[
    "06/06/1944",
    "2024-02-30",
    "1944-6-6",
    "2024-01-01T00:00:00",
    "0000-00-00",
    "99999-01-01",
    "now",
    "20240101",
];
const CODES: &[&str] = &["F", "active ", " x", "a  b", "ACTIVE", "\u{1F600}", "unknown-code"];
const REFERENCES: &[&str] =
    &["#", "#nothing", "Patient", "Patient/", "/Patient/1", "urn:uuid:x", "http://", "a b", "Bundel/1"];
const NARRATIVES: &[&str] = &[
    "<div>",
    "<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>",
    "x",
    "<div/><div/>",
    "<div a=",
    "<div xmlns='http://www.w3.org/1999/xhtml'>&nbsp;<a href='javascript:x'>y</a></div>",
    "<!--",
    "<div>&#x110000;</div>",
];

/// The JSON pointers of all values that are of a kind; the root itself is left alone.
fn places(root: &Value, is_meant: impl Fn(&Value) -> bool) -> Vec<String> {
    fn collect(value: &Value, path: &str, places: &mut Vec<String>, is_meant: &impl Fn(&Value) -> bool) {
        if !path.is_empty() && is_meant(value) {
            places.push(path.to_owned());
        }
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    collect(item, &format!("{path}/{index}"), places, is_meant);
                }
            }
            Value::Object(members) => {
                for (key, member) in members {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    collect(member, &format!("{path}/{key}"), places, is_meant);
                }
            }
            _ => {}
        }
    }
    let mut places = Vec::new();
    collect(root, "", &mut places, &is_meant);
    places
}

/// Replaces one value of a kind.
fn set(
    root: &mut Value,
    random: &mut Random,
    is_meant: impl Fn(&Value) -> bool,
    make: impl Fn(&Value, &mut Random) -> Value,
) {
    let places = places(root, is_meant);
    let Some(place) = random.pick(&places) else { return };
    if let Some(value) = root.pointer_mut(place) {
        *value = make(value, random);
    }
}

/// Replaces one text of a kind by one of some.
fn text(root: &mut Value, random: &mut Random, is_meant: fn(&str) -> bool, texts: &[&str]) {
    let is_text = |value: &Value| value.as_str().is_some_and(is_meant);
    set(root, random, is_text, |_, random| json!(random.pick(texts)));
}

/// Some object, the root's among them.
fn object<'v>(root: &'v mut Value, random: &mut Random) -> Option<&'v mut Map<String, Value>> {
    let mut places = places(root, Value::is_object);
    places.push(String::new());
    root.pointer_mut(random.pick(&places)?)?.as_object_mut()
}

fn some_key(object: &Map<String, Value>, random: &mut Random) -> Option<String> {
    let keys: Vec<&String> = object.keys().collect();
    random.pick(&keys).map(|key| (*key).clone())
}

fn leave_out(root: &mut Value, random: &mut Random) {
    let Some(object) = object(root, random) else { return };
    if let Some(key) = some_key(object, random) {
        object.shift_remove(&key);
    }
}

fn misspell(root: &mut Value, random: &mut Random) {
    let Some(object) = object(root, random) else { return };
    let Some(key) = some_key(object, random) else { return };
    let Some(value) = object.shift_remove(&key) else { return };
    let wrong = match random.below(4) {
        0 => key.to_uppercase(),
        1 => format!("{key}s"),
        2 => key.chars().skip(1).collect(),
        _ => format!("_{key}"),
    };
    object.insert(wrong, value);
}

fn unknown(root: &mut Value, random: &mut Random) {
    let key =
        random.pick(&["foo", "fhir_comments", "resourceType", "", "value", "_"]).map(|key| (*key).to_owned());
    if let (Some(object), Some(key)) = (object(root, random), key) {
        object.insert(key, json!(["x"]));
    }
}

fn another_type(value: &Value, random: &mut Random) -> Value {
    let others =
        [json!("x"), json!(7), json!(true), json!([1, null]), json!({"x": 1}), json!("1"), json!([[[]]])];
    match value {
        Value::Number(number) if random.below(2) == 0 => json!(number.to_string()),
        Value::Bool(truth) if random.below(2) == 0 => json!(truth.to_string()),
        _ => random.pick(&others).cloned().unwrap_or_default(),
    }
}

fn item_twice(list: &Value, _: &mut Random) -> Value {
    let items = list.as_array().into_iter().flatten();
    Value::Array(items.clone().take(1).chain(items).cloned().collect())
}

fn turned(list: &Value, _: &mut Random) -> Value {
    Value::Array(list.as_array().into_iter().flatten().rev().cloned().collect())
}

fn odd_sibling(root: &mut Value, random: &mut Random) {
    let shapes =
        [json!(null), json!({}), json!([null]), json!({"id": "x"}), json!([{"extension": []}]), json!("x")];
    let shape = random.pick(&shapes).cloned().unwrap_or_default();
    let Some(object) = object(root, random) else { return };
    if let Some(key) = some_key(object, random) {
        object.insert(format!("_{key}"), shape);
    }
}

fn odd_number(_: &Value, random: &mut Random) -> Value {
    let numbers = [
        json!(-1),
        json!(0),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(-0.0),
        json!(2_147_483_648_u64),
    ];
    random.pick(&numbers).cloned().unwrap_or_default()
}

fn another_resource(root: &mut Value, random: &mut Random) {
    let types =
        ["Patient", "Bundel", "ExplanationOfBenefit", "Bundle", "HumanName", "", "Parameters", "Resource"];
    let has_type = |value: &Value| value.get("resourceType").is_some();
    let mut places = places(root, has_type);
    places.push(String::new());
    let name = random.pick(&types).copied().unwrap_or_default();
    let Some(object) = random.pick(&places).and_then(|place| root.pointer_mut(place)?.as_object_mut()) else {
        return;
    };
    object.insert("resourceType".to_owned(), json!(name));
}

fn claimed(root: &mut Value, random: &mut Random) {
    let profiles = [
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient",
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0",
        "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Pharmacy|2.0.0",
        "http://hl7.org/fhir/StructureDefinition/bp",
        "http://hl7.org/fhir/us/core/StructureDefinition/uscore-patient",
        "|",
        "",
    ];
    let profile = random.pick(&profiles).copied().unwrap_or_default();
    if let Some(object) = root.as_object_mut() {
        object.insert("meta".to_owned(), json!({"profile": [profile, profile]}));
    }
}

fn deep(root: &mut Value, random: &mut Random) {
    let mut nested = json!({"url": "http://x", "valueString": "x"});
    for _ in 0..random.below(60) {
        nested = json!({"url": "http://x", "extension": [nested]});
    }
    if let Some(object) = object(root, random) {
        object.insert("extension".to_owned(), json!([nested]));
    }
}

fn second_choice(root: &mut Value, random: &mut Random) {
    let key = random.pick(&["valueString", "valueQuantity", "valueCodeableConcept", "valueBoolean"]).copied();
    if let (Some(object), Some(key)) = (object(root, random), key) {
        object.insert(key.to_owned(), json!({"value": 1}));
    }
}

fn spaced(value: &Value, random: &mut Random) -> Value {
    let text = value.as_str().unwrap_or_default();
    match random.below(3) {
        0 => json!(format!(" {text}")),
        1 => json!(format!("{text}\t\n")),
        _ => json!(text.replace('-', " ")),
    }
}

fn exchanged(root: &mut Value, random: &mut Random) {
    let places = places(root, |_| true);
    let (Some(one), Some(other)) = (random.pick(&places), random.pick(&places)) else { return };
    let (Some(first), Some(second)) = (root.pointer(one).cloned(), root.pointer(other).cloned()) else {
        return;
    };
    if let Some(value) = root.pointer_mut(one) {
        *value = second;
    }
    if let Some(value) = root.pointer_mut(other) {
        *value = first;
    }
}

fn within(root: &mut Value, random: &mut Random) {
    let copy = root.clone();
    let key = if random.below(2) == 0 { "contained" } else { "entry" };
    if let Some(object) = root.as_object_mut() {
        let item = if key == "entry" { json!({"resource": copy}) } else { copy };
        object.insert(key.to_owned(), json!([item]));
    }
}

fn is_date_like(text: &str) -> bool {
    text.len() >= 4 && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
}

fn is_code_like(text: &str) -> bool {
    text.len() <= 24 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}
