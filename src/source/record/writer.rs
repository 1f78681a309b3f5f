//! Writes rows as lines while they are parsed.

use std::borrow::Cow;
use std::fmt;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::shape::{Field, Fields, Shape, write_scalar};
use super::super::stamp::Stamp;
use super::value::{InlineSeed, Name, NameSeed, ValueSeed};
use super::{Format, Lines, Mark, Rows};
use crate::clock::now_ms;
use crate::protocol::Output;
use crate::protocol::json::write_raw;
use crate::tiktok::page::Key;

/// Writes row after row.
pub(super) struct Writer<'a> {
    lines: &'a Lines<'a>,
    format: &'a Format,
    pub(super) out: Vec<u8>,
    /// What says whose the rows are: a slot, and the field to write where the row left it empty.
    origins: Vec<(usize, Vec<u8>)>,
    /// The end of every line.
    suffix: Vec<u8>,
    /// Where the watched values of the current row were written.
    slots: Vec<Option<Range<usize>>>,
    /// Per object of the schema: which field came at which place in the row before.
    orders: Vec<Vec<usize>>,
    marks: Vec<Mark>,
    keys: Vec<Key>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(lines: &'a Lines<'a>) -> Self {
        let mut out = lines.output.map(Output::buffer).unwrap_or_default();
        out.reserve(lines.format.longest.load(Relaxed));
        Self {
            lines,
            format: lines.format,
            out,
            origins: lines.origins(None),
            suffix: format!("}},\"emitted_at\":{}}}}}\n", now_ms()).into_bytes(),
            slots: vec![None; lines.format.slots],
            orders: Vec::new(),
            marks: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// A comma, unless the object has just begun.
    pub(super) fn comma(&mut self) {
        if self.out.last() != Some(&b'{') {
            self.out.push(b',');
        }
    }

    /// Finishes the current row, whose line began at `start`.
    fn end_row(&mut self, start: usize) {
        let format = self.format;
        for (slot, name) in &format.lifts {
            if let Some(range) = self.slots.get(*slot).cloned().flatten() {
                self.comma();
                self.out.extend_from_slice(name);
                self.out.extend_from_within(range);
            }
        }
        let key = self.key(start);
        for at in 0..self.origins.len() {
            let empty = self.origins.get(at).is_some_and(|(slot, _)| self.slot(*slot).is_none());
            if empty {
                self.comma();
                self.out.extend_from_slice(self.origins.get(at).map_or(&[], |(_, field)| field));
            }
        }
        self.out.extend_from_slice(&self.suffix);
        let cursor = format.cursor.and_then(|slot| Stamp::parse(self.slot(slot)?));
        self.keys.push(key);
        self.marks.push(Mark { end: self.out.len(), cursor });
        self.slots.fill(None);
    }

    fn slot(&self, slot: usize) -> Option<&[u8]> {
        self.out.get(self.slots.get(slot)?.clone()?)
    }

    /// What names the row, its primary key, or the whole row where the key is not complete; and a print of it.
    fn key(&self, start: usize) -> Key {
        let row = self.out.get(start..).unwrap_or_default();
        let (mut first, mut second) = (DefaultHasher::new(), DefaultHasher::new());
        second.write_u8(1);
        let mut add = |bytes: &[u8]| {
            first.write(bytes);
            second.write(bytes);
            second.write_u8(0);
        };
        let complete = self.format.keys > 0 && (0..self.format.keys).all(|slot| self.slot(slot).is_some());
        if complete {
            (0..self.format.keys).filter_map(|slot| self.slot(slot)).for_each(&mut add);
        } else {
            add(row);
        }
        Key::new((u128::from(first.finish()) << 64) | u128::from(second.finish()), row)
    }

    /// Which field of `fields` is called `name`, when `at` fields came before: most likely the one that came
    /// here in the row before.
    pub(super) fn field<'f>(&mut self, fields: &'f Fields, at: usize, name: &str) -> Option<&'f Field> {
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

    /// The fields of an object, without its braces.
    pub(super) fn fields<'de, A: MapAccess<'de>>(&mut self, fields: &Fields, mut map: A) -> Result<(), A::Error> {
        let mut at = 0;
        while let Some(name) = map.next_key_seed(NameSeed { writer: self, fields, at })? {
            match name {
                Name::Known(field) => self.value(field, &mut map)?,
                Name::Unknown => write_raw(map.next_value::<&RawValue>()?.get(), &mut self.out),
            }
            at += 1;
        }
        Ok(())
    }
}

/// The list of rows, or a map of them.
impl<'de> DeserializeSeed<'de> for Writer<'_> {
    type Value = Rows;

    fn deserialize<D: Deserializer<'de>>(self, list: D) -> Result<Rows, D::Error> {
        list.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Writer<'_> {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_unit<E>(self) -> Result<Rows, E> {
        Ok(self.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Rows, A::Error> {
        while list.next_element_seed(RowSeed(&mut self))?.is_some() {}
        self.format.longest.fetch_max(self.out.len(), Relaxed);
        Ok(self.into())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Rows, A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            self.origins = self.lines.origins(Some(&key));
            map.next_value_seed(RowSeed(&mut self))?;
        }
        Ok(self.into())
    }
}

impl From<Writer<'_>> for Rows {
    fn from(writer: Writer<'_>) -> Self {
        Self {
            lines: writer.out,
            marks: writer.marks,
            keys: writer.keys,
            info: None,
            space: None,
            names: writer.format.names.clone(),
        }
    }
}

struct RowSeed<'w, 'a>(&'w mut Writer<'a>);

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, row: D) -> Result<(), D::Error> {
        row.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let writer = self.0;
        let format = writer.format;
        let start = writer.out.len();
        writer.out.extend_from_slice(&format.prefix);
        writer.fields(&format.row, map)?;
        writer.end_row(start);
        Ok(())
    }
}
