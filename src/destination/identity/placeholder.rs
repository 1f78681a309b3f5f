//! Words that mean "no value", and their hashes: a warehouse that hashes its nulls sends one famous hash for
//! millions of people (destinations.md 2.2, `hash_of_placeholder` of the vectors).

use std::{collections::HashSet, sync::LazyLock};

use super::hash::{Algorithm, Hash};

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

/// Is this trimmed text a word for nothing? Only for ids of free form: an e-mail or a phone number that says
/// `null` is refused by its own grammar.
pub(super) fn is_word(text: &str) -> bool {
    const MEANT: [&str; 9] = ["null", "(null)", "none", "nil", "nan", "undefined", "n/a", "#n/a", "unknown"];
    MEANT.iter().any(|word| text.eq_ignore_ascii_case(word)) || SIGNS.contains(&text)
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
        assert!(["NULL", "none", "-", "", "\\N"].into_iter().all(is_word));
        assert!(!["42", "user_123", "nullable", "true"].into_iter().any(is_word));
    }
}
