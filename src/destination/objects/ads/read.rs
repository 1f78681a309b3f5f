//! A row's value or TikTok's → the form of its field. Pure.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime};
use rust_decimal::Decimal;
use serde_json::Value;
use unicode_properties::{EmojiStatus, UnicodeEmoji};
use unicode_width::UnicodeWidthChar;

use super::field::{FieldDef, Fields, Form};
use super::value::{Held, decimal};
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::Fault;
use crate::destination::record::steer;
use crate::words;

/// How TikTok writes times.
pub(crate) const TIME: &str = "%Y-%m-%d %H:%M:%S";
/// Other ways to write a moment in UTC.
const TIMES: [&str; 4] = ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
/// Moments with an offset from UTC.
const ZONED: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%:z"];
/// Characters of a set of half hours: seven days of 48.
const DAYPARTING: &str = "dayparting";
const HALF_HOURS: usize = 7 * 48;
/// Beyond these digits JSON's numbers would round.
const DIGITS_MAX: usize = 15;
/// Words that a sentence offers.
const OFFERED_MAX: usize = 12;

/// Reads what a row gives; a blank is not given.
pub(crate) fn given(def: &FieldDef, given: &Given<'_>) -> Result<Option<Held>, Fault> {
    if let Given::Broken = given {
        return Err(fault(def, "invalid_text", "holds bytes that are no UTF-8; mend the encoding of the source"));
    }
    let text = given.written().trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let (Form::Text | Form::Id | Form::Time, Given::Flag(_)) = (def.form, given) {
        return Err(fault(def, "invalid_value", "is true or false where a text is wanted"));
    }
    let held = match def.form {
        Form::Text => text_of(def, one(def, given)?)?,
        Form::Id => Held::Text(id(def, one(def, given)?)?),
        Form::Time => time(def, one(def, given)?)?,
        Form::Flag => {
            Held::Flag(words::yes_no(text).ok_or_else(|| fault(def, "invalid_value", "is neither true nor false"))?)
        }
        Form::Money | Form::Number | Form::Integer => Held::Number(number(def, one(def, given)?)?),
        Form::Ids | Form::Texts | Form::Numbers => Held::Texts(list(def, text)?),
        Form::Object | Form::Objects => json(def, text)?,
    };
    Ok(Some(held))
}

/// Reads all of TikTok's fields that a row gives.
pub(crate) fn all(fields: &'static Fields, record: &Record<'_>) -> Result<Vec<(&'static FieldDef, Held)>, Fault> {
    let mut all = Vec::new();
    for (at, def) in fields.of_tiktok() {
        if let Some(value) = record.at(at)
            && let Some(held) = given(def, value)?
        {
            all.push((def, held));
        }
    }
    Ok(all)
}

