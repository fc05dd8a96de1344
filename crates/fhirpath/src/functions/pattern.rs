//! Regular expressions, matched in time linear in the text.
//! Source: <https://hl7.org/fhirpath/#matchesregex--string--boolean>

use std::borrow::Cow;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use crate::error::Error;
use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, MAX_TEXT, Out, Takes, plain};
use crate::types::SystemType;
use crate::value::Value;

const TRUTH: Gives = Gives::One(SystemType::Boolean);

pub(super) const FUNCTIONS: &[Function] = &[
    plain("matches", (1, 1), Takes::Simple, TRUTH, matches),
    plain("matchesFull", (1, 1), Takes::Simple, TRUTH, matches_full),
    plain("replaceMatches", (2, 2), Takes::Simple, Gives::One(SystemType::String), replace_matches),
];

/// Compiled patterns by their text, kept from one evaluation to the next.
#[derive(Default)]
pub(crate) struct Patterns(HashMap<String, Regex>);

/// More patterns than an expression writes come from data; then the store starts anew.
const KEPT: usize = 256;
const MAX_COMPILED: usize = 1 << 20;

impl Patterns {
    /// `None` where the pattern is not one that can be matched in linear time.
    fn get(&mut self, pattern: &str) -> Result<&Regex, String> {
        if !self.0.contains_key(pattern) {
            if self.0.len() >= KEPT {
                self.0.clear();
            }
            let regex = compile(pattern)?;
            self.0.insert(pattern.to_owned(), regex);
        }
        self.0.get(pattern).ok_or_else(|| "pattern is not at hand".to_owned())
    }
}

/// A dot matches line ends too, as the specification asks for.
fn compile(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern).dot_matches_new_line(true).size_limit(MAX_COMPILED).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!("the pattern needs more than {limit} bytes"),
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("not a pattern that can be used here: {last}")
        }
    })
}

fn regex<'e>(
    evaluator: &'e mut Evaluator<'_, '_>,
    arguments: &Arguments<'_, '_>,
    pattern: &str,
) -> Result<&'e Regex, Error> {
    evaluator.scratch.patterns.get(pattern).map_err(|why| arguments.error(why))
}

fn matches<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    let Some(pattern) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    out.push(Value::Boolean(regex(evaluator, &arguments, &pattern)?.is_match(&text)));
    Ok(())
}

fn matches_full<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    let Some(pattern) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    let whole = format!("\\A(?:{pattern})\\z");
    out.push(Value::Boolean(regex(evaluator, &arguments, &whole)?.is_match(&text)));
    Ok(())
}

/// `$1` and `${name}` stand for groups. An empty pattern changes nothing.
fn replace_matches<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    let Some(pattern) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    let Some(by) = evaluator.text_argument(&arguments, 1)? else { return Ok(()) };
    if pattern.is_empty() {
        out.push(Value::String(text));
        return Ok(());
    }
    let by = braced(&by);
    let regex = regex(evaluator, &arguments, &pattern)?;
    let (mut replaced, mut last) = (String::new(), 0);
    for found in regex.captures_iter(&text) {
        let Some(whole) = found.get(0) else { continue };
        replaced.push_str(text.get(last..whole.start()).unwrap_or_default());
        found.expand(&by, &mut replaced);
        last = whole.end();
        if replaced.len() > MAX_TEXT {
            return Err(arguments.error(format!("text grows beyond {MAX_TEXT} bytes")));
        }
    }
    if last == 0 && replaced.is_empty() && !regex.is_match(&text) {
        out.push(Value::String(text));
        return Ok(());
    }
    replaced.push_str(text.get(last..).unwrap_or_default());
    out.push(Value::String(replaced.into()));
    Ok(())
}

/// `$1x` means group 1 and the letter x; the library would read a group named `1x`.
fn braced(by: &str) -> Cow<'_, str> {
    if !by.contains('$') {
        return Cow::Borrowed(by);
    }
    let mut out = String::with_capacity(by.len() + 4);
    let mut rest = by;
    while let Some(at) = rest.find('$') {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            out.push('{');
            out.push_str(after.get(..digits).unwrap_or_default());
            out.push('}');
        }
        rest = after.get(digits..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_numbers_end_at_the_first_letter() {
        assert_eq!(braced("$1x-${name}$$"), "${1}x-${name}$$");
    }

    #[test]
    fn patterns_that_backtrack_are_refused_with_the_reason() {
        assert!(compile("(a)\\1").unwrap_err().contains("not a pattern that can be used here"));
        assert!(compile("(a{1000}){1000}").is_err());
    }
}
