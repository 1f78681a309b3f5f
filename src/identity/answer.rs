//! What somebody typed into a form, hashed by what its field asks for.

use super::hash::{Algorithm, Hash};
use super::{EmailRule, PhoneHashForm, Rules, text};

/// Fields that ask for nothing of a person [?]: TikTok lists no fields of its forms. All others count as personal.
const OF_NOBODY: [&str; 7] = ["company_size", "consent", "country", "country_code", "industry", "language", "opt_in"];
/// By the rules of audiences as they are unless set otherwise, so that both match.
const RULES: Rules = Rules::audience(EmailRule::TiktokDmp, PhoneHashForm::E164Plus, None);

/// What a field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Email,
    Phone,
    Name,
    Zip,
    /// Unknown, so it may be a person's.
    Other,
    Nothing,
}

/// The word of a field as all spell it alike: `Phone number` is `phone_number`.
#[must_use]
pub(crate) fn word(field: &str) -> String {
    let signs = field.trim().chars().map(|c| if c.is_alphanumeric() { c } else { '_' });
    signs.flat_map(char::to_lowercase).collect()
}

/// What a field asks for, by its name.
#[must_use]
pub(crate) fn asked(field: &str) -> Asked {
    let word = word(field);
    let has = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
    match word.as_str() {
        word if OF_NOBODY.contains(&word) => Asked::Nothing,
        _ if has(&["email", "e_mail"]) => Asked::Email,
        _ if has(&["phone", "mobile", "whatsapp"]) => Asked::Phone,
        "zip" | "zip_code" | "zipcode" | "postal_code" | "post_code" | "postcode" => Asked::Zip,
        "name" | "first_name" | "last_name" | "full_name" => Asked::Name,
        _ => Asked::Other,
    }
}

/// The hash of an answer; `country` is that of the same form. What is no address or number is hashed as it stands.
#[must_use]
pub(crate) fn hash(asked: Asked, answer: &str, country: Option<&str>) -> Hash {
    let normal = match asked {
        Asked::Email => RULES.email(answer),
        Asked::Phone => RULES.phone(answer, country).or_else(|_| RULES.phone(answer, None)),
        Asked::Name => RULES.name(answer),
        Asked::Zip => RULES.zip(answer),
        Asked::Other | Asked::Nothing => return as_it_stands(answer),
    };
    normal.unwrap_or_else(|_| as_it_stands(answer))
}

fn as_it_stands(answer: &str) -> Hash {
    Algorithm::Sha256.digest(text::trim(answer).to_lowercase().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_is_personal() {
        for (field, expected) in [
            ("Work Email", Asked::Email),
            ("e-mail", Asked::Email),
            ("Phone number", Asked::Phone),
            ("WhatsApp", Asked::Phone),
            ("FULL_NAME", Asked::Name),
            ("Zip code", Asked::Zip),
            ("Country", Asked::Nothing),
            ("country of birth", Asked::Other),
            ("date_of_birth", Asked::Other),
            ("What is your dream?", Asked::Other),
            ("", Asked::Other),
        ] {
            assert_eq!(asked(field), expected, "{field}");
        }
    }

    #[test]
    fn addresses_and_numbers_match_audiences() {
        let rules = Rules::audience(EmailRule::default(), PhoneHashForm::default(), None);
        let email = hash(Asked::Email, " Jo.Doe+a@Example.com ", None);
        assert_eq!(email, rules.email("jodoe@example.com").unwrap());
        let phone = rules.phone("+442079460958", None).unwrap();
        assert_eq!(hash(Asked::Phone, "+44 20 7946 0958", Some("nowhere at all")), phone);
        assert_eq!(hash(Asked::Phone, "020 7946 0958", Some("GB")), phone);
        assert_eq!(hash(Asked::Email, "none", None), hash(Asked::Other, " None", None));
    }
}
