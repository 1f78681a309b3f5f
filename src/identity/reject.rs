//! Why an identifier is not sent.

/// A refusal. The first codes are `reject_codes` of the vectors; neither code nor advice quotes the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reject {
    Empty,
    InvalidEmail,
    EmptyLocalPart,
    InvalidPhone,
    PhoneCountryUnknown,
    PhonePrecisionLost,
    InvalidAdvertisingId,
    ZeroAdvertisingId,
    WrongHashAlgorithm,
    HashOfPlaceholder,
    InvalidCountry,
    InvalidText,
}

impl Reject {
    pub const ALL: [Self; 12] = [
        Self::Empty,
        Self::InvalidEmail,
        Self::EmptyLocalPart,
        Self::InvalidPhone,
        Self::PhoneCountryUnknown,
        Self::PhonePrecisionLost,
        Self::InvalidAdvertisingId,
        Self::ZeroAdvertisingId,
        Self::WrongHashAlgorithm,
        Self::HashOfPlaceholder,
        Self::InvalidCountry,
        Self::InvalidText,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::InvalidEmail => "invalid_email",
            Self::EmptyLocalPart => "empty_local_part",
            Self::InvalidPhone => "invalid_phone",
            Self::PhoneCountryUnknown => "phone_country_unknown",
            Self::PhonePrecisionLost => "phone_precision_lost",
            Self::InvalidAdvertisingId => "invalid_advertising_id",
            Self::ZeroAdvertisingId => "zero_advertising_id",
            Self::WrongHashAlgorithm => "wrong_hash_algorithm",
            Self::HashOfPlaceholder => "hash_of_placeholder",
            Self::InvalidCountry => "invalid_country",
            Self::InvalidText => "invalid_text",
        }
    }

    /// What the owner of the data can do, in one sentence.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Empty => "Leave the field null when there is no value.",
            Self::InvalidEmail => "Give one plain e-mail address, without a display name or a list.",
            Self::EmptyLocalPart => "TikTok's audience rule leaves nothing before the @ of this address.",
            Self::InvalidPhone => "Give one phone number of 7 to 15 digits, best as + and country code.",
            Self::PhoneCountryUnknown => {
                "Write + and the country code, fill `country` with its code, or set `default_country`."
            }
            Self::PhonePrecisionLost => "Export the phone column as text: a spreadsheet has rounded its digits away.",
            Self::InvalidAdvertisingId => "Give the device id as a UUID with dashes.",
            Self::ZeroAdvertisingId => "The zero id means that the user forbids tracking; leave the field null.",
            Self::WrongHashAlgorithm => "Give the plain value, or a hash of the algorithm that this field asks for.",
            Self::HashOfPlaceholder => {
                "This hash stands for no person but for a word like null; hash real values only."
            }
            Self::InvalidCountry => {
                "The row's `country` is no country code: write one of ISO 3166, or the English name."
            }
            Self::InvalidText => "The text has bytes that are no UTF-8 (U+FFFD stands for them): export it as UTF-8.",
        }
    }
}

impl std::fmt::Display for Reject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Reject {}
