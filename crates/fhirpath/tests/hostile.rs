//! Expressions and data made to hurt end soon, and with an error.

mod common;

use common::{evaluate, results};
use fhirkit_fhirpath::ErrorKind;

const EMPTY: &str = r#"{"resourceType":"Patient"}"#;

#[expect(clippy::unwrap_used, reason = "a helper of tests: no fault fails the test")]
fn fault(expression: &str) -> String {
    let error = evaluate(EMPTY, expression, |_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Execution, "{error}");
    error.to_string()
}

#[test]
fn work_without_end_is_stopped() {
    let doubling = "('aaaaaaaaaaaaaaaa'.toChars() | 'b').combine('c')";
    let many = format!("{doubling}{}", ".select($this.combine($this).combine($this))".repeat(20));
    assert!(fault(&many).contains("more than"));
    assert!(fault("1.repeat($this + 1)").contains("more than"));
    let visits = format!("{doubling}{}", ".select(%context.name.count() | $index)".repeat(3));
    let nested = format!("({visits}).combine({visits})");
    assert!(evaluate(EMPTY, &nested, |_| {}).is_ok());
}

#[test]
fn nesting_up_to_the_limit_runs_and_nested_repeats_are_stopped() {
    for (open, inner, close) in
        [("iif(true,", "1", ")"), ("(", "1", ")"), ("'a'.select(", "1", ")"), ("(1 + ", "1", ")")]
    {
        let expression = format!("{}{inner}{}", open.repeat(95), close.repeat(95));
        assert_eq!(results(EMPTY, &expression).len(), 1, "{open}");
    }
    let chain = format!("'a'{}", ".select($this)".repeat(190));
    assert_eq!(results(EMPTY, &chain), ["a"]);
    let repeats = format!("{}contact{}", "%resource.repeat(contact | ".repeat(40), ")".repeat(40));
    assert!(evaluate(EMPTY, &repeats, |_| {}).is_err_and(|error| error.kind() == ErrorKind::Semantic));
}

#[test]
fn text_that_explodes_is_stopped() {
    let grow = format!("'aaaaaaaa'{}", ".replace('a', 'aaaaaaaa')".repeat(12));
    assert!(fault(&grow).contains("grows beyond"));
    let grow = format!("'aaaaaaaa'{}", ".replaceMatches('a', 'aaaaaaaa')".repeat(12));
    assert!(fault(&grow).contains("grows beyond"));
    let grow = format!("'aaaaaaaa'{}", ".select($this & $this)".repeat(30));
    assert!(fault(&grow).contains("grows beyond"));
}

#[test]
fn numbers_that_explode_give_nothing() {
    let grow = format!("9.9{}", ".power(1000)".repeat(5));
    assert!(results(EMPTY, &grow).is_empty());
    assert!(
        results(EMPTY, "(1|2|3|4|5|6|7|8|9).aggregate($total * $total * $total, 123456789.0)").is_empty()
    );
    assert!(results(EMPTY, "2147483647 + 1").is_empty());
    assert!(results(EMPTY, "1 / 0").is_empty());
    assert!(results(EMPTY, "name[2147483647]").is_empty());
    assert!(results(EMPTY, "name[-1]").is_empty());
    assert!(results(EMPTY, "@9999-12-31 + 2000000000 years").is_empty());
}

#[test]
fn patterns_are_linear_or_refused() {
    let long = "a".repeat(5000);
    assert_eq!(results(EMPTY, &format!("'{long}!'.matches('^(a+)+$')")), ["false"]);
    assert!(fault("'a'.matches('(a)\\\\1')").contains("not a pattern that can be used here"));
    assert!(fault("'a'.matches('((a{100}){100}){100}')").contains("needs more than"));
}

#[test]
fn large_collections_are_told_apart_without_comparing_pairs() {
    let names: Vec<_> = (0..50_000).map(|n| format!(r#"{{"family":"f{n}"}}"#)).collect();
    let json = format!(r#"{{"resourceType":"Patient","name":[{}]}}"#, names.join(","));
    assert_eq!(results(&json, "name.distinct().count()"), ["50000"]);
    assert_eq!(results(&json, "(name | name).count()"), ["50000"]);
    assert_eq!(results(&json, "name.exclude(name.skip(1)).family"), ["f0"]);
    assert_eq!(results(&json, "name.family.sort(-$this).first()"), ["f9999"]);
}
