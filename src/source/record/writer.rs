//! Writes rows as lines while they are parsed.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::format::{Format, Lines};
use super::rows::{Mark, Rows};
use super::template::Template;
use super::timestamp::Timestamp;
use super::value::Values;
use crate::clock::now_ms;
use crate::protocol::Output;
use crate::tiktok::page::RowKey;

/// Writes row after row.
pub(super) struct Writer<'a> {
    lines: &'a Lines<'a>,
    format: &'a Format,
    values: Values,
    /// What says whose the rows are: a slot, and the field to write where the row left it empty.
    origins: Vec<(usize, Vec<u8>)>,
    /// The end of every line.
    suffix: Vec<u8>,
    /// The moment of every record, as JSON.
    synced: Vec<u8>,
    marks: Vec<Mark>,
    keys: Vec<RowKey>,
    keyless: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(lines: &'a Lines<'a>) -> Self {
        let mut out = lines.output.map(Output::buffer).unwrap_or_default();
        out.reserve(lines.format.longest.load(Relaxed));
        let now = now_ms();
        Self {
            lines,
            format: lines.format,
            values: Values::new(out, lines.format.slots),
            origins: lines.origins(None),
            suffix: format!("}},\"emitted_at\":{now}}}}}\n").into_bytes(),
            synced: moment(now),
            marks: Vec::new(),
            keys: Vec::new(),
            keyless: 0,
        }
    }

    /// Writes what is no list but a row.
    pub(super) fn alone<'de, D: Deserializer<'de>>(mut self, row: D) -> Result<Rows, D::Error> {
        RowSeed(&mut self).deserialize(row)?;
        Ok(self.into())
    }

    /// Writes the row that begins at `at`, if it has the template's form. Returns one past its last byte.
    pub(super) fn formed(&mut self, template: &Template, text: &str, at: usize) -> Option<usize> {
        let start = self.begin_row();
        let end = template.write(text, at, &mut self.values);
        match end {
            Some(_) => self.end_row(start),
            None => {
                self.values.out.truncate(start);
                self.values.slots.fill(None);
            }
        }
        end
    }

    /// Writes a row by parsing it.
    pub(super) fn parsed(&mut self, row: &str) -> Option<()> {
        RowSeed(self).deserialize(&mut serde_json::Deserializer::from_str(row)).ok()
    }

    fn begin_row(&mut self) -> usize {
        let start = self.values.out.len();
        self.values.out.extend_from_slice(&self.format.prefix);
        start
    }

    /// Finishes the current row, whose line began at `start`.
    fn end_row(&mut self, start: usize) {
        let format = self.format;
        for (slot, name) in &format.lifts {
            if let Some(range) = self.values.slots.get(*slot).cloned().flatten() {
                self.values.comma();
                self.values.out.extend_from_slice(name);
                self.values.out.extend_from_within(range);
            }
        }
        let has_key = self.has_key();
        let key = self.key(start);
        self.write_origins();
        let cursor = format.cursor.and_then(|slot| Timestamp::parse(self.values.slot(slot)?));
        let cursor = cursor.filter(|time| time.is_real());
        let left_out = format.projection.as_ref().is_some_and(|projection| !projection.counts(&self.values));
        if let Some(projection) = &format.projection {
            projection.write(&mut self.values, start + format.prefix.len(), &self.synced);
        }
        self.values.out.extend_from_slice(&self.suffix);
        self.keys.push(key);
        self.keyless += u64::from(format.keys > 0 && !has_key);
        self.marks.push(Mark { end: self.values.out.len(), cursor, left_out });
        self.values.slots.fill(None);
    }

    /// Writes whose the row is, where it left it out.
    fn write_origins(&mut self) {
        for (slot, field) in &self.origins {
            if self.values.slot(*slot).is_some() {
                continue;
            }
            self.values.comma();
            self.values.out.extend_from_slice(field);
            // Columns are taken from slots.
            if self.format.projection.is_some() {
                let value = field.iter().position(|byte| *byte == b':').map_or(0, |colon| field.len() - colon - 1);
                let end = self.values.out.len();
                if let Some(slot) = self.values.slots.get_mut(*slot) {
                    *slot = Some(end - value..end);
                }
            }
        }
    }

    /// Whether every field of the primary key came.
    fn has_key(&self) -> bool {
        (0..self.format.keys).all(|slot| self.values.slot(slot).is_some())
    }

    /// What names the row, its primary key, or the whole row where the key is not complete; and a print of it.
    fn key(&self, start: usize) -> RowKey {
        let row = self.values.out.get(start..).unwrap_or_default();
        if self.format.keys > 0 && self.has_key() {
            RowKey::of((0..self.format.keys).filter_map(|slot| self.values.slot(slot)), row)
        } else {
            RowKey::of(std::iter::once(row), row)
        }
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
        self.format.longest.fetch_max(self.values.out.len(), Relaxed);
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
            lines: writer.values.out,
            marks: writer.marks,
            keys: writer.keys,
            keyless: writer.keyless,
            info: None,
            space: None,
            names: writer.format.names.clone(),
        }
    }
}

/// Milliseconds since 1970 as JSON that warehouses take for a moment.
fn moment(ms: i64) -> Vec<u8> {
    let time = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    format!("\"{}\"", time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)).into_bytes()
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
        let start = writer.begin_row();
        writer.values.fields(&format.row, map)?;
        writer.end_row(start);
        Ok(())
    }
}
