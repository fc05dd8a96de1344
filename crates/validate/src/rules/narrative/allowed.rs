//! The elements and attributes that a narrative may use: basic formatting, no scripts, no forms, no frames.
//!
//! Source: <https://hl7.org/fhir/R4/narrative.html#xhtml>, invariant `txt-1`

/// Elements, sorted.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "b",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "map",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

/// Attributes of any element, sorted.
const ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "axis",
    "char",
    "charoff",
    "class",
    "colspan",
    "dir",
    "headers",
    "id",
    "lang",
    "rowspan",
    "scope",
    "span",
    "style",
    "tabindex",
    "title",
    "valign",
    "width",
    "xml:lang",
    "xml:space",
];

/// Attributes of some elements.
const OF_ELEMENTS: &[(&str, &[&str])] = &[
    ("a", &["charset", "coords", "href", "hreflang", "name", "rel", "rev", "shape", "type"]),
    ("area", &["alt", "coords", "href", "nohref", "shape"]),
    ("blockquote", &["cite"]),
    ("img", &["alt", "border", "height", "ismap", "longdesc", "src", "usemap", "width"]),
    ("map", &["name"]),
    ("pre", &["space"]),
    ("q", &["cite"]),
    ("table", &["border", "cellpadding", "cellspacing", "frame", "rules", "summary", "width"]),
    ("td", &["nowrap"]),
];

pub(super) fn is_element(name: &str) -> bool {
    ELEMENTS.binary_search(&name).is_ok()
}

pub(super) fn is_attribute(element: &str, name: &str) -> bool {
    name.starts_with("xmlns")
        || ATTRIBUTES.binary_search(&name).is_ok()
        || OF_ELEMENTS.iter().any(|(of, names)| *of == element && names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_scripts_stay_out() {
        assert!(ELEMENTS.is_sorted() && ATTRIBUTES.is_sorted());
        assert!(is_element("table") && !is_element("script") && !is_element("iframe") && !is_element("DIV"));
        assert!(is_attribute("a", "href") && !is_attribute("p", "href") && !is_attribute("p", "onclick"));
    }
}