/// Reads what TikTok told; what has no value, or another form than is known, is none.
#[must_use]
pub(crate) fn told(def: &FieldDef, value: &Value) -> Option<Held> {
    match (def.form, value) {
        (_, Value::Null) => None,
        (Form::Flag, Value::Bool(flag)) => Some(Held::Flag(*flag)),
        (Form::Money | Form::Number | Form::Integer, Value::Number(number)) => decimal(number).map(Held::Number),
        (Form::Money | Form::Number | Form::Integer, Value::String(text)) => {
            Decimal::from_str(text).ok().map(Held::Number)
        }
        (Form::Text | Form::Id | Form::Time, Value::String(text)) => Some(Held::Text(text.clone())),
        (Form::Text | Form::Id | Form::Time, Value::Number(number)) => Some(Held::Text(number.to_string())),
        (Form::Ids | Form::Texts | Form::Numbers, Value::Array(all)) => {
            Some(Held::Texts(all.iter().map(word).collect()))
        }
        (Form::Object, Value::Object(_)) | (Form::Objects, Value::Array(_)) => Some(Held::Json(value.clone())),
        _ => None,
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A fault of a field, in a sentence that begins with its name.
pub(crate) fn fault(def: &FieldDef, reason: &'static str, what: &str) -> Fault {
    Fault { field: Some(def.name), reason, message: format!("`{}` {what}.", def.name).into() }
}

fn one<'g>(def: &FieldDef, given: &'g Given<'_>) -> Result<&'g str, Fault> {
    given
        .one()
        .map(str::trim)
        .ok_or_else(|| fault(def, "invalid_value", "is a list or an object where one value is wanted"))
}

fn text_of(def: &FieldDef, text: &str) -> Result<Held, Fault> {
    if let Some(max) = def.max {
        check_name(def, text, max)?;
    }
    if def.name == DAYPARTING {
        check_half_hours(def, text)?;
    }
    check_word(def, text)?;
    Ok(Held::Text(text.to_owned()))
}

/// TikTok counts a wide character as two and takes no emoji in names (docs/tiktok-api.md 7.2).
fn check_name(def: &FieldDef, text: &str, max: usize) -> Result<(), Fault> {
    let is_emoji = |c: char| {
        c == '\u{FE0F}'
            || matches!(
                c.emoji_status(),
                EmojiStatus::EmojiPresentation | EmojiStatus::EmojiPresentationAndModifierBase
            )
    };
    if text.chars().any(is_emoji) {
        return Err(fault(def, "emoji", "holds an emoji, and TikTok takes none there"));
    }
    if text.chars().any(char::is_control) {
        return Err(fault(def, "invalid_text", "holds a line break or another control character"));
    }
    let length: usize = text.chars().map(|c| c.width().unwrap_or(1).clamp(1, 2)).sum();
    if length > max {
        let what = format!("has {length} characters, a wide one counted as two, and TikTok takes {max}");
        return Err(fault(def, "text_too_long", &what));
    }
    Ok(())
}

fn check_half_hours(def: &FieldDef, text: &str) -> Result<(), Fault> {
    if text.len() != HALF_HOURS || !text.bytes().all(|byte| matches!(byte, b'0' | b'1')) {
        return Err(fault(def, "invalid_value", "wants 336 characters 0 or 1, one for each half hour of a week"));
    }
    if !text.contains('1') {
        let what = "is zeros only, which TikTok takes for the whole week; name the hours, or pause the object";
        return Err(fault(def, "dayparting_of_zeros", what));
    }
    Ok(())
}

/// Refuses a word that TikTok does not know, as far as that is known.
fn check_word(def: &FieldDef, word: &str) -> Result<(), Fault> {
    let all = if def.one_of.is_empty() { &def.known } else { &def.one_of };
    if all.is_empty() || all.iter().any(|known| known == word) {
        return Ok(());
    }
    let near = words::nearest(word, all.iter().map(String::as_str));
    let what = match near {
        Some(near) => format!("is a word that TikTok does not know there; did you mean {near}?"),
        // TikTok may have learnt it since.
        None if def.one_of.is_empty() => return Ok(()),
        None => format!("is a word that TikTok does not know there; it knows {}", words::some(all, OFFERED_MAX)),
    };
    Err(Fault { message: format!("`{}` {what}", def.name).into(), ..fault(def, "unknown_word", "") })
}

fn id(def: &FieldDef, text: &str) -> Result<String, Fault> {
    if steer::is_rounded(text) {
        return Err(fault(def, "invalid_id", "is a number that a program has rounded; keep ids as texts"));
    }
    Ok(text.to_owned())
}

fn time(def: &FieldDef, text: &str) -> Result<Held, Fault> {
    let zoned = ZONED.iter().find_map(|form| Some(DateTime::parse_from_str(text, form).ok()?.naive_utc()));
    let read = |form: &str| NaiveDateTime::parse_from_str(text, form).ok();
    let time = zoned.or_else(|| std::iter::once(TIME).chain(TIMES).find_map(read));
    let time = time.ok_or_else(|| fault(def, "invalid_time", "is no time; write it in UTC as 2026-11-26 18:00:00"))?;
    Ok(Held::Text(time.format(TIME).to_string()))
}

fn number(def: &FieldDef, text: &str) -> Result<Decimal, Fault> {
    let invalid = |what| fault(def, "invalid_number", what);
    if text.contains(',') {
        return Err(invalid(
            "has a comma; write the number with a point, as 50.5, and without signs between thousands",
        ));
    }
    if text.starts_with(|sign: char| !sign.is_alphabetic()) && text.contains(['e', 'E']) {
        return Err(invalid("is written with an exponent; write all of its digits"));
    }
    let number = Decimal::from_str_exact(text).map_err(|_| invalid("is no number"))?;
    if text.bytes().filter(u8::is_ascii_digit).count() > DIGITS_MAX {
        return Err(invalid("has more digits than can be sent without rounding"));
    }
    match def.form {
        Form::Money if number <= Decimal::ZERO => Err(fault(def, "invalid_amount", "is not more than nothing")),
        Form::Integer if !number.is_integer() => Err(invalid("is no whole number")),
        _ => Ok(number.normalize()),
    }
}

/// A list: JSON, or words between commas.
fn list(def: &FieldDef, text: &str) -> Result<Vec<String>, Fault> {
    let items: Vec<String> = if text.starts_with('[') {
        let all: Vec<Value> =
            serde_json::from_str(text).map_err(|_| fault(def, "invalid_value", "is a broken list"))?;
        all.iter().map(word).collect()
    } else {
        text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
    };
    if let Some(max) = def.items.filter(|max| items.len() > *max) {
        return Err(fault(def, "too_many_items", &format!("has {} items, and TikTok takes {max}", items.len())));
    }
    for item in &items {
        match def.form {
            Form::Ids => drop(id(def, item)?),
            Form::Texts => check_word(def, item)?,
            _ => {}
        }
    }
    Ok(items)
}

fn json(def: &FieldDef, text: &str) -> Result<Held, Fault> {
    let wants = if def.form == Form::Object { "an object" } else { "a list of objects" };
    let value: Value =
        serde_json::from_str(text).map_err(|_| fault(def, "invalid_value", &format!("is not {wants}")))?;
    let fits = match &value {
        Value::Object(_) => def.form == Form::Object,
        Value::Array(all) => def.form == Form::Objects && all.iter().all(Value::is_object),
        _ => false,
    };
    if !fits {
        return Err(fault(def, "invalid_value", &format!("is not {wants}")));
    }
    if let Some(max) = def.items.filter(|max| value.as_array().is_some_and(|all| all.len() > *max)) {
        return Err(fault(def, "too_many_items", &format!("has more than {max} items")));
    }
    Ok(Held::Json(value))
}

#[cfg(test)]
mod tests {
    use super::super::kind::{AD_GROUP, CAMPAIGN};
    use super::*;
    use crate::destination::record::columns;

    fn of(def: &FieldDef, raw: &str) -> String {
        let found = columns::given(raw).map_or(Ok(None), |value| given(def, &value));
        match found {
            Ok(None) => "not given".to_owned(),
            Ok(Some(held)) => held.json().to_string(),
            Err(fault) => format!("{}: {}", fault.reason, fault.message),
        }
    }

    #[test]
    fn each_form_of_value_and_fault() {
        let (campaign, ad_group) = (CAMPAIGN.fields(), AD_GROUP.fields());
        let long = format!("\"{}\"", "x".repeat(513));
        let wide = format!("\"{}\"", "広".repeat(256));
        let zeros = format!("\"{}\"", "0".repeat(336));
        let rows = [
            (
                campaign,
                "budget",
                vec![
                    "50",
                    "50.10",
                    "\"50.5\"",
                    "\"50,00\"",
                    "0",
                    "-1",
                    "1e9",
                    "\"a lot\"",
                    "[50]",
                    "\"\"",
                    "null",
                    "123456789012345.67",
                ],
            ),
            (campaign, "campaign_name", vec!["\"A – B ®\"", &*long, &*wide, "\"Sale 🔥\"", "\"a\\nb\"", "7"]),
            (campaign, "objective_type", vec!["\"TRAFFIC\"", "\"TRAFIC\"", "\"SOMETHING_ELSE\""]),
            (campaign, "budget_mode", vec!["\"BUDGET_MODE_DAILY\"", "\"NONE\""]),
            (campaign, "budget_optimize_on", vec!["true", "\"yes\"", "1.0", "\"maybe\""]),
            (campaign, "app_id", vec!["7011111111111111111", "7.011e18", "\"7.0\""]),
            (ad_group, "location_ids", vec!["[\"6252001\",702]", "\"6252001, 702\"", "[1.5]", "\"[1\""]),
            (
                ad_group,
                "schedule_start_time",
                vec!["\"2026-12-01 00:00:00\"", "\"2026-12-01T00:00:00Z\"", "\"2026-02-30 00:00:00\"", "\"soon\""],
            ),
            (ad_group, "dayparting", vec![&*zeros, "\"01\""]),
            (ad_group, "actions", vec!["[{\"action_scene\":\"VIDEO_RELATED\"}]", "{}", "\"[]\""]),
            (ad_group, "frequency", vec!["3", "\"x\""]),
        ];
        let told = rows.iter().flat_map(|(fields, name, raws)| {
            let def = fields.get(name).unwrap();
            raws.iter()
                .map(move |raw| format!("{name} {} → {}", raw.chars().take(30).collect::<String>(), of(def, raw)))
        });
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
    }
}
