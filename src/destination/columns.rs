//! A record → the fields that its object knows. Pure; nothing is copied that need not be.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The names of an object's fields; a field is known by its place among them.
pub type Names = &'static [&'static str];

/// Which of a stream's columns are fields, and which name a record.
#[derive(Debug)]
pub struct Columns {
    names: Names,
    columns: HashMap<String, Column>,
    keys: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Column {
    field: Option<usize>,
    key: Option<usize>,
}

impl Columns {
    /// `mapped` leads from the stream's names to the object's.
    #[must_use]
    pub fn new(names: Names, mapped: &BTreeMap<String, String>, keys: &[String]) -> Self {
        let filled: Vec<&String> = mapped.values().collect();
        // A field that a mapping fills is not also filled by a column of its own name.
        let own = names.iter().enumerate().filter(|(_, name)| !filled.iter().any(|filled| filled == *name));
        let mut columns: HashMap<String, Column> =
            own.map(|(at, name)| ((*name).to_owned(), Column { field: Some(at), key: None })).collect();
        for (from, to) in mapped {
            columns.entry(from.clone()).or_default().field = names.iter().position(|name| name == to);
        }
        for (at, key) in keys.iter().enumerate() {
            columns.entry(key.clone()).or_default().key = Some(at);
        }
        Self { names, columns, keys: keys.len() }
    }

    /// Whether a stream with `columns` fills any of `fields`.
    #[must_use]
    pub fn fill(&self, columns: &[&str], fields: &[&str]) -> bool {
        let fills = |column: &&str| {
            let field = self.columns.get(*column).and_then(|column| self.names.get(column.field?));
            field.is_some_and(|name| fields.contains(name))
        };
        columns.iter().any(fills)
    }
}

/// A value as text: numbers as they were written, `true` and `false` as words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<'a> {
    Text(Cow<'a, str>),
    Number(&'a str),
    Flag(bool),
    /// An object or a list, as it was written.
    Json(&'a str),
}

impl Given<'_> {
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number,
            Self::Flag(true) => "true",
            Self::Flag(false) => "false",
            Self::Json(_) => "",
        }
    }

    /// The text, and an object or a list as it was written: for values where one of these is no "not given".
    #[must_use]
    pub fn written(&self) -> &str {
        match self {
            Self::Json(raw) => raw,
            other => other.text(),
        }
    }
}

/// A record's fields; null and absent are alike. `Debug` is left out, since it would show identifiers.
pub struct Record<'a> {
    values: Vec<Option<Given<'a>>>,
    /// The columns that name the record, in the key's order.
    pub keys: Vec<Option<Given<'a>>>,
}

impl<'a> Record<'a> {
    /// Reads a record's data; `None` if it is no object.
    #[must_use]
    pub fn read(columns: &Columns, data: &'a RawValue) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_str(data.get());
        json.deserialize_map(RecordVisitor(columns)).ok()
    }

    /// The value of the field at a place of [`Names`].
    #[must_use]
    pub fn at(&self, field: usize) -> Option<&Given<'a>> {
        self.values.get(field)?.as_ref()
    }

    /// The first column of the key, else `other`: masked, to find the row again by.
    #[must_use]
    pub fn masked_key(&self, other: usize) -> Option<String> {
        let key = self.keys.iter().flatten().next().or_else(|| self.at(other))?;
        Some(masked(key.text()))
    }
}

/// Enough of a key to find a row again, not enough to know the person.
fn masked(text: &str) -> String {
    let shown: String = text.chars().take(2).collect();
    format!("{shown}***")
}

struct RecordVisitor<'c>(&'c Columns);

impl<'de> Visitor<'de> for RecordVisitor<'_> {
    type Value = Record<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record<'de>, A::Error> {
        let none = |count| std::iter::repeat_with(|| None).take(count).collect();
        let mut record = Record { values: none(self.0.names.len()), keys: none(self.0.keys) };
        while let Some(column) = map.next_key_seed(ColumnSeed(self.0))? {
            let Some(Column { field, key }) = column else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let given = given(map.next_value::<&RawValue>()?.get());
            if let Some(slot) = key.and_then(|key| record.keys.get_mut(key)) {
                slot.clone_from(&given);
            }
            if let Some(slot) = field.and_then(|field| record.values.get_mut(field)) {
                *slot = given;
            }
        }
        Ok(record)
    }
}

/// Reads a JSON value; null is none.
#[must_use]
pub fn given(raw: &str) -> Option<Given<'_>> {
    match raw.as_bytes().first()? {
        b'n' => None,
        b't' => Some(Given::Flag(true)),
        b'f' => Some(Given::Flag(false)),
        b'{' | b'[' => Some(Given::Json(raw)),
        b'"' if memchr::memchr(b'\\', raw.as_bytes()).is_none() => {
            Some(Given::Text(Cow::Borrowed(raw.trim_matches('"'))))
        }
        b'"' => serde_json::from_str(raw).ok().map(|text: String| Given::Text(Cow::Owned(text))),
        _ => Some(Given::Number(raw)),
    }
}

/// A column's name.
struct ColumnSeed<'c>(&'c Columns);

impl<'de> DeserializeSeed<'de> for ColumnSeed<'_> {
    type Value = Option<Column>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for ColumnSeed<'_> {
    type Value = Option<Column>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.columns.get(name).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names = &["email", "phone", "country", "consent", "contents", "external_id"];

    fn columns(fields: &[(&str, &str)], key: &[&str]) -> Columns {
        let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        let keys: Vec<String> = key.iter().map(|key| (*key).to_owned()).collect();
        Columns::new(NAMES, &fields.iter().map(owned).collect(), &keys)
    }

    fn read<'a>(columns: &Columns, data: &'a str) -> Option<Record<'a>> {
        Record::read(columns, serde_json::from_str(data).unwrap())
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let data = r#"{"email":"a\u0040b","phone":4915112345678,"country":null,"consent":false,"contents":["x"],"_airbyte_raw_id":"z","other":{"email":"no"}}"#;
        let columns = columns(&[], &["phone", "id"]);
        let record = read(&columns, data).unwrap();
        assert_eq!(record.at(0).unwrap().text(), "a@b");
        assert_eq!(record.at(1), Some(&Given::Number("4915112345678")));
        assert_eq!(record.at(2), None);
        assert_eq!(record.at(3), Some(&Given::Flag(false)));
        assert_eq!(record.at(4), Some(&Given::Json(r#"["x"]"#)));
        assert_eq!(record.masked_key(5).as_deref(), Some("49***"));
        assert_eq!(record.keys, [Some(Given::Number("4915112345678")), None]);
        for nothing in ["null", "7", "[]"] {
            assert!(read(&columns, nothing).is_none(), "{nothing}");
        }
    }

    #[test]
    fn mapped_columns_replace_those_of_the_same_name() {
        let columns = columns(&[("mail", "email")], &[]);
        let record = read(&columns, r#"{"email":"old@x.com","mail":"new@x.com","phone":"1"}"#).unwrap();
        assert_eq!(record.at(0).unwrap().text(), "new@x.com");
        assert!(record.at(1).is_some());
        assert!(columns.fill(&["mail"], &["email", "phone"]) && !columns.fill(&["email", "country"], &["email"]));
    }

    #[test]
    fn without_a_key_the_other_field_names_a_row() {
        let columns = columns(&[], &[]);
        let record = read(&columns, r#"{"external_id":"abcdef"}"#).unwrap();
        assert_eq!(record.masked_key(5).as_deref(), Some("ab***"));
        assert_eq!(record.masked_key(0), None);
    }
}
