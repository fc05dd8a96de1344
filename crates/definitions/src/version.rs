//! Versions of packages and definitions.

/// What orders versions: numbers by value, a release after its previews (`1.0.0-ballot` before `1.0.0`).
pub(crate) fn key(version: &str) -> (Vec<u64>, bool, &str) {
    let (numbers, label) = version.split_once('-').unwrap_or((version, ""));
    let numbers = numbers.split('.').map(|part| part.parse().unwrap_or_default()).collect();
    (numbers, label.is_empty(), label)
}

/// Whether a wanted version is the beginning of a held one, in whole parts: `2.0` of `2.0.0`.
pub(crate) fn begins(wanted: &str, held: &str) -> bool {
    held.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::{begins, key};

    #[test]
    fn numbers_order_versions_and_a_preview_comes_before_its_release() {
        assert!(key("2.10.0") > key("2.9.1") && key("5.3.0") > key("5.3.0-ballot-tc1"));
        assert!(key("5.3.0-ballot-tc1") > key("5.2.0") && key("2018-08-12") < key("2019-01-01"));
    }

    #[test]
    fn part_of_a_version_means_what_begins_with_it() {
        assert!(
            begins("2.0", "2.0.0")
                && begins("2", "2.0.0")
                && !begins("2", "20.1")
                && !begins("2.0.0", "2.0.0")
        );
    }
}
