//! Sizes as people write them: `256MiB`, `1g`, `1048576`.

/// Bytes in `text`. A bare letter is binary (`1g` = 1 GiB), as `MiB` is; `MB` counts in thousands.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let factor = factor(unit.trim()).ok_or_else(|| {
        format!("`{}` is not a unit: B, KiB, MiB, GiB, kB, MB or GB were expected", unit.trim())
    })?;
    let number = number.replace('_', "");
    let bytes = match number.split_once('.') {
        None => number.parse::<u64>().ok().and_then(|whole| whole.checked_mul(factor)),
        Some((whole, fraction)) => with_fraction(whole, fraction, factor),
    };
    match bytes {
        Some(0) => Err("a size above 0 was expected".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err("a size such as 256MiB, 1g or 1048576 was expected".to_owned()),
    }
}

fn factor(unit: &str) -> Option<u64> {
    let power = |base: u64, exponent: u32| base.checked_pow(exponent);
    match unit.to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kib" => power(1024, 1),
        "m" | "mib" => power(1024, 2),
        "g" | "gib" => power(1024, 3),
        "t" | "tib" => power(1024, 4),
        "kb" => power(1000, 1),
        "mb" => power(1000, 2),
        "gb" => power(1000, 3),
        "tb" => power(1000, 4),
        _ => None,
    }
}

/// `1.5GiB`: digits behind the point, of which more than nine would say nothing.
fn with_fraction(whole: &str, fraction: &str, factor: u64) -> Option<u64> {
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    let scale = 10u128.pow(u32::try_from(fraction.len()).ok()?);
    let part = fraction.parse::<u128>().ok()? * u128::from(factor) / scale;
    whole.checked_mul(factor)?.checked_add(u64::try_from(part).ok()?)
}

/// Bytes as people read them: `275 MB`, `1.2 GB`.
pub(crate) fn human(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut tenths = u128::from(bytes) * 10;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 || tenths >= 100 {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let pairs = [
            ("256MiB", 256 << 20),
            ("1g", 1 << 30),
            ("1048576", 1 << 20),
            ("1_048_576", 1 << 20),
            ("10 MB", 10_000_000),
            ("1.5k", 1536),
            (".5k", 512),
            ("7b", 7),
        ];
        for (text, bytes) in pairs {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_says_what_was_expected() {
        for text in ["", "MiB", "12 parsecs", "-1", "1.2.3g", "99999999999g", "0", "1e9"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_are_written_with_two_or_three_digits() {
        let pairs = [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_500, "1.5 kB"),
            (275_400_000, "275 MB"),
            (1_200_000_000, "1.2 GB"),
        ];
        for (bytes, text) in pairs {
            assert_eq!(human(bytes), text);
        }
    }
}
