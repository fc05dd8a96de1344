//! The parts of a FHIR date, dateTime or instant that columns take: by shape only, digits are never changed.

/// What a text is, read as the FHIR types `date`, `dateTime` and `instant` write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `YYYY` or `YYYY-MM`.
    Partial,
    /// `YYYY-MM-DD`.
    Date,
    /// A date, `T` and a time of day without a zone.
    LocalTime,
    /// A date, `T`, and something that names (or tries to name) time and zone.
    Instant,
    /// None of these.
    Malformed,
}

/// The shape of the text. Months run to 12 and days to 31; which month has which is the reader's matter.
pub(crate) fn shape(text: &str) -> Shape {
    let bytes = text.as_bytes();
    let year = bytes.len() >= 4 && digits(&bytes[..4]);
    let month = || bytes.len() >= 7 && bytes[4] == b'-' && between(&bytes[5..7], 1, 12);
    let day = || bytes.len() >= 10 && bytes[7] == b'-' && between(&bytes[8..10], 1, 31);
    match bytes.len() {
        4 if year => Shape::Partial,
        7 if year && month() => Shape::Partial,
        10 if year && month() && day() => Shape::Date,
        11.. if bytes[10] == b'T' && year && month() && day() => {
            if local_time(&bytes[11..]) {
                Shape::LocalTime
            } else {
                Shape::Instant
            }
        }
        _ => Shape::Malformed,
    }
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f…`, nothing after.
fn local_time(time: &[u8]) -> bool {
    let minutes =
        time.len() >= 5 && between(&time[..2], 0, 23) && time[2] == b':' && between(&time[3..5], 0, 59);
    let seconds = || time.len() >= 8 && time[5] == b':' && between(&time[6..8], 0, 60);
    minutes
        && (time.len() == 5
            || seconds() && (time.len() == 8 || time.len() > 9 && time[8] == b'.' && digits(&time[9..])))
}

fn digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

fn between(two: &[u8], low: u8, high: u8) -> bool {
    digits(two) && (low..=high).contains(&((two[0] - b'0') * 10 + (two[1] - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_told_apart() {
        for (text, expected) in [
            ("2020", Shape::Partial),
            ("2020-12", Shape::Partial),
            ("2020-13", Shape::Malformed),
            ("2020-02-31", Shape::Date),
            ("2020-1-1", Shape::Malformed),
            ("2020-01-01T10:00", Shape::LocalTime),
            ("2020-01-01T10:00:00.123", Shape::LocalTime),
            ("2020-01-01T10:00:00Z", Shape::Instant),
            ("2020-01-01T10:00:00+02:00", Shape::Instant),
            ("2020-01-01T99:00", Shape::Instant),
            ("2020-01-01 10:00", Shape::Malformed),
            ("06/06/1944", Shape::Malformed),
            ("", Shape::Malformed),
            ("2020-01-é", Shape::Malformed),
        ] {
            assert_eq!(shape(text), expected, "{text}");
        }
    }
}
