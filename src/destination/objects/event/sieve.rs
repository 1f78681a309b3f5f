//! Values on their way into an event. What is none, or would give a person away, is left out and told; only money, and
//! what an event cannot do without, costs the event. Pure.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

use super::address;
use super::aliases;
use super::called::Called;
use super::field::{CONTENT, Form};
use super::members::{Members, Product, Sent};
use super::personal::{self, People};
use super::value;
use crate::destination::record::columns::{Given, given};
use crate::destination::record::fault::Fault;
use crate::identity::{self, Reject};
use crate::words;

/// The reason of a value that is a word for nothing.
pub(crate) const EMPTY: &str = "empty";
/// The reason of a value that would tell who somebody is.
pub(crate) const IN_CLEAR: &str = "person_in_clear";

/// A person's address or number where TikTok wants none.
#[must_use]
pub(crate) const fn in_clear(field: &'static str) -> Fault {
    Fault::new(
        Some(field),
        IN_CLEAR,
        "The value is or holds an e-mail address, a phone number or another fact about a person, which leaves hashed only.",
    )
}

const NO_OBJECTS: Fault =
    Fault::new(Some("contents"), "invalid_value", "Write the products as a JSON list of objects.");

const fn macro_in(field: &'static str) -> Fault {
    Fault::new(Some(field), "unexpanded_macro", "The ad server's macro was not replaced by a value.")
}

/// What a row's values pass through.
pub(crate) struct Sieve<'r> {
    pub people: People<'r>,
    /// Fields that held something which is no value of theirs.
    pub left_out: Vec<Fault>,
}

impl<'r> Sieve<'r> {
    #[must_use]
    pub(crate) const fn new(people: People<'r>) -> Self {
        Self { people, left_out: Vec::new() }
    }

    /// A value in its form.
    pub(crate) fn value(&mut self, name: &'static str, form: Form, given: &Given<'_>) -> Result<Option<Sent>, Fault> {
        if self.is_nothing(name, given) {
            return Ok(None);
        }
        let value = match form {
            Form::Contents => return Ok(self.products(given)),
            Form::Text | Form::Lower if self.text(name, given).is_none() => return Ok(None),
            _ => value::coerce(name, form, given),
        };
        match value {
            Ok(Some(value)) => {
                let keeps = !form.is_free() || self.is_harmless(name, &value);
                Ok(keeps.then_some(Sent::Value(value)))
            }
            Ok(None) => Ok(None),
            Err(fault) if form.is_money() => Err(fault),
            Err(fault) => {
                self.left_out.push(fault);
                Ok(None)
            }
        }
    }

