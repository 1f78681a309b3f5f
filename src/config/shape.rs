//! Navigates a specification's schema along the config that it describes. Pure.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

/// The properties that the schema declares for an object, of the chosen form if there are several. `None`: any key is
/// allowed.
#[must_use]
pub(crate) fn properties<'s>(schema: &'s Value, object: &Map<String, Value>) -> Option<&'s Map<String, Value>> {
    let schema = if is_choice(schema) { chosen(schema, object)? } else { schema };
    schema.get("properties")?.as_object()
}

/// What a list may hold. Items that choose between forms may have the keys of all of them, for one that was left
/// leaves its keys behind.
#[must_use]
pub(crate) fn items(schema: &Value) -> Option<Cow<'_, Value>> {
    let items = schema.get("items")?;
    Some(if is_choice(items) { Cow::Owned(any_form(items)) } else { Cow::Borrowed(items) })
}

/// The keys of all forms of a choice, and what each of them requires.
#[must_use]
fn any_form(schema: &Value) -> Value {
    let mut properties = Map::new();
    for (name, declared) in forms(schema).filter_map(|form| form.get("properties")?.as_object()).flatten() {
        let mut declared = declared.clone();
        if let Some(word) = declared.as_object_mut() {
            word.remove("const");
        }
        properties.entry(name.clone()).or_insert(declared);
    }
    let required = |form: &Value| form.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut all = forms(schema).map(required);
    let mut common = all.next().unwrap_or_default();
    for more in all {
        common.retain(|name| more.contains(name));
    }
    json!({"type": "object", "properties": properties, "required": common})
}

/// Whether an object has several forms to choose from.
#[must_use]
pub(crate) fn is_choice(schema: &Value) -> bool {
    schema.get("oneOf").is_some()
}

/// The forms of a choice.
pub(crate) fn forms(schema: &Value) -> impl Iterator<Item = &Value> + Clone {
    schema.get("oneOf").and_then(Value::as_array).into_iter().flatten()
}

/// The key that chooses a form, and this form's word.
#[must_use]
pub(crate) fn chooser(form: &Value) -> Option<(&str, &Value)> {
    let mut all = form.get("properties")?.as_object()?.iter();
    all.find_map(|(name, property)| Some((name.as_str(), property.get("const")?)))
}

/// The form that an object chooses.
#[must_use]
pub(crate) fn chosen<'s>(schema: &'s Value, object: &Map<String, Value>) -> Option<&'s Value> {
    forms(schema).find(|form| chooser(form).is_some_and(|(name, word)| object.get(name) == Some(word)))
}

/// Whether the schema declares this type.
#[must_use]
pub(crate) fn is_of(schema: &Value, kind: &str) -> bool {
    schema.get("type").is_some_and(|declared| declared == kind)
}
