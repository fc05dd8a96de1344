//! The properties that the fuzz target checks, on generated texts, without a nightly compiler:
//! `cargo test --manifest-path crates/tape/fuzz/Cargo.toml`.

use fhirkit_tape_fuzz::check;
use proptest::prelude::*;

/// JSON-like text: mostly right, sometimes not.
fn text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        "-?[0-9.eE+-]{1,6}",
        "\"[ -!#-\\[\\]-~é€😀]{0,40}\"",
        "\"([a-z]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fD]{4}|\\\\uD83D\\\\uDE00){0,20}\"",
    ];
    leaf.prop_recursive(6, 80, 6, |inner| {
        let gap = "[ \n\t\r]{0,3}";
        let item =
            (gap, inner.clone(), gap).prop_map(|(before, item, after)| format!("{before}{item}{after}"));
        let member =
            ("[a-c_é]{0,2}", inner, gap).prop_map(|(key, value, gap)| format!("\"{key}\":{gap}{value}"));
        prop_oneof![
            prop::collection::vec(item, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_tape_and_serde_json_agree_on_text(text in text()) {
        check(text.as_bytes());
    }

    #[test]
    fn they_agree_on_broken_text(text in text(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        check(&bytes);
    }
}

#[test]
fn they_agree_on_how_deep_is_too_deep() {
    for depth in [1, 126, 127, 128, 129, 200] {
        check(format!("{}{}", "[".repeat(depth), "]".repeat(depth)).as_bytes());
        check(format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)).as_bytes());
    }
}
