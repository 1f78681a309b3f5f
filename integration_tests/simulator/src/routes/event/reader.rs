//! Reads one event against the schema in one pass, and tells where it is wrong.

use super::forms;
use super::schema::{CURRENCIES, EVENT, Fact, Field, Is};
use crate::answer::Refusal;
use crate::assumptions::{CLEAR_ADDRESSES_ARE_REFUSED, EVENT_NULL_IS_REFUSED};
use crate::options::{EventOptions, IndexStyle};
use crate::world::{Accepted, Digest, World};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What was learnt of an event.
#[derive(Debug, Default)]
pub(super) struct Facts<'b> {
    pub(super) name: Option<Cow<'b, str>>,
    pub(super) id: Option<Cow<'b, str>>,
    pub(super) time: Option<i64>,
    pub(super) url: bool,
    pub(super) app_id: bool,
    pub(super) lead_id: bool,
    pub(super) contact: bool,
    /// What is told of the poison in it.
    pub(super) poison: Option<Refusal>,
}

impl<'b> Facts<'b> {
    pub(super) fn accept(self, content: &'b str) -> Accepted<'b> {
        let (name, time) = (self.name.unwrap_or_default(), self.time.unwrap_or_default());
        Accepted { name, event_id: self.id, time, content }
    }
}

#[derive(Clone, Copy)]
enum Step {
    Name(&'static str),
    At(usize),
}

/// Reads events, one after another.
pub(super) struct Reader<'r> {
    world: &'r World,
    options: &'r EventOptions,
    /// Which event.
    row: usize,
    /// Where in it; not unwound after an error.
    path: Vec<Step>,
    refusal: Option<Refusal>,
}

/// The code of a value that should have been hashed.
const NOT_HASHED: i64 = 40062;

impl<'r> Reader<'r> {
    pub(super) fn new(world: &'r World, options: &'r EventOptions) -> Self {
        Self { world, options, row: 0, path: Vec::new(), refusal: None }
    }

    pub(super) fn read<'b>(&mut self, row: usize, json: &'b str) -> Result<Facts<'b>, Refusal> {
        self.row = row;
        self.path.clear();
        let mut facts = Facts::default();
        let mut text = serde_json::Deserializer::from_str(json);
        let read = Slot { reader: self, facts: &mut facts, field: &EVENT }.deserialize(&mut text);
        match read {
            Ok(()) => Ok(facts),
            Err(_) => Err(self.refusal.take().unwrap_or_else(|| self.at(40002, "", "Not a valid value"))),
        }
    }

    /// A refusal of what is below the event that was read last.
    pub(super) fn about(&self, path: &str, text: &str) -> Refusal {
        refusal(self.options.index_style, self.row, &format!(".{path}"), 40002, text)
    }

    /// A refusal of what is being read.
    fn at(&self, code: i64, more: &str, text: &str) -> Refusal {
        let first = usize::from(self.options.index_style == IndexStyle::FromOne);
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) => path.extend([".", name]),
                Step::At(at) => path.push_str(&format!(".{}", at + first)),
            }
        }
        path.push_str(more);
        refusal(self.options.index_style, self.row, &path, code, text)
    }

    fn refuse<E: Error>(&mut self, code: i64, text: &str) -> E {
        self.refusal = Some(self.at(code, "", text));
        E::custom("")
    }
}

/// `Batch.17.user.email: …`, or as the style has it.
fn refusal(style: IndexStyle, row: usize, path: &str, code: i64, text: &str) -> Refusal {
    let place = match style {
        IndexStyle::None => "data".to_owned(),
        IndexStyle::BatchData => format!("data.{row}{path}"),
        IndexStyle::Batch => format!("Batch.{row}{path}"),
        IndexStyle::FromOne => format!("Batch.{}{path}", row + 1),
        IndexStyle::First => format!("Batch.0{path}"),
    };
    Refusal::new(code, format!("{place}: {text}"))
}

/// A value that is neither an object nor a list.
enum Scalar<'b> {
    Text(Cow<'b, str>),
    Whole(i64),
    Number,
    Flag,
    Null,
}

/// A value of a field.
struct Slot<'a, 'r, 'b> {
    reader: &'a mut Reader<'r>,
    facts: &'a mut Facts<'b>,
    field: &'static Field,
}

impl<'b> Slot<'_, '_, 'b> {
    fn scalar<E: Error>(mut self, value: Scalar<'b>) -> Result<(), E> {
        if let Is::OneOrMany(element) = self.field.is {
            self.field = element;
        }
        match (&self.field.is, value) {
            (_, Scalar::Null) if !EVENT_NULL_IS_REFUSED => Ok(()),
            (Is::Number, Scalar::Number | Scalar::Whole(_)) | (Is::Flag, Scalar::Flag) => Ok(()),
            (Is::Whole, Scalar::Whole(number)) => {
                if self.field.fact == Some(Fact::Time) {
                    self.facts.time = Some(number);
                }
                Ok(())
            }
            (is, Scalar::Text(text)) => {
                self.text(is, &text)?;
                self.learn(text);
                Ok(())
            }
            (is, _) => Err(self.reader.refuse(40002, is.wanted())),
        }
    }

