//! Reads `batch_data` in one pass, straight into bytes: row `i`, cell `j` is of type
//! `id_schema[j]`, and nothing is let through that is not.

use super::refusals::{NOT_EDITABLE, gone};
use crate::answer::Refusal;
use crate::assumptions::EMPTY_ROW_IS_REFUSED;
use crate::options::{AudienceOptions, IndexStyle};
use crate::world::{Cell, Digest, IdType, World};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

/// `batch_data` cut into rows.
pub(super) enum Batch<'b> {
    Rows(Vec<&'b RawValue>),
    Other,
}

impl<'b> Batch<'b> {
    pub(super) fn rows(&self, max: usize) -> Result<&[&'b RawValue], Refusal> {
        match self {
            Batch::Other => Err(Refusal::param("batch_data: Field must be set to array")),
            Batch::Rows(rows) if rows.is_empty() || rows.len() > max => {
                Err(Refusal::param(format!("batch_data: Length must be between 1 and {max}")))
            }
            Batch::Rows(rows) => Ok(rows),
        }
    }
}

impl<'de: 'b, 'b> Deserialize<'de> for Batch<'b> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = <&'b RawValue>::deserialize(from)?;
        let rows = raw.get().starts_with('[').then(|| serde_json::from_str(raw.get()));
        Ok(rows.and_then(Result::ok).map_or(Batch::Other, Batch::Rows))
    }
}

/// Where in the batch the reader is.
#[derive(Clone, Copy, Default)]
struct Place {
    row: usize,
    column: Option<usize>,
    field: Option<&'static str>,
    item: Option<usize>,
}

impl Place {
    fn text(self, style: IndexStyle) -> String {
        let (name, first) = match style {
            IndexStyle::None => return "batch_data".to_owned(),
            IndexStyle::BatchData => ("batch_data", 0),
            IndexStyle::Batch => ("Batch", 0),
            IndexStyle::FromOne => ("batch_data", 1),
            IndexStyle::First => ("Batch", 0),
        };
        let row = if style == IndexStyle::First { 0 } else { self.row + first };
        let mut text = format!("{name}.{row}");
        let steps = [
            self.column.map(|column| (column + first).to_string()),
            self.field.map(str::to_owned),
            self.item.map(|item| (item + first).to_string()),
        ];
        for step in steps.into_iter().flatten() {
            text.push('.');
            text.push_str(&step);
        }
        text
    }

    /// What a value of the wrong JSON type is told.
    fn wanted(self) -> &'static str {
        match (self.column, self.field, self.item) {
            (None, ..) => "Field must be set to array",
            (Some(_), None, _) => "Field must be set to object",
            (_, Some("audience_ids"), None) => "Field must be set to array",
            _ => "Not a valid string",
        }
    }
}

/// Reads rows against a schema.
pub(super) struct Reader<'r> {
    world: &'r World,
    advertisers: &'r [u64],
    schema: &'r [IdType],
    options: &'r AudienceOptions,
    place: Place,
    refusal: Option<Refusal>,
    cells: Vec<Cell>,
    /// The lists of audiences met so far; nearly always one.
    lists: HashMap<Vec<u64>, u32>,
    /// The list met last.
    last: (Vec<u64>, u32),
    scratch: Vec<u64>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(
        world: &'r World,
        advertisers: &'r [u64],
        schema: &'r [IdType],
        options: &'r AudienceOptions,
    ) -> Self {
        Self {
            world,
            advertisers,
            schema,
            options,
            place: Place::default(),
            refusal: None,
            cells: Vec::new(),
            lists: HashMap::new(),
            last: (Vec::new(), 0),
            scratch: Vec::new(),
        }
    }

    /// The different lists of audiences, and the cells that are not `{}`.
    pub(super) fn read(mut self, rows: &[&RawValue]) -> Result<(Vec<Vec<u64>>, Vec<Cell>), Refusal> {
        self.cells.reserve(rows.len() * self.schema.len());
        for (row, raw) in rows.iter().enumerate() {
            self.place = Place { row, ..Place::default() };
            let mut text = serde_json::Deserializer::from_str(raw.get());
            if Row(&mut self).deserialize(&mut text).is_err() {
                let told = self.refusal.take();
                return Err(told.unwrap_or_else(|| self.here(self.place.wanted())));
            }
        }
        let mut lists: Vec<(Vec<u64>, u32)> = self.lists.into_iter().collect();
        lists.sort_unstable_by_key(|(_, at)| *at);
        Ok((lists.into_iter().map(|(list, _)| list).collect(), self.cells))
    }

    fn here(&self, text: &str) -> Refusal {
        Refusal::param(format!("{}: {text}", self.place.text(self.options.index_style)))
    }

    fn refuse<E: Error>(&mut self, text: &str) -> E {
        self.refusal = Some(self.here(text));
        E::custom("")
    }

    /// The number of the list in `scratch`; a new one is checked audience by audience.
    fn list<E: Error>(&mut self) -> Result<u32, E> {
        if self.scratch.is_empty() {
            return Err(self.refuse("Length must be at least 1"));
        }
        if self.scratch == self.last.0 {
            return Ok(self.last.1);
        }
        let at = match self.lists.get(&self.scratch) {
            Some(at) => *at,
            None => {
                self.check_list()?;
                let at = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
                self.lists.insert(self.scratch.clone(), at);
                at
            }
        };
        self.last = (self.scratch.clone(), at);
        Ok(at)
    }

    fn check_list<E: Error>(&mut self) -> Result<(), E> {
        for at in 0..self.scratch.len() {
            self.place.item = Some(at);
            let id = self.scratch.get(at).copied().unwrap_or_default();
            let there = self.world.audience(id).filter(|audience| self.options.gone != Some(audience.name.as_str()));
            let Some(audience) = there else {
                if let Some(text) = self.options.gone_words {
                    self.refusal = Some(Refusal::param(text));
                    return Err(E::custom(""));
                }
                return Err(self.refuse(&gone(&id.to_string())));
            };
            if !self.advertisers.contains(&audience.advertiser) {
                let text = format!("The audience {id} does not belong to any of the advertisers.");
                return Err(self.refuse(&text));
            }
            if !audience.is_editable(self.world.now) {
                // TikTok's text names no place [SEG].
                self.refusal = Some(Refusal::param(NOT_EDITABLE));
                return Err(E::custom(""));
            }
        }
        self.place.item = None;
        Ok(())
    }
}

