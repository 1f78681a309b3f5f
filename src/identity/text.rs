//! White space, null-likes and text on the stack: what every kind of identifier has in common.

use unicode_normalization::UnicodeNormalization;

use super::reject::Reject;

/// The longest normalised identifier: an address of 254 bytes (RFC 5321, 4.5.3.1.3).
pub(super) const LONGEST: usize = 254;

/// A normalised identifier. It lives on the stack, and has neither `Debug` nor `Display`, because it is
/// personal data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Normal {
    bytes: [u8; LONGEST],
    len: u8,
}

impl Normal {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; LONGEST], len: 0 }
    }

    /// A copy of `text`, or nothing when it is longer than [`LONGEST`].
    pub(super) fn copy(text: &str) -> Option<Self> {
        let mut normal = Self::new();
        normal.push(text.as_bytes()).then_some(normal)
    }

    /// Appends, or leaves everything as it was and says `false`.
    pub(super) fn push(&mut self, more: &[u8]) -> bool {
        let start = usize::from(self.len);
        let end = start + more.len();
        let (Some(room), Ok(len)) = (self.bytes.get_mut(start..end), u8::try_from(end)) else { return false };
        room.copy_from_slice(more);
        self.len = len;
        true
    }

    pub(super) fn make_ascii_lowercase(&mut self) {
        let len = usize::from(self.len);
        self.bytes.get_mut(..len).unwrap_or_default().make_ascii_lowercase();
    }

    /// Keeps the bytes that a place and its byte are wanted by.
    pub(super) fn retain(&mut self, keep: impl Fn(usize, u8) -> bool) {
        let mut kept = 0;
        for place in 0..usize::from(self.len) {
            let Some(byte) = self.bytes.get(place).copied().filter(|byte| keep(place, *byte)) else { continue };
            if let Some(room) = self.bytes.get_mut(usize::from(kept)) {
                *room = byte;
                kept += 1;
            }
        }
        self.len = kept;
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// The text that is hashed; never for a log.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// White space of every kind, and what is as invisible: zero-width characters, the byte order mark, and the
/// marks of writing direction that address books leave around phone numbers.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

pub(super) fn trim(text: &str) -> &str {
    // Nearly every value has a sign at both ends.
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(is_blank),
    }
}

/// What stands where bytes were that are no UTF-8: a hash of it would be one for all who share the rest.
const REPLACEMENT: char = '\u{FFFD}';

/// Whether every character of a text came through.
pub(crate) fn is_whole(text: &str) -> bool {
    text.is_ascii() || !text.contains(REPLACEMENT)
}

/// A value as it is looked at: trimmed, and refused where bytes of it were lost.
pub(super) fn read(raw: &str) -> Result<&str, Reject> {
    if is_whole(raw) { Ok(trim(raw)) } else { Err(Reject::InvalidText) }
}

/// Lower case that no locale changes, in the composed form (NFC), so that two spellings of `ö` are one person.
pub(super) fn fold(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_trimmed_of_everything_that_cannot_be_seen() {
        assert_eq!(trim("\u{FEFF}\u{A0}\u{200B} \t a b \u{2069}\r\n\u{3000}"), "a b");
        assert_eq!(trim("\u{200B}\u{A0}"), "");
    }

    #[test]
    fn folding_is_the_same_everywhere() {
        assert_eq!(fold("JO\u{308}RG"), "jörg");
        assert_eq!(fold("İI"), "i\u{307}i");
    }

    #[test]
    fn text_on_the_stack_has_an_end() {
        assert!(Normal::copy(&"x".repeat(LONGEST)).is_some());
        assert!(Normal::copy(&"x".repeat(LONGEST + 1)).is_none());
    }
}
