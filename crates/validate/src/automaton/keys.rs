//! From a JSON key to the number of its field, in one or two probes.

/// The keys of one type. A key is hashed from its length and its first and last eight bytes, so that looking one up
/// reads no more of it than that, and the middle only of keys beyond sixteen bytes.
#[derive(Debug)]
pub(crate) struct KeyTable {
    slots: Box<[u16]>,
    keys: Box<[Key]>,
    shift: u32,
}

#[derive(Debug)]
struct Key {
    first: u64,
    last: u64,
    text: &'static str,
}

const FREE: u16 = u16::MAX;

impl KeyTable {
    /// A table in which the key at place `n` of the list has the number `n`.
    pub(crate) fn new(keys: impl Iterator<Item = &'static str>) -> Self {
        let keys: Box<[Key]> = keys
            .map(|text| {
                let (first, last) = ends(text.as_bytes());
                Key { first, last, text }
            })
            .collect();
        let bits = (keys.len() * 4).max(8).next_power_of_two().trailing_zeros();
        let mut table = Self { slots: vec![FREE; 1 << bits].into(), keys: Box::new([]), shift: 64 - bits };
        let mask = table.slots.len() - 1;
        for (number, key) in keys.iter().enumerate() {
            let mut at = table.place(key.first, key.last, key.text.len());
            while table.slots[at] != FREE {
                at = (at + 1) & mask;
            }
            table.slots[at] = u16::try_from(number).unwrap_or(FREE);
        }
        table.keys = keys;
        table
    }

    #[inline]
    fn place(&self, first: u64, last: u64, length: usize) -> usize {
        let mixed = first.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ last.rotate_left(29) ^ length as u64;
        (mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> self.shift) as usize
    }

    /// The number of a key.
    #[inline]
    pub(crate) fn find(&self, key: &[u8]) -> Option<usize> {
        let (first, last) = ends(key);
        let mask = self.slots.len() - 1;
        let mut at = self.place(first, last, key.len());
        loop {
            let number = usize::from(*self.slots.get(at)?);
            let known = self.keys.get(number)?;
            if known.first == first && known.last == last && known.text.len() == key.len() {
                let text = known.text.as_bytes();
                if key.len() <= 16 || text == key {
                    return Some(number);
                }
            }
            at = (at + 1) & mask;
        }
    }
}

/// The first and the last eight bytes; of shorter keys the first and last four, or all of it.
#[inline]
fn ends(key: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)))
    } else {
        (key.iter().fold(1, |word, byte| word << 8 | u64::from(*byte)), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_and_no_other() {
        let keys = [
            "id",
            "",
            "use",
            "text",
            "family",
            "_x",
            "valueQuantity",
            "valueCodeableConcept",
            "abcdefghIJKLabcdefgh",
        ];
        let table = KeyTable::new(keys.into_iter());
        for (number, key) in keys.into_iter().enumerate() {
            assert_eq!(table.find(key.as_bytes()), Some(number), "{key}");
        }
        for other in ["i", "di", "uses", "valueCodeableconcept", "abcdefghXXXXabcdefgh", "\0id", "\0"] {
            assert_eq!(table.find(other.as_bytes()), None, "{other}");
        }
        assert_eq!(KeyTable::new(std::iter::empty()).find(b"a"), None);
    }
}
