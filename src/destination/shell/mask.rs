//! TikTok's words without what they quote of a person. Pure.

use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

/// What stands in the place of what is hidden.
const MASK: &str = "***";
/// Fields of a request that say where it goes and what it is, not whom it is about.
const TELLABLE: [&str; 10] = [
    "advertiser_ids",
    "action",
    "id_schema",
    "audience_ids",
    "event_source",
    "event_source_id",
    "test_event_code",
    "event",
    "currency",
    "content_type",
];
/// A shorter value of a row may be part of any sentence.
const VALUE_CHARS_MIN: usize = 3;
/// The same where it is digits only.
const DIGITS_MIN: usize = 4;
/// A word this long that is part of a value is quoted from it.
const PART_CHARS_MIN: usize = 8;
/// Digits that make a phone number, however they are grouped.
const PHONE_DIGITS_MIN: usize = 7;
/// Hexadecimal digits of the shortest hash, and of a device id.
const HEX_MIN: usize = 32;
/// Digits of a phone number with a letter or two around it.
const PHONE_DIGITS_IN_WORD: usize = 10;
/// The sign of addresses, as it is and as it is escaped.
const AT: [char; 3] = ['@', '＠', '﹫'];
const AT_ESCAPED: [&str; 4] = ["%40", "%2540", "&#64", "\\u0040"];
/// Pairs of hexadecimal digits in the address of a network card.
const MAC_PAIRS: usize = 6;
/// Letters and digits in one piece that are no word of a language.
const OPAQUE_CHARS_MIN: usize = 16;

/// Hides what was in some rows, and what looks like an identifier.
pub(crate) struct Mask<'a> {
    /// Values of the rows in lower case, the longest first.
    values: Vec<String>,
    /// Ids that may be told.
    known: &'a [&'a str],
}

impl<'a> Mask<'a> {
    /// For the words about a request.
    #[must_use]
    pub(crate) fn of(body: &[u8], known: &'a [&'a str]) -> Self {
        let mut values = Vec::new();
        collect(&serde_json::from_slice(body).unwrap_or_default(), &mut values);
        values.retain(|value| {
            let least = if value.bytes().all(|byte| byte.is_ascii_digit()) { DIGITS_MIN } else { VALUE_CHARS_MIN };
            value.chars().count() >= least && !known.iter().any(|id| id.eq_ignore_ascii_case(value))
        });
        values.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        Self { values, known }
    }

    #[must_use]
    pub(crate) fn hide(&self, text: &str) -> String {
        let whole = self.values.iter().fold(text.to_owned(), |text, value| without(&text, value));
        self.without_numbers(&self.without_words(&whole))
    }

    /// Without words that look like an identifier or are a part of a value.
    fn without_words(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for piece in text.split_inclusive(ends_word) {
            let word = piece.trim_end_matches(ends_word);
            let bare = word.trim_matches(['.', ':', '!']);
            if !self.known.contains(&bare) && (is_identifier(bare) || self.is_part_of_value(bare)) {
                out += &word.replacen(bare, MASK, 1);
                out += piece.get(word.len()..).unwrap_or_default();
            } else {
                out += piece;
            }
        }
        out
    }

    fn is_part_of_value(&self, word: &str) -> bool {
        let lower = word.to_lowercase();
        lower.chars().count() >= PART_CHARS_MIN && self.values.iter().any(|value| value.contains(&lower))
    }

    /// Without phone numbers, which may have spaces and dashes in them.
    fn without_numbers(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_numeric() || c == '+') {
            let (before, from) = rest.split_at(start);
            let run = from.get(..from.find(|c| !is_of_number(c)).unwrap_or(from.len())).unwrap_or_default();
            let last = run.char_indices().rfind(|(_, c)| c.is_numeric());
            let (number, behind) = from.split_at(last.map_or(1, |(at, c)| at + c.len_utf8()));
            out += before;
            out += if self.is_number_of_a_person(number, before, behind) { MASK } else { number };
            rest = behind;
        }
        out + rest
    }

    fn is_number_of_a_person(&self, number: &str, before: &str, behind: &str) -> bool {
        let words = number.split_whitespace().filter(|word| !self.known.contains(word));
        let digits = words.flat_map(str::chars).filter(|c| c.is_numeric()).count();
        // Digits within a word are a hash, a code or a path; words are judged whole.
        let within = before.ends_with(char::is_alphanumeric) || behind.starts_with(char::is_alphanumeric);
        digits >= PHONE_DIGITS_MIN && !within
    }
}

/// Every text and number of a request that is about somebody.
fn collect(value: &Value, values: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let told = fields.iter().filter(|(name, _)| !TELLABLE.contains(&name.as_str()));
            told.for_each(|(_, value)| collect(value, values));
        }
        Value::Array(all) => all.iter().for_each(|value| collect(value, values)),
        Value::String(text) => values.push(text.trim().to_lowercase()),
        Value::Number(number) => values.push(number.to_string()),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The text without a value, wherever it stands as words of its own.
fn without(text: &str, value: &str) -> String {
    let lower = text.to_lowercase();
    if lower.len() != text.len() || !lower.contains(value) {
        // Lower case of another length moves the places; then words are hidden one by one.
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, found) in lower.match_indices(value) {
        let end = at + found.len();
        let inside = |piece: Option<&str>, last: bool| {
            let next = piece.and_then(|piece| if last { piece.chars().next_back() } else { piece.chars().next() });
            next.is_some_and(char::is_alphanumeric)
        };
        if !inside(lower.get(..at), true) && !inside(lower.get(end..), false) {
            out += text.get(done..at).unwrap_or_default();
            out += MASK;
            done = end;
        }
    }
    out + text.get(done..).unwrap_or_default()
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || "\"'`“”‘’«»()[]{}<>,;|=&?#…".contains(c)
}

