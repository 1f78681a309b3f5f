//! A member's record → rows of hashed identifiers and what to do with them. Pure.

use std::borrow::Cow;

use super::fields::{Field, Given, Record};
use super::flush::{Cells, Hash, ROWS_PER_RECORD_MAX};
use super::identity::{Algorithm, Country, EmailRule, PhoneHashForm, Reject, Rules, Slot};
use super::route::{Audience, Route};
use crate::config::destination::{self as config, AudienceOptions, Operation};
use crate::error::Error;

/// Why a row as a whole goes nowhere; identifiers have reasons of their own ([`Reject`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub field: Option<Field>,
    /// A word for programs.
    pub reason: &'static str,
    /// A sentence for people, without the value.
    pub message: Cow<'static, str>,
}

impl Fault {
    const fn of(field: Option<Field>, reason: &'static str, message: &'static str) -> Self {
        Self { field, reason, message: Cow::Borrowed(message) }
    }
}

/// A record that is no object.
pub const NO_RECORD: Fault = Fault::of(None, "invalid_record", "The record's data is no object.");
const NO_AUDIENCE: Fault = Fault::of(
    Some(Field::AudienceName),
    "audience_missing",
    "Neither the record nor a mapping says which audience it is for.",
);
const NO_ADVERTISER: Fault = Fault::of(
    Some(Field::AdvertiserId),
    "advertiser_missing",
    "Neither the record nor the config names an advertiser.",
);
const ODD_OPERATION: Fault = Fault::of(Some(Field::Op), "invalid_operation", "`_op` is neither add nor delete.");
const ODD_CONSENT: Fault = Fault::of(Some(Field::Consent), "invalid_consent", "`consent` is neither true nor false.");
const ODD_VALUE: Fault =
    Fault::of(None, "invalid_value", "The value is an object or a list where one value is wanted.");

/// Plain identifiers: the field, the slot of its hash, and which of a person's rows it stands in.
const EMAILS: [Field; 3] = [Field::Email, Field::Email2, Field::Email3];
const PHONES: [Field; 3] = [Field::Phone, Field::Phone2, Field::Phone3];
/// Fields that hold hashes, used where the plain field beside them gave none.
const READY: [(Field, Slot); 6] = [
    (Field::EmailSha256, Slot::EmailSha256),
    (Field::PhoneSha256, Slot::PhoneSha256),
    (Field::IdfaSha256, Slot::IdfaSha256),
    (Field::AaidSha256, Slot::AaidSha256),
    (Field::IdfaMd5, Slot::IdfaMd5),
    (Field::AaidMd5, Slot::AaidMd5),
];

/// A person's identifiers: one row, and a further one for each second value of a type.
#[derive(Debug, Default)]
pub struct Identifiers {
    pub rows: [Cells; ROWS_PER_RECORD_MAX],
    /// Fields that held something which is no identifier.
    pub left_out: Vec<Fault>,
}

impl Identifiers {
    /// Hashes what a record holds.
    #[must_use]
    pub fn read(record: &Record<'_>, rules: &Rules) -> Self {
        let mut all = Self::default();
        let country = record.get(Field::Country).map(Given::text);
        for (row, (email, phone)) in EMAILS.into_iter().zip(PHONES).enumerate() {
            all.take(record, email, row, &[Slot::EmailSha256], |text| rules.email(text));
            all.take(record, phone, row, &[Slot::PhoneSha256], |text| rules.phone(text, country));
        }
        let device = |text: &str| rules.device(text, Algorithm::Sha256);
        all.take(record, Field::Idfa, 0, &[Slot::IdfaSha256], device);
        all.take(record, Field::Aaid, 0, &[Slot::AaidSha256], device);
        // Nothing says whose device it is, and an id of the other kind matches nobody.
        all.take(record, Field::Maid, 0, &[Slot::IdfaSha256, Slot::AaidSha256], device);
        for (field, slot) in READY {
            all.take(record, field, 0, &[slot], |text| rules.promised(text, slot.algorithm()));
        }
        all
    }

