//! Kinds of rules: what a message id of the reference and a rule of ours have in common.

/// The kind of a message of the reference. `id` may be missing for what its parser finds.
pub(crate) fn of_message(id: &str, message: &str) -> String {
    if let Some((_, key)) = id.split_once('#') {
        return of_invariant(key);
    }
    let id = id.to_uppercase();
    let has = |word: &str| id.contains(word);
    let kind = if id.is_empty() {
        if message.contains("XHTML") { "narrative" } else { "structure" }
    } else if has("XHTML") {
        "narrative"
    } else if has("BUNDLE") {
        "bundle"
    } else if has("DOM3") {
        "invariant dom-3"
    } else if has("REFERENCE_REF") || has("URL_INTERNAL") {
        "reference"
    } else if has("EXTENSION_") {
        "extension"
    } else if has("PROFILE_NOTSLICE") {
        "slicing"
    } else if has("PROFILE_MINIMUM") || has("PROFILE_MAXIMUM") {
        "cardinality"
    } else if has("FIXED_WRONG") || has("CHECKS_PATTERN") || has("CHECKS_FIXED") {
        "value"
    } else if has("DISPLAY_NAME") {
        "display"
    } else if has("TX_SYSTEM") || has("DT_ATT") || has("DT_IDENTIFIER") {
        "type"
    } else if has("TERMINOLOGY_TX") || has("UNKNOWN_CODE") {
        "binding"
    } else if has("URL_RESOLVE") {
        "link"
    } else if has("TYPE_SPECIFIC_CHECKS") || has("CANONICAL_ABSOLUTE") {
        "primitive"
    } else if has("UNRECOGNISED")
        || has("PROPERTY")
        || has("PARSING_JSON")
        || has("EMPTY")
        || has("ARRAY")
        || has("UNKNOWN_NAME")
    {
        "structure"
    } else {
        return id.to_lowercase();
    };
    kind.to_owned()
}

/// The kind of an issue of ours: that of the equal message, else the group of its rule.
pub(crate) fn of_issue(rule: &str, message_id: Option<&str>) -> String {
    if let Some(id) = message_id {
        return of_message(id, "");
    }
    match rule {
        "structure/cardinality" | "structure/prohibited" => "cardinality".to_owned(),
        rule => match rule.split('/').next().unwrap_or_default() {
            "json" => "structure".to_owned(),
            "not-checked" => "binding".to_owned(),
            group => group.to_owned(),
        },
    }
}

/// Invariants that say the same as a rule of another kind have its kind.
fn of_invariant(key: &str) -> String {
    match key {
        "ele-1" => "structure".to_owned(),
        "ref-1" => "reference".to_owned(),
        "txt-1" | "txt-2" => "narrative".to_owned(),
        key => format!("invariant {key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_messages_are_of_one_kind() {
        assert_eq!(of_message("Validation_VAL_Profile_Minimum_SLICE", ""), "cardinality");
        assert_eq!(of_message("http://hl7.org/fhir/StructureDefinition/Bundle#bdl-7", ""), "invariant bdl-7");
        assert_eq!(of_message("", "Unrecognized property 'x'"), "structure");
        assert_eq!(of_issue("structure/unknown-element", Some("Unrecognised_property_")), "structure");
        assert_eq!(of_issue("structure/wrong-type", None), "structure");
        assert_eq!(of_issue("value/fixed", None), "value");
        let parsing = of_issue("", Some("Error_parsing_JSON_the_primitive_value_must_be_a_number"));
        assert_eq!(parsing, "structure");
    }
}