fn is_of_number(c: char) -> bool {
    c.is_numeric() || "+-–‑./() \u{a0}\u{202f}\u{2009}".contains(c)
}

fn is_identifier(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let is_address = word.trim_matches(AT).contains(AT) || AT_ESCAPED.iter().any(|escaped| lower.contains(escaped));
    let digits = word.chars().filter(|c| c.is_numeric()).count();
    let is_phone = digits >= PHONE_DIGITS_IN_WORD && word.chars().filter(|c| c.is_alphabetic()).count() <= 2;
    let hex = word.bytes().filter(|byte| *byte != b'-');
    let is_hex = hex.clone().count() >= HEX_MIN && hex.clone().all(|byte| byte.is_ascii_hexdigit());
    let bare = word.split(['/', '%']).next().unwrap_or_default();
    let is_ip = bare.parse::<IpAddr>().is_ok() || bare.parse::<SocketAddr>().is_ok();
    let is_pair = |pair: &str| pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_mac = word.split([':', '-']).count() >= MAC_PAIRS && word.split([':', '-']).all(is_pair)
        || is_card(&word.replace(['.', ':', '-'], ""));
    let opaque = word.split(|c: char| !c.is_ascii_alphanumeric()).any(|piece| {
        piece.len() >= OPAQUE_CHARS_MIN
            && piece.bytes().any(|byte| byte.is_ascii_digit())
            && piece.bytes().any(|byte| byte.is_ascii_alphabetic())
    });
    is_address || is_phone || is_hex || is_ip || is_mac || opaque
}

/// Whether these are the twelve hexadecimal digits of a network card.
fn is_card(digits: &str) -> bool {
    let is_mixed =
        digits.bytes().any(|byte| byte.is_ascii_digit()) && digits.bytes().any(|byte| byte.is_ascii_alphabetic());
    digits.len() == MAC_PAIRS * 2 && is_mixed && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KNOWN: [&str; 2] = ["7123456789012345678", "C5T8RAV7QGVGP8Q9BDOG"];

    fn hidden(text: &str) -> String {
        let row = json!({
            "event_source": "web", "event_source_id": KNOWN[1],
            "data": [{"event": "Purchase", "event_id": "order-4711", "user": {"ip": "203.0.113.7"},
                "properties": {"value": 12.5, "query": "Jane Doe", "description": "the street is called Unter den Linden"},
                "page": {"url": "https://shop.example/u/jane-doe"}}]
        });
        Mask::of(row.to_string().as_bytes(), &KNOWN).hide(text)
    }

    #[test]
    fn what_was_in_the_row_is_hidden() {
        for (said, told) in [
            ("Batch.0.event_id: order-4711 is a duplicate", "Batch.0.event_id: *** is a duplicate"),
            ("properties.query: \"jane doe\" is bad", "properties.query: \"***\" is bad"),
            ("page.url: https://shop.example/u/jane-doe.", "page.url: ***."),
            ("properties.value: 12.5 is odd", "properties.value: *** is odd"),
            ("Batch.0.event: Purchase is no event of web", "Batch.0.event: Purchase is no event of web"),
        ] {
            assert_eq!(hidden(said), told, "{said}");
        }
        assert!(!hidden("description: the street is called Unter den Linden!").contains("Linden"));
    }

    #[test]
    fn what_looks_like_an_identifier_is_hidden() {
        for (said, told) in [
            ("email \"a.b+c@example.co.uk\" is bad", "email \"***\" is bad"),
            ("user.email=a%40example.com", "user.email=***"),
            ("phone +49 (151) 123-45 67 is bad", "phone *** is bad"),
            ("phone: 4915112345678.", "phone: ***."),
            ("id 973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b", "id ***"),
            ("maid CDDA802E-FB9C-47AD-9866-0794D394C912: zero", "maid ***: zero"),
            ("phone 0151/1234567: bad", "phone ***: bad"),
            ("mail jane＠example.com", "mail ***"),
            ("mail jane﹫example.com, jane\\u0040example.com", "mail ***, ***"),
            ("phone 0151\u{202f}123\u{2009}45–67", "phone ***"),
            ("phone ０１５１１２３４５６７", "phone ***"),
            ("phone x12025550143, p4915112345678", "phone ***, ***"),
            ("card 00:1B:44:11:3A:B7 is odd", "card *** is odd"),
            ("card aabb.cc11.eeff, AABB11DDEEFF", "card ***, ***"),
            ("print d4:1d:8c:d9:8f:00:b2:04:e9:80", "print ***"),
            ("from 1.2.3.4:44, 2001:db8::1/64, fe80::1%eth0", "from ***, ***, ***"),
            ("from 2001:db8::1, 192.0.2.1", "from ***, ***"),
            ("ttclid E.C.P.CsEBQ0xJQ0tJRDEyMw is old", "ttclid *** is old"),
        ] {
            assert_eq!(hidden(said), told, "{said}");
        }
    }

    #[test]
    fn what_helps_stays() {
        for said in [
            "batch_data.17.0.audience_ids.0: The audience 7123456789012345678 doesn't exist or has been deleted.",
            "Batch.0.properties.contents.0.content_id: Not a valid string",
            "data: Length must be between 1 and 1000",
            "No permission to operate pixel_code: C5T8RAV7QGVGP8Q9BDOG.",
            "fields.1: one or more value of the param is not acceptable, correct is ['status', 'name']",
        ] {
            assert_eq!(hidden(said), said);
        }
    }
}
