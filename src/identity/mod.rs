//! Identifiers of people, made into the hashes that TikTok can match: the only room that sees them plain.
//!
//! Pure: no I/O, no clock. One [`Rules`] per target says which surface is fed; its methods take what a record
//! holds (text, or the digits of a number) and give a [`struct@Hash`] or a [`Reject`]. A value that is a hash already is
//! recognised in every form and passed on. Source: docs/tiktok-api.md 5.3.
//!
//! ```text
//!   raw ──trim──► hash? ──yes───► accept or refuse the hash ─────────────► Hash
//!                   │no
//!                   └──► email · phone · device · person ──► Normal ──► digest ──► Hash
//! ```

pub(crate) mod answer;
mod country;
mod device;
mod email;
mod hash;
mod person;
mod phone;
mod phone_digits;
mod placeholder;
mod prehashed;
mod reject;
mod text;

#[cfg(test)]
mod tests;

pub(crate) use country::{Country, iso_code};
pub(crate) use hash::{Algorithm, Hash};
pub(crate) use phone_digits::in_plain_signs;
pub(crate) use placeholder::{is_macro, is_nothing};
pub use reject::Reject;
pub(crate) use text::{Normal, is_whole};

/// How an audience address is reduced before it is hashed; the setting `audience.email_rule`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmailRule {
    /// Without `+tag` and without dots before the `@`, on every domain (TikTok's text for the DMP).
    #[default]
    TiktokDmp,
    /// Without `+tag` (Ads Manager's help centre, August 2025).
    PlusOnly,
    LowercaseOnly,
}

/// The setting `audience.phone_hash_form`: TikTok's own texts disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PhoneHashForm {
    /// `+12133734253`, the API reference.
    #[default]
    E164Plus,
    /// `12133734253`, the help centre.
    Digits,
}

/// Where identifiers go: the same address has another hash on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    Audience(EmailRule),
    Events,
}

/// A column of `id_schema` in `/segment/mapping/` (docs/tiktok-api.md 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Slot {
    EmailSha256,
    PhoneSha256,
    IdfaSha256,
    IdfaMd5,
    AaidSha256,
    AaidMd5,
}

impl Slot {
    /// In the order of their declaration, which is that of a row's cells.
    pub(crate) const ALL: [Self; 6] =
        [Self::EmailSha256, Self::PhoneSha256, Self::IdfaSha256, Self::IdfaMd5, Self::AaidSha256, Self::AaidMd5];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::EmailSha256 => "EMAIL_SHA256",
            Self::PhoneSha256 => "PHONE_SHA256",
            Self::IdfaSha256 => "IDFA_SHA256",
            Self::IdfaMd5 => "IDFA_MD5",
            Self::AaidSha256 => "AAID_SHA256",
            Self::AaidMd5 => "AAID_MD5",
        }
    }

    pub(crate) const fn algorithm(self) -> Algorithm {
        match self {
            Self::IdfaMd5 | Self::AaidMd5 => Algorithm::Md5,
            _ => Algorithm::Sha256,
        }
    }
}

/// The rules of one target. Numbers are given as the text of their JSON literal.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    surface: Surface,
    phone_form: PhoneHashForm,
    default_country: Option<Country>,
}

impl Rules {
    pub const fn audience(emails: EmailRule, phones: PhoneHashForm, default_country: Option<Country>) -> Self {
        Self { surface: Surface::Audience(emails), phone_form: phones, default_country }
    }

    /// The Events surface has one form for each identifier (docs/tiktok-api.md 6.1).
    pub const fn events(default_country: Option<Country>) -> Self {
        Self { surface: Surface::Events, phone_form: PhoneHashForm::E164Plus, default_country }
    }

    pub fn email(&self, raw: &str) -> Result<Hash, Reject> {
        hashed(raw, |address| email::normalise(address, self.surface))
    }

    /// `country` is the row's own column, if it has one; an object or a list as it was written.
    pub fn phone(&self, raw: &str, country: Option<&str>) -> Result<Hash, Reject> {
        hashed(raw, |number| self.normal_phone_of(number, country))
    }

