//! A record → the fields that its object knows. Pure; nothing is copied that need not be.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use foldhash::fast::RandomState;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::key::{Key, is_personal_name, tellable};

/// The names of an object's fields; a field is known by its place among them.
pub(crate) type Names = &'static [&'static str];

/// Where a column of the key is: its name, and the names within it.
pub(crate) type Path = Vec<String>;

/// Which of a stream's columns are fields, and which name a record.
#[derive(Debug)]
pub(crate) struct Columns {
    names: Names,
    columns: HashMap<String, Column, RandomState>,
    /// For each column of the key, whether it holds identifiers of people.
    keys: Vec<bool>,
}

#[derive(Debug, Default)]
struct Column {
    field: Option<usize>,
    keys: Vec<Within>,
}

/// A part of a column that is the key's.
#[derive(Debug)]
struct Within {
    key: usize,
    path: Path,
}

impl Columns {
    /// `mapped` leads from the stream's names to the object's.
    #[must_use]
    pub(crate) fn new(names: Names, mapped: &BTreeMap<String, String>, keys: &[Path]) -> Self {
        let filled: Vec<&String> = mapped.values().collect();
        // A field that a mapping fills is not also filled by a column of its own name.
        let own = names.iter().enumerate().filter(|(_, name)| !filled.iter().any(|filled| filled == *name));
        let mut columns: HashMap<String, Column, RandomState> =
            own.map(|(at, name)| ((*name).to_owned(), Column { field: Some(at), keys: Vec::new() })).collect();
        for (from, to) in mapped {
            columns.entry(from.clone()).or_default().field = names.iter().position(|name| name == to);
        }
        for (key, path) in keys.iter().enumerate() {
            let Some((column, path)) = path.split_first() else { continue };
            columns.entry(column.clone()).or_default().keys.push(Within { key, path: path.to_vec() });
        }
        let keys = keys.iter().map(|path| path.iter().any(|name| is_personal_name(name))).collect();
        Self { names, columns, keys }
    }

    /// What names a record: its key, else the field `other`. What is in one of the fields `personal` is a person's.
    #[must_use]
    pub(crate) fn key_of(&self, record: &Record<'_>, other: usize, personal: &[usize]) -> Option<Key> {
        let mut key = Key::default();
        let is_personal = |given: &Given<'_>| personal.iter().any(|field| record.at(*field) == Some(given));
        if record.keys.iter().any(Option::is_some) {
            for (given, by_name) in record.keys.iter().zip(&self.keys) {
                let text = given.as_ref().map(Given::written).unwrap_or_default();
                // What a list or an object holds may be anything.
                let is_json = matches!(given, Some(Given::Json(_)));
                key.push(text, *by_name || is_json || given.as_ref().is_some_and(is_personal));
            }
        } else {
            let given = record.at(other)?;
            key.push(given.text(), personal.contains(&other));
        }
        Some(key)
    }

    /// Whether a stream with `columns` fills any of `fields`.
    #[must_use]
    pub(crate) fn fill(&self, columns: &[&str], fields: &[&str]) -> bool {
        let fills = |column: &&str| {
            let field = self.columns.get(*column).and_then(|column| self.names.get(column.field?));
            field.is_some_and(|name| fields.contains(name))
        };
        columns.iter().any(fills)
    }
}

/// A value as text: numbers as they were written, `true` and `false` as words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given<'a> {
    Text(Cow<'a, str>),
    Number(&'a str),
    Flag(bool),
    /// An object or a list, as it was written.
    Json(&'a str),
    /// Text that was damaged: bytes that are no UTF-8, or half of a character.
    Broken,
}

impl Given<'_> {
    /// The text of one value; a list, an object and broken text have none.
    #[must_use]
    pub(crate) fn one(&self) -> Option<&str> {
        match self {
            Self::Json(_) | Self::Broken => None,
            given => Some(given.text()),
        }
    }

    /// The text of an id: a number is the same one however it is written.
    #[must_use]
    pub(crate) fn id(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Number(number) => Some(super::number::plain(number)),
            given => given.one().map(Cow::Borrowed),
        }
    }

    #[must_use]
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number,
            Self::Flag(true) => "true",
            Self::Flag(false) => "false",
            Self::Json(_) | Self::Broken => "",
        }
    }

    /// The text, and an object or a list as it was written: for values where one of these is no "not given".
    #[must_use]
    pub(crate) fn written(&self) -> &str {
        match self {
            Self::Json(raw) => raw,
            Self::Broken => "\u{FFFD}",
            other => other.text(),
        }
    }
}

/// A record's fields; null and absent are alike. `Debug` is left out, since it would show identifiers.
pub(crate) struct Record<'a> {
    values: Vec<Option<Given<'a>>>,
    /// The columns that name the record, in the key's order.
    pub keys: Vec<Option<Given<'a>>>,
}

impl<'a> Record<'a> {
    /// Reads a record's data; `None` if it is no object.
    #[must_use]
    pub(crate) fn read(columns: &Columns, data: &'a RawValue) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_str(data.get());
        json.deserialize_map(RecordVisitor(columns)).ok()
    }

    /// The value of the field at a place of [`Names`].
    #[must_use]
    pub(crate) fn at(&self, field: usize) -> Option<&Given<'a>> {
        self.values.get(field)?.as_ref()
    }
}

/// The names of a record's columns as they may be told, the first `max` of them.
#[must_use]
pub(crate) fn names_in(data: &RawValue, max: usize) -> Vec<String> {
    let columns: BTreeMap<String, IgnoredAny> = serde_json::from_str(data.get()).unwrap_or_default();
    columns.keys().take(max).map(|name| tellable(name).into_owned()).collect()
}

