//! Values by their shape, and the names before them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::shape::{Field, Fields, Shape, write_scalar};
use super::writer::Writer;

/// A value whose shape has parts. What comes in another form than declared passes through.
pub(super) struct ValueSeed<'w, 'a, 's>(pub(super) &'w mut Writer<'a>, pub(super) &'s Shape);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl ValueSeed<'_, '_, '_> {
    fn scalar<E: serde::de::Error>(self, value: impl serde::Serialize) -> Result<(), E> {
        let raw = serde_json::to_string(&value).map_err(E::custom)?;
        write_scalar(self.1, &raw, &mut self.0.out);
        Ok(())
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        static UNDECLARED: Fields = Fields { list: Vec::new(), id: usize::MAX };
        let Self(writer, shape) = self;
        let fields = if let Shape::Object(fields) = shape { fields } else { &UNDECLARED };
        writer.out.push(b'{');
        writer.fields(fields, map)?;
        writer.out.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(writer, shape) = self;
        let item = if let Shape::List(item) = shape { item } else { &Shape::Raw };
        writer.out.push(b'[');
        let mut at = 0;
        while list.next_element_seed(ItemSeed { writer, item, at })?.is_some() {
            at += 1;
        }
        writer.out.push(b']');
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
struct ItemSeed<'w, 'a, 's> {
    writer: &'w mut Writer<'a>,
    item: &'s Shape,
    at: usize,
}

impl<'de> DeserializeSeed<'de> for ItemSeed<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        if self.at > 0 {
            self.writer.out.push(b',');
        }
        if matches!(self.item, Shape::Object(_) | Shape::List(_)) {
            return ValueSeed(self.writer, self.item).deserialize(value);
        }
        let raw = <&RawValue as serde::Deserialize>::deserialize(value)?.get();
        write_scalar(self.item, raw, &mut self.writer.out);
        Ok(())
    }
}

/// An object whose fields stand in its place; what is no object leaves nothing.
pub(super) struct InlineSeed<'w, 'a, 's>(pub(super) &'w mut Writer<'a>, pub(super) &'s Fields);

impl<'de> DeserializeSeed<'de> for InlineSeed<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for InlineSeed<'_, '_, '_> {
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
pub(super) struct NameSeed<'w, 'a, 's> {
    pub(super) writer: &'w mut Writer<'a>,
    pub(super) fields: &'s Fields,
    pub(super) at: usize,
}

pub(super) enum Name<'s> {
    Known(&'s Field),
    Unknown,
}

impl<'de, 's> DeserializeSeed<'de> for NameSeed<'_, '_, 's> {
    type Value = Name<'s>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Name<'s>, D::Error> {
        name.deserialize_str(self)
    }
}

impl<'de, 's> Visitor<'de> for NameSeed<'_, '_, 's> {
    type Value = Name<'s>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Name<'s>, E> {
        match self.writer.field(self.fields, self.at, name) {
            Some(field) => {
                if !matches!(field.shape, Shape::Inline(_)) {
                    self.writer.comma();
                    self.writer.out.extend_from_slice(&field.key);
                }
                Ok(Name::Known(field))
            }
            None => {
                self.writer.comma();
                serde_json::to_writer(&mut self.writer.out, name).map_err(E::custom)?;
                self.writer.out.push(b':');
                Ok(Name::Unknown)
            }
        }
    }
}