    /// A device id, plain or hashed, for a slot that wants `algorithm`.
    pub fn device(&self, raw: &str, algorithm: Algorithm) -> Result<Hash, Reject> {
        device::hash(text::read(raw)?, algorithm)
    }

    /// A value of a field that promises a hash: `email_sha256`, `phone_sha256`, `idfa_md5`, …
    pub fn declared_hash(&self, raw: &str, algorithm: Algorithm) -> Result<Hash, Reject> {
        prehashed::declared_hash(raw, algorithm)
    }

    /// Whether a text is a phone number as somebody writes one, whole: with its country code, or of `country`.
    pub fn is_phone(&self, text: &str, country: Option<&str>) -> bool {
        phone::is_number(text::trim(text), Country::of_row(country, self.default_country).ok().flatten())
    }

    /// The advertiser's own id; a hash in base64 without padding is not told from such an id, and is hashed.
    pub fn external_id(&self, raw: &str) -> Result<Hash, Reject> {
        let id = text::read(raw)?;
        match prehashed::find(id).filter(|found| found.is(Algorithm::Sha256) && found.is_beyond_doubt(id)) {
            Some(found) => found.accept(Algorithm::Sha256),
            None => person::external_id(id).map(digest),
        }
    }

    /// What the advertiser's own id is kept by: a hash that nobody can make again without the salt. `None`: there is
    /// no id.
    pub fn member_key(salt: &[u8], raw: &str) -> Option<[u8; 12]> {
        let id = text::read(raw).ok().and_then(|id| person::external_id(id).ok())?;
        hash::salted(salt, id.as_bytes()).first_chunk().copied()
    }

    /// Whether it can be somebody's external id, and is no word for nobody.
    #[must_use]
    pub fn is_member_id(raw: &str) -> bool {
        text::read(raw).is_ok_and(|id| person::external_id(id).is_ok())
    }

    /// First or last name (Events; medium confidence, vectors `name-*`).
    pub fn name(&self, raw: &str) -> Result<Hash, Reject> {
        free_text(raw, person::name)
    }

    /// Postal code (Events; medium confidence, vectors `zip-*`).
    pub fn zip(&self, raw: &str) -> Result<Hash, Reject> {
        free_text(raw, person::zip)
    }

    /// What [`Rules::email`] hashes.
    pub fn normal_email(&self, raw: &str) -> Result<Normal, Reject> {
        email::normalise(text::read(raw)?, self.surface)
    }

    /// What [`Rules::phone`] hashes.
    pub fn normal_phone(&self, raw: &str, country: Option<&str>) -> Result<Normal, Reject> {
        self.normal_phone_of(text::read(raw)?, country)
    }

    /// What [`Rules::device`] hashes, and what Events takes plain as `gaid`; a plain `idfa` is upper case there.
    pub fn normal_device(&self, raw: &str) -> Result<Normal, Reject> {
        device::normalise(text::read(raw)?)
    }

    fn normal_phone_of(&self, number: &str, country: Option<&str>) -> Result<Normal, Reject> {
        phone::normalise(number, || Country::of_row(country, self.default_country), self.phone_form)
    }
}

/// A hash as it is, or the digest of the normal form.
fn hashed(raw: &str, normalise: impl FnOnce(&str) -> Result<Normal, Reject>) -> Result<Hash, Reject> {
    let trimmed = text::read(raw)?;
    match prehashed::find(trimmed) {
        Some(found) => found.accept(Algorithm::Sha256),
        None => normalise(trimmed).map(|normal| Algorithm::Sha256.digest(normal.as_bytes())),
    }
}

fn free_text(raw: &str, normalise: fn(&str) -> Result<String, Reject>) -> Result<Hash, Reject> {
    let trimmed = text::read(raw)?;
    match prehashed::find(trimmed).filter(|found| found.is_beyond_doubt(trimmed)) {
        Some(found) => found.accept(Algorithm::Sha256),
        None => normalise(trimmed).map(|normal| digest(&normal)),
    }
}

fn digest(text: &str) -> Hash {
    Algorithm::Sha256.digest(text.as_bytes())
}