struct RecordVisitor<'c>(&'c Columns);

impl<'de> Visitor<'de> for RecordVisitor<'_> {
    type Value = Record<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record<'de>, A::Error> {
        let none = |count| std::iter::repeat_with(|| None).take(count).collect();
        let mut record = Record { values: none(self.0.names.len()), keys: none(self.0.keys.len()) };
        while let Some(column) = map.next_key_seed(ColumnSeed(self.0))? {
            let Some(Column { field, keys }) = column else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let raw = map.next_value::<&RawValue>()?.get();
            let given = given(raw);
            for Within { key, path } in keys {
                if let Some(slot) = record.keys.get_mut(*key) {
                    *slot = if path.is_empty() { given.clone() } else { below(raw, path) };
                }
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
pub(crate) fn given(raw: &str) -> Option<Given<'_>> {
    match raw.as_bytes().first()? {
        b'n' => None,
        b't' => Some(Given::Flag(true)),
        b'f' => Some(Given::Flag(false)),
        b'{' | b'[' => Some(Given::Json(raw)),
        b'"' => Some(text(raw)),
        _ => Some(Given::Number(raw)),
    }
}

/// What stands in the place of bytes that are no UTF-8, and the byte that it begins with.
const REPLACED: (char, u8) = ('\u{FFFD}', 0xEF);

fn text(raw: &str) -> Given<'_> {
    if memchr::memchr2(b'\\', REPLACED.1, raw.as_bytes()).is_none() {
        return Given::Text(Cow::Borrowed(raw.trim_matches('"')));
    }
    match serde_json::from_str::<String>(raw) {
        Ok(text) if !text.contains(REPLACED.0) => Given::Text(Cow::Owned(text)),
        _ => Given::Broken,
    }
}

/// The value at the end of a path of names.
fn below<'a>(raw: &'a str, path: &[String]) -> Option<Given<'a>> {
    let Some((name, rest)) = path.split_first() else { return given(raw) };
    let members: HashMap<Cow<'a, str>, &'a RawValue> = serde_json::from_str(raw).ok()?;
    below(members.get(name.as_str())?.get(), rest)
}

/// A column's name.
struct ColumnSeed<'c>(&'c Columns);

impl<'de, 'c> DeserializeSeed<'de> for ColumnSeed<'c> {
    type Value = Option<&'c Column>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl<'c> Visitor<'_> for ColumnSeed<'c> {
    type Value = Option<&'c Column>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.columns.get(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names = &["email", "phone", "country", "consent", "contents", "external_id"];

    fn columns(fields: &[(&str, &str)], key: &[&str]) -> Columns {
        let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        let keys: Vec<Path> = key.iter().map(|key| key.split('.').map(str::to_owned).collect()).collect();
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

    fn shown(key: &[&str], data: &str) -> Option<String> {
        let columns = columns(&[], key);
        columns.key_of(&read(&columns, data).unwrap(), 5, &[0, 1, 5]).map(|key| key.shown())
    }

    #[test]
    fn rows_are_named_by_their_key() {
        let is_hash = |shown: Option<String>| shown.is_some_and(|shown| shown.starts_with("sha256:"));
        assert_eq!(shown(&["id"], r#"{"id":"order-17","email":"x"}"#).as_deref(), Some("order-17"));
        assert_eq!(shown(&["shop", "no"], r#"{"shop":"A","no":7}"#).as_deref(), Some("A / 7"));
        // What the row holds as an identifier is one, whatever its column is called.
        assert!(is_hash(shown(&["id"], r#"{"id":"4915112345678","phone":"4915112345678"}"#)));
        assert!(is_hash(shown(&["id"], r#"{"id":"jane@example.com"}"#)));
        assert!(is_hash(shown(&["mobile"], r#"{"mobile":4915112345678}"#)));
        assert!(is_hash(shown(&["ids"], r#"{"ids":["a","b"]}"#)));
        assert!(is_hash(shown(&[], r#"{"external_id":"abcdef"}"#)));
        assert_eq!(shown(&[], r#"{"email":"jane@example.com"}"#), None);
    }

    #[test]
    fn a_key_is_what_stands_at_the_end_of_its_path() {
        let columns = columns(&[], &["meta.id", "meta.x\"y", "meta", "id"]);
        let data = r#"{"meta":{"at":1,"id":"a7","x\"y":2},"id":{"id":1}}"#;
        let record = read(&columns, data).unwrap();
        let [id, escaped, whole, json] = &record.keys[..] else { panic!() };
        assert_eq!((id.as_ref().unwrap().text(), escaped.as_ref().unwrap().text()), ("a7", "2"));
        assert!(matches!((whole, json), (Some(Given::Json(_)), Some(Given::Json(r#"{"id":1}"#)))));
        for without in [r#"{"meta":7}"#, r#"{"meta":{}}"#, r#"{"meta":{"id":null}}"#, "{}"] {
            assert_eq!(read(&columns, without).unwrap().keys[0], None, "{without}");
        }
    }

    #[test]
    fn damaged_text_is_none() {
        for raw in ["\"a\u{fffd}b\"", r#""\ufffd""#, r#""\ud83d""#] {
            assert_eq!(given(raw), Some(Given::Broken), "{raw}");
        }
        for whole in ["ﾃｽﾄ", "\u{feff}a", "ü"] {
            assert_eq!(given(&format!("\"{whole}\"")).unwrap().text(), whole);
        }
    }
}
