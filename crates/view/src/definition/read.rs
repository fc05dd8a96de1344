//! Reading a ViewDefinition from JSON: every fault says which member, where, and what was wanted.

use fhirkit_tape::{Kind as Json, LineIndex, Node, Span, Tape};

use super::{Column, Constant, Filter, Iteration, Select, ViewDefinition};
use crate::error::{Error, Kind};
use crate::suggest::nearest;

/// Members of a ViewDefinition; what we do not use is here so that it is not called unknown.
const VIEW: &[&str] = &[
    "resourceType",
    "id",
    "meta",
    "implicitRules",
    "language",
    "text",
    "contained",
    "url",
    "identifier",
    "version",
    "versionAlgorithmString",
    "versionAlgorithmCoding",
    "name",
    "title",
    "status",
    "experimental",
    "date",
    "publisher",
    "contact",
    "description",
    "useContext",
    "jurisdiction",
    "purpose",
    "copyright",
    "copyrightLabel",
    "resource",
    "profile",
    "fhirVersion",
    "constant",
    "select",
    "where",
];
const SELECT: &[&str] = &["column", "select", "forEach", "forEachOrNull", "repeat", "unionAll"];
const COLUMN: &[&str] = &["name", "path", "type", "collection", "description", "tag", "tags"];
const TAG: &[&str] = &["name", "value"];
const WHERE: &[&str] = &["path", "description"];
/// Levels within levels; far above any view, far below what recursion bears.
const MAX_DEPTH: usize = 64;

/// The types that a constant may have, as the key after `value`.
const CONSTANT_TYPES: &[(&str, &str)] = &[
    ("Base64Binary", "base64Binary"),
    ("Boolean", "boolean"),
    ("Canonical", "canonical"),
    ("Code", "code"),
    ("Date", "date"),
    ("DateTime", "dateTime"),
    ("Decimal", "decimal"),
    ("Id", "id"),
    ("Instant", "instant"),
    ("Integer", "integer"),
    ("Integer64", "integer64"),
    ("Oid", "oid"),
    ("String", "string"),
    ("PositiveInt", "positiveInt"),
    ("Time", "time"),
    ("UnsignedInt", "unsignedInt"),
    ("Uri", "uri"),
    ("Url", "url"),
    ("Uuid", "uuid"),
    ("Markdown", "markdown"),
];

type Result<T> = std::result::Result<T, Error>;

pub(super) fn view(bytes: &[u8]) -> Result<ViewDefinition> {
    let end = u32::try_from(bytes.len())
        .map_err(|_| Error::new(Kind::Syntax, "a ViewDefinition of more than 4 GiB cannot be read"))?;
    let mut tape = Tape::new();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let end = end.min(u32::try_from(bytes.len()).unwrap_or(end));
    tape.load(bytes.to_vec());
    let root = match tape.parse(Span { start: 0, end }) {
        Ok(root) => root,
        Err(error) => {
            let (line, column) = LineIndex::new(bytes).line_column(error.byte());
            return Err(Error::new(Kind::Syntax, error.to_string()).at_line(line as u64, column as u64));
        }
    };
    if let Some(key) = tape.duplicate_key(root) {
        let (line, column) = LineIndex::new(bytes).line_column(key.span().start as usize);
        let message = format!("the member `{}` stands twice in one object", key.as_str());
        let error = Error::new(Kind::Structure, message).at_line(line as u64, column as u64);
        return Err(error.with_hint(Some("leave out one of the two".to_owned())));
    }
    let reader = Reader { bytes };
    reader.check_form(tape.node(root))?;
    let root = reader.object(tape.node(root), "ViewDefinition", VIEW)?;
    let name = reader.optional_text(root, "", "name")?;
    reader.definition(root, name.clone()).map_err(|error| match &name {
        Some(name) => error.in_view(name),
        None => error,
    })
}

struct Reader<'b> {
    bytes: &'b [u8],
}