    /// The text of a field, as it goes out.
    pub(crate) fn text<'g>(&mut self, name: &'static str, given: &'g Given<'_>) -> Option<&'g str> {
        let text = self.real_text(name, given)?;
        if self.people.are_in(text) {
            self.left_out.push(in_clear(name));
            return None;
        }
        Some(text)
    }

    /// The id of a click. What no ad server replaced has other signs than an id.
    pub(crate) fn click<'g>(&mut self, name: &'static str, given: &'g Given<'_>) -> Option<&'g str> {
        let text = self.text(name, given)?;
        if !address::is_click_id(text) {
            self.left_out.push(macro_in(name));
            return None;
        }
        Some(text)
    }

    /// The address of a page, without what it says of people.
    pub(crate) fn address<'g>(&mut self, name: &'static str, given: &'g Given<'_>) -> Option<Cow<'g, str>> {
        let text = self.real_text(name, given)?;
        let cut = address::without_people(text, &self.people);
        if matches!(cut, Cow::Owned(_)) {
            self.left_out.push(in_clear(name));
        }
        Some(cut)
    }

    /// A text that stands for something.
    fn real_text<'g>(&mut self, name: &'static str, given: &'g Given<'_>) -> Option<&'g str> {
        if self.is_nothing(name, given) {
            return None;
        }
        let told = match value::scalar(name, given) {
            Err(fault) => fault,
            Ok(text) if !identity::is_whole(text) => Fault::identifier(name, Reject::InvalidText),
            Ok(text) if identity::is_macro(text) => macro_in(name),
            Ok(text) => return Some(text),
        };
        self.left_out.push(told);
        None
    }

    fn is_nothing(&mut self, name: &'static str, given: &Given<'_>) -> bool {
        if matches!(given, Given::Broken) {
            self.left_out.push(Fault::of_form(name, given));
            return true;
        }
        let text = given.written();
        let is_nothing = identity::is_nothing(text);
        if is_nothing && !text.trim().is_empty() && !matches!(given, Given::Json(_)) {
            self.left_out.push(Fault::identifier(name, Reject::Empty));
        }
        is_nothing
    }

    /// Whether a coerced value tells of nobody.
    fn is_harmless(&mut self, name: &'static str, value: &Value) -> bool {
        let tells = match value {
            Value::String(text) => self.is_a_person(name, text),
            Value::Array(items) => items.iter().filter_map(Value::as_str).any(|text| self.is_a_person(name, text)),
            _ => false,
        };
        if tells {
            self.left_out.push(in_clear(name));
        }
        !tells
    }

    /// Whether a text is or holds what gives a person away.
    fn is_a_person(&self, name: &str, text: &str) -> bool {
        self.people.are_in(text) || self.is_number_of_person(name, text)
    }

    /// Whether a text of digits is a phone number, where it is no code.
    fn is_number_of_person(&self, name: &str, text: &str) -> bool {
        let text = &*identity::in_plain_signs(text.trim());
        // In this order: most texts are no digits, and the library is asked last.
        personal::may_be_row_of_phone(text) && !Called::read(name).code && self.people.is_row_of_phone(text)
    }

    /// An object whose known members take their form; TikTok may know others, which pass as they are.
    pub(crate) fn members(
        &mut self,
        field: &'static str,
        members: Vec<(Cow<'_, str>, &RawValue)>,
        form_of: impl Fn(&str) -> Option<(&'static str, Form)>,
    ) -> Result<Members, Fault> {
        let mut merged = Members::default();
        for (name, raw) in members {
            let Some(given) = given(raw.get()) else { continue };
            if let Some((known, form)) = form_of(&name) {
                if let Some(value) = self.value(known, form, &given)? {
                    merged.set(known.into(), value);
                }
            } else if let Ok(mut value) = serde_json::from_str::<Value>(raw.get())
                && self.keeps(field, (&name, false), &mut value)
            {
                merged.set(name.into_owned().into(), value.into());
            }
        }
        Ok(merged)
    }

    /// Takes what is about people out of a value at any depth, and says whether the rest is worth sending.
    fn keeps(&mut self, field: &'static str, (name, of_owner): (&str, bool), value: &mut Value) -> bool {
        let is_told = !is_flag(value);
        let called = Called::read(name);
        let is_name = called.about_person || (of_owner && called.about_owner);
        if (is_told && is_name) || self.people.are_in(name) {
            self.left_out.push(in_clear(field));
            return false;
        }
        let of_owner = of_owner || called.owner;
        match value {
            Value::Object(members) => {
                let count = members.len();
                members.retain(|name, value| self.keeps(field, (name, of_owner), value));
                count == 0 || !members.is_empty()
            }
            Value::Array(items) => {
                let count = items.len();
                items.retain_mut(|item| self.keeps(field, (name, of_owner), item));
                count == 0 || !items.is_empty()
            }
            Value::String(text) => self.keeps_text(field, name, text),
            Value::Number(number) => self.keeps_number(field, name, &number.to_string()),
            Value::Null | Value::Bool(_) => true,
        }
    }

    fn keeps_number(&mut self, field: &'static str, name: &str, digits: &str) -> bool {
        let is_person = self.is_number_of_person(name, digits);
        if is_person {
            self.left_out.push(in_clear(field));
        }
        !is_person
    }

    fn keeps_text(&mut self, field: &'static str, name: &str, text: &mut String) -> bool {
        if identity::is_nothing(text) {
            return false;
        }
        // JSON in a text is looked into as if it were none.
        if text.starts_with(['{', '['])
            && let Ok(mut inner) = serde_json::from_str::<Value>(text)
        {
            let before = self.left_out.len();
            let keeps = self.keeps(field, (name, false), &mut inner);
            if self.left_out.len() > before {
                *text = inner.to_string();
            }
            return keeps;
        }
        if text.contains("://") {
            if let Cow::Owned(cut) = address::without_people(text, &self.people) {
                *text = cut;
                self.left_out.push(in_clear(field));
            }
            return true;
        }
        let is_person = self.is_a_person(name, text);
        if is_person {
            self.left_out.push(in_clear(field));
        }
        !is_person
    }
}

/// Yes or no, which tells of a thing and not of a person: `is_mobile`, `has_email`.
fn is_flag(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::String(text) => words::yes_no(text).is_some(),
        _ => false,
    }
}

