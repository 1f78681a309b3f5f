//! Phone numbers: which country they belong to, and their E.164 form.
//!
//! A number with `+` (or `00`, or `011` in North America) keeps its digits: TikTok's own examples are numbers that
//! libphonenumber calls impossible. The library is asked about two things only: zeros after
//! the country code, which are a trunk prefix in Britain and part of the number in Italy, and national numbers.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumber};

use super::PhoneHashForm;
use super::country::Country;
use super::phone_digits::PhoneDigits;
use super::reject::Reject;
use super::text::Normal;

/// E.164 has up to 15 digits; the lower bound keeps short numbers out.
const LENGTHS: std::ops::RangeInclusive<usize> = 7..=15;
/// National numbers are shorter by their country code; `011` and a trunk prefix make them longer.
const TYPED: std::ops::RangeInclusive<usize> = 4..=19;
/// `+00…` once stripped may show another zero; nobody writes more than a few.
const MOST_ZEROS: usize = 4;

/// E.164 of a trimmed text. The country is asked for only when the number does not carry its own.
pub(super) fn normalise(
    text: &str,
    country: impl Fn() -> Result<Option<Country>, Reject>,
    form: PhoneHashForm,
) -> Result<Normal, Reject> {
    if text.is_empty() {
        return Err(Reject::Empty);
    }
    let found = PhoneDigits::read(text)?;
    let digits = found.digits();
    let e164 = match digits.strip_prefix("00") {
        _ if found.plus => international(digits, found.bracketed)?,
        Some(rest) => match by_exit_code(digits, rest, &country) {
            Some(read) => e164_of(&read),
            None => international(rest, found.bracketed.and_then(|at| at.checked_sub(2)))?,
        },
        None => domestic(digits, country)?,
    };
    written(&e164, form)
}

/// A number behind its country's own exit code, of which `00` is but the beginning: Australia's is 0011, Kenya's 000.
fn by_exit_code(
    digits: &str,
    rest: &str,
    country: impl Fn() -> Result<Option<Country>, Reject>,
) -> Option<PhoneNumber> {
    if existing(parsed(rest)).is_some() {
        return None;
    }
    existing(PHONE_NUMBER_UTIL.parse(digits, Some(country().ok()??.region())).ok())
}

/// A plus if it is wanted, and digits within the limits that are not all zeros.
fn written(e164: &Normal, form: PhoneHashForm) -> Result<Normal, Reject> {
    let digits = e164.as_str();
    let subscriber = digits.get(country_code_len(digits)..).unwrap_or_default();
    if !LENGTHS.contains(&digits.len()) || digits.starts_with('0') || subscriber.bytes().all(|byte| byte == b'0') {
        return Err(Reject::InvalidPhone);
    }
    match form {
        PhoneHashForm::Digits => Ok(*e164),
        PhoneHashForm::E164Plus => {
            let mut plus = Normal::new();
            plus.push(b"+");
            plus.push(digits.as_bytes());
            Ok(plus)
        }
    }
}

/// Digits that begin with a country code. `bracketed` is the place of a `(0)`.
fn international(digits: &str, bracketed: Option<usize>) -> Result<Normal, Reject> {
    let code = country_code_len(digits);
    let trunk = bracketed.filter(|at| *at == code);
    if trunk.is_none() && digits.as_bytes().get(code) != Some(&b'0') {
        return Normal::copy(digits).ok_or(Reject::InvalidPhone);
    }
    if let Some(read) = without_trunk(digits).filter(|read| trunk.is_none() || is_possible(read)) {
        return Ok(e164_of(&read));
    }
    let (head, tail) = digits.split_at_checked(code).unwrap_or((digits, ""));
    let mut joined = Normal::new();
    joined.push(head.as_bytes());
    joined.push(tail.get(usize::from(trunk.is_some())..).unwrap_or_default().as_bytes());
    Ok(joined)
}

/// What the library makes of an international number, read until nothing more comes off.
fn without_trunk(digits: &str) -> Option<PhoneNumber> {
    let mut read = parsed(digits)?;
    for _ in 0..MOST_ZEROS {
        let again = parsed(e164_of(&read).as_str())?;
        if again == read {
            break;
        }
        read = again;
    }
    Some(read)
}

