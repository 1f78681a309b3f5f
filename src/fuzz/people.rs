//! Identifiers of people.

use super::choice::chosen;
use crate::identity::{Algorithm, EmailRule, Normal, PhoneHashForm, Reject, Rules};

const COUNTRIES: [Option<&str>; 4] = [None, Some("US"), Some("germany"), Some("+44")];

/// What is normalised stays so when it is normalised again, and a hash is taken as it is.
pub(super) fn identifiers(bytes: &[u8]) {
    let Some((case, rest)) = chosen(bytes, COUNTRIES.len()) else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let audience = |rule| Rules::audience(rule, PhoneHashForm::E164Plus, None);
    let emails = [EmailRule::TiktokDmp, EmailRule::PlusOnly, EmailRule::LowercaseOnly].map(audience);
    for rules in emails.into_iter().chain([Rules::events(None)]) {
        stays(text, |text| rules.normal_email(text));
        stays(text, |text| rules.normal_device(text));
        stays(text, |text| rules.normal_phone(text, COUNTRIES[case]));
        if let (Ok(normal), Ok(hash)) = (rules.normal_email(text), rules.email(text)) {
            assert!(rules.email(normal.as_str()) == Ok(hash), "the hash is that of the normal form");
        }
        let hashes = [rules.email(text), rules.phone(text, COUNTRIES[case]), rules.name(text), rules.zip(text)];
        for hash in hashes.into_iter().flatten() {
            let declared = rules.declared_hash(&hash.hex(), Algorithm::Sha256);
            assert!(declared == Ok(hash) || declared == Err(Reject::HashOfPlaceholder), "a hash is a hash");
        }
        for algorithm in [Algorithm::Sha256, Algorithm::Md5] {
            if let Ok(hash) = rules.declared_hash(text, algorithm) {
                assert!(rules.declared_hash(&hash.hex(), algorithm) == Ok(hash));
            }
        }
    }
    assert_eq!(Rules::is_member_id(text), Rules::member_key(b"salt", text).is_some());
}

/// It never shows what was given: that may be a person's.
fn stays(text: &str, normal: impl Fn(&str) -> Result<Normal, Reject>) {
    if let Ok(once) = normal(text) {
        let twice = normal(once.as_str());
        assert!(twice.is_ok_and(|twice| twice.as_str() == once.as_str()), "what is normal stays");
    }
}
