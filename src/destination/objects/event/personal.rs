//! What gives a person away: texts that are or hold an e-mail address or a phone number. Pure.

use std::borrow::Cow;

use super::grouped;
use crate::destination::record::time;
use crate::identity::{self, Rules};

/// E.164.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// Digits of a national number in one row.
const PLAIN_DIGITS_MIN: usize = 10;
/// How often an address may be encoded over itself.
const ENCODINGS_MAX: usize = 3;
/// Whose national numbers are looked for where the row names no country.
const COMMONEST_COUNTRY: &str = "US";

/// Without `%40` and the like, also where they are encoded again.
#[must_use]
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..ENCODINGS_MAX {
        let Some(next) = decoded_once(&text) else { break };
        text = Cow::Owned(next);
    }
    text
}

/// `None` when nothing was encoded.
fn decoded_once(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    while let Some((first, more)) = rest.split_first() {
        let pair = (more.first().and_then(digit), more.get(1).and_then(digit));
        match pair {
            (Some(high), Some(low)) if *first == b'%' => {
                bytes.push(high << 4 | low);
                rest = more.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    (bytes.len() < text.len()).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// How people are known by their numbers.
#[derive(Clone, Copy)]
pub(crate) struct People<'r> {
    pub rules: &'r Rules,
    /// The row's.
    pub country: Option<&'r str>,
}

impl People<'_> {
    /// Whether an e-mail address or a phone number stands in a text.
    #[must_use]
    pub(crate) fn are_in(&self, text: &str) -> bool {
        may_hold_people(text) && self.are_found_in(text)
    }

    fn are_found_in(&self, text: &str) -> bool {
        let text = if holds(text, b'%') { decoded(text) } else { Cow::Borrowed(text) };
        let text = identity::in_plain_signs(&text);
        (holds(&text, b'@') && has_email(&text))
            || (holds(&text, b'+') && has_international(&text))
            || self.is_grouped_phone(text.trim())
            || grouped::rows(&text).any(|row| grouped::is_like_phone(row) && self.is_phone(row))
    }

    /// Whether it is a phone number in one row of digits, which a code may be, too.
    #[must_use]
    pub(crate) fn is_row_of_phone(&self, text: &str) -> bool {
        may_be_row_of_phone(text)
            && match text.starts_with('0') {
                true => self.is_phone(text),
                // Without its zero, a barcode is a German number, too.
                false => self.rules.is_phone(text, Some(COMMONEST_COUNTRY)),
            }
    }

    fn is_grouped_phone(&self, text: &str) -> bool {
        if !text.bytes().all(|byte| byte.is_ascii_digit() || b" -()./".contains(&byte)) {
            return false;
        }
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        digits < text.len()
            && grouped::DIGITS.contains(&digits)
            && text.parse::<f64>().is_err()
            && time::read(text).is_err()
            && self.is_phone(text)
    }

    fn is_phone(&self, text: &str) -> bool {
        self.rules.is_phone(text, self.country) || self.rules.is_phone(text, Some(COMMONEST_COUNTRY))
    }
}

/// Whether a text is worth a look; nearly none is.
fn may_hold_people(text: &str) -> bool {
    let bytes = text.as_bytes();
    !text.is_ascii()
        || memchr::memchr3(b'@', b'%', b'+', bytes).is_some()
        || grouped::longest(bytes) >= *grouped::DIGITS.start()
}

/// Whether a text has the digits of a phone number and nothing else.
#[must_use]
pub(crate) fn may_be_row_of_phone(text: &str) -> bool {
    // Seconds since 1970 look like German mobile numbers without their zero.
    let is_moment = text.len() == PLAIN_DIGITS_MIN && text.starts_with('1');
    (PLAIN_DIGITS_MIN..=*PHONE_DIGITS.end()).contains(&text.len())
        && !is_moment
        && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn holds(text: &str, byte: u8) -> bool {
    memchr::memchr(byte, text.as_bytes()).is_some()
}

/// `name@host.tld` anywhere.
fn has_email(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| {
        let (local, domain) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        let end = domain.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '.').unwrap_or(domain.len());
        let domain = domain.get(..end).unwrap_or_default().trim_end_matches('.');
        let is_domain = domain.rsplit_once('.').is_some_and(|(host, top)| {
            !host.is_empty() && top.chars().count() > 1 && top.chars().any(char::is_alphabetic)
        });
        is_domain && local.ends_with(|c: char| c.is_alphanumeric() || ".!#$&'*+-/=?^_`{|}~\"".contains(c))
    })
}

/// `+` and the digits of a phone number anywhere.
fn has_international(text: &str) -> bool {
    text.match_indices('+').any(|(at, _)| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        let number = after.split(|c: char| !c.is_ascii_digit() && !" -()./".contains(c)).next().unwrap_or_default();
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let rest = after.get(number.len()..).unwrap_or_default();
        let runs_on = number.ends_with(|c: char| c.is_ascii_digit()) && rest.starts_with(char::is_alphanumeric);
        let stands_alone = !before.ends_with(char::is_alphanumeric) && !runs_on;
        stands_alone && after.starts_with(|c: char| c.is_ascii_digit() || c == '(') && PHONE_DIGITS.contains(&digits)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_that_hold_people() {
        let rules = Rules::events(None);
        let people = People { rules: &rules, country: Some("DE") };
        for text in [
            "jane@example.com",
            "write to jane.doe+x@mail.example.co.uk, please",
            "jane%40example.com",
            "jane%2540example.com",
            "mailto:jane@example.com",
            "<jane@example.com>",
            "jane@bücher.example",
            "+4915112345678",
            "call +1 (213) 373-4253 now",
            "(213) 373-4253",
            "213-373-4253",
            "030 1234567",
            "my number is 213-373-4253",
            "call me at (213) 373-4253, please",
            "Tel. 030 1234567",
            "+49/151/12345678",
            "+44\u{a0}20\u{a0}7183\u{a0}8750",
            "+44\u{2011}20\u{2011}7183\u{2011}8750",
            "＋４９１５１１２３４５６７８",
            "+٤٩١٥١١٢٣٤٥٦٧٨",
            "jane＠example.com",
            "пишите на иван@пример.рф",
            "お問い合わせ：taro@example.co.jp。",
            "call+213-373-4253",
        ] {
            assert!(people.are_in(text), "{text}");
        }
        for text in [
            "",
            "boots",
            "@nike",
            "2 @ 3.50",
            "a@b",
            "1+1=2",
            "c++",
            "2026-11-25",
            "2026-11-25 14:13:20",
            "1.299.000",
            "12.5",
            "978-3-16-148410-0",
            "E.C.P+12345678901",
            "50%",
            "12-34",
            "size 10 - 12",
            "1-2-3",
            "4915112345678",
            "order 112-1234567-1234567",
            "Sizes: 20 24 26 28 30",
            "from 2026-12-26 10 to 12",
            "am 05.12.2026 18 Uhr",
            "Lieferung 25.11.2026 - 30.11.2026",
            "1 299 000 000,00 €",
            "SKU213-373-4253",
            "52.520008, 13.404954",
            "スーパー１００円",
            "Boots – size 42 – 1.299,00 €",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
        ] {
            assert!(!people.are_in(text), "{text}");
        }
        assert!(people.is_row_of_phone("4915112345678") && people.is_row_of_phone("2133734253"));
        for text in ["1790000000", "4006381333931", "123456", "1790000000000"] {
            assert!(!people.is_row_of_phone(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_the_glance_lets_pass_holds_nobody(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(vec![
                        "jane", "@", "example.com", "+", "49", "151", "12345678", "(213)", "373", "4253", "-", " ", ".", "/",
                        "%40", "%2B", "030", ",", "x", "＠", "＋", "４９", "é", "call ", ":", "2026-11-25",
                    ])
                    .prop_map(str::to_owned),
                    "[0-9]{1,12}",
                ],
                0..8,
            ),
        ) {
            let rules = Rules::events(None);
            let people = People { rules: &rules, country: Some("DE") };
            let text = parts.concat();
            prop_assert!(may_hold_people(&text) || !people.are_found_in(&text), "{}", text);
        }
    }
}