impl Sieve<'_> {
    /// The products that a column or a member holds. What is no product is left out.
    pub(crate) fn products(&mut self, given: &Given<'_>) -> Option<Sent> {
        let whole = match given {
            // A text column may also hold one object.
            Given::Text(text) if text.trim_start().starts_with('{') => &Given::Json(text.trim()),
            other => other,
        };
        let Some(items) = value::items(whole) else {
            self.left_out.push(NO_OBJECTS);
            return None;
        };
        let mut products = Vec::with_capacity(items.len());
        for item in &items {
            match self.product(item) {
                Some(product) if product.members.0.is_empty() => {}
                Some(product) => products.push(product),
                None => self.left_out.push(NO_OBJECTS),
            }
        }
        (!products.is_empty()).then_some(Sent::Products(products))
    }

    fn product(&mut self, item: &Given<'_>) -> Option<Product> {
        let Given::Json(raw) = item else { return None };
        let mut object = value::object(raw)?;
        let form_of = |name: &str| CONTENT.iter().find(|(known, _)| *known == name).copied();
        // The rest of what another tool says is nothing that TikTok knows, and a strict reader refuses it.
        let is_foreign = object.iter().any(|(name, _)| form_of(name).is_none());
        if is_foreign && aliases::translate(&mut object, aliases::OF_PRODUCTS, |_| false) {
            object.retain(|(name, _)| form_of(name).is_some());
        }
        let quantity = object.iter().find(|(name, _)| name == "quantity");
        let quantity = quantity.and_then(|(_, raw)| given(raw.get()));
        let members = self.members("contents", object, form_of).ok()?;
        let amount = match quantity {
            None => Some(1.0),
            Some(given) => given.text().trim().parse().ok().filter(|amount: &f64| amount.is_finite()),
        };
        Some(Product { members, amount })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::identity::Rules;

    /// What remains of `properties`, and the reasons of what does not.
    fn sifted(properties: &Value) -> (Value, Vec<&'static str>) {
        let rules = Rules::events(None);
        let mut sieve = Sieve::new(People { rules: &rules, country: None });
        let raw = properties.to_string();
        let members = sieve.members("properties", value::object(&raw).unwrap(), |_| None).unwrap();
        (serde_json::to_value(&members).unwrap(), sieve.left_out.iter().map(|fault| fault.reason).collect())
    }

    #[test]
    fn people_are_taken_out_at_any_depth() {
        for (properties, expected, count) in [
            (json!({"colour": "red", "n": [1, {"a": null}]}), json!({"colour": "red", "n": [1, {"a": null}]}), 0),
            (json!({"email": "x", "colour": "red"}), json!({"colour": "red"}), 1),
            (json!({"note": "ask jane@example.com", "b": 1}), json!({"b": 1}), 1),
            (json!({"a": {"b": [{"phone": 5, "c": 1}, "+4915112345678"]}}), json!({"a": {"b": [{"c": 1}]}}), 2),
            (
                json!({"customer": {"name": "Jane", "city": "Paris", "tier": "gold"}}),
                json!({"customer": {"tier": "gold"}}),
                2,
            ),
            (json!({"city": "Paris", "name": "Boots"}), json!({"city": "Paris", "name": "Boots"}), 0),
            (json!({"shipping_address": {"a": 1}}), json!({}), 1),
            (json!({"jane@example.com": 1}), json!({}), 1),
            (json!({"email_opt_in": true, "email": true}), json!({"email_opt_in": true, "email": true}), 0),
            (json!({"is_mobile": "yes", "mobile": "5"}), json!({"is_mobile": "yes"}), 1),
            (json!({"link": "https://x.example/?email=a@b.co&c=1"}), json!({"link": "https://x.example/?c=1"}), 1),
            (json!({"text": "{\"email\":\"x\",\"a\":1}"}), json!({"text": "{\"a\":1}"}), 1),
            (
                json!({"note": "2133734253", "sku": "2133734253", "when": 1790000000}),
                json!({"sku": "2133734253", "when": 1790000000}),
                1,
            ),
            (json!({"note": "２１３３７３４２５３"}), json!({}), 1),
            (json!({"a": "null", "b": "undefined"}), json!({}), 0),
        ] {
            let (rest, reasons) = sifted(&properties);
            assert_eq!(rest, expected, "{properties}");
            assert_eq!(reasons, vec![IN_CLEAR; count], "{properties}");
        }
    }
}
