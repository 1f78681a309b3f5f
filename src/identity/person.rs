//! What only the Events surface knows of a person: the advertiser's own id, names, and the postal code.

use unicode_normalization::char::is_combining_mark;

use super::reject::Reject;
use super::{placeholder, text};

/// The advertiser's own id, trimmed and otherwise as it is: case may matter in it.
pub(super) fn external_id(id: &str) -> Result<&str, Reject> {
    if placeholder::is_nobody(id) { Err(Reject::Empty) } else { Ok(id) }
}

/// A first or last name: lower case, without punctuation. Clients disagree about spaces inside; they stay.
pub(super) fn name(name: &str) -> Result<String, Reject> {
    kept(name, |c| c.is_alphanumeric() || is_combining_mark(c) || c == ' ')
}

/// A postal code: lower case, without spaces and dashes.
pub(super) fn zip(code: &str) -> Result<String, Reject> {
    kept(code, char::is_alphanumeric)
}

fn kept(raw: &str, keep: fn(char) -> bool) -> Result<String, Reject> {
    if placeholder::is_nobody(raw) {
        return Err(Reject::Empty);
    }
    let kept: String = text::fold(raw).chars().filter(|c| keep(*c)).collect();
    let trimmed = text::trim(&kept);
    // Punctuation may have hidden it.
    if trimmed.is_empty() || placeholder::is_nobody(trimmed) { Err(Reject::Empty) } else { Ok(text::fold(trimmed)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes() {
        assert_eq!(name("Mary-Ann O’Neil").as_deref(), Ok("maryann oneil"));
        assert_eq!(name("JO\u{308}RG").as_deref(), Ok("jörg"));
        assert_eq!(name("null"), Err(Reject::Empty));
        assert_eq!(name("'"), Err(Reject::Empty));
        for hidden in ["'null'", "\u{201C}Null\u{201D}", "n-one", "undefined!"] {
            assert_eq!((name(hidden), zip(hidden)), (Err(Reject::Empty), Err(Reject::Empty)), "{hidden}");
        }
        assert_eq!(zip("SW1A 1-AA").as_deref(), Ok("sw1a1aa"));
        assert_eq!(external_id("User 1"), Ok("User 1"));
        assert_eq!(external_id("N/A"), Err(Reject::Empty));
    }
}
