//! The identifiers in an event's `user`: hashed, or refused with a reason. Pure.

use serde_json::Value;

use super::field::{Form, Identifier};
use super::value::items;
use crate::destination::record::columns::Given;
use crate::destination::record::fault::Fault;
use crate::identity::{Algorithm, Hash, Reject, Rules};

/// What an identifier's field becomes: one text, a list of several, or nothing. What is no identifier is left out
/// and told in `left_out`; the event still goes.
pub(crate) fn identify(
    field: &'static str,
    form: Form,
    given: &Given<'_>,
    (rules, country): (&Rules, Option<&str>),
    left_out: &mut Vec<Fault>,
) -> Option<Value> {
    if let Some(text) = alone(given) {
        return one(form, text, rules, country).map_err(|reject| tell((field, text), reject, left_out)).ok();
    }
    let Some(items) = items(given) else {
        left_out.push(Fault::of_form(field, given));
        return None;
    };
    let mut sent: Vec<Value> = Vec::with_capacity(items.len());
    for item in &items {
        let Some(text) = item.one() else {
            left_out.push(Fault::of_form(field, item));
            continue;
        };
        match one(form, text, rules, country) {
            Ok(value) if !sent.contains(&value) => sent.push(value),
            Ok(_) => {}
            Err(reject) => tell((field, item.text()), reject, left_out),
        }
    }
    if sent.len() > 1 { Some(Value::Array(sent)) } else { sent.pop() }
}

/// What is surely no list.
fn alone<'g>(given: &'g Given<'_>) -> Option<&'g str> {
    given.one().filter(|text| !text.trim_start().starts_with('['))
}

fn tell((field, text): (&'static str, &str), reject: Reject, left_out: &mut Vec<Fault>) {
    if reject != Reject::Empty || !text.trim().is_empty() {
        left_out.push(Fault::identifier(field, reject));
    }
}

fn one(form: Form, text: &str, rules: &Rules, country: Option<&str>) -> Result<Value, Reject> {
    let hash: Hash = match form {
        Form::Hashed(Identifier::Email) => rules.email(text)?,
        Form::Hashed(Identifier::Phone) => rules.phone(text, country)?,
        Form::Hashed(Identifier::ExternalId) => rules.external_id(text)?,
        Form::Hashed(Identifier::Name) => rules.name(text)?,
        Form::Hashed(Identifier::Zip) => rules.zip(text)?,
        Form::Hashed(Identifier::Ready) => rules.declared_hash(text, Algorithm::Sha256)?,
        Form::Device { upper } => return device(text, upper, rules),
        _ => return Err(Reject::Empty),
    };
    Ok(Value::from(hash.hex()))
}

/// Plain, as the Events surface takes it; a hash stays one.
fn device(text: &str, upper: bool, rules: &Rules) -> Result<Value, Reject> {
    match rules.normal_device(text) {
        Ok(normal) if upper => Ok(Value::from(normal.as_str().to_ascii_uppercase())),
        Ok(normal) => Ok(Value::from(normal.as_str())),
        Err(Reject::InvalidAdvertisingId) => rules.device(text, Algorithm::Sha256).map(|hash| Value::from(hash.hex())),
        Err(reject) => Err(reject),
    }
}
