//! A member's record → the fields that this connector knows. Pure; nothing is copied that need not be.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// TikTok's fields of a member (contract 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Field {
    Email,
    Email2,
    Email3,
    Phone,
    Phone2,
    Phone3,
    Country,
    Idfa,
    Aaid,
    Maid,
    EmailSha256,
    PhoneSha256,
    IdfaSha256,
    IdfaMd5,
    AaidSha256,
    AaidMd5,
    ExternalId,
    Consent,
    AudienceId,
    AudienceName,
    AdvertiserId,
    Op,
    CdcDeletedAt,
}

impl Field {
    pub const ALL: [Self; 23] = [
        Self::Email,
        Self::Email2,
        Self::Email3,
        Self::Phone,
        Self::Phone2,
        Self::Phone3,
        Self::Country,
        Self::Idfa,
        Self::Aaid,
        Self::Maid,
        Self::EmailSha256,
        Self::PhoneSha256,
        Self::IdfaSha256,
        Self::IdfaMd5,
        Self::AaidSha256,
        Self::AaidMd5,
        Self::ExternalId,
        Self::Consent,
        Self::AudienceId,
        Self::AudienceName,
        Self::AdvertiserId,
        Self::Op,
        Self::CdcDeletedAt,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Email2 => "email_2",
            Self::Email3 => "email_3",
            Self::Phone => "phone",
            Self::Phone2 => "phone_2",
            Self::Phone3 => "phone_3",
            Self::Country => "country",
            Self::Idfa => "idfa",
            Self::Aaid => "aaid",
            Self::Maid => "maid",
            Self::EmailSha256 => "email_sha256",
            Self::PhoneSha256 => "phone_sha256",
            Self::IdfaSha256 => "idfa_sha256",
            Self::IdfaMd5 => "idfa_md5",
            Self::AaidSha256 => "aaid_sha256",
            Self::AaidMd5 => "aaid_md5",
            Self::ExternalId => "external_id",
            Self::Consent => "consent",
            Self::AudienceId => "audience_id",
            Self::AudienceName => "audience_name",
            Self::AdvertiserId => "advertiser_id",
            Self::Op => "_op",
            Self::CdcDeletedAt => "_ab_cdc_deleted_at",
        }
    }
}

/// Which of a stream's columns are fields.
#[derive(Debug)]
pub struct Columns {
    fields: HashMap<String, Field>,
    /// Columns that name a record.
    keys: Vec<String>,
}

impl Columns {
    #[must_use]
    pub fn new(mapped_fields: &BTreeMap<String, String>, keys: &[String]) -> Self {
        let mapped: Vec<&String> = mapped_fields.values().collect();
        // A field that a mapping fills is not also filled by a column of its own name.
        let own = Field::ALL.into_iter().filter(|field| !mapped.iter().any(|name| *name == field.name()));
        let mut fields: HashMap<String, Field> = own.map(|field| (field.name().to_owned(), field)).collect();
        let find = |name: &String| Field::ALL.into_iter().find(|field| field.name() == name);
        fields.extend(mapped_fields.iter().filter_map(|(from, to)| Some((from.clone(), find(to)?))));
        Self { fields, keys: keys.to_vec() }
    }

    /// Whether any column can identify a person.
    #[must_use]
    pub fn identify(&self, columns: &[String]) -> bool {
        let identifies = |field: &Field| (*field as u8) < Field::ExternalId as u8 && *field != Field::Country;
        self.fields.iter().any(|(name, field)| identifies(field) && columns.contains(name))
    }
}

/// A value as text: numbers as they were written, `true` and `false` as words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<'a> {
    Text(Cow<'a, str>),
    Number(&'a str),
    Flag(bool),
    /// An object or a list, where one value is wanted.
    Odd,
}

impl Given<'_> {
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number,
            Self::Flag(true) => "true",
            Self::Flag(false) => "false",
            Self::Odd => "",
        }
    }
}

/// A record's fields; null and absent are alike. `Debug` is left out, since it would show identifiers.
pub struct Record<'a> {
    values: [Option<Given<'a>>; Field::ALL.len()],
    /// The first column of the key, else the external id, masked.
    pub key: Option<String>,
}