fn parsed(digits: &str) -> Option<PhoneNumber> {
    PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None).ok()
}

/// Digits without a plus: a national number, or one that lost the plus before its country code.
fn domestic(digits: &str, country: impl Fn() -> Result<Option<Country>, Reject>) -> Result<Normal, Reject> {
    if !TYPED.contains(&digits.len()) {
        return Err(Reject::InvalidPhone);
    }
    let country = country()?.ok_or(Reject::PhoneCountryUnknown)?;
    if country.is_nanp() {
        if let Some(rest) = digits.strip_prefix("011") {
            return international(rest, None);
        }
        if is_ten_digits(digits) {
            return with_code_one(digits);
        }
    }
    // German patterns, for one, take +49 151… for a number of Leer (0491 51…): its own code comes first.
    if has_own_code(digits, country)
        && let Some(read) = existing(parsed(digits))
    {
        return Ok(e164_of(&read));
    }
    let national = PHONE_NUMBER_UTIL.parse(digits, Some(country.region())).ok();
    let read = existing(national.clone()).or_else(|| existing(parsed(digits))).or(national.filter(is_possible));
    read.as_ref().map(e164_of).ok_or(Reject::InvalidPhone)
}

fn has_own_code(digits: &str, country: Country) -> bool {
    country.calling_code().is_some_and(|code| digits.starts_with(&code.to_string()))
}

/// A number of a block that its country has given out.
fn existing(read: Option<PhoneNumber>) -> Option<PhoneNumber> {
    read.filter(|number| PHONE_NUMBER_UTIL.is_valid_number(number))
}

/// Whether a trimmed text is the number of a phone and nothing else.
pub(super) fn is_number(text: &str, country: Option<Country>) -> bool {
    let Ok(found) = PhoneDigits::read(text) else { return false };
    let digits = found.digits();
    let national = |country: Country| PHONE_NUMBER_UTIL.parse(digits, Some(country.region())).ok();
    existing(parsed(digits.trim_start_matches("00"))).is_some() || existing(country.and_then(national)).is_some()
}

/// Area and exchange begin with 2 to 9, and the plan has one length; the library would only agree, slowly.
fn is_ten_digits(digits: &str) -> bool {
    let begins = |at: usize| digits.as_bytes().get(at).is_some_and(|digit| (b'2'..=b'9').contains(digit));
    digits.len() == 10 && begins(0) && begins(3)
}

fn with_code_one(digits: &str) -> Result<Normal, Reject> {
    let mut e164 = Normal::new();
    e164.push(b"1");
    e164.push(digits.as_bytes());
    Ok(e164)
}

/// A length that can be found from abroad.
fn is_possible(number: &PhoneNumber) -> bool {
    matches!(PHONE_NUMBER_UTIL.is_possible_number_with_reason(number), Ok(NumberLengthType::IsPossible))
}

/// Country code, zeros that belong to the number (Italy), and the rest.
fn e164_of(number: &PhoneNumber) -> Normal {
    let mut e164 = Normal::new();
    e164.push(number.country_code.to_string().as_bytes());
    e164.push(rlibphonenumber::get_national_significant_number_owned(number).as_bytes());
    e164
}

