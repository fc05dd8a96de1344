//! JSON on one line: the bytes as written, without white space between tokens.

/// Appends the valid JSON text `json` to `out`. Numbers, strings and their escapes stay as they are.
pub(super) fn append(out: &mut Vec<u8>, json: &[u8]) {
    out.reserve(json.len());
    let mut rest = json;
    loop {
        // Outside of strings: up to a quote or white space.
        let stop = rest.iter().position(|byte| matches!(byte, b'"' | b' ' | b'\n' | b'\r' | b'\t'));
        let Some(stop) = stop else {
            out.extend_from_slice(rest);
            return;
        };
        let (plain, from) = rest.split_at(stop);
        out.extend_from_slice(plain);
        let length = if from.first() == Some(&b'"') { string_length(from) } else { 0 };
        let (string, after) = from.split_at(length.max(1).min(from.len()));
        if length > 0 {
            out.extend_from_slice(string);
        }
        rest = after;
    }
}

/// The length of the string that `text` begins with, quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(step) =
        text.get(at..).and_then(|rest| rest.iter().position(|byte| matches!(byte, b'"' | b'\\')))
    {
        at += step;
        if text.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compacted(json: &str) -> String {
        let mut out = Vec::new();
        append(&mut out, json.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn digits_strings_and_escapes_stay() {
        assert_eq!(
            compacted("{ \"a b\" : 1.10,\r\n\t\"c\\\\\" : [ \" \\\" x \" , 1e400 ] , \"\":\"\" }"),
            r#"{"a b":1.10,"c\\":[" \" x ",1e400],"":""}"#
        );
    }

    proptest! {
        #[test]
        fn what_is_compact_equals_what_serde_writes(text in any::<String>(), key in any::<String>()) {
            let value = serde_json::json!({ key: [text, 1, null], "x y": { " ": [] } });
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(compacted(&pretty), serde_json::to_string(&value).unwrap());
        }
    }
}
