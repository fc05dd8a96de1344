//! The path of a discriminator: restricted FHIRPath, over definitions and over data.

use fhirkit_tape::Node;

/// A step as a definition writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    Name(String),
    OfType(String),
    Extension(String),
}

/// The steps of a path; nothing for one that leaves the element (`resolve()`) or is more than FHIR allows here.
pub(super) fn parse(path: &str) -> Option<Vec<Written>> {
    let mut steps = Vec::new();
    for step in split(path) {
        match step.strip_suffix(')').and_then(|call| call.split_once('(')) {
            None if step == "$this" => {}
            None if step.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
                steps.push(Written::Name(step.to_owned()));
            }
            Some(("ofType", ty)) => steps.push(Written::OfType(ty.trim_start_matches("FHIR.").to_owned())),
            Some(("extension", url)) => {
                let url = url.trim().strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])?;
                steps.push(Written::Extension(url.to_owned()));
            }
            _ => return None,
        }
    }
    Some(steps)
}

/// Cut at the dots outside brackets.
fn split(path: &str) -> Vec<&str> {
    let (mut depth, mut start, mut steps) = (0_u32, 0, Vec::new());
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'.' if depth == 0 => {
                steps.push(&path[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    steps.push(&path[start..]);
    steps
}

/// A step over data.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// A JSON key.
    Key(Box<str>),
    /// Any of these keys: a choice.
    Choice(Box<[&'static str]>),
    /// Extensions with this URL.
    Extension(Box<str>),
}

/// Whether a value at the end of the steps satisfies `fits`; items of lists are tried one by one.
pub(super) fn any<'t>(node: Node<'t>, steps: &[Step], fits: &mut dyn FnMut(Node<'t>) -> bool) -> bool {
    if node.is_array() {
        return node.items().any(|item| any(item, steps, fits));
    }
    let Some((step, rest)) = steps.split_first() else { return !node.is_absent() && fits(node) };
    match step {
        Step::Key(key) => {
            let below = node.get(key);
            !below.is_absent() && any(below, rest, fits)
        }
        Step::Choice(keys) => keys.iter().any(|key| any(node.get(key), rest, fits)),
        Step::Extension(url) => node
            .get("extension")
            .items()
            .filter(|one| one.get("url").str_is(url))
            .any(|one| any(one, rest, fits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhirkit_tape::{Span, Tape};

    #[test]
    fn a_url_in_a_call_is_one_step() {
        let steps = parse("extension('http://a.b/c').value.ofType(Coding).code").unwrap();
        let url = Written::Extension("http://a.b/c".to_owned());
        assert_eq!(steps.first(), Some(&url));
        assert_eq!(steps.len(), 4);
        assert_eq!(parse("$this"), Some(Vec::new()));
        assert_eq!(parse("resolve().code"), None);
        assert_eq!(parse("code.where(a='b')"), None);
    }

    #[test]
    fn steps_go_through_lists_choices_and_extensions() {
        let json = r#"{"extension":[{"url":"u","valueCode":"x"},{"url":"v","valueCode":"y"}],
            "coding":[{"code":"a"},{"code":"b"}]}"#;
        let mut tape = Tape::new();
        tape.load(json.as_bytes().to_vec());
        let root = tape.parse(Span::new(0, json.len() as u32)).unwrap();
        let finds = |steps: &[Step], text: &str| any(tape.node(root), steps, &mut |node| node.str_is(text));
        let codes = [Step::Key("coding".into()), Step::Key("code".into())];
        assert!(finds(&codes, "b") && !finds(&codes, "c"));
        let value = [Step::Extension("v".into()), Step::Choice(["valueString", "valueCode"].into())];
        assert!(finds(&value, "y") && !finds(&value, "x"));
    }
}
