//! Fields that steer: where a row goes, and what is done with it. What is absent or blank was not given; a value of a
//! wrong form is a fault of the row, never "not given". Pure.

use super::columns::Given;
use super::fault::Fault;
use super::time;
use crate::config::destination::Operation;
use crate::identity;
use crate::words;

/// Nothing that a sync tells was deleted before 2000: a smaller number is no time but a flag or a counter.
const DELETED_FROM: i64 = 946_684_800;

/// Nor after 2100: warehouses write 9999-12-31 for what is still valid.
const DELETED_TO: i64 = 4_102_444_800;

/// Fields that members and events share.
pub(crate) const OPERATION: &str = "_op";
pub(crate) const DELETED_AT: &str = "_ab_cdc_deleted_at";
const CONSENT: &str = "consent";

/// The word or the id in a field.
pub(crate) fn word<'g>(field: &'static str, given: Option<&'g Given<'_>>) -> Result<Option<&'g str>, Fault> {
    match given {
        None => Ok(None),
        Some(given @ (Given::Text(_) | Given::Number(_))) => {
            Ok(Some(given.text().trim()).filter(|text| !text.is_empty()))
        }
        Some(given) => Err(Fault::of_form(field, given)),
    }
}

/// The id in a field. One that a program kept as a number with a fraction or a power of ten has lost its last digits.
pub(crate) fn id<'g>(field: &'static str, given: Option<&'g Given<'_>>) -> Result<Option<&'g str>, Fault> {
    let id = word(field, given)?;
    if id.is_some_and(is_rounded) {
        let message = format!("`{field}` is a number that a program has rounded; keep ids as texts.");
        return Err(Fault { field: Some(field), reason: "invalid_id", message: message.into() });
    }
    Ok(id)
}

/// The advertiser in a field; TikTok numbers them.
pub(crate) fn advertiser<'g>(given: Option<&'g Given<'_>>) -> Result<Option<&'g str>, Fault> {
    let id = word("advertiser_id", given)?;
    match id.filter(|id| !id.bytes().all(|byte| byte.is_ascii_digit())) {
        None => Ok(id),
        Some(_) => {
            Err(Fault::new(Some("advertiser_id"), "invalid_advertiser", "`advertiser_id` holds more than digits."))
        }
    }
}

/// The advertiser of a row: its own, else the config's.
pub(crate) fn advertiser_or(given: Option<&Given<'_>>, target: Option<&str>) -> Result<String, Fault> {
    advertiser(given)?.or(target).map(str::to_owned).ok_or(NO_ADVERTISER)
}

/// A row for nobody.
pub(crate) const NO_ADVERTISER: Fault = Fault::new(
    Some("advertiser_id"),
    "advertiser_missing",
    "Neither the row nor the config says which advertiser it is for.",
);

/// A row for an advertiser that only it names, and that TikTok does not know, or not this token.
pub(crate) fn unknown_advertiser(advertiser: &str) -> Fault {
    Fault {
        field: Some("advertiser_id"),
        reason: "advertiser_unknown",
        message: format!("Advertiser {advertiser} does not exist, or the token may not write to it.").into(),
    }
}

/// Whether a text is a number with a fraction or a power of ten.
#[must_use]
pub(crate) fn is_rounded(text: &str) -> bool {
    text.contains(['.', 'e', 'E']) && text.parse::<f64>().is_ok()
}

/// The field of a row by its name: ids are read as such.
pub(crate) fn named<'g>(field: &'static str, given: Option<&'g Given<'_>>) -> Result<Option<&'g str>, Fault> {
    match field {
        "advertiser_id" => advertiser(given),
        _ if field.ends_with("_id") => id(field, given),
        _ => word(field, given),
    }
}

/// What a field says of a person's consent.
pub(crate) fn consent(given: Option<&Given<'_>>) -> Result<Option<bool>, Fault> {
    let odd = Fault::new(Some(CONSENT), "invalid_consent", "`consent` is neither true nor false.");
    match given {
        None => Ok(None),
        Some(Given::Json(_) | Given::Broken) => Err(odd),
        Some(given) if given.text().trim().is_empty() => Ok(None),
        Some(given) => words::yes_no(given.text()).map(Some).ok_or(odd),
    }
}

/// Whether a row deletes, or was deleted itself.
pub(crate) fn deletes(operation: Option<&Given<'_>>, deleted_at: Option<&Given<'_>>) -> Result<bool, Fault> {
    let gone = is_deleted(deleted_at)?;
    Ok(self::operation(operation)? == Some(Operation::Delete) || gone)
}

/// What a row says is to be done.
pub(crate) fn operation(given: Option<&Given<'_>>) -> Result<Option<Operation>, Fault> {
    let odd = Fault::new(Some(OPERATION), "invalid_operation", "`_op` is neither add nor delete.");
    let word = match given {
        None => return Ok(None),
        Some(Given::Text(text)) => text.trim(),
        Some(_) => return Err(odd),
    };
    let known = [("", None), ("add", Some(Operation::Add)), ("delete", Some(Operation::Delete))];
    known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, meant)| meant).ok_or(odd)
}

