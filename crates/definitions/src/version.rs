//! Versions of packages and definitions.

/// What orders versions: numbers by value, a release after its previews (`1.0.0-ballot` before `1.0.0`).
pub(crate) fn key(version: &str) -> (Vec<u64>, bool, &str) {
    let (numbers, label) = version.split_once('-').unwrap_or((version, ""));
    let numbers = numbers.split('.').map(|part| part.parse().unwrap_or_default()).collect();
    (numbers, label.is_empty(), label)
}

/// Whether a wanted version means a held one. `2.0` means any `2.0.x`, unless something is exactly `2.0`.
pub(crate) fn fits(wanted: &str, held: &str, exact_only: bool) -> bool {
    held == wanted || (!exact_only && held.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use super::{fits, key};

    #[test]
    fn numbers_order_versions_and_a_preview_comes_before_its_release() {
        assert!(key("2.10.0") > key("2.9.1") && key("5.3.0") > key("5.3.0-ballot-tc1"));
        assert!(key("5.3.0-ballot-tc1") > key("5.2.0") && key("2018-08-12") < key("2019-01-01"));
    }

    #[test]
    fn part_of_a_version_means_what_begins_with_it() {
        assert!(fits("2.0", "2.0.0", false) && !fits("2.0", "2.0.0", true) && !fits("2", "20.1", false));
    }
}
