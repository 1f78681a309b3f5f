//! Numbers in place of ids and integers. Pure.

use serde_json::{Number, Value};

/// Beyond it, a float does not represent every integer.
const EXACT_MAX: u64 = 1 << 53;

/// An integer that was written with a decimal point (3.0), as some front ends do.
#[must_use]
pub(crate) fn whole(number: &Number) -> Option<Value> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    #[expect(clippy::cast_possible_truncation, reason = "what is cut is looked at")]
    let cut = float as i64;
    #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 nothing is whole here")]
    let is_whole = cut.unsigned_abs() <= EXACT_MAX && cut as f64 == float;
    is_whole.then(|| cut.into())
}

/// An id as text, unless rounding has lost its last digits.
#[must_use]
pub(crate) fn id(number: &Number) -> Option<String> {
    if number.is_f64() {
        return whole(number).map(|whole| whole.to_string());
    }
    (!number.as_u64().is_some_and(is_rounded)).then(|| number.to_string())
}

/// Whether a program probably rounded this id to a float: as the shortest digits of a float followed by zeros
/// (JavaScript), or as the float's exact value (Python, Go). One in 500 correct ids looks like that too.
#[must_use]
pub(crate) fn is_rounded(id: u64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "the loss is what is looked for")]
    let float = id as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a u64")]
    let value = float as u128;
    id > EXACT_MAX && (value == u128::from(id) || shortest(float) == id.to_string())
}

/// The shortest digits of this float, filled with zeros.
fn shortest(float: f64) -> String {
    let written = format!("{float:e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let places = exponent.parse::<usize>().unwrap_or_default() + 1;
    format!("{digits:0<places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<String> {
        id(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn ids_are_kept_to_the_digit() {
        for exact in ["7", "7011111111111111111", "9007199254740992", "18446744073709551615"] {
            assert_eq!(read(exact).as_deref(), Some(exact));
        }
        assert_eq!(read("12.0").as_deref(), Some("12"));
    }

    #[test]
    fn an_id_that_lost_digits_is_none() {
        for rounded in
            ["7.011111111111111e18", "7011111111111111000", "7011111111111110656", "1.5", "1738864800380930300.0"]
        {
            assert_eq!(read(rounded), None, "{rounded}");
        }
    }

    #[test]
    fn a_point_makes_no_other_number() {
        let read = |json: &str| whole(&serde_json::from_str(json).unwrap());
        assert_eq!(read("3.0"), Some(Value::from(3)));
        assert_eq!(read("-0.0"), Some(Value::from(0)));
        for other in ["3.5", "1e300", "3"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
