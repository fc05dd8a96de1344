//! Every scanner gives what the plainest code gives, on any bytes and at any place.

use proptest::prelude::*;

use super::*;

/// Bytes rich in what the scanner looks for.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => prop::sample::select(br#""\{}[]:, "#.to_vec()),
        1 => prop::sample::select(b"\n\r\t\0\x1F\x1F\x20\x7F".to_vec()),
        3 => any::<u8>(),
        2 => Just(b' '),
        2 => Just(b'a'),
    ];
    prop::collection::vec(byte, 0..300)
}

struct StringEnd<'b>(&'b [u8], usize);
impl Task for StringEnd<'_> {
    type Output = usize;
    #[inline(always)]
    fn run<S: Scanner>(self) -> usize {
        S::find_string_end(self.0, self.1)
    }
}

struct Whitespace<'b>(&'b [u8], usize);
impl Task for Whitespace<'_> {
    type Output = usize;
    #[inline(always)]
    fn run<S: Scanner>(self) -> usize {
        S::skip_whitespace(self.0, self.1)
    }
}

struct BlockMasks<'b>(&'b [u8; BLOCK]);
impl Task for BlockMasks<'_> {
    type Output = Masks;
    #[inline(always)]
    fn run<S: Scanner>(self) -> Masks {
        S::masks(self.0)
    }
}

/// The brackets of a depth, byte by byte.
fn brackets_slowly(bytes: &[u8], target: u64) -> (Vec<(usize, Bracket)>, Option<usize>, bool) {
    let (mut depth, mut inside, mut escaped, mut found) = (0, false, false, Vec::new());
    for (at, &byte) in bytes.iter().enumerate() {
        if std::mem::take(&mut escaped) {
            inside ^= false;
            if byte == b'\\' || byte == b'"' {
                continue;
            }
        }
        match byte {
            b'\\' => escaped = true,
            b'"' => inside = !inside,
            b'{' | b'[' if !inside => {
                if depth == target {
                    found.push((at, Bracket::Open));
                }
                depth += 1;
            }
            b'}' | b']' if !inside => {
                if depth <= target {
                    return (found, Some(at), false);
                }
                depth -= 1;
                if depth == target {
                    found.push((at, Bracket::Close));
                }
            }
            _ => {}
        }
    }
    (found, None, inside)
}

/// 2,000 cases, unless PROPTEST_CASES says otherwise (`memcheck.sh`).
fn config() -> ProptestConfig {
    let told = std::env::var_os("PROPTEST_CASES").is_some();
    if told { ProptestConfig::default() } else { ProptestConfig::with_cases(2000) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_scanner_finds_the_end_of_plain_text(bytes in bytes(), at in 0..300usize) {
        let at = at.min(bytes.len());
        let expected = portable::find_string_end_slowly(&bytes, at);
        for level in Level::all() {
            prop_assert_eq!(level.run(StringEnd(&bytes, at)), expected, "{:?}", level);
        }
    }

    #[test]
    fn every_scanner_skips_the_same_white_space(bytes in prop::collection::vec(
        prop_oneof![20 => prop::sample::select(b" \n\r\t".to_vec()), 1 => any::<u8>()], 0..300), at in 0..300usize)
    {
        let at = at.min(bytes.len());
        let expected = portable::skip_whitespace_slowly(&bytes, at);
        for level in Level::all() {
            prop_assert_eq!(level.run(Whitespace(&bytes, at)), expected, "{:?}", level);
        }
    }

    #[test]
    fn every_scanner_sees_the_same_masks(block in prop::array::uniform32(any::<u8>()), bytes in bytes()) {
        let mut whole = [0; BLOCK];
        whole[..32].copy_from_slice(&block);
        for (to, from) in whole[32..].iter_mut().zip(&bytes) {
            *to = *from;
        }
        let expected = Level::all()[0].run(BlockMasks(&whole));
        for level in Level::all() {
            prop_assert_eq!(level.run(BlockMasks(&whole)), expected, "{:?}", level);
        }
    }

    #[test]
    fn any_chunking_gives_the_same_brackets(
        bytes in bytes(), target in 0..3u32, cuts in prop::collection::vec(0..300usize, 0..6))
    {
        let (found, end, inside) = brackets_slowly(&bytes, target.into());
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        for level in Level::all() {
            let mut nesting = Nesting::new(0, target).with_level(level);
            let (mut seen, mut seen_end) = (Vec::new(), None);
            for pair in cuts.windows(2) {
                seen_end = nesting.feed(&bytes[pair[0]..pair[1]], pair[0], &mut |at, bracket| seen.push((at, bracket)));
                if seen_end.is_some() {
                    break;
                }
            }
            prop_assert_eq!(&seen, &found, "{:?}", level);
            prop_assert_eq!(seen_end, end, "{:?}", level);
            if end.is_none() {
                prop_assert_eq!(nesting.is_in_string(), inside, "{:?}", level);
            }
        }
    }
}
