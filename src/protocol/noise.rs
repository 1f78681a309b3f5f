//! Lines of stdin that are not messages. They are counted and reported, because they may have been meant as records.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::words::counted;

/// The byte order mark that some editors and shells put before text.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// The byte order marks of UTF-16, in both byte orders.
const BYTE_ORDER_MARKS_16: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// A line as text, without a byte order mark.
#[must_use]
pub(crate) fn text(line: &[u8]) -> Cow<'_, str> {
    // Checking valid text is faster than a lossy conversion.
    match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)),
        Err(_) => String::from_utf8_lossy(line.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(line)),
    }
}

/// A summary of these lines.
#[derive(Debug, Default)]
pub(crate) struct Noise {
    count: u64,
    first: u64,
    /// Whether the first one is UTF-16.
    utf_16: bool,
}

impl Noise {
    /// Adds the line with this number.
    pub(crate) fn add(&mut self, number: u64, line: &[u8]) {
        if self.count == 0 {
            self.first = number;
            self.utf_16 = is_utf_16(line);
        }
        self.count += 1;
    }

    /// Logs how many there were.
    pub(crate) fn tell(&self) {
        if self.count > 0 {
            let lines = counted(self.count, "line");
            let was = if self.count == 1 { "was" } else { "were" };
            let advice = self.advice();
            tracing::warn!(
                "{lines} of standard input held no message and {was} passed over, the first is line {}. {advice}",
                self.first
            );
        }
    }

    /// Fails if the input held no message at all.
    pub(crate) fn verdict(&self, messages: u64) -> Result<()> {
        if self.count == 0 || messages > 0 {
            return Ok(());
        }
        Err(Error::config(format!(
            "Standard input holds no message of the Airbyte protocol from line {} on",
            self.first
        ))
        .advise(self.advice()))
    }

    fn advice(&self) -> &'static str {
        if self.utf_16 {
            "It is text in UTF-16: write it as UTF-8."
        } else {
            "Every line has to be one message in JSON, such as {\"type\": \"RECORD\", …}, with the type in capital letters."
        }
    }
}

/// UTF-16 text begins with its byte order mark, or every other byte is zero.
fn is_utf_16(line: &[u8]) -> bool {
    BYTE_ORDER_MARKS_16.iter().any(|mark| line.starts_with(mark)) || line.iter().take(4).any(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_text() {
        assert_eq!(text("\u{feff}{}".as_bytes()), "{}");
        assert_eq!(text(b"\xef\xbb\xbfa\xff"), "a\u{fffd}");
    }

    #[test]
    fn utf_16_is_known() {
        for (line, is) in [(&b"\xff\xfe{\0"[..], true), (b"\xfe\xff\0{", true), (b"{\0\"\0", true), (b"{'a'}", false)] {
            assert_eq!(is_utf_16(line), is, "{line:?}");
        }
    }

    #[test]
    fn only_a_run_without_any_message_fails() {
        let mut noise = Noise::default();
        assert!(noise.verdict(0).is_ok());
        noise.add(3, b"x");
        noise.add(4, b"y");
        assert!(noise.verdict(1).is_ok());
        assert!(noise.verdict(0).unwrap_err().to_string().contains("from line 3 on"));
    }
}
