//! What somebody typed as a phone number, read into digits. Says nothing about countries: that is `phone`'s part.

use std::borrow::Cow;

use rlibphonenumber::PHONE_NUMBER_UTIL;

use super::reject::Reject;
use super::text;

/// More digits than any number has, with room for prefixes and trunk zeros.
const MOST: usize = 24;
/// A shorter run of digits before a slash is an area code, and not the first of two numbers.
const WHOLE_NUMBER: usize = 7;
const LONGEST_EXTENSION: usize = 7;
/// `доб` is Russian for extension, `х` the letter of the same look.
const EXTENSION_MARKS: [&str; 9] = ["extension", "extn", "ext", "int", "anexo", "x", "доб", "х", "#"];

/// Digits as typed, without signs, extension and brackets.
#[derive(Clone, Copy, Default)]
pub(super) struct PhoneDigits {
    digits: [u8; MOST],
    len: usize,
    pub(super) plus: bool,
    /// Where a single digit in brackets stood, as in `+44 (0)20`: a trunk prefix, kept among the digits.
    pub(super) bracketed: Option<usize>,
    opened: Option<usize>,
}

impl PhoneDigits {
    pub(super) fn digits(&self) -> &str {
        std::str::from_utf8(self.digits.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    /// Reads a trimmed text.
    pub(super) fn read(text: &str) -> Result<Self, Reject> {
        if let Some(plain) = Self::plain(text) {
            return Ok(plain);
        }
        let text = without_scheme(text);
        if let Some(number) = exponential(text) {
            return number;
        }
        let number = without_extension(without_fraction(text)).ok_or(Reject::InvalidPhone)?;
        Self::punctuated(number).ok_or(Reject::InvalidPhone)
    }

    /// The usual case: nothing but ASCII digits after an optional plus.
    fn plain(text: &str) -> Option<Self> {
        let number = text.strip_prefix('+');
        let bytes = number.unwrap_or(text).as_bytes();
        let mut digits = Self { plus: number.is_some(), len: bytes.len(), ..Self::default() };
        digits.digits.get_mut(..bytes.len())?.copy_from_slice(bytes);
        bytes.iter().all(u8::is_ascii_digit).then_some(digits)
    }

    fn punctuated(text: &str) -> Option<Self> {
        let mut digits = Self::default();
        let mut run_before_slash = None;
        for c in text.chars() {
            if matches!(c, '/' | '／') {
                run_before_slash = Some(digits.len);
            }
            digits.take(c)?;
        }
        let two_numbers = run_before_slash.is_some_and(|run| run >= WHOLE_NUMBER && digits.len - run >= WHOLE_NUMBER);
        (!two_numbers).then_some(digits)
    }

    fn take(&mut self, c: char) -> Option<()> {
        match c {
            '0'..='9' => self.push(c),
            '+' | '＋' | '﹢' => self.take_plus(),
            '(' | '（' | '[' => {
                self.opened = Some(self.len);
                Some(())
            }
            ')' | '）' | ']' => {
                self.close();
                Some(())
            }
            _ if is_separator(c) => Some(()),
            _ => self.push(decimal(c)?),
        }
    }

    fn push(&mut self, digit: char) -> Option<()> {
        *self.digits.get_mut(self.len)? = u8::try_from(digit).ok()?;
        self.len += 1;
        Some(())
    }

    /// One plus, before all digits.
    fn take_plus(&mut self) -> Option<()> {
        let first = !self.plus && self.len == 0;
        self.plus = true;
        first.then_some(())
    }

    fn close(&mut self) {
        let opened = self.opened.take().filter(|start| *start > 0 && *start + 1 == self.len);
        self.bracketed = self.bracketed.or(opened);
    }
}

/// Brackets aside, what people put between digits.
fn is_separator(c: char) -> bool {
    text::is_blank(c)
        || matches!(
            c,
            '-' | '.' | '/' | '~' | '·' | '／' | '－' | 'ー' | '．' | '−' | '\u{2010}'..='\u{2015}' | '∼' | '～'
        )
}

/// A text with the signs of addresses and numbers as ASCII has them: `＠`, `＋`, digits of any script, dashes, blanks.
#[must_use]
pub(crate) fn in_plain_signs(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| match c {
        _ if c.is_ascii() => c,
        '＠' | '﹫' => '@',
        '＋' | '﹢' => '+',
        '（' => '(',
        '）' => ')',
        '．' | '。' => '.',
        _ if text::is_blank(c) => ' ',
        _ if is_separator(c) => '-',
        _ => decimal(c).unwrap_or(c),
    };
    Cow::Owned(text.chars().map(plain).collect())
}

/// A decimal digit of another script, by the library's Unicode table.
fn decimal(c: char) -> Option<char> {
    if c.is_ascii() || !c.is_numeric() {
        return None;
    }
    PHONE_NUMBER_UTIL.normalize_digits_only(c.encode_utf8(&mut [0; 4])).chars().next()
}

fn without_scheme(text: &str) -> &str {
    match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => text.get(4..).unwrap_or_default(),
        _ => text,
    }
}

/// `12133734253.0`: a column of floats, printed.
fn without_fraction(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if is_digits(zeros) && zeros.bytes().all(|byte| byte == b'0') => {
            let digits = whole.strip_prefix('+').unwrap_or(whole);
            if is_digits(digits) && digits.len() >= WHOLE_NUMBER { whole } else { text }
        }
        _ => text,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `1.2133734253E10` is a whole number and readable; `1.2E+10` has lost its digits. Nothing for any other text.
fn exponential(text: &str) -> Option<Result<PhoneDigits, Reject>> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits = whole.strip_prefix('+').unwrap_or(whole);
    if !is_digits(digits) || !(fraction.is_empty() || is_digits(fraction)) || !is_digits(unsigned) {
        return None;
    }
    let shift = exponent.strip_prefix('+').unwrap_or(exponent).parse::<usize>().ok();
    let (kept, lost) = shift.and_then(|shift| fraction.split_at_checked(shift)).unwrap_or(("", "1"));
    let exact = lost.bytes().all(|byte| byte == b'0');
    let digits = exact.then(|| PhoneDigits::plain(&format!("{whole}{kept}"))).flatten();
    Some(digits.ok_or(Reject::PhonePrecisionLost))
}

/// Cuts `ext. 12`, `x12`, `#12`, `,,12` and `;ext=12`; nothing when other letters remain.
fn without_extension(text: &str) -> Option<&str> {
    let Some(start) = text.find(|c: char| c.is_alphabetic() || matches!(c, '#' | '＃' | ',' | ';')) else {
        return Some(text);
    };
    let (number, extension) = text.split_at_checked(start)?;
    let extension = extension.trim_start_matches([',', ';', '＃', ' ']).to_lowercase();
    let marked = EXTENSION_MARKS.iter().find_map(|mark| extension.strip_prefix(mark)).unwrap_or(&extension);
    let digits = marked.trim_matches(|c: char| text::is_blank(c) || matches!(c, '.' | ':' | '=' | '#' | '-'));
    (is_digits(digits) && digits.len() <= LONGEST_EXTENSION).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let digits = PhoneDigits::read(text).ok()?;
        Some(format!("{}{}", if digits.plus { "+" } else { "" }, digits.digits()))
    }