impl<'a> Record<'a> {
    /// Reads a record's data; `None` if it is no object.
    #[must_use]
    pub fn read(columns: &Columns, data: &'a RawValue) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_str(data.get());
        json.deserialize_map(RecordVisitor(columns)).ok()
    }

    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Given<'a>> {
        self.values.get(field as usize)?.as_ref()
    }
}

/// Enough of a key to find a row again, not enough to know the person.
#[must_use]
pub fn masked(text: &str) -> String {
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
        let mut record = Record { values: [const { None }; Field::ALL.len()], key: None };
        while let Some((field, is_key)) = map.next_key_seed(ColumnSeed(self.0))? {
            if field.is_none() && !is_key {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let given = given(map.next_value::<&RawValue>()?.get());
            if let (true, None, Some(given)) = (is_key, &record.key, &given) {
                record.key = Some(masked(given.text()));
            }
            if let Some(slot) = field.and_then(|field| record.values.get_mut(field as usize)) {
                *slot = given;
            }
        }
        if record.key.is_none() {
            record.key = record.get(Field::ExternalId).map(|given| masked(given.text()));
        }
        Ok(record)
    }
}

fn given(raw: &str) -> Option<Given<'_>> {
    match raw.as_bytes().first()? {
        b'n' => None,
        b't' => Some(Given::Flag(true)),
        b'f' => Some(Given::Flag(false)),
        b'{' | b'[' => Some(Given::Odd),
        b'"' if memchr::memchr(b'\\', raw.as_bytes()).is_none() => {
            Some(Given::Text(Cow::Borrowed(raw.trim_matches('"'))))
        }
        b'"' => serde_json::from_str(raw).ok().map(|text: String| Given::Text(Cow::Owned(text))),
        _ => Some(Given::Number(raw)),
    }
}

/// A column's name: which field it is, and whether it names the record.
struct ColumnSeed<'c>(&'c Columns);

impl<'de> DeserializeSeed<'de> for ColumnSeed<'_> {
    type Value = (Option<Field>, bool);

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for ColumnSeed<'_> {
    type Value = (Option<Field>, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok((self.0.fields.get(name).copied(), self.0.keys.iter().any(|key| key == name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(fields: &[(&str, &str)], key: &[&str]) -> Columns {
        let owned = |(from, to): &(&str, &str)| ((*from).to_owned(), (*to).to_owned());
        let keys: Vec<String> = key.iter().map(|key| (*key).to_owned()).collect();
        Columns::new(&fields.iter().map(owned).collect(), &keys)
    }

    fn read<'a>(columns: &Columns, data: &'a str) -> Option<Record<'a>> {
        Record::read(columns, serde_json::from_str(data).unwrap())
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let data = r#"{"email":"a\u0040b","phone":4915112345678,"country":null,"consent":false,"maid":["x"],"_airbyte_raw_id":"z","other":{"email":"no"}}"#;
        let columns = columns(&[], &["phone"]);
        let record = read(&columns, data).unwrap();
        assert_eq!(record.get(Field::Email).unwrap().text(), "a@b");
        assert_eq!(record.get(Field::Phone), Some(&Given::Number("4915112345678")));
        assert_eq!(record.get(Field::Country), None);
        assert_eq!(record.get(Field::Consent), Some(&Given::Flag(false)));
        assert_eq!(record.get(Field::Maid), Some(&Given::Odd));
        assert_eq!(record.key.as_deref(), Some("49***"));
        for nothing in ["null", "7", "[]"] {
            assert!(read(&columns, nothing).is_none(), "{nothing}");
        }
    }

    #[test]
    fn mapped_columns_replace_those_of_the_same_name() {
        let columns = columns(&[("mail", "email")], &[]);
        let record = read(&columns, r#"{"email":"old@x.com","mail":"new@x.com","phone":"1"}"#).unwrap();
        assert_eq!(record.get(Field::Email).unwrap().text(), "new@x.com");
        assert!(record.get(Field::Phone).is_some());
        assert!(
            columns.identify(&["mail".into()])
                && !columns.identify(&["email".into(), "external_id".into(), "country".into()])
        );
    }

    #[test]
    fn every_field_stands_in_its_place_and_in_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(super::super::object::AUDIENCE_MEMBERS.schema).unwrap();
        for (at, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, at);
            let hidden = field == Field::CdcDeletedAt;
            assert_eq!(schema["properties"].get(field.name()).is_none(), hidden, "{}", field.name());
        }
    }
}
