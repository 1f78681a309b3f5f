//! Words that mean "no value", and their hashes: a warehouse that hashes its nulls sends one famous hash for
//! millions of people (`hash_of_placeholder` of the vectors).

use std::{collections::HashSet, sync::LazyLock};

use super::hash::{Algorithm, Hash};
use super::text;

/// Each also counts in upper case and with a capital.
const WORDS: [&str; 22] = [
    "null",
    "(null)",
    "<null>",
    "none",
    "nil",
    "nan",
    "undefined",
    "n/a",
    "#n/a",
    "na",
    "unknown",
    "empty",
    "missing",
    "true",
    "false",
    "anonymous",
    "not set",
    "(not set)",
    "not available",
    "no email",
    "test",
    "test@test.com",
];

/// `\N` is how database dumps write null.
const SIGNS: [&str; 18] =
    ["", " ", "-", "--", "_", ".", "?", "0", "0.0", "00", "+", "+0", "+1", "@", "\\N", "\"\"", "{}", "[]"];

const ZERO_ID: &str = "00000000-0000-0000-0000-000000000000";

static HASHES: LazyLock<HashSet<Hash>> = LazyLock::new(|| {
    let texts = WORDS.iter().flat_map(|word| spellings(word)).chain(SIGNS.map(String::from));
    let texts = texts.chain(["NaN".into(), "N/a".into(), ZERO_ID.into(), "0000000000".into()]);
    texts.flat_map(|text| [Algorithm::Sha256, Algorithm::Md5].map(|how| how.digest(text.as_bytes()))).collect()
});

fn spellings(word: &str) -> [String; 3] {
    let capital = word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default();
    [word.to_owned(), word.to_uppercase(), capital]
}

/// Is this the hash of nothing?
pub(super) fn is_hash(hash: &Hash) -> bool {
    HASHES.contains(hash)
}

/// What systems write where they have no value, in any letter case: the one list for all fields.
const NOTHING: [&str; 31] = [
    "null",
    "(null)",
    "<null>",
    "[null]",
    "#null!",
    "none",
    "(none)",
    "<none>",
    "nil",
    "<nil>",
    "nan",
    "nat",
    "<na>",
    "n/a",
    "#n/a",
    "undefined",
    "unknown",
    "(unknown)",
    "not set",
    "(not set)",
    "not available",
    "not provided",
    "(not provided)",
    "[object object]",
    "\\n",
    "\"\"",
    "''",
    "{}",
    "[]",
    "-",
    "--",
];
/// Texts that are values elsewhere, and stand for nobody where a person's id is wanted.
const NOBODY: [&str; 10] = ["0", "0.0", "00", "+", "+0", "+1", "@", "_", ".", "?"];

/// Is this text, apart from blanks around it, a word for nothing, or no text at all?
pub(crate) fn is_nothing(text: &str) -> bool {
    let text = text::trim(text);
    // Nearly every value of a record ends here.
    let may_be = match text.as_bytes() {
        [] => return true,
        [b'n' | b'N' | b'u' | b'U' | b'(' | b'<' | b'[' | b'{' | b'#' | b'-' | b'\\' | b'"' | b'\'', ..] => true,
        _ => false,
    };
    may_be && NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Is this trimmed text nobody's id? Only for ids of free form: an e-mail address or a phone number that says `0` is
/// refused by its own grammar.
pub(super) fn is_nobody(text: &str) -> bool {
    is_nothing(text) || NOBODY.contains(&text) || is_macro(text)
}

/// Is this a name that an ad server should have replaced by a value: `__CLICKID__`, `{{click_id}}`, `${CLICK_ID}`?
pub(crate) fn is_macro(text: &str) -> bool {
    const FRAMES: [(&str, &str); 5] = [("__", "__"), ("{{", "}}"), ("${", "}"), ("%%", "%%"), ("{", "}")];
    let text = text::trim(text);
    if !text.starts_with(['_', '{', '$', '%']) {
        return false;
    }
    let name = |(open, close): &(&str, &str)| text.strip_prefix(open)?.strip_suffix(close).map(text::trim);
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ' '))
    };
    FRAMES.iter().filter_map(name).any(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_nothing_are_known_in_both_algorithms() {
        for text in ["", " ", "null", "NULL", "Null", "None", "NaN", "n/a", "N/A", "0", "+1", "test@test.com", ZERO_ID]
        {
            assert!(is_hash(&Algorithm::Sha256.digest(text.as_bytes())), "{text:?}");
            assert!(is_hash(&Algorithm::Md5.digest(text.as_bytes())), "{text:?}");
        }
        assert!(!is_hash(&Algorithm::Sha256.digest(b"jane@example.com")));
    }

    #[test]
    fn words_for_nothing() {
        for text in ["", " \u{A0}", "NULL", " none ", "-", "\\N", "NaN", "NaT", "N/A", "undefined", "(not set)", "<NA>"]
        {
            assert!(is_nothing(text), "{text:?}");
        }
        for text in ["42", "0", "user_123", "nullable", "true", "na", "Nancy", "Un", "--x", "[1]", "{\"a\":1}"] {
            assert!(!is_nothing(text), "{text:?}");
        }
        assert!(is_nobody("0") && is_nobody("__UID__") && !is_nobody("user_123"));
    }

    #[test]
    fn names_that_were_not_replaced() {
        for text in [
            "__CLICKID__",
            "__callback_param__",
            "{{ad.id}}",
            "{{ click_id }}",
            "${CLICK_ID}",
            "%%CLICK%%",
            "{clickid}",
        ] {
            assert!(is_macro(text), "{text}");
        }
        for text in ["", "E.C.P.x", "__", "____", "{}", "{\"a\":1}", "_x_", "{{}}", "50%", "__x__y"] {
            assert!(!is_macro(text), "{text}");
        }
    }
}
