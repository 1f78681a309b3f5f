//! The fields of a member.

use crate::destination::record::columns::{Given, Names, Record};

/// A row a field: its enum, its names and their order come from here.
macro_rules! fields {
    ($($field:ident = $name:literal,)+) => {
        /// One field; the last is the platform's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub(crate) enum Field {
            $($field,)+
        }

        impl Field {
            /// In the order of their places.
            pub(crate) const NAMES: Names = &[$($name,)+];
        }
    };
}

// Those that identify a person stand before the country.
fields! {
    Email = "email",
    Email2 = "email_2",
    Email3 = "email_3",
    Phone = "phone",
    Phone2 = "phone_2",
    Phone3 = "phone_3",
    Idfa = "idfa",
    Aaid = "aaid",
    Maid = "maid",
    EmailSha256 = "email_sha256",
    PhoneSha256 = "phone_sha256",
    IdfaSha256 = "idfa_sha256",
    IdfaMd5 = "idfa_md5",
    AaidSha256 = "aaid_sha256",
    AaidMd5 = "aaid_md5",
    Country = "country",
    ExternalId = "external_id",
    Consent = "consent",
    AudienceId = "audience_id",
    AudienceName = "audience_name",
    AdvertiserId = "advertiser_id",
    Op = "_op",
    CdcDeletedAt = "_ab_cdc_deleted_at",
}

impl Field {
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
    #[expect(clippy::indexing_slicing, reason = "every row has a name, and constants need it")]
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
    fn every_field_stands_in_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(AUDIENCE_MEMBERS.schema).unwrap();
        for name in Field::NAMES {
            let hidden = *name == Field::CdcDeletedAt.name();
            assert_eq!(schema["properties"].get(name).is_none(), hidden, "{name}");
        }
    }
}