    #[test]
    fn digits_come_out_of_any_dress() {
        for text in [
            "+12133734253",
            "(+1)2133734253",
            "+1 (213) 373-4253",
            "+1.213.373.4253",
            "+1\u{A0}213–373—4253",
            "＋１２１３３７３４２５３",
            "+١٢١٣٣٧٣٤٢٥٣",
            "TEL:+1-213-373-4253",
            "+12133734253 ext. 12",
            "+12133734253x12",
            "+12133734253#12",
            "+12133734253,,12#",
            "tel:+12133734253;ext=12",
            "+12133734253.0",
            "+1.2133734253E10",
            "+1 213 373 4253 доб. 12",
            "+1/213/373/4253",
        ] {
            assert_eq!(read(text).as_deref(), Some("+12133734253"), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "call me",
            "1-800-FLOWERS",
            "+12133734253 / +14155550132",
            "2133734253/4155550132",
            "1+2133734253",
            "++12133734253",
            "2133734253 or 4155550132",
            "2133734253, 4155550132",
            "213*373",
            "²133734253",
            "Ⅷ2133734",
            "12133734253.5x",
            "+1213373425312133734253121",
            "12133734253ext",
            "jane@example.com",
        ] {
            assert_eq!(PhoneDigits::read(text).err(), Some(Reject::InvalidPhone), "{text}");
        }
    }

    #[test]
    fn a_rounded_number_is_lost_and_an_exact_one_is_not() {
        for (text, digits) in [
            ("1.2133734253E10", Some("12133734253")),
            ("1.2133734253e+10", Some("12133734253")),
            ("1.21337342530E10", Some("12133734253")),
            ("1.2E+10", None),
            ("1,2E+10", None),
            ("1.21337E10", None),
            ("12E9", None),
            ("1.21337342535E10", None),
            ("1.2E-3", None),
            ("1E99999999999999999999999", None),
        ] {
            assert_eq!(read(text).as_deref(), digits, "{text}");
            if digits.is_none() {
                assert_eq!(PhoneDigits::read(text).err(), Some(Reject::PhonePrecisionLost), "{text}");
            }
        }
    }
}