    fn text<E: Error>(&mut self, is: &Is, text: &str) -> Result<(), E> {
        let told = match is {
            Is::Text | Is::Filled if CLEAR_ADDRESSES_ARE_REFUSED && forms::names_somebody(text) => {
                Some(Refusal::new(NOT_HASHED, "PII is not hashed"))
            }
            Is::Text => None,
            Is::Filled => text.is_empty().then(|| Refusal::param("Length must be at least 1")),
            Is::Form(form, told) => (!form(text)).then(|| Refusal::param(*told)),
            Is::Choice(valid) => (!valid.contains(&text)).then(|| Refusal::param(one_of(valid))),
            Is::Currency => (!self.is_currency(text)).then(|| Refusal::param("Not a supported currency")),
            Is::Hash => (!forms::is_hash(text)).then(|| Refusal::new(NOT_HASHED, "PII is not hashed")),
            other => Some(Refusal::param(other.wanted())),
        };
        match told {
            Some(told) => Err(self.reader.refuse(told.code, &told.message)),
            None => {
                self.taste(is, text);
                Ok(())
            }
        }
    }

    fn is_currency(&self, text: &str) -> bool {
        let any = self.reader.options.any_currency && text.len() == 3;
        CURRENCIES.contains(&text) || (any && text.bytes().all(|byte| byte.is_ascii_uppercase()))
    }

    /// Looks for poison in hashes and in the event's id.
    fn taste(&mut self, is: &Is, text: &str) {
        let may = matches!(is, Is::Hash) || self.field.fact == Some(Fact::Id);
        if !may || !self.reader.world.has_poison() {
            return;
        }
        if Digest::parse(text).is_some_and(|digest| self.reader.world.is_poisoned(&digest)) {
            let quoted = if self.reader.options.quotes { format!(": {text}") } else { String::new() };
            self.facts.poison = Some(self.reader.at(40002, "", &format!("Not a valid string{quoted}")));
        }
    }

    fn learn(&mut self, text: Cow<'b, str>) {
        match self.field.fact {
            Some(Fact::Name) => self.facts.name = Some(text),
            Some(Fact::Id) => self.facts.id = Some(text),
            Some(Fact::Url) => self.facts.url = true,
            Some(Fact::AppId) => self.facts.app_id = true,
            Some(Fact::LeadId) => self.facts.lead_id = true,
            Some(Fact::Contact) => self.facts.contact = true,
            Some(Fact::Time) | None => {}
        }
    }
}

fn one_of(valid: &[&str]) -> String {
    format!("Must be one of: {}", valid.join(", "))
}

impl<'de> DeserializeSeed<'de> for Slot<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Slot<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.scalar(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.scalar(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.scalar(Scalar::Whole(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.scalar(Scalar::Whole(number))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.scalar(Scalar::Number)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.scalar(Scalar::Flag)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar(Scalar::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Slot { reader, facts, field } = self;
        let (element, may_be_empty) = match field.is {
            Is::List(element) => (element, true),
            Is::OneOrMany(element) => (element, false),
            _ => return Err(reader.refuse(40002, field.is.wanted())),
        };
        let mut count = 0;
        reader.path.push(Step::At(0));
        while let Some(()) =
            items.next_element_seed(Slot { reader: &mut *reader, facts: &mut *facts, field: element })?
        {
            count += 1;
            reader.path.pop();
            reader.path.push(Step::At(count));
        }
        reader.path.pop();
        if count > 0 || may_be_empty { Ok(()) } else { Err(reader.refuse(40002, "Length must be at least 1")) }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Is::Object(fields) = &self.field.is else {
            return Err(self.reader.refuse(40002, self.field.is.wanted()));
        };
        object(fields, self.reader, self.facts, &mut map)
    }
}

fn object<'de, A: MapAccess<'de>>(
    fields: &'static [Field],
    reader: &mut Reader<'_>,
    facts: &mut Facts<'de>,
    map: &mut A,
) -> Result<(), A::Error> {
    while let Some(Key(name)) = map.next_key()? {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            // Never at this place: it would make a test of a live event.
            if !reader.options.unknown_fields || name == "test_event_code" {
                reader.refusal = Some(reader.at(40002, &format!(".{name}"), "Unknown field"));
                return Err(A::Error::custom(""));
            }
            map.next_value::<IgnoredAny>()?;
            continue;
        };
        reader.path.push(Step::Name(field.name));
        map.next_value_seed(Slot { reader: &mut *reader, facts: &mut *facts, field })?;
        reader.path.pop();
    }
    Ok(())
}

/// A name of a field, copied only if it is escaped.
struct Key<'b>(Cow<'b, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(name.to_owned())))
    }
}