/// Whether the source deleted the row: the field holds the time when it did. Words for nothing and no say that it did
/// not; what is no time says nothing that can be trusted.
pub(crate) fn is_deleted(given: Option<&Given<'_>>) -> Result<bool, Fault> {
    let text = match given {
        None | Some(Given::Flag(false)) => return Ok(false),
        Some(Given::Text(_) | Given::Number(_)) => given.map(Given::text).unwrap_or_default().trim(),
        Some(_) => "true",
    };
    if identity::is_nothing(text) || words::yes_no(text) == Some(false) {
        return Ok(false);
    }
    match time::read(text) {
        Ok(seconds) if (DELETED_FROM..DELETED_TO).contains(&seconds) => Ok(true),
        _ => Err(Fault::new(
            Some(DELETED_AT),
            "invalid_deletion",
            "The field tells when the source deleted the row, and this is no time; leave it null for a row that lives.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::record::columns::given;

    fn told<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
        result.map_or_else(|fault| fault.reason.to_owned(), |meant| format!("{meant:?}"))
    }

    #[test]
    fn words_and_ids_are_one_text_or_number() {
        for (raw, expected) in [
            ("null", "None"),
            (r#"" ""#, "None"),
            (r#"" T1 ""#, r#"Some("T1")"#),
            ("71", r#"Some("71")"#),
            (r#"["T1"]"#, "invalid_value"),
            ("{}", "invalid_value"),
            ("true", "invalid_value"),
            ("\"a\u{fffd}\"", "invalid_text"),
            (r#""\ud800""#, "invalid_text"),
        ] {
            assert_eq!(told(word("f", given(raw).as_ref())), expected, "{raw}");
        }
    }

    #[test]
    fn ids_that_were_rounded_are_refused() {
        for (raw, expected) in [
            ("null", "None"),
            ("1780000000000000123", r#"Some("1780000000000000123")"#),
            (r#""E1""#, r#"Some("E1")"#),
            ("1.78e18", "invalid_id"),
            (r#""1.78E+18""#, "invalid_id"),
            (r#""71.0""#, "invalid_id"),
        ] {
            assert_eq!(told(id("f", given(raw).as_ref())), expected, "{raw}");
        }
    }

    #[test]
    fn consent_is_yes_or_no() {
        for (raw, expected) in [
            ("null", "None"),
            (r#""""#, "None"),
            ("true", "Some(true)"),
            ("1.0", "Some(true)"),
            ("0.0", "Some(false)"),
            (r#""0.0""#, "Some(false)"),
            (r#""No ""#, "Some(false)"),
            (r#"["no"]"#, "invalid_consent"),
            (r#"{"marketing":false}"#, "invalid_consent"),
            ("{}", "invalid_consent"),
            ("[]", "invalid_consent"),
            ("2", "invalid_consent"),
            (r#""unknown""#, "invalid_consent"),
            ("\"no\u{fffd}\"", "invalid_consent"),
        ] {
            assert_eq!(told(consent(given(raw).as_ref())), expected, "{raw}");
        }
    }

    #[test]
    fn operations_are_two_words() {
        for (raw, expected) in [
            ("null", "None"),
            (r#""""#, "None"),
            (r#""Add""#, "Some(Add)"),
            (r#"" delete""#, "Some(Delete)"),
            (r#"["delete"]"#, "invalid_operation"),
            (r#"{"op":"delete"}"#, "invalid_operation"),
            ("false", "invalid_operation"),
            ("0", "invalid_operation"),
            (r#""upsert""#, "invalid_operation"),
        ] {
            assert_eq!(told(operation(given(raw).as_ref())), expected, "{raw}");
        }
    }

    #[test]
    fn only_a_time_tells_a_deletion() {
        for (raw, expected) in [
            ("null", "false"),
            ("false", "false"),
            ("0", "false"),
            ("0.0", "false"),
            (r#""false""#, "false"),
            (r#""0""#, "false"),
            (r#""null""#, "false"),
            (r#""None""#, "false"),
            (r#""NaT""#, "false"),
            (r#"" ""#, "false"),
            (r#""no""#, "false"),
            (r#""2026-11-25T22:03:23.000Z""#, "true"),
            (r#""2026-11-25""#, "true"),
            ("1790000000", "true"),
            ("1790000000123", "true"),
            (r#""9999-12-31""#, "invalid_deletion"),
            (r#""9999-12-31 23:59:59""#, "invalid_deletion"),
            ("true", "invalid_deletion"),
            ("1", "invalid_deletion"),
            (r#""yes""#, "invalid_deletion"),
            (r#""deleted""#, "invalid_deletion"),
            (r#"["2026-11-25T22:03:23Z"]"#, "invalid_deletion"),
            ("{}", "invalid_deletion"),
            ("\"2026-11-25\u{fffd}\"", "invalid_deletion"),
        ] {
            assert_eq!(told(is_deleted(given(raw).as_ref())), expected, "{raw}");
        }
    }
}