struct Row<'a, 'r>(&'a mut Reader<'r>);

impl<'de> DeserializeSeed<'de> for Row<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<(), A::Error> {
        let Row(reader) = self;
        let before = reader.cells.len();
        for (column, id_type) in reader.schema.iter().enumerate() {
            reader.place.column = Some(column);
            if cells.next_element_seed(Slot { reader: &mut *reader, column, id_type: *id_type })?.is_none() {
                return Err(length(reader));
            }
        }
        if cells.next_element::<IgnoredAny>()?.is_some() {
            return Err(length(reader));
        }
        if EMPTY_ROW_IS_REFUSED && reader.cells.len() == before {
            reader.place.column = None;
            return Err(reader.refuse("At least one id is required."));
        }
        Ok(())
    }
}

fn length<E: Error>(reader: &mut Reader<'_>) -> E {
    reader.place.column = None;
    reader.refuse(&format!("Length must be {}, as id_schema has", reader.schema.len()))
}

/// A cell: `{}`, or an id and its audiences.
struct Slot<'a, 'r> {
    reader: &'a mut Reader<'r>,
    column: usize,
    id_type: IdType,
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Id,
    AudienceIds,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for Slot<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Slot<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a cell")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Slot { reader, column, id_type } = self;
        let (mut digest, mut list, mut hole) = (None, None, true);
        while let Some(field) = map.next_key::<Field>()? {
            hole = false;
            match field {
                Field::Id => {
                    reader.place.field = Some("id");
                    digest = Some(map.next_value_seed(Id { reader: &mut *reader, id_type })?);
                }
                Field::AudienceIds => {
                    reader.place.field = Some("audience_ids");
                    list = Some(map.next_value_seed(List(&mut *reader))?);
                }
                Field::Other => drop(map.next_value::<IgnoredAny>()?),
            }
            reader.place.field = None;
        }
        let (Some(digest), Some(list)) = (digest, list) else {
            if hole {
                return Ok(());
            }
            reader.place.field = Some(if digest.is_none() { "id" } else { "audience_ids" });
            return Err(reader.refuse("Missing data for required field."));
        };
        let row = u32::try_from(reader.place.row).unwrap_or(u32::MAX);
        reader.cells.push(Cell { row, list, column: u8::try_from(column).unwrap_or(u8::MAX), digest });
        Ok(())
    }
}

struct Id<'a, 'r> {
    reader: &'a mut Reader<'r>,
    id_type: IdType,
}

impl<'de> DeserializeSeed<'de> for Id<'_, '_> {
    type Value = Digest;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Digest, D::Error> {
        from.deserialize_any(self)
    }
}

impl Visitor<'_> for Id<'_, '_> {
    type Value = Digest;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a hash")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Digest, E> {
        let Id { reader, id_type } = self;
        match Digest::of(id_type, text) {
            // Why real TikTok refuses a hash that looks right, nobody knows; its text would be of this kind.
            Some(digest) if reader.world.is_poisoned(&digest) => {
                let quoted = if reader.options.quotes { format!(": {text}") } else { String::new() };
                Err(reader.refuse(&format!("Not a valid string{quoted}")))
            }
            Some(digest) => Ok(digest),
            None if id_type.is_md5() => Err(reader.refuse("Not a valid MD5 hash")),
            None => Err(reader.refuse("Not a valid SHA256 hash")),
        }
    }
}

struct List<'a, 'r>(&'a mut Reader<'r>);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u32, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = u32;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("audiences")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut ids: A) -> Result<u32, A::Error> {
        let List(reader) = self;
        reader.scratch.clear();
        reader.place.item = Some(0);
        while let Some(()) = ids.next_element_seed(AudienceId(&mut *reader))? {
            reader.place.item = Some(reader.scratch.len());
        }
        reader.place.item = None;
        reader.list()
    }
}

struct AudienceId<'a, 'r>(&'a mut Reader<'r>);

impl<'de> DeserializeSeed<'de> for AudienceId<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl Visitor<'_> for AudienceId<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an audience's id")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let AudienceId(reader) = self;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse().ok().filter(|_| digits) {
            Some(id) => reader.scratch.push(id),
            None => return Err(reader.refuse("Not a valid integer")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
