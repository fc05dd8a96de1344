//! Primitives with ids and extensions: what shortcuts give is what the engine gives, which `iif(true, path)` asks.

use std::fmt::Write as _;

use crate::common::{cells, compile_json, run};
use fhirkit_view::{Batch, Options, RowError, View};

const BUILT_IN: Options = Options { lineage: false, built_in: true };

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","birthDate":"2020-01-01","_birthDate":{"id":"bd",
  "extension":[{"url":"u","valueString":"q"}]},"name":[{"given":["A"],"_given":[{"id":"gid","extension":[{"url":"gv"}]}]}]}"#;

/// Paths to primitives from a Patient: through primitives, choices, indexes and conditions.
const PATHS: &[&str] = &[
    "birthDate",
    "birthDate.id",
    "birthDate.extension.url",
    "birthDate.extension.first().url",
    "birthDate.extension[1].url",
    "birthDate.extension.where(url='u').value.ofType(string)",
    "birthDate.extension.value.ofType(string).extension.url",
    "birthDate.extension('u').url",
    "birthDate.where($this.exists()).extension.url",
    "birthDate.where($this.exists()).id",
    "birthDate.first().id",
    "name.given",
    "name.given.id",
    "name.given.first()",
    "name.given[1]",
    "name.given[2].id",
    "name.given.first().extension.url",
    "name.given.extension.url",
    "name.given.extension.url.first()",
    "name.first().given",
    "name.first().given.first().id",
    "name.where(use = 'official').given",
    "name.where(use = 'official').given.extension.url",
    "name.where(use = 'official').first().given[1].id",
    "name.where(use.extension.url = 'u').family",
    "name.where(use.id = 'x').family.id",
    "name.where(use.empty()).period.start",
    "name.period.start.id",
    "name.family",
    "name.family.first()",
    "deceased.ofType(boolean)",
    "deceased.ofType(boolean).id",
    "deceased.ofType(dateTime).extension.url",
    "deceased.id",
    "deceased.extension.url",
    "extension.value.ofType(Quantity).value",
    "extension.value.ofType(Quantity).value.id",
    "extension.value.low.value",
    "extension.value.first().low.value",
    "contact.name.given.first()",
    "contact.name.family",
    "id.extension.url",
    "%resource.birthDate.id",
    "%resource.name.given.combine(name.given)",
    "%context.name.given.id",
];

/// What stands under the names of a Patient.
const PATIENTS: &[&str] = &[
    r#""birthDate":"2020","_birthDate":{"id":"b","extension":[{"url":"u","valueString":"q"},{"url":"v"}]}"#,
    r#""_birthDate":{"id":"b","extension":[{"url":"u","_valueString":{"extension":[{"url":"deep"}]}}]}"#,
    r#""birthDate":null,"_birthDate":{"extension":{"url":"u"}},"_id":{"extension":[{"url":"i"}]}"#,
    r#""birthDate":"2020","_birthDate":[null,{"id":"b"}]"#,
    r#""birthDate":["2020"],"_birthDate":{"id":"b"}"#,
    r#""birthDate":{"id":"wrong"},"name":["x",7,[{"given":["y"]}],null]"#,
    r#""name":[{"given":["A","B"],"_given":[null,{"id":"g"}]},{"given":["C"]}]"#,
    r#""name":[{"given":["A",null,"B"],"_given":[{"id":"g"},{"extension":[{"url":"u"},{"url":"v"}]},null]}]"#,
    r#""name":[{"given":["A"],"_given":[null,{"id":"g"},{"id":"h"}]},{"given":["B","C"]}]"#,
    r#""name":[{"_given":[{"id":"g","extension":[{"url":"u"}]}]},{"given":["A","B"]}]"#,
    r#""name":[{"_given":[null,null]},{"given":[]},{"given":"A","_given":{"id":"g"}},{"given":"B","_given":[{"id":"h"}]}]"#,
    r#""name":{"use":"official","given":["A"],"_given":[{"extension":[{"url":"u"}]},{"id":"g"}],"_family":{"id":"f"}}"#,
    r#""name":[{"use":"official","_use":{"id":"x","extension":[{"url":"u"}]},"family":"F","_family":{"id":"f"}},{"_family":{"id":"e"}}]"#,
    r#""name":[{"_use":{"extension":[{"url":"u"}]},"family":"F"},{"family":"G","period":{"_start":{"id":"s"}}},{"period":{"start":"2020"}}]"#,
    r#""deceasedBoolean":true,"_deceasedBoolean":{"id":"d","extension":[{"url":"u"}]}"#,
    r#""_deceasedDateTime":{"id":"d","extension":[{"url":"u"}]},"deceasedBoolean":false"#,
    r#""extension":[{"url":"a","valueQuantity":{"value":1.10,"_value":{"id":"v"},"low":{"value":7}}},{"url":"b","valueRange":{"low":{"value":2}}}]"#,
    r#""extension":[{"url":"a","valueQuantity":{"_value":{"id":"v"}}},{"url":"b","valueQuantity":{"value":2}}]"#,
    r#""contact":[{"name":{"_given":[{"id":"g"}]}},{"name":{"given":["A"],"family":null,"_family":{"id":"f"}}},{"name":{"family":"F"}}]"#,
];

