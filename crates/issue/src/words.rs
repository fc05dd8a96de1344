//! Numbers as people read them.

/// A count with a comma before every third digit: `188,978`.
///
/// ```
/// assert_eq!(fhirkit_issue::grouped(188_978), "188,978");
/// ```
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with its noun: `1 line`, `2,000 lines`, `3 entries`.
///
/// ```
/// assert_eq!(fhirkit_issue::counted(1, "line", "lines"), "1 line");
/// assert_eq!(fhirkit_issue::counted(2_000, "entry", "entries"), "2,000 entries");
/// ```
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_before_every_third_digit() {
        let pairs = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in pairs {
            assert_eq!(grouped(number), text);
        }
    }
}
