//! JSON as one line.

use serde_json::value::RawValue;

/// Writes JSON on one line, because TikTok's own white space may break the line.
pub(crate) fn write_raw(raw: &str, out: &mut Vec<u8>) {
    if memchr::memchr2(b'\n', b'\r', raw.as_bytes()).is_none() {
        out.extend_from_slice(raw.as_bytes());
        return;
    }
    let (mut inside, mut escaped) = (false, false);
    for byte in raw.bytes() {
        if inside || !byte.is_ascii_whitespace() {
            out.push(byte);
        }
        inside ^= byte == b'"' && !escaped;
        escaped = byte == b'\\' && inside && !escaped;
    }
}

/// Joins the lines of a text.
pub(crate) fn one_line(text: &str) -> serde_json::Result<Box<RawValue>> {
    let mut line = Vec::with_capacity(text.len());
    write_raw(text, &mut line);
    RawValue::from_string(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    proptest! {
        #[test]
        fn white_space_outside_of_text_is_all_that_goes(text in ".{0,20}", list in prop::collection::vec(".{0,5}", 0..4)) {
            let value = serde_json::json!({text: list, "n": {}});
            let mut out = Vec::new();
            write_raw(&serde_json::to_string_pretty(&value).unwrap(), &mut out);
            prop_assert_eq!(&serde_json::from_slice::<Value>(&out).unwrap(), &value);
            prop_assert!(!out.contains(&b'\n'));
        }
    }
}
