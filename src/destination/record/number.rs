//! One way to write a number, so that it names the same thing however a source writes it. Pure.

use std::borrow::Cow;

/// Powers of ten that an id may have: beyond them a number stays as it was written.
const EXPONENT_MAX: i32 = 400;

/// A JSON number without what says nothing: 1.0, 1e0 and 10e-1 are 1. No digit is rounded.
#[must_use]
pub(crate) fn plain(written: &str) -> Cow<'_, str> {
    if written.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(written);
    }
    decimal(written).map_or(Cow::Borrowed(written), Cow::Owned)
}

fn decimal(written: &str) -> Option<String> {
    let (sign, unsigned) = written.strip_prefix('-').map_or(("", written), |rest| ("-", rest));
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if exponent.abs() > EXPONENT_MAX || digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Where the point stands among the digits.
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let before = usize::try_from(point).unwrap_or_default();
    let zeros = usize::try_from(point.checked_neg()?).unwrap_or_default();
    let padded = format!("{}{digits}{}", "0".repeat(zeros), "0".repeat(before.saturating_sub(digits.len())));
    let (whole, fraction) = padded.split_at_checked(before)?;
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(match fraction {
        "" if whole == "0" => "0".to_owned(),
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_has_one_way_to_be_written() {
        for (written, plain_one) in [
            ("1", "1"),
            ("1.0", "1"),
            ("1e0", "1"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("1.5e3", "1500"),
            ("10e-1", "1"),
            ("1.50", "1.5"),
            ("15e-1", "1.5"),
            ("0.05", "0.05"),
            ("5e-2", "0.05"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("0e7", "0"),
            ("-7.0", "-7"),
            ("9007199254740993", "9007199254740993"),
            ("9007199254740993.0", "9007199254740993"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("12345678901234567890123.0e2", "1234567890123456789012300"),
            // Nobody's id; nothing is made of it.
            ("1e999", "1e999"),
            ("1e99999999999", "1e99999999999"),
        ] {
            assert_eq!(plain(written), plain_one, "{written}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_are_themselves_however_they_are_written(number: i64, zeros in 0_usize..9) {
            let plain_one = number.to_string();
            let fraction = format!("{number}.{}", "0".repeat(zeros + 1));
            let power = format!("{number}{}e-{zeros}", "0".repeat(zeros));
            for written in [&plain_one, &fraction, &power] {
                prop_assert_eq!(plain(written), plain_one.as_str());
            }
        }
    }
}
