//! The scanner that the parser and the splitter share: what stands where in 64 bytes, which of them lie in strings,
//! where the brackets of a depth open and close.
//!
//! Each question is answered by vectors where the machine has them, chosen at run time, and by plain code
//! everywhere else; tests hold all of them equal.

mod level;
mod masks;
mod nesting;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use level::{Level, Task};
pub use masks::{BLOCK, Masks, Strings};
pub use nesting::{Bracket, Nesting};
use portable::Portable;

/// One way to look at many bytes at once.
pub(crate) trait Scanner {
    /// The first byte from `at` on that is a quote, a backslash or below U+0020; the length if there is none.
    fn find_string_end(bytes: &[u8], at: usize) -> usize;
    /// The first byte from `at` on that is none of space, tab, newline, carriage return; the length if there is none.
    fn skip_whitespace(bytes: &[u8], at: usize) -> usize;
    /// What stands where in a block.
    fn masks(block: &[u8; BLOCK]) -> Masks;
}

#[cfg(test)]
mod tests;