    /// Whether anything can be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.iter().flatten().all(Option::is_none)
    }

    /// Why nothing can: the first field that held something, else that none did.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let nothing = Fault::of(None, "empty", "No column holds an e-mail address, a phone number or a device id.");
        self.left_out.first().cloned().unwrap_or(nothing)
    }

    fn take(
        &mut self,
        record: &Record<'_>,
        field: Field,
        row: usize,
        slots: &[Slot],
        hash: impl Fn(&str) -> Result<super::identity::Hash, Reject>,
    ) {
        let Some(given) = record.get(field) else { return };
        if *given == Given::Odd {
            self.left_out.push(Fault { field: Some(field), ..ODD_VALUE });
            return;
        }
        match hash(given.text()) {
            Ok(hash) => {
                for slot in slots {
                    if let Some(cell) = self.rows.get_mut(row).and_then(|cells| cells.get_mut(*slot as usize)) {
                        cell.get_or_insert_with(|| Hash::from(&hash));
                    }
                }
            }
            Err(Reject::Empty) => {}
            Err(reject) => {
                self.left_out.push(Fault { field: Some(field), reason: reject.code(), message: reject.advice().into() })
            }
        }
    }
}

/// The rules that the config asks for.
pub fn rules(options: &AudienceOptions) -> Result<Rules, Error> {
    let country = match options.default_country.as_deref() {
        None => None,
        Some(code) => Some(Country::parse(code).ok_or_else(|| {
            Error::config(format!("`audience.default_country` is {code:?}, which is no country"))
                .advise("Write two letters, such as US or GB.")
        })?),
    };
    let emails = match options.email_rule {
        config::EmailRule::TiktokDmp => EmailRule::TiktokDmp,
        config::EmailRule::PlusOnly => EmailRule::PlusOnly,
        config::EmailRule::LowercaseOnly => EmailRule::LowercaseOnly,
    };
    let phones = match options.phone_hash_form {
        config::PhoneForm::E164Plus => PhoneHashForm::E164Plus,
        config::PhoneForm::Digits => PhoneHashForm::Digits,
    };
    Ok(Rules::audience(emails, phones, country))
}

/// Adds or deletes: a delete from any side wins, then the record's own word, then the stream's.
pub fn operation(record: &Record<'_>, route: &Route, always_deletes: bool) -> Result<Operation, Fault> {
    let op = match record.get(Field::Op).map(|given| given.text().trim().to_ascii_lowercase()) {
        None => None,
        Some(word) if word.is_empty() => None,
        Some(word) if word == "add" => Some(Operation::Add),
        Some(word) if word == "delete" => Some(Operation::Delete),
        Some(_) => return Err(ODD_OPERATION),
    };
    let consents = match record.get(Field::Consent).map(|given| given.text().trim().to_ascii_lowercase()) {
        None => true,
        Some(word) => match word.as_str() {
            "true" | "yes" | "y" | "t" | "1" | "" => true,
            "false" | "no" | "n" | "f" | "0" => false,
            _ => return Err(ODD_CONSENT),
        },
    };
    let gone = record.get(Field::CdcDeletedAt).is_some_and(|given| !given.text().is_empty());
    let deletes = always_deletes || !consents || gone;
    Ok(if deletes { Operation::Delete } else { op.unwrap_or(route.operation) })
}

/// The audience: the record's id, the record's name, the stream's.
pub fn audience<'a>(record: &Record<'_>, route: &'a Route) -> Result<Cow<'a, Audience>, Fault> {
    let text = |field| record.get(field).map(|given| given.text().trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(Audience::Id(_)) = &route.audience
        && matches!(route.object, super::object::Object::Audience { .. })
    {
        return route.audience.as_ref().map(Cow::Borrowed).ok_or(NO_AUDIENCE);
    }
    if let Some(id) = text(Field::AudienceId) {
        return Ok(Cow::Owned(Audience::Id(id)));
    }
    match text(Field::AudienceName) {
        Some(name) => Ok(Cow::Owned(Audience::Name(name))),
        None => route.audience.as_ref().map(Cow::Borrowed).ok_or(NO_AUDIENCE),
    }
}

/// The advertiser: the record's, else the config's.
pub fn advertiser<'a>(record: &'a Record<'_>, target: Option<&'a str>) -> Result<&'a str, Fault> {
    let own = record.get(Field::AdvertiserId).map(|given| given.text().trim()).filter(|text| !text.is_empty());
    let advertiser = own.or(target).ok_or(NO_ADVERTISER)?;
    if advertiser.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(advertiser)
    } else {
        Err(Fault::of(Some(Field::AdvertiserId), "invalid_advertiser", "`advertiser_id` holds more than digits."))
    }
}
