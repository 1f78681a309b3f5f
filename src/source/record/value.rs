//! Values by their shape, and the names before them.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::shape::{Field, Fields, Shape, write_scalar};
use crate::protocol::json::write_raw;

/// The values of rows as they are written, one after another.
pub(super) struct Values {
    pub(super) out: Vec<u8>,
    /// Where the watched values of the current row were written.
    pub(super) slots: Vec<Option<Range<usize>>>,
    /// Per object of the schema: which field came at which place in the row before.
    orders: Vec<Vec<usize>>,
}

impl Values {
    pub(super) fn new(out: Vec<u8>, slots: usize) -> Self {
        Self { out, slots: vec![None; slots], orders: Vec::new() }
    }

    /// A comma, unless the object has just begun.
    pub(super) fn comma(&mut self) {
        if self.out.last() != Some(&b'{') {
            self.out.push(b',');
        }
    }

    /// What was written of a watched value.
    pub(super) fn slot(&self, slot: usize) -> Option<&[u8]> {
        self.out.get(self.slots.get(slot)?.clone()?)
    }

    /// Which field of `fields` is called `name`, when `at` fields came before: most likely the one that came
    /// here in the row before.
    fn field<'f>(&mut self, fields: &'f Fields, at: usize, name: &str) -> Option<&'f Field> {
        if fields.list.is_empty() {
            return None;
        }
        if self.orders.len() <= fields.id {
            self.orders.resize(fields.id + 1, Vec::new());
        }
        let order = self.orders.get_mut(fields.id)?;
        let guess = order.get(at).and_then(|place| fields.list.get(*place));
        if let Some(field) = guess.filter(|field| field.name == name) {
            return Some(field);
        }
        let place = fields.position(name);
        order.resize(order.len().max(at + 1), usize::MAX);
        if let Some(slot) = order.get_mut(at) {
            *slot = place.unwrap_or(usize::MAX);
        }
        place.and_then(|place| fields.list.get(place))
    }

    fn value<'de, A: MapAccess<'de>>(&mut self, field: &Field, map: &mut A) -> Result<(), A::Error> {
        let start = self.out.len();
        match &field.shape {
            Shape::Object(_) | Shape::List(_) => map.next_value_seed(ValueSeed(self, &field.shape))?,
            Shape::Inline(fields) => map.next_value_seed(InlineSeed(self, fields))?,
            shape => {
                let raw = map.next_value::<&RawValue>()?.get();
                if field.dash_is_null && raw == "\"-\"" {
                    self.out.extend_from_slice(b"null");
                } else {
                    write_scalar(shape, raw, &mut self.out);
                }
            }
        }
        if let Some(slot) = field.slot.and_then(|slot| self.slots.get_mut(slot)) {
            *slot = Some(start..self.out.len());
        }
        Ok(())
    }

    /// Writes a value whose shape has parts. `raw` is valid JSON; `None`: TikTok's form is not the schema's.
    pub(super) fn parts(&mut self, shape: &Shape, raw: &str) -> Option<()> {
        ValueSeed(self, shape).deserialize(&mut serde_json::Deserializer::from_str(raw)).ok()
    }

    /// The fields of an object, without its braces.
    pub(super) fn fields<'de, A: MapAccess<'de>>(&mut self, fields: &Fields, mut map: A) -> Result<(), A::Error> {
        let mut at = 0;
        while let Some(name) = map.next_key_seed(NameSeed { values: self, fields, at })? {
            match name {
                Name::Known(field) => self.value(field, &mut map)?,
                Name::Unknown => write_raw(map.next_value::<&RawValue>()?.get(), &mut self.out),
            }
            at += 1;
        }
        Ok(())
    }
}

/// A value whose shape has parts. What comes in another form than declared passes through.
struct ValueSeed<'w, 's>(&'w mut Values, &'s Shape);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl ValueSeed<'_, '_> {
    fn scalar<E: serde::de::Error>(self, value: impl serde::Serialize) -> Result<(), E> {
        let raw = serde_json::to_string(&value).map_err(E::custom)?;
        write_scalar(self.1, &raw, &mut self.0.out);
        Ok(())
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        static UNDECLARED: Fields = Fields { list: Vec::new(), id: usize::MAX };
        let Self(values, shape) = self;
        let fields = if let Shape::Object(fields) = shape { fields } else { &UNDECLARED };
        values.out.push(b'{');
        values.fields(fields, map)?;
        values.out.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(values, shape) = self;
        let item = if let Shape::List(item) = shape { item } else { &Shape::Raw };
        values.out.push(b'[');
        let mut at = 0;
        while list.next_element_seed(ItemSeed { values, item, at })?.is_some() {
            at += 1;
        }
        values.out.push(b']');
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar(())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.scalar(value)
    }
}

/// An element of a list, with the comma before it.
struct ItemSeed<'w, 's> {
    values: &'w mut Values,
    item: &'s Shape,
    at: usize,
}

impl<'de> DeserializeSeed<'de> for ItemSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        if self.at > 0 {
            self.values.out.push(b',');
        }
        if matches!(self.item, Shape::Object(_) | Shape::List(_)) {
            return ValueSeed(self.values, self.item).deserialize(value);
        }
        let raw = <&RawValue as serde::Deserialize>::deserialize(value)?.get();
        write_scalar(self.item, raw, &mut self.values.out);
        Ok(())
    }
}

/// An object whose fields stand in its place; what is no object leaves nothing.
struct InlineSeed<'w, 's>(&'w mut Values, &'s Fields);

impl<'de> DeserializeSeed<'de> for InlineSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for InlineSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.fields(self.1, map)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A field's name: written at once, with the comma before it.
struct NameSeed<'w, 's> {
    values: &'w mut Values,
    fields: &'s Fields,
    at: usize,
}

enum Name<'s> {
    Known(&'s Field),
    Unknown,
}

impl<'de, 's> DeserializeSeed<'de> for NameSeed<'_, 's> {
    type Value = Name<'s>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Name<'s>, D::Error> {
        name.deserialize_str(self)
    }
}

impl<'de, 's> Visitor<'de> for NameSeed<'_, 's> {
    type Value = Name<'s>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Name<'s>, E> {
        match self.values.field(self.fields, self.at, name) {
            Some(field) => {
                if !matches!(field.shape, Shape::Inline(_)) {
                    self.values.comma();
                    self.values.out.extend_from_slice(&field.key);
                }
                Ok(Name::Known(field))
            }
            None => {
                self.values.comma();
                serde_json::to_writer(&mut self.values.out, name).map_err(E::custom)?;
                self.values.out.push(b':');
                Ok(Name::Unknown)
            }
        }
    }
}
