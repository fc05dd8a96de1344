//! Paths of the reference and ours, made comparable.

/// Without what the reference writes behind a resource: `/*Patient/1*/`.
pub(crate) fn without_comments(path: &str) -> String {
    let mut plain = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, behind)| behind);
    }
    plain + rest
}

/// Each `.ofType(Name)` replaced by what `of` makes of the name.
pub(crate) fn with_types(path: &str, of: impl Fn(&str) -> String) -> String {
    let mut pieces = path.split(".ofType(");
    let mut made = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, behind) = piece.split_once(')').unwrap_or((piece, ""));
        made += &of(name);
        made += behind;
    }
    made
}

/// Without what the reference writes behind a nested extension: `[url='text']`.
fn without_urls(path: &str) -> String {
    let mut pieces = path.split("[url='");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    pieces.for_each(|piece| plain += piece.split_once("']").map_or("", |(_, behind)| behind));
    plain
}

/// A path without comments and without the types of choices, which the reference does not name while it parses.
pub(crate) fn comparable(path: &str) -> String {
    let plain = with_types(&without_urls(&without_comments(path)), |_| String::new()).replace("[x]", "");
    let plain = plain.trim_matches('.');
    if plain == "$" { String::new() } else { plain.to_owned() }
}

/// `Bundle.entry[3]` → `Bundle.entry`: the reference names the first entry for any.
pub(crate) fn without_entry_index(path: &str) -> &str {
    let index = path.strip_prefix("Bundle.entry[").and_then(|rest| rest.strip_suffix(']'));
    if index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit())) {
        "Bundle.entry"
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_both_come_to_the_same() {
        assert_eq!(
            comparable("Bundle.entry[1].resource/*Patient/1*/.name[0]"),
            "Bundle.entry[1].resource.name[0]"
        );
        assert_eq!(comparable("Observation.value.ofType(Quantity).code"), "Observation.value.code");
        assert_eq!(comparable("Observation.value[x]"), "Observation.value");
        assert_eq!(
            comparable("Patient.extension[1].extension[0][url='text']"),
            "Patient.extension[1].extension[0]"
        );
        assert_eq!(comparable("$"), "");
        assert_eq!(without_entry_index("Bundle.entry[12]"), "Bundle.entry");
        assert_eq!(without_entry_index("Bundle.entry[12].resource"), "Bundle.entry[12].resource");
    }
}
