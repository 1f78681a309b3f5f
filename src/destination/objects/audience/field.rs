//! The fields of a member.

use crate::destination::record::columns::{Given, Names, Record};

/// One field; the last is the platform's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Field {
    Email,
    Email2,
    Email3,
    Phone,
    Phone2,
    Phone3,
    Idfa,
    Aaid,
    Maid,
    EmailSha256,
    PhoneSha256,
    IdfaSha256,
    IdfaMd5,
    AaidSha256,
    AaidMd5,
    Country,
    ExternalId,
    Consent,
    AudienceId,
    AudienceName,
    AdvertiserId,
    Op,
    CdcDeletedAt,
}

impl Field {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 23] = [
        Self::Email,
        Self::Email2,
        Self::Email3,
        Self::Phone,
        Self::Phone2,
        Self::Phone3,
        Self::Idfa,
        Self::Aaid,
        Self::Maid,
        Self::EmailSha256,
        Self::PhoneSha256,
        Self::IdfaSha256,
        Self::IdfaMd5,
        Self::AaidSha256,
        Self::AaidMd5,
        Self::Country,
        Self::ExternalId,
        Self::Consent,
        Self::AudienceId,
        Self::AudienceName,
        Self::AdvertiserId,
        Self::Op,
        Self::CdcDeletedAt,
    ];

    /// In the order of their places.
    pub(crate) const NAMES: Names = &[
        "email",
        "email_2",
        "email_3",
        "phone",
        "phone_2",
        "phone_3",
        "idfa",
        "aaid",
        "maid",
        "email_sha256",
        "phone_sha256",
        "idfa_sha256",
        "idfa_md5",
        "aaid_sha256",
        "aaid_md5",
        "country",
        "external_id",
        "consent",
        "audience_id",
        "audience_name",
        "advertiser_id",
        "_op",
        "_ab_cdc_deleted_at",
    ];

    /// Those that identify a person: all before the country.
    pub(crate) const IDENTIFIERS: Names = Self::NAMES.split_at(Self::Country as usize).0;

    /// The places of what stands for a person, to whomever it may be known.
    #[expect(clippy::indexing_slicing, reason = "at compile time")]
    pub(crate) const PERSONAL: [usize; Self::Country as usize + 1] = {
        let mut places = [Self::ExternalId as usize; Self::Country as usize + 1];
        let mut at = 0;
        while at < Self::Country as usize {
            places[at] = at;
            at += 1;
        }
        places
    };

    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "a test holds that every field has a name; constants need them")]
    pub(crate) const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// What a record holds of it.
    #[must_use]
    pub(crate) fn of<'r, 'a>(self, record: &'r Record<'a>) -> Option<&'r Given<'a>> {
        record.at(self as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::objects::audience::object::AUDIENCE_MEMBERS;

    #[test]
    fn every_field_stands_in_its_place_and_in_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(AUDIENCE_MEMBERS.schema).unwrap();
        assert_eq!(Field::ALL.len(), Field::NAMES.len());
        for (at, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, at);
            let hidden = field == Field::CdcDeletedAt;
            assert_eq!(schema["properties"].get(field.name()).is_none(), hidden, "{}", field.name());
        }
    }
}
