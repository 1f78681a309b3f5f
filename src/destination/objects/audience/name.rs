//! What can be the name of an audience, in a mapping and in a row. Pure.

use serde_json::Value;

use super::field::Field;
use crate::destination::record::fault::Fault;
use crate::identity::is_nothing;

/// TikTok cuts a longer name to 67 characters and three dots (docs/tiktok-api.md 5.1), and then two names that begin
/// alike are one.
const CHARS_MAX: usize = 70;
/// Why a trimmed text is no name, behind "it"; none if it is one.
#[must_use]
pub(crate) fn fault(name: &str) -> Option<&'static str> {
    if name.len() > CHARS_MAX && name.chars().count() > CHARS_MAX {
        return Some("has more than 70 characters, and TikTok cuts longer names; shorten it");
    }
    if name.chars().any(char::is_control) {
        return Some("holds a line break or another control character; write it on one line");
    }
    let is_flag = ["true", "false"].iter().any(|word| name.eq_ignore_ascii_case(word));
    if is_flag || is_nothing(name) {
        return Some("is a word that stands where no name is; name the audience, or leave it empty");
    }
    if is_address(name) || is_phone(name) || is_hash(name) {
        return Some(
            "is an e-mail address, a phone number or a hash, which names a person; take the column that names the audience",
        );
    }
    None
}

/// What a row is told whose `audience_name` is none, with the reason.
#[must_use]
pub(crate) fn no_name(why: &'static str) -> Fault {
    let field = Field::AudienceName.name();
    Fault { field: Some(field), reason: "invalid_audience_name", message: format!("`{field}` {why}.").into() }
}

/// One word around one @ with a domain behind.
fn is_address(name: &str) -> bool {
    let Some((local, domain)) = name.split_once('@') else { return false };
    !local.is_empty()
        && !name.contains(char::is_whitespace)
        && !domain.contains('@')
        && domain.trim_matches('.').contains('.')
}

/// As it is written between countries; digits alone may be a date or a segment's number.
fn is_phone(name: &str) -> bool {
    const DIGITS_MIN: usize = 7;
    let Some(number) = name.strip_prefix('+') else { return false };
    number.bytes().filter(u8::is_ascii_digit).count() >= DIGITS_MIN
        && number.bytes().all(|byte| byte.is_ascii_digit() || b" -./()".contains(&byte))
}

/// Of MD5 or SHA-256, in hexadecimal digits.
fn is_hash(name: &str) -> bool {
    matches!(name.len(), 32 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Mappings whose audience has no name that can be one.
#[must_use]
pub(crate) fn faults(config: &Value) -> Vec<String> {
    let mappings = config.get("mappings").and_then(Value::as_array).into_iter().flatten();
    let of = |(at, mapping): (usize, &Value)| {
        let why = fault(mapping.get("audience_name")?.as_str()?)?;
        Some(format!("`mappings[{at}].audience_name` {why}"))
    };
    mappings.enumerate().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_names() {
        for name in [
            "VIP",
            "2024",
            "Käufer \"Herbst\"",
            "Team @ home",
            "a@b",
            "true fans",
            "N",
            "+1 for all",
            "20260101",
            &"é".repeat(CHARS_MAX),
        ] {
            assert_eq!(fault(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_no_name_has_its_sentence() {
        for (name, why) in [
            ("é".repeat(71).as_str(), "has more than 70"),
            ("a\nb", "holds a line break"),
            ("a\u{85}b", "holds a line break"),
            ("a\0", "holds a line break"),
            ("True", "is a word"),
            ("FALSE", "is a word"),
            ("NULL", "is a word"),
            ("\\N", "is a word"),
            ("jane.doe@example.com", "is an e-mail address"),
            ("+49 (151) 1234-5678", "is an e-mail address"),
            ("D41D8CD98F00B204E9800998ECF8427E", "is an e-mail address"),
        ] {
            assert!(fault(name).is_some_and(|told| told.starts_with(why)), "{name:?}");
        }
        let config = json!({"mappings": [{"audience_name": "VIP"}, {"audience_name": "a\r\nb"}, {}]});
        let told = faults(&config);
        assert_eq!(told.len(), 1);
        assert!(told.iter().all(|fault| fault.starts_with("`mappings[1].audience_name` holds")), "{told:?}");
    }
}
