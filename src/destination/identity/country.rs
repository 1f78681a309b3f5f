//! Countries, as phone numbers need them.

use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};

use super::{placeholder, text};

/// A country with a telephone network, by its ISO 3166 code of two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(Region);

impl Country {
    /// Reads `US`, `us`, and `UK`, which many write for `GB`.
    pub fn parse(code: &str) -> Option<Self> {
        let code = text::trim(code);
        let code = if code.eq_ignore_ascii_case("UK") { "GB" } else { code };
        let region = Region::from_code(&code.to_ascii_uppercase()).ok().filter(|_| code.len() == 2)?;
        PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_| Self(region))
    }

    /// The row's country, else the default. A country that cannot be read is no reason to guess another.
    pub(super) fn of_row(row: Option<&str>, default: Option<Self>) -> Option<Self> {
        match row.map(text::trim).filter(|code| !placeholder::is_word(code)) {
            Some(code) => Self::parse(code),
            None => default,
        }
    }

    pub(super) fn region(self) -> Region {
        self.0
    }

    /// North America's numbering plan: +1, and `011` to dial out.
    pub(super) fn is_nanp(self) -> bool {
        PHONE_NUMBER_UTIL.is_nanpa_country(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_two_letters() {
        assert_eq!(Country::parse(" us "), Country::parse("US"));
        assert_eq!(Country::parse("uk"), Country::parse("GB"));
        for unknown in ["", "ZZ", "001", "USA", "1", "Ü", "United States"] {
            assert_eq!(Country::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_row_comes_first() {
        let (us, gb) = (Country::parse("US"), Country::parse("GB"));
        assert_eq!(Country::of_row(Some("gb"), us), gb);
        assert_eq!(Country::of_row(Some(" "), us), us);
        assert_eq!(Country::of_row(None, us), us);
        assert_eq!(Country::of_row(Some("Absurdistan"), us), None);
    }

    #[test]
    fn the_north_american_plan() {
        assert!(["US", "CA", "JM"].iter().all(|code| Country::parse(code).is_some_and(Country::is_nanp)));
        assert!(!Country::parse("MX").is_some_and(Country::is_nanp));
    }
}
