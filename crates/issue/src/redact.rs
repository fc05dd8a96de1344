//! Values without what they say.

/// How much of a shape is kept: enough to see the pattern of a date or code, too little to tell people apart.
const SHAPE_LIMIT: usize = 40;

/// The shape of a value: every digit becomes `N`, every letter `a` or `A`, punctuation stays.
///
/// A shape shows what is wrong with a value (`NN/NN/NNNN` is no FHIR date) and not whose value it is. Shapes
/// are cut at 40 characters.
///
/// ```
/// assert_eq!(fhirkit_issue::shape("06/06/1944"), "NN/NN/NNNN");
/// assert_eq!(fhirkit_issue::shape("O'Brien, Zoë"), "A'Aaaaa, Aaa");
/// ```
pub fn shape(value: &str) -> String {
    let mut shape: String = value.chars().take(SHAPE_LIMIT).map(shape_of).collect();
    if value.chars().nth(SHAPE_LIMIT).is_some() {
        shape.push('…');
    }
    shape
}

fn shape_of(character: char) -> char {
    match character {
        c if c.is_numeric() => 'N',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c if c.is_ascii_punctuation() => c,
        c if c.is_whitespace() => ' ',
        // Emoji, combining marks and control characters could identify as well as letters do.
        _ => '·',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_or_letter_of_the_value_survives() {
        assert_eq!(shape("1956-10-14T00:00:00.000Z"), "NNNN-NN-NNANN:NN:NN.NNNA");
        assert_eq!(shape("患者 ٣"), "aa N");
        assert_eq!(shape("a\u{0}\u{1F600}"), "a··");
    }

    #[test]
    fn long_values_are_cut() {
        let shape = shape(&"7".repeat(1_000));
        assert_eq!(shape.chars().count(), SHAPE_LIMIT + 1);
        assert!(shape.ends_with('…'));
    }
}
