//! What base64 text decodes to.

/// Gives the bytes that a text stands for, a few at a time, and how many they were; nothing where it is no base64. White
/// space is let pass.
pub(super) fn decode(text: &str, mut give: impl FnMut(&[u8])) -> Option<u64> {
    let (mut bits, mut digits, mut padding, mut count) = (0_u32, 0_u64, 0_u64, 0_u64);
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ if byte.is_ascii_whitespace() => continue,
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(digit);
        digits += 1;
        if digits % 4 == 0 {
            let [_, bytes @ ..] = bits.to_be_bytes();
            give(&bytes);
            count += 3;
            bits = 0;
        }
    }
    if padding > 2 || (digits + padding) % 4 != 0 {
        return None;
    }
    let [_, first, second, _] = (bits << (6 * padding)).to_be_bytes();
    match padding {
        1 => give(&[first, second]),
        2 => give(&[first]),
        _ => return Some(count),
    }
    Some(count + 3 - padding)
}

#[cfg(test)]
mod tests {
    #[test]
    fn four_digits_stand_for_three_bytes() {
        let decode = |text| {
            let mut bytes = Vec::new();
            let count = super::decode(text, |more| bytes.extend_from_slice(more))?;
            assert_eq!(count, bytes.len() as u64);
            Some(String::from_utf8(bytes).unwrap())
        };
        for (text, bytes) in
            [("", ""), ("QQ==", "A"), ("QUE=", "AA"), ("QUFB", "AAA"), ("QUF\n BQkI=", "AAABB")]
        {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
        for text in ["Q", "Q===", "Q=QQ", "QU_B", "===="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