/// ITU-T E.164: codes have one digit (1, 7), two (the assigned ones below), or three.
fn country_code_len(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..] => 2,
        [b'3', b'0'..=b'4' | b'6' | b'9', ..] => 2,
        [b'4', b'0' | b'1' | b'3'..=b'9', ..] => 2,
        [b'5', b'1'..=b'8', ..] => 2,
        [b'6', b'0'..=b'6', ..] => 2,
        [b'8', b'1' | b'2' | b'4' | b'6', ..] => 2,
        [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, country: &str, expected: Result<&str, Reject>) {
        let normal = normalise(text, || Ok(Country::parse(country)), PhoneHashForm::E164Plus);
        assert_eq!(normal.as_ref().map(Normal::as_str).map_err(|why| *why), expected, "{text:?} in {country:?}");
    }

    #[test]
    fn a_plus_wins_and_keeps_its_digits() {
        for (text, e164) in [
            ("+551155256", "+551155256"),
            ("+1231234567", "+1231234567"),
            ("+123456789012345", "+123456789012345"),
            ("+44 20 7183 8750", "+442071838750"),
            ("00 44 20 7183 8750", "+442071838750"),
            ("+999 1234567", "+9991234567"),
        ] {
            check(text, "", Ok(e164));
            check(text, "US", Ok(e164));
            check(text, "IT", Ok(e164));
        }
    }

    #[test]
    fn an_exit_code_may_be_longer_than_two_zeros() {
        for (text, country, e164) in [
            ("0011 61 412 345 678", "AU", "+61412345678"),
            ("001 65 9123 4567", "SG", "+6591234567"),
            ("001 852 5123 4567", "HK", "+85251234567"),
            ("002 886 912 345 678", "TW", "+886912345678"),
            ("009 234 803 123 4567", "NG", "+2348031234567"),
            ("00700 82 10 1234 5678", "KR", "+821012345678"),
            ("000 254 712 345678", "KE", "+254712345678"),
            ("0049 151 12345678", "AU", "+4915112345678"),
        ] {
            check(text, country, Ok(e164));
        }
    }

    #[test]
    fn zeros_after_the_code_are_the_countrys_matter() {
        for (text, e164) in [
            ("+44 (0)20 7183 8750", "+442071838750"),
            ("+4402071838750", "+442071838750"),
            ("0044 (0)20 7183 8750", "+442071838750"),
            ("+49 (0) 30 123456", "+4930123456"),
            ("+39 06 6982 0000", "+390669820000"),
            ("+39 (0)6 6982 0000", "+390669820000"),
            ("+34 (0)912 345 678", "+34912345678"),
            ("+225 07 01 23 45 67", "+2250701234567"),
            ("+999 0123456", "+9990123456"),
        ] {
            check(text, "", Ok(e164));
        }
    }

    #[test]
    fn national_numbers_need_a_country() {
        for (text, country, e164) in [
            ("020 7183 8750", "GB", "+442071838750"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("06 6982 0000", "IT", "+390669820000"),
            ("8 (912) 345-67-89", "RU", "+79123456789"),
            ("374-93-828222", "AM", "+37493828222"),
            ("011 44 20 7183 8750", "US", "+442071838750"),
            ("011442071838750", "CA", "+442071838750"),
            ("1 (213) 373-4253 x99", "US", "+12133734253"),
            ("2133734253", "US", "+12133734253"),
            ("0151 23456789", "DE", "+4915123456789"),
            ("030/1234567", "DE", "+49301234567"),
        ] {
            check(text, country, Ok(e164));
            if !text.starts_with("00") {
                check(text, "", Err(Reject::PhoneCountryUnknown));
            }
        }
    }

    #[test]
    fn a_country_code_without_its_plus() {
        for (text, country, e164) in [
            ("4915112345678", "DE", "+4915112345678"),
            ("491712345678", "DE", "+491712345678"),
            ("4930123456", "DE", "+4930123456"),
            ("49 89 1234567", "DE", "+49891234567"),
            ("436641234567", "AT", "+436641234567"),
            ("41791234567", "CH", "+41791234567"),
            ("447911123456", "GB", "+447911123456"),
            ("33612345678", "FR", "+33612345678"),
            ("393331234567", "IT", "+393331234567"),
            ("390669820000", "IT", "+390669820000"),
            ("34612345678", "ES", "+34612345678"),
            ("31612345678", "NL", "+31612345678"),
            ("46701234567", "SE", "+46701234567"),
            ("468123456", "SE", "+468123456"),
            ("4740612345", "NO", "+4740612345"),
            ("4520123456", "DK", "+4520123456"),
            ("358401234567", "FI", "+358401234567"),
            ("48512345678", "PL", "+48512345678"),
            ("79123456789", "RU", "+79123456789"),
            ("380501234567", "UA", "+380501234567"),
            ("905012345678", "TR", "+905012345678"),
            ("5511912345678", "BR", "+5511912345678"),
            ("525512345678", "MX", "+525512345678"),
            ("5491123456789", "AR", "+5491123456789"),
            ("56961234567", "CL", "+56961234567"),
            ("573211234567", "CO", "+573211234567"),
            ("628123456789", "ID", "+628123456789"),
            ("62218350123", "ID", "+62218350123"),
            ("919812345678", "IN", "+919812345678"),
            ("8613123456789", "CN", "+8613123456789"),
            ("819012345678", "JP", "+819012345678"),
            ("821012345678", "KR", "+821012345678"),
            ("60123456789", "MY", "+60123456789"),
            ("6581234567", "SG", "+6581234567"),
            ("66812345678", "TH", "+66812345678"),
            ("84912345678", "VN", "+84912345678"),
            ("639051234567", "PH", "+639051234567"),
            ("61412345678", "AU", "+61412345678"),
            ("64211234567", "NZ", "+64211234567"),
            ("27711234567", "ZA", "+27711234567"),
            ("2348021234567", "NG", "+2348021234567"),
            ("254712123456", "KE", "+254712123456"),
            ("201001234567", "EG", "+201001234567"),
            ("966512345678", "SA", "+966512345678"),
            ("971501234567", "AE", "+971501234567"),
            ("972502345678", "IL", "+972502345678"),
            ("12133734253", "US", "+12133734253"),
            // Of another country than the row's, and no number of that one.
            ("442071838750", "US", "+442071838750"),
            ("4915112345678", "US", "+4915112345678"),
            ("393331234567", "FR", "+393331234567"),
            // National after all.
            ("4915112345", "DE", "+494915112345"),
            ("3931234567", "IT", "+393931234567"),
            ("9123456789", "IN", "+919123456789"),
            ("5599123456", "BR", "+555599123456"),
            ("2135550132", "US", "+12135550132"),
            ("2130550132", "US", "+12130550132"),
        ] {
            check(text, country, Ok(e164));
        }
    }

    #[test]
    fn every_countrys_examples_keep_their_code() {
        use rlibphonenumber::PhoneNumberType::{FixedLine, Mobile};
        let mut count = 0;
        for region in PHONE_NUMBER_UTIL.get_supported_regions() {
            for kind in [FixedLine, Mobile] {
                let Ok(example) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind) else {
                    continue;
                };
                let e164 = e164_of(&example);
                check(e164.as_str(), &region.to_string(), Ok(&format!("+{}", e164.as_str())));
                count += 1;
            }
        }
        assert!(count > 400, "{count}");
    }

    #[test]
    fn a_text_may_be_a_phone_number() {
        let us = Country::parse("US");
        for text in ["+12133734253", "12133734253", "(213) 373-4253", "0049 151 12345678", "+49 151 12345678"] {
            assert!(is_number(text, us), "{text}");
        }
        for text in ["", "1047", "1790000000", "2026-11-25", "4006381333931", "boots", "12.99"] {
            assert!(!is_number(text, us), "{text}");
        }
    }

    #[test]
    fn what_is_too_short_too_long_or_nothing_is_refused() {
        for text in [
            "0000000000",
            "+0000000000",
            "000-0000",
            "+10000000000",
            "12345",
            "+123456",
            "+1234567890123456",
            "null",
            "-",
            "+",
            "0",
            "555-0132",
            "442071838",
            "+012133734253",
            "0",
        ] {
            check(text, "US", Err(Reject::InvalidPhone));
        }
        check("", "US", Err(Reject::Empty));
        check("1.2E+10", "US", Err(Reject::PhonePrecisionLost));
    }

    #[test]
    fn the_short_way_says_what_the_library_says() {
        for country in ["US", "CA", "JM", "PR", "BS", "AG"] {
            for digits in ["2133734253", "9995550132", "2425550132", "7872345678", "8765550132", "3000000000"] {
                let read = PHONE_NUMBER_UTIL.parse(digits, Country::parse(country).map(Country::region)).unwrap();
                check(digits, country, Ok(&format!("+{}", e164_of(&read).as_str())));
            }
        }
    }
}
