//! What names a row in a report of rejected rows: as it stands there, or as a hash where it may name a person. Pure.

use std::borrow::Cow;
use std::net::IpAddr;

use sha2::{Digest, Sha256};

/// In front of what is hashed, so that the hash is not the one that advertisers match people by.
const SALT: &str = "tiktok-ads:";
/// Stands between the columns of a key while it is kept.
const BETWEEN: char = '\u{1f}';
/// Names of columns that hold identifiers of people, wherever these words stand in them.
const PERSONAL_WORDS: [&str; 25] = [
    "mail",
    "phone",
    "mobile",
    "msisdn",
    "whatsapp",
    "idfa",
    "idfv",
    "gaid",
    "aaid",
    "maid",
    "advertising_id",
    "device_id",
    "surname",
    "full_name",
    "fullname",
    "first_name",
    "last_name",
    "telef",
    "firstname",
    "lastname",
    "customer_name",
    "user_name",
    "username",
    "birth",
    "passport",
];
/// The same, where they stand alone between signs.
const PERSONAL_PARTS: [&str; 8] = ["tel", "fax", "ssn", "ip", "cell", "handy", "nome", "dob"];
/// Digits of a phone number with a `+`, and of one in groups.
const PHONE_DIGITS_MIN: usize = 7;
const GROUPED_DIGITS_MIN: usize = 9;

/// A row's key. Until it is told it holds the values themselves, so it neither prints nor debugs.
#[derive(Clone, Default)]
pub(crate) struct Key {
    text: String,
    /// Which columns are to be hashed, from the lowest bit on; what lies beyond is hashed.
    hidden: u64,
    columns: u32,
}

impl Key {
    /// Adds a column of the key.
    pub(crate) fn push(&mut self, value: &str, is_personal: bool) {
        if self.columns > 0 {
            self.text.push(BETWEEN);
        }
        match value.contains(BETWEEN) {
            true => self.text.extend(value.chars().filter(|c| *c != BETWEEN)),
            false => self.text.push_str(value),
        }
        if is_personal || looks_personal(value) {
            self.hidden |= 1_u64.checked_shl(self.columns).unwrap_or_default();
        }
        self.columns += 1;
    }

    /// What may be told.
    #[must_use]
    pub(crate) fn shown(&self) -> String {
        let is_hidden = |at| 1_u64.checked_shl(at).is_none_or(|bit| self.hidden & bit != 0);
        let shown = |(at, value): (u32, &'_ str)| -> String {
            if is_hidden(at) && !value.is_empty() { hashed(value) } else { value.to_owned() }
        };
        (0..).zip(self.text.split(BETWEEN)).map(shown).collect::<Vec<_>>().join(" / ")
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key of {} columns", self.columns)
    }
}

fn hashed(value: &str) -> String {
    let digest = Sha256::new().chain_update(SALT).chain_update(value).finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Whether a column is called as those of identifiers are.
#[must_use]
pub(crate) fn is_personal_name(column: &str) -> bool {
    let lower = column.to_lowercase();
    let is_part = |part: &str| PERSONAL_PARTS.contains(&part);
    PERSONAL_WORDS.iter().any(|word| lower.contains(word)) || lower.split(|c: char| !c.is_alphanumeric()).any(is_part)
}

/// Whether a text is surely no mere number or code: an address, a phone number as people write it, an IP address.
#[must_use]
pub(crate) fn looks_personal(text: &str) -> bool {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_grouped = text.contains([' ', '-', '(', '/', '.']);
    let is_number = text.chars().all(|c| c.is_ascii_digit() || " -()/.+\u{a0}".contains(c));
    let is_phone = is_number
        && (text.starts_with('+') && digits >= PHONE_DIGITS_MIN || is_grouped && digits >= GROUPED_DIGITS_MIN);
    let is_code = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !text.chars().all(is_code)
        && (text.contains(['@', '＠', '﹫']) || text.contains("%40") || text.parse::<IpAddr>().is_ok())
        || is_phone
}

/// Names of columns as they may be told.
#[must_use]
pub(crate) fn tellable(column: &str) -> Cow<'_, str> {
    if looks_personal(column) { "***".into() } else { column.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(columns: &[(&str, bool)]) -> String {
        let mut key = Key::default();
        columns.iter().for_each(|(value, is_personal)| key.push(value, *is_personal));
        key.shown()
    }

    #[test]
    fn keys_are_whole_and_people_are_hashed() {
        // printf 'tiktok-ads:%s' 'jane@example.com' | sha256sum
        let jane = "sha256:0233bb3e2f1abe23c6620b1e032efee6ce1d854329427dfcc86b48118be7a131";
        assert_eq!(shown(&[("jane@example.com", false)]), jane);
        assert_eq!(shown(&[("1047", false)]), "1047");
        assert_eq!(shown(&[("1047", false), ("", false), ("2026-11-25", false)]), "1047 /  / 2026-11-25");
        let mixed = shown(&[("shop 7", false), ("4915112345678", true)]);
        assert!(mixed.starts_with("shop 7 / sha256:") && !mixed.contains("4915112345678"), "{mixed}");
        assert_ne!(shown(&[("a\u{1f}b", false)]), shown(&[("a", false), ("b", false)]));
        let many: Vec<(&str, bool)> = vec![("x", false); 70];
        assert!(shown(&many).ends_with(&hashed("x")));
        let mut key = Key::default();
        key.push("jane@example.com", false);
        assert_eq!(format!("{key:?}"), "Key of 1 columns");
    }

    #[test]
    fn what_looks_like_a_person_is_known() {
        for text in [
            "jane@example.com",
            "+49 151 1234567",
            "+4915112345678",
            "020 7946 0958",
            "555-123-4567",
            "8.8.8.8",
            "2a00::1",
        ] {
            assert!(looks_personal(text), "{text}");
        }
        for text in [
            "1047",
            "4915112345678",
            "order-2026-0007",
            "2026-11-25",
            "cdda802e-fb9c-47ad-9866-0794d394c912",
            "a b",
            "",
        ] {
            assert!(!looks_personal(text), "{text}");
        }
        for name in
            ["Customer_EMAIL", "mobile_no", "full_name", "firstName", "customer_name", "tel", "Telefon", "client_ip"]
        {
            assert!(is_personal_name(name), "{name}");
        }
        for name in ["order_id", "hotel", "shipment", "name", "trip"] {
            assert!(!is_personal_name(name), "{name}");
        }
    }
}
