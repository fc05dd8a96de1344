//! Encodings and escapes. Source: <https://hl7.org/fhirpath/#additional-string-functions>

use crate::error::Error;
use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};
use crate::json;
use crate::types::SystemType;
use crate::value::Value;

const TEXT: Gives = Gives::One(SystemType::String);

pub(super) const FUNCTIONS: &[Function] = &[
    plain("encode", (1, 1), Takes::Simple, TEXT, encode),
    plain("decode", (1, 1), Takes::Simple, TEXT, decode),
    plain("escape", (1, 1), Takes::Simple, TEXT, escape),
    plain("unescape", (1, 1), Takes::Simple, TEXT, unescape),
];

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn unknown(arguments: &Arguments<'_, '_>, format: &str, known: &str) -> Error {
    arguments.error(format!("unknown format `{format}`")).with_hint(format!("there are {known}"))
}

fn encode<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    let Some(format) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    let encoded = match format.as_ref() {
        "hex" => text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        "base64" => base64(text.as_bytes()),
        "urlbase64" => base64(text.as_bytes()).replace('+', "-").replace('/', "_"),
        other => return Err(unknown(&arguments, other, "`hex`, `base64` and `urlbase64`")),
    };
    out.push(Value::String(encoded.into()));
    Ok(())
}

/// Text that is not of the format, or bytes that are not UTF-8, give nothing.
fn decode<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    let Some(format) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    let decoded = match format.as_ref() {
        "hex" => from_hex(text.as_bytes()),
        "base64" => from_base64(&text),
        "urlbase64" => from_base64(&text.replace('-', "+").replace('_', "/")),
        other => return Err(unknown(&arguments, other, "`hex`, `base64` and `urlbase64`")),
    };
    out.extend(
        decoded.and_then(|bytes| String::from_utf8(bytes).ok()).map(|text| Value::String(text.into())),
    );
    Ok(())
}

fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place)) as usize & 63;
            let filled = place <= chunk.len();
            out.push(if filled { BASE64.get(index).copied().map_or('=', char::from) } else { '=' });
        }
    }
    out
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::with_capacity(text.len()));
    for byte in text.bytes() {
        bits = (bits << 6 | BASE64.iter().position(|b| *b == byte)? as u32) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    (count < 6).then_some(out)
}

fn from_hex(bytes: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    bytes
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
            _ => None,
        })
        .collect()
}

const HTML: [(&str, &str); 5] =
    [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];

fn escape<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    let Some(format) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    let escaped = match format.as_ref() {
        "html" => HTML.iter().fold(text.into_owned(), |text, (plain, code)| text.replace(plain, code)),
        "json" => json::escaped(&text),
        other => return Err(unknown(&arguments, other, "`html` and `json`")),
    };
    out.push(Value::String(escaped.into()));
    Ok(())
}

fn unescape<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    let Some(format) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    let plain = match format.as_ref() {
        // The ampersand last: `&amp;lt;` is `&lt;`, not `<`.
        "html" => HTML.iter().rev().fold(text.into_owned(), |text, (plain, code)| text.replace(code, plain)),
        "json" => {
            crate::syntax::text::unescape(&text, 0).map_err(|error| arguments.error(error.to_string()))?
        }
        other => return Err(unknown(&arguments, other, "`html` and `json`")),
    };
    out.push(Value::String(plain.into()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_round_trips_every_length() {
        for length in 0..20 {
            let bytes: Vec<u8> = (0..length).map(|n: u8| n.wrapping_mul(37)).collect();
            assert_eq!(from_base64(&base64(&bytes)).unwrap(), bytes);
        }
        assert_eq!(base64(b"test"), "dGVzdA==");
        assert_eq!(from_base64("a"), None);
        assert_eq!(from_base64("a!=="), None);
    }
}
