//! Where a JSON value ends. Plain text and whole numbers are seen at a glance; the parser decides about all others.

use serde_json::value::RawValue;

/// JSON's white space.
pub(super) const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// One past the last byte of the value that begins at `at`. `None`: there is no valid value.
pub(super) fn value_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let plain = match bytes.get(at)? {
        b'"' => plain_text_end(bytes, at + 1),
        b'1'..=b'9' => whole_number_end(bytes, at + 1),
        b' ' | b'\t' | b'\r' | b'\n' => return None,
        _ => None,
    };
    plain.or_else(|| Some(at + parsed(text, at)?.len()))
}

/// The value at `at`, as the parser sees it.
pub(super) fn parsed(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..).filter(|rest| !rest.starts_with(SPACE))?;
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
    Some(values.next()?.ok()?.get())
}

/// The end of a text without escapes whose first character is at `at`: behind its quotation mark.
pub(super) fn plain_text_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(eight) = bytes.get(at..)?.first_chunk::<8>() {
        let found = special(u64::from_le_bytes(*eight));
        if found != 0 {
            at += (found.trailing_zeros() / u8::BITS) as usize;
            return (bytes.get(at) == Some(&b'"')).then_some(at + 1);
        }
        at += eight.len();
    }
    // Behind a text in a row there are always more than eight bytes.
    None
}

/// The highest bit of the first byte that is a quotation mark, a backslash or a control character. Bits above it mean
/// nothing. A byte of its own zero borrows from the next one only, so the lowest bit is always right.
fn special(eight: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let below = |bytes: u64, bound: u8| bytes.wrapping_sub(EACH * u64::from(bound)) & !bytes;
    let is = |byte: u8| below(eight ^ (EACH * u64::from(byte)), 1);
    (below(eight, b' ') | is(b'"') | is(b'\\')) & (EACH << 7)
}

fn whole_number_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    matches!(rest.get(digits)?, b',' | b'}' | b']').then_some(at + digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_value_ends_where_the_parser_says(value in prop_oneof!["\\PC{0,20}", "[0-9]{1,20}", "[-+0-9.eE]{1,6}", "\"[ -~\\x00-\\x1f]{0,20}\"?", "[\\[\\]{},:\"a1 ]{0,9}"], after in "[,}\\]] {0,9}x?", quoted: bool) {
            let value = if quoted { serde_json::to_string(&value).unwrap() } else { value };
            let text = format!("{value}{after}");
            let parsed = parsed(&text, 0).map(str::len);
            prop_assert_eq!(value_end(&text, 0), parsed, "{}", text);
        }
    }
}