fn patients() -> Vec<String> {
    let patient = |members: &&str| format!(r#"{{"resourceType":"Patient","id":"p",{members}}}"#);
    // Twice: what recurs is remembered.
    PATIENTS.iter().chain(PATIENTS).map(patient).collect()
}

/// A view of these paths, below an iteration or on the resource.
fn view(each: Option<&str>, paths: &[&str], is_plain: bool, list: bool, options: Options) -> View {
    let written = |path: &str| if is_plain { path.to_owned() } else { format!("iif(true, {path})") };
    let each = each.map(|path| format!(r#""forEachOrNull": "{}","#, written(path))).unwrap_or_default();
    let mut columns = String::new();
    for (number, path) in paths.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        let path = written(path);
        write!(columns, r#"{comma}{{"name": "c{number}", "path": "{path}", "collection": {list}}}"#).unwrap();
    }
    let json =
        format!(r#"{{"name": "v", "resource": "Patient", "select": [{{{each} "column": [{columns}]}}]}}"#);
    compile_json(&json, options).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn all(batch: &Batch, count: usize) -> Vec<Vec<String>> {
    (0..count).map(|number| cells(batch, &format!("c{number}"))).collect()
}

fn assert_alike(each: Option<&str>, paths: &[&str]) {
    assert_alike_on(&patients(), each, paths);
}

fn assert_alike_on(patients: &[String], each: Option<&str>, paths: &[&str]) {
    let patients: Vec<&str> = patients.iter().map(String::as_str).collect();
    for (list, options) in [(false, BUILT_IN), (true, BUILT_IN), (false, Options::default())] {
        let outcome = |is_plain: bool| {
            let (batch, errors) = run(&view(each, paths, is_plain, list, options), &patients);
            // Which of several columns is told of first depends on the way they are filled.
            let told =
                |error: &RowError| if paths.len() == 1 { error.to_string() } else { error.rule().into() };
            let errors: Vec<String> = errors.iter().map(told).collect();
            (all(&batch, paths.len()), batch.misfits, errors, batch.row_entry)
        };
        assert_eq!(outcome(true), outcome(false), "{each:?} {paths:?} list {list}");
    }
}

#[test]
fn a_path_through_a_primitive_reaches_its_id_and_extensions() {
    for (path, expected) in [
        ("birthDate.extension.url", "u"),
        ("birthDate.extension.first().url", "u"),
        ("birthDate.extension.where(url='u').value.ofType(string)", "q"),
        ("birthDate.id", "bd"),
        ("name.given.extension.url", "gv"),
        ("name.given.first().id", "gid"),
    ] {
        let (batch, _) = run(&view(None, &[path], true, false, Options::default()), &[PATIENT]);
        assert_eq!(cells(&batch, "c0"), [expected], "{path}");
        let (batch, _) = run(&view(None, &[path], true, true, Options::default()), &[PATIENT]);
        assert_eq!(cells(&batch, "c0"), [format!("[{expected:?}]")], "{path}");
    }
    for (each, path, expected) in [("birthDate.extension", "url", "u"), ("name.given", "id", "gid")] {
        let (batch, _) = run(&view(Some(each), &[path], true, false, Options::default()), &[PATIENT]);
        assert_eq!(cells(&batch, "c0"), [expected], "{each} {path}");
    }
}

#[test]
fn shortcuts_give_what_the_engine_gives() {
    for path in PATHS {
        assert_alike(None, &[path]);
    }
    for path in PATHS {
        // With others beside it, which share beginnings and look-ups.
        assert_alike(None, &[path, "name.family", "name.given", "name.use", "name.where(use = 'old').text"]);
    }
}

/// Columns that look at the same members share their work, and a column alone does not.
fn assert_alike_together_and_alone(each: &str, paths: &[&str]) {
    assert_alike(Some(each), paths);
    for path in paths {
        assert_alike(Some(each), &[path]);
    }
}

#[test]
fn shortcuts_below_an_iteration_give_what_the_engine_gives() {
    let of_primitives =
        ["$this", "id", "extension.url", "extension.first().url", "extension.where(url = 'u').id"];
    for each in [
        "birthDate",
        "name.given",
        "name.given.first()",
        "contact.name.family",
        "name.where(use.empty()).given",
    ] {
        assert_alike_together_and_alone(each, &of_primitives);
    }
    for each in ["name", "name.where(use = 'official')", "contact.name", "contact.name.first()"] {
        let paths = [
            "given",
            "given.id",
            "given.first()",
            "given[1].extension.url",
            "use.id",
            "period.start.id",
            "%resource.name.given.combine(given)",
            "%resource.birthDate.id",
            "%context.given.extension.url",
        ];
        assert_alike_together_and_alone(each, &paths);
    }
    for each in ["birthDate.extension", "name.given.extension", "extension.first()", "extension"] {
        assert_alike(
            Some(each),
            &["url", "value.ofType(string)", "value.low.value", "value.ofType(Quantity).value.id"],
        );
    }
    for each in ["extension.value", "extension.value.first()", "deceased"] {
        assert_alike(Some(each), &["id", "extension.url"]);
    }
    assert_alike(Some("extension.value.ofType(Quantity)"), &["value", "value.id"]);
}

#[test]
fn a_primitive_without_a_value_is_no_second_value() {
    let resource = r#"{"resourceType":"Patient","name":[{"family":"A"},{"family":null,"_family":{"extension":[{"url":"u"}]}}]}"#;
    for (options, path) in [(BUILT_IN, "name.family"), (Options::default(), "iif(true, name.family)")] {
        let (batch, errors) = run(&view(None, &[path], true, false, options), &[resource]);
        assert!(errors.is_empty() && batch.misfits.is_empty(), "{path}");
        assert_eq!(cells(&batch, "c0"), ["A"]);
    }
    let (batch, _) = run(&view(None, &["name.family"], true, true, BUILT_IN), &[resource]);
    assert_eq!(cells(&batch, "c0"), [r#"["A"]"#]);
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    /// What may stand where such a value is expected.
    fn odd(&mut self, make: &mut dyn FnMut(&mut Self) -> String) -> String {
        match self.roll(14) {
            0 => "null".to_owned(),
            1 => "[]".to_owned(),
            2 => "{}".to_owned(),
            3 => format!("[null,{}]", make(self)),
            4 => format!("[{},null,{}]", make(self), make(self)),
            5 => format!("[[{}],7]", make(self)),
            6 => r#""x""#.to_owned(),
            7 | 8 => format!("[{}]", make(self)),
            9 | 10 => format!("[{},{}]", make(self), make(self)),
            _ => make(self),
        }
    }

    fn extension(&mut self, depth: u64) -> String {
        let url = ["u", "v", "w"][self.roll(3) as usize];
        let low = |dice: &mut Self| format!(r#"{{{}}}"#, dice.primitive("value", "7", depth + 1));
        match self.roll(if depth > 1 { 1 } else { 4 }) {
            0 => format!(r#"{{"url":"{url}"}}"#),
            1 => format!(r#"{{"url":"{url}",{}}}"#, self.primitive("valueString", r#""q""#, depth + 1)),
            2 => format!(r#"{{"url":"{url}","valueQuantity":{{"low":{},"value":1.0}}}}"#, low(self)),
            _ => format!(r#"{{"url":"{url}","valueRange":{{"low":{}}}}}"#, low(self)),
        }
    }

    /// A member, its sibling, or both.
    fn primitive(&mut self, key: &str, json: &str, depth: u64) -> String {
        let sibling = |dice: &mut Self| {
            let extension = dice.odd(&mut |dice| dice.extension(depth));
            format!(r#"{{"id":"i{}","extension":{extension}}}"#, dice.roll(9))
        };
        let value = format!(r#""{key}":{}"#, self.odd(&mut |_| json.to_owned()));
        let beside = format!(r#""_{key}":{}"#, self.odd(&mut sibling.clone()));
        match self.roll(4) {
            0 => value,
            1 => beside,
            2 => format!("{value},{beside}"),
            _ => format!(r#""{key}":{json},{beside}"#),
        }
    }

    fn name(&mut self) -> String {
        let uses = [r#""official""#, r#""old""#];
        let members = [
            self.primitive("use", uses[self.0 as usize % 2], 1),
            self.primitive("given", r#""G""#, 1),
            self.primitive("family", r#""F""#, 1),
            format!(r#""period":{{{}}}"#, self.primitive("start", r#""2020""#, 1)),
        ];
        let members: Vec<_> = members.into_iter().filter(|_| self.roll(3) > 0).collect();
        format!("{{{}}}", members.join(","))
    }

    fn patient(&mut self) -> String {
        let members = [
            self.primitive("birthDate", r#""2020""#, 0),
            format!(r#""name":{}"#, self.odd(&mut Self::name)),
            format!(r#""contact":{{"name":{}}}"#, self.odd(&mut Self::name)),
            self.primitive("deceasedBoolean", "true", 1),
            self.primitive("deceasedDateTime", r#""2020""#, 1),
            format!(r#""extension":{}"#, self.odd(&mut |dice| dice.extension(0))),
        ];
        let members: Vec<_> = members.into_iter().filter(|_| self.roll(3) > 0).collect();
        format!(
            r#"{{{}}}"#,
            [vec![r#""resourceType":"Patient","id":"p""#.to_owned()], members].concat().join(",")
        )
    }
}

#[test]
fn shortcuts_give_what_the_engine_gives_whatever_stands_there() {
    let mut dice = Dice(7);
    let patients: Vec<String> = (0..300).map(|_| dice.patient()).collect();
    for paths in PATHS.chunks(9) {
        assert_alike_on(&patients, None, paths);
    }
    for path in PATHS {
        assert_alike_on(&patients, None, &[path]);
    }
    let below =
        ["given", "given.id", "given[1].extension.url", "use.id", "where(use = 'official').given", "family"];
    for each in ["name", "contact.name", "name.where(use = 'old')", "name.first()"] {
        assert_alike_on(&patients, Some(each), &below);
    }
    let below = [
        "$this",
        "id",
        "extension.url",
        "extension.value.ofType(string)",
        "extension.where(url = 'u').value.low.value",
    ];
    for each in
        ["birthDate", "name.given", "name.given.first()", "contact.name.family", "deceased.ofType(boolean)"]
    {
        assert_alike_on(&patients, Some(each), &below);
    }
    for each in ["extension.value", "birthDate.extension.value", "name.given.extension.value"] {
        assert_alike_on(&patients, Some(each), &["id", "low.value", "extension.url", "unit"]);
    }
}