impl Reader<'_> {
    fn definition(&self, root: Node<'_>, name: Option<String>) -> Result<ViewDefinition> {
        let resource = self.required_text(root, "", "resource", "the resource type that the view reads")?;
        let select = self.list(root, "", "select", |node, place| self.select(node, place, 0))?;
        if select.is_empty() {
            return Err(self.fault(root, "select", "a view needs at least one `select`"));
        }
        Ok(ViewDefinition {
            name,
            title: self.optional_text(root, "", "title")?,
            description: self.optional_text(root, "", "description")?,
            url: self.optional_text(root, "", "url")?,
            resource,
            constants: self.list(root, "", "constant", |node, place| self.constant(node, place))?,
            select,
            filters: self.list(root, "", "where", |node, place| {
                let node = self.object(node, place, WHERE)?;
                Ok(Filter {
                    path: self.required_text(node, place, "path", "the condition")?,
                    description: self.optional_text(node, place, "description")?,
                })
            })?,
        })
    }

    /// `resourceType` may lack; what is there must be one of the two forms.
    fn check_form(&self, root: Node<'_>) -> Result<()> {
        let Some(form) = self.optional_text(root, "", "resourceType")? else { return Ok(()) };
        let canonical = form.contains("sql-on-fhir")
            && form.rsplit('/').next().is_some_and(|t| t.ends_with("ViewDefinition"));
        if form == "ViewDefinition" || canonical {
            return Ok(());
        }
        Err(self.fault(
            root.get("resourceType"),
            "resourceType",
            format!("expected `ViewDefinition`, found `{form}`"),
        ))
    }

    fn select(&self, node: Node<'_>, place: &str, depth: usize) -> Result<Select> {
        if depth > MAX_DEPTH {
            return Err(self.fault(node, place, format!("levels are nested deeper than {MAX_DEPTH}")));
        }
        let node = self.object(node, place, SELECT)?;
        let for_each = self.optional_text(node, place, "forEach")?;
        let or_null = self.optional_text(node, place, "forEachOrNull")?;
        let repeat = self.list(node, place, "repeat", |path, place| self.text(path, place))?;
        let iteration = match (for_each, or_null, repeat) {
            (None, None, repeat) if repeat.is_empty() => Iteration::Here,
            (Some(path), None, repeat) if repeat.is_empty() => Iteration::ForEach(path),
            (None, Some(path), repeat) if repeat.is_empty() => Iteration::ForEachOrNull(path),
            (None, None, repeat) => Iteration::Repeat(repeat),
            _ => {
                return Err(self.fault(
                    node,
                    place,
                    "only one of `forEach`, `forEachOrNull` and `repeat` may stand here",
                ));
            }
        };
        Ok(Select {
            iteration,
            columns: self.list(node, place, "column", |column, place| self.column(column, place))?,
            selects: self
                .list(node, place, "select", |select, place| self.select(select, place, depth + 1))?,
            union_all: self
                .list(node, place, "unionAll", |select, place| self.select(select, place, depth + 1))?,
        })
    }

    fn column(&self, node: Node<'_>, place: &str) -> Result<Column> {
        let node = self.object(node, place, COLUMN)?;
        let mut tags = Vec::new();
        // `tag` is the element's name; the specification's own example writes `tags`.
        for key in ["tag", "tags"] {
            tags.extend(self.list(node, place, key, |tag, place| {
                let tag = self.object(tag, place, TAG)?;
                let name = self.required_text(tag, place, "name", "the tag's name")?;
                Ok((name, self.required_text(tag, place, "value", "the tag's value")?))
            })?);
        }
        let collection = match node.get("collection") {
            absent if absent.is_absent() => false,
            value => value
                .as_bool()
                .ok_or_else(|| self.wrong(value, &member(place, "collection"), "true or false"))?,
        };
        Ok(Column {
            name: self.required_text(node, place, "name", "the column's name")?,
            path: self.required_text(node, place, "path", "the column's path")?,
            type_name: self.optional_text(node, place, "type")?,
            collection,
            description: self.optional_text(node, place, "description")?,
            tags,
        })
    }

    fn constant(&self, node: Node<'_>, place: &str) -> Result<Constant> {
        let node = self.some_object(node, place)?;
        let name = self.required_text(node, place, "name", "the constant's name")?;
        let mut found: Option<(&str, Node<'_>)> = None;
        for (key, value) in node.members() {
            let key = key.as_str();
            let Some(suffix) = key.strip_prefix("value") else {
                if key == "name" || is_meta(&key) {
                    continue;
                }
                return Err(self.unknown(value, place, &key, &["name", "valueString"]));
            };
            let Some((_, type_name)) = CONSTANT_TYPES.iter().find(|(key, _)| *key == suffix) else {
                let keys: Vec<String> = CONSTANT_TYPES.iter().map(|(key, _)| format!("value{key}")).collect();
                return Err(self.unknown(value, place, &key, &keys));
            };
            if found.is_some() {
                return Err(self.fault(value, place, format!("constant `{name}` has more than one value")));
            }
            found = Some((*type_name, value));
        }
        let Some((type_name, value)) = found else {
            return Err(self.fault(node, place, format!("constant `{name}` has no value")));
        };
        let text = match type_name {
            "boolean" => value.as_bool().map(|value| value.to_string()),
            "decimal" | "integer" | "positiveInt" | "unsignedInt" => value.number().map(str::to_owned),
            // 64 bits do not fit every JSON reader's number: FHIR writes it as a string.
            "integer64" => {
                value.number().map(str::to_owned).or_else(|| value.as_str().map(|text| text.into_owned()))
            }
            _ => value.as_str().map(|text| text.into_owned()),
        };
        let value = text.ok_or_else(|| self.wrong(value, place, &format!("a {type_name}")))?;
        Ok(Constant { name, type_name: type_name.to_owned(), value })
    }

    /// The node, when it is an object with known members only.
    fn object<'t>(&self, node: Node<'t>, place: &str, known: &[&str]) -> Result<Node<'t>> {
        let node = self.some_object(node, place)?;
        for (key, value) in node.members() {
            let key = key.as_str();
            if !known.contains(&&*key) && !is_meta(&key) {
                return Err(self.unknown(value, place, &key, known));
            }
        }
        Ok(node)
    }

    fn some_object<'t>(&self, node: Node<'t>, place: &str) -> Result<Node<'t>> {
        if node.is_object() { Ok(node) } else { Err(self.wrong(node, place, "an object")) }
    }

    fn list<'t, T>(
        &self,
        node: Node<'t>,
        place: &str,
        key: &str,
        mut read: impl FnMut(Node<'t>, &str) -> Result<T>,
    ) -> Result<Vec<T>> {
        let value = node.get(key);
        if value.is_absent() {
            return Ok(Vec::new());
        }
        let place = member(place, key);
        if !value.is_array() {
            return Err(self.wrong(value, &place, "a list"));
        }
        value.items().enumerate().map(|(i, item)| read(item, &format!("{place}[{i}]"))).collect()
    }

    fn text(&self, node: Node<'_>, place: &str) -> Result<String> {
        node.as_str().map(|text| text.into_owned()).ok_or_else(|| self.wrong(node, place, "text"))
    }

    fn optional_text(&self, node: Node<'_>, place: &str, key: &str) -> Result<Option<String>> {
        let value = node.get(key);
        if value.is_absent() { Ok(None) } else { self.text(value, &member(place, key)).map(Some) }
    }

    fn required_text(&self, node: Node<'_>, place: &str, key: &str, what: &str) -> Result<String> {
        self.optional_text(node, place, key)?
            .ok_or_else(|| self.fault(node, &member(place, key), format!("`{key}` ({what}) is missing")))
    }

    fn wrong(&self, node: Node<'_>, place: &str, wanted: &str) -> Error {
        self.fault(node, place, format!("expected {wanted}, found {}", describe(node)))
    }

    fn unknown<S: AsRef<str>>(&self, node: Node<'_>, place: &str, key: &str, known: &[S]) -> Error {
        let hint =
            nearest(key, known.iter().map(AsRef::as_ref)).map(|near| format!("did you mean `{near}`?"));
        self.fault(node, place, format!("unknown member `{key}`")).with_hint(hint)
    }

    fn fault(&self, node: Node<'_>, place: &str, message: impl Into<String>) -> Error {
        let error = Error::new(Kind::Structure, message);
        let error = if place.is_empty() { error } else { error.at_place(place) };
        let (line, column) = LineIndex::new(self.bytes).line_column(node.span().start as usize);
        error.at_line(line as u64, column as u64)
    }
}

fn member(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}

/// Members that any FHIR element may have: ids, extensions, `_name`, comments of older versions.
fn is_meta(key: &str) -> bool {
    key.starts_with('_') || matches!(key, "extension" | "modifierExtension" | "id" | "fhir_comments")
}

fn describe(node: Node<'_>) -> &'static str {
    match node.kind() {
        Json::Absent => "nothing",
        Json::Null => "null",
        Json::True | Json::False => "a boolean",
        Json::Number => "a number",
        Json::String => "text",
        Json::Array => "a list",
        Json::Object => "an object",
    }
}
