//! A member's record → rows of hashed identifiers and what to do with them. Pure.

use std::borrow::Cow;

use super::bound::{Audience, Bound};
use super::field::Field;
use super::name;
use super::row::{Cells, Hash};
use crate::config::destination::{self as config, AudienceOptions, Operation};
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::country;
use crate::destination::record::fault::Fault;
use crate::destination::record::steer;
use crate::error::Error;
use crate::identity::{self, Algorithm, EmailRule, PhoneHashForm, Reject, Rules, Slot};
use crate::membership::kinds::Kinds;

const NO_AUDIENCE: Fault = Fault::new(
    Some(Field::AudienceName.name()),
    "audience_missing",
    "Neither the record nor a mapping says which audience it is for.",
);
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
pub(crate) struct Identifiers {
    pub rows: Vec<Cells>,
    /// Fields that held something which is no identifier.
    pub left_out: Vec<Fault>,
    /// The cells that these were for, a bit each.
    odd: u32,
}

/// Where a hash goes: one of a person's rows, and the slots of it.
struct Cell<'s> {
    row: usize,
    slots: &'s [Slot],
}

impl<'s> Cell<'s> {
    const fn first(slots: &'s [Slot]) -> Self {
        Self { row: 0, slots }
    }
}

impl Identifiers {
    /// Hashes what a record holds.
    #[must_use]
    pub(crate) fn read(record: &Record<'_>, rules: &Rules) -> Self {
        let mut all = Self::default();
        let country = Field::Country.of(record).map(Given::written);
        for (row, (email, phone)) in EMAILS.into_iter().zip(PHONES).enumerate() {
            all.take(record, email, Cell { row, slots: &[Slot::EmailSha256] }, |text| rules.email(text));
            all.take(record, phone, Cell { row, slots: &[Slot::PhoneSha256] }, |text| rules.phone(text, country));
        }
        let device = |text: &str| rules.device(text, Algorithm::Sha256);
        all.take(record, Field::Idfa, Cell::first(&[Slot::IdfaSha256]), device);
        all.take(record, Field::Aaid, Cell::first(&[Slot::AaidSha256]), device);
        // Nothing says whose device it is, and an id of the other kind matches nobody.
        all.take(record, Field::Maid, Cell::first(&[Slot::IdfaSha256, Slot::AaidSha256]), device);
        for (field, slot) in READY {
            all.take(record, field, Cell::first(&[slot]), |text| rules.declared_hash(text, slot.algorithm()));
        }
        all
    }

    /// Whether anything can be sent.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.iter().flatten().all(Option::is_none)
    }

    /// Kinds of which the record held something that is no identifier, and nothing that is one in its place: it does not
    /// say that the person has none.
    #[must_use]
    pub(crate) fn unsaid(&self) -> Kinds {
        if self.odd == 0 {
            return Kinds::NONE;
        }
        let mut kinds = Kinds::NONE;
        for (row, cells) in self.rows.iter().enumerate() {
            for (slot, cell) in (0..).zip(cells) {
                if cell.is_none() && self.odd & bit(row, slot) != 0 {
                    kinds = kinds.and(Kinds::of_slot(slot));
                }
            }
        }
        kinds
    }

    /// Why nothing can: the first field that held something, else that none did.
    #[must_use]
    pub(crate) fn fault(&self) -> Fault {
        let nothing = Fault::new(None, "empty", "No column holds an e-mail address, a phone number or a device id.");
        self.left_out.first().cloned().unwrap_or(nothing)
    }

    fn take(
        &mut self,
        record: &Record<'_>,
        field: Field,
        to: Cell<'_>,
        hash: impl Fn(&str) -> Result<identity::Hash, Reject>,
    ) {
        let Some(given) = field.of(record) else { return };
        let Some(text) = given.one() else {
            self.leave_out(&to, Fault::of_form(field.name(), given));
            return;
        };
        match hash(text) {
            Ok(hash) => {
                if self.rows.len() <= to.row {
                    self.rows.resize(to.row + 1, Cells::default());
                }
                for slot in to.slots {
                    if let Some(cell) = self.rows.get_mut(to.row).and_then(|cells| cells.get_mut(*slot as usize)) {
                        cell.get_or_insert_with(|| Hash::from(&hash));
                    }
                }
            }
            Err(Reject::Empty) => {}
            // The zero id is a word of its own: the user forbids to be known by one.
            Err(reject @ Reject::ZeroAdvertisingId) => self.left_out.push(Fault::identifier(field.name(), reject)),
            Err(reject) => self.leave_out(&to, Fault::identifier(field.name(), reject)),
        }
    }

    fn leave_out(&mut self, from: &Cell<'_>, fault: Fault) {
        self.left_out.push(fault);
        for slot in from.slots {
            self.odd |= bit(from.row, *slot as u8);
        }
    }
}

/// The bit of a cell.
fn bit(row: usize, slot: u8) -> u32 {
    1 << (row * Slot::ALL.len() + usize::from(slot))
}

/// The rules that the config asks for.
pub(crate) fn rules(options: &AudienceOptions) -> Result<Rules, Error> {
    let country = country::default_country(options)?;
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
pub(crate) fn operation(record: &Record<'_>, bound: &Bound) -> Result<Operation, Fault> {
    let op = steer::operation(Field::Op.of(record))?;
    let consents = steer::consent(Field::Consent.of(record))?.unwrap_or(true);
    let gone = steer::is_deleted(Field::CdcDeletedAt.of(record))?;
    let deletes = bound.soft_delete || !consents || gone;
    Ok(if deletes { Operation::Delete } else { op.unwrap_or(bound.operation) })
}

fn word<'r>(record: &'r Record<'_>, field: Field) -> Result<Option<&'r str>, Fault> {
    steer::named(field.name(), field.of(record))
}

/// The audience: the record's id, the record's name, the stream's.
pub(crate) fn audience<'a>(record: &Record<'_>, bound: &'a Bound) -> Result<Cow<'a, Audience>, Fault> {
    let (id, name) = (word(record, Field::AudienceId)?, word(record, Field::AudienceName)?);
    let streams = bound.audience.as_ref().map(Cow::Borrowed);
    if bound.is_one {
        return streams.ok_or(NO_AUDIENCE);
    }
    if let Some(id) = id {
        return Ok(Cow::Owned(Audience::Id(id.to_owned())));
    }
    match name.map(|name| (name, name::fault(name))) {
        None => streams.ok_or(NO_AUDIENCE),
        Some((_, Some(why))) => Err(name::no_name(why)),
        Some((name, None)) => Ok(Cow::Owned(Audience::Name(name.to_owned()))),
    }
}

/// The advertiser: the record's, else the config's.
pub(crate) fn advertiser<'a>(record: &'a Record<'_>, target: Option<&'a str>) -> Result<&'a str, Fault> {
    steer::advertiser(Field::AdvertiserId.of(record))?.or(target).ok_or(steer::NO_ADVERTISER)
}
