//! Countries, by whatever names data has them: codes of ISO 3166 with two or three letters or three digits, and English
//! names.

use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};
use unicode_normalization::UnicodeNormalization;

use super::reject::Reject;
use super::{placeholder, text};

/// Codes in use that are not ISO's; the islands have telephone codes of their own.
const OTHER_CODES: [(&str, &str); 4] = [("UK", "GB"), ("EL", "GR"), ("AC", "AC"), ("TA", "TA")];
/// Names in use that the crate lacks, folded.
const OTHER_NAMES: [(&str, &str); 14] = [
    ("aland", "AX"),
    ("burkinafasso", "BF"),
    ("congobrazzaville", "CG"),
    ("congokinshasa", "CD"),
    ("drcongo", "CD"),
    ("federalrepublicofgermany", "DE"),
    ("kyrgyzrepublic", "KG"),
    ("peoplesrepublicofchina", "CN"),
    ("provinceofchinataiwan", "TW"),
    ("slovakrepublic", "SK"),
    ("sainthelenaascensionandtristandacunha", "SH"),
    ("uae", "AE"),
    ("virginislandsus", "VI"),
    ("wales", "GB"),
];
/// The longest code with dots: `U.S.A.`.
const DOTTED: usize = 6;
/// Longer texts are no names of countries.
const LONGEST: usize = 80;

/// A country with a telephone network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(Region);

impl Country {
    /// Reads `US`, `usa`, `840`, `United States`.
    pub fn parse(name: &str) -> Option<Self> {
        let region = Region::from_code(iso_code(name)?).ok()?;
        PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_| Self(region))
    }

    /// The row's country, else the default. A country that cannot be read is no reason to guess another.
    pub(super) fn of_row(row: Option<&str>, default: Option<Self>) -> Result<Option<Self>, Reject> {
        match row.filter(|name| !placeholder::is_nothing(name)) {
            Some(name) => Self::parse(name).map(Some).ok_or(Reject::InvalidCountry),
            None => Ok(default),
        }
    }

    pub(super) fn region(self) -> Region {
        self.0
    }

    /// What is dialled from abroad, such as 49.
    pub(super) fn calling_code(self) -> Option<i32> {
        PHONE_NUMBER_UTIL.get_country_code_for_region(self.0)
    }

    /// North America's numbering plan: +1, and `011` to dial out.
    pub(super) fn is_nanp(self) -> bool {
        PHONE_NUMBER_UTIL.is_nanpa_country(self.0)
    }
}

/// The two letters of a country, in upper case.
#[must_use]
pub(crate) fn iso_code(name: &str) -> Option<&'static str> {
    let name = text::trim(name);
    if name.contains('.') && name.len() <= DOTTED && name.split_terminator('.').all(is_letter) {
        return iso_code(&name.replace('.', ""));
    }
    let found = match name.len() {
        2 if name.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            of_other(&OTHER_CODES, name).or_else(|| celes::Country::from_alpha2(name).ok().map(|found| found.alpha2))
        }
        3 if name.bytes().all(|byte| byte.is_ascii_digit()) => of_number(name),
        // A number that lost its zeros.
        1 | 2 if name.bytes().all(|byte| byte.is_ascii_digit()) => of_number(&format!("{name:0>3}")),
        // A column of numbers that has gaps, as pandas prints it.
        5 if name.ends_with(".0") => of_number(name.get(..3)?),
        3 => celes::Country::from_alpha3(name).ok().map(|found| found.alpha2),
        _ => None,
    };
    found.or_else(|| of_name(name))
}

fn is_letter(part: &str) -> bool {
    part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn of_other(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, code)| *code)
}

fn of_number(digits: &str) -> Option<&'static str> {
    celes::Country::from_code(digits).ok().map(|found| found.alpha2)
}

/// An English name: `Korea, Republic of` is the Republic of Korea, `Bahamas (the)` the Bahamas.
fn of_name(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST {
        return None;
    }
    let known = |name: &str| {
        let folded = fold(name);
        of_other(&OTHER_NAMES, &folded)
            .or_else(|| celes::Country::from_name(&folded).ok().map(|found| found.alpha2))
            .or_else(|| celes::Country::from_alias(&folded).ok().map(|found| found.alpha2))
            .or_else(|| celes::Country::from_name(format!("the{folded}")).ok().map(|found| found.alpha2))
    };
    let turned = || {
        let (last, first) = name.split_once([',', '(', '['])?;
        known(&format!("{first}{last}")).or_else(|| known(last).filter(|_| fold(first).ends_with("of")))
    };
    known(name).or_else(turned)
}

/// Letters only, in lower case and without accents.
fn fold(name: &str) -> String {
    let name = name.replace('&', "and");
    name.nfd().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).filter(char::is_ascii).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_numbers_and_names() {
        for (code, names) in [
            (
                "US",
                &[
                    "us",
                    " USA ",
                    "840",
                    "840.0",
                    "United States",
                    "the United States of America",
                    "America",
                    "U.S.",
                    "u.s.a.",
                ] as &[&str],
            ),
            ("GB", &["uk", "GBR", "826", "United Kingdom", "Great Britain", "England", "Wales"]),
            ("DE", &["de", "DEU", "276", "GERMANY"]),
            ("CI", &["CI", "Côte d\u{2019}Ivoire", "Ivory Coast"]),
            ("KR", &["Korea, Republic of", "Korea (Republic of)", "South Korea", "KOR"]),
            ("BO", &["Bolivia", "Bolivia (Plurinational State of)"]),
            ("BS", &["Bahamas", "The Bahamas", "Bahamas (the)"]),
            ("TR", &["Türkiye", "Turkey"]),
            ("TW", &["Taiwan", "Taiwan, Province of China"]),
            ("TT", &["Trinidad & Tobago"]),
            ("VI", &["Virgin Islands (U.S.)", "US Virgin Islands"]),
            ("CD", &["Congo, the Democratic Republic of the", "DR Congo"]),
            ("GR", &["EL", "Greece"]),
            ("WS", &["Samoa"]),
            ("NA", &["na", "Namibia"]),
            ("AQ", &["AQ", "Antarctica"]),
        ] {
            for name in names {
                assert_eq!(iso_code(name), Some(code), "{name}");
            }
        }
        for unknown in ["", "ZZ", "001", "1", "49", "+380", "Ü", "Absurdistan", "Georgia, USA", "Korea", "Deutschland"]
        {
            assert_eq!(iso_code(unknown), None, "{unknown}");
        }
        assert_eq!(iso_code(&"x".repeat(LONGEST + 1)), None);
    }

    #[test]
    fn the_row_comes_first() {
        let (us, gb) = (Country::parse("US"), Country::parse("GB"));
        assert_eq!(Country::of_row(Some("gb"), us), Ok(gb));
        assert_eq!(Country::of_row(Some(" "), us), Ok(us));
        assert_eq!(Country::of_row(Some("null"), us), Ok(us));
        assert_eq!(Country::of_row(None, us), Ok(us));
        assert_eq!(Country::of_row(Some("Absurdistan"), us), Err(Reject::InvalidCountry));
        assert_eq!(Country::of_row(Some("Antarctica"), us), Err(Reject::InvalidCountry));
        assert_eq!(Country::of_row(Some(r#"["GB"]"#), us), Err(Reject::InvalidCountry));
    }

    #[test]
    fn the_north_american_plan() {
        assert!(["US", "CA", "JM"].iter().all(|code| Country::parse(code).is_some_and(Country::is_nanp)));
        assert!(!Country::parse("MX").is_some_and(Country::is_nanp));
    }
}
