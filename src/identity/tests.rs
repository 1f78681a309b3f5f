//! The vectors of the fixtures, and what holds for every text.

use base64::Engine as _;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

const VECTORS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/integration_tests/fixtures/hashing.json"));

/// What became of one input: the normal form where there is one, and the hash.
type Outcome = (Option<String>, Result<Hash, Reject>);

fn outcome(normal: Result<Normal, Reject>, hash: Result<Hash, Reject>) -> Outcome {
    (normal.ok().map(|normal| normal.as_str().to_owned()), hash)
}

fn rules(surface: &str, country: Option<Country>) -> Rules {
    match surface {
        "dmp_api" => Rules::audience(EmailRule::TiktokDmp, PhoneHashForm::E164Plus, country),
        "dmp_helpcenter_2025" => Rules::audience(EmailRule::PlusOnly, PhoneHashForm::Digits, country),
        _ => Rules::events(country),
    }
}

fn run(kind: &str, input: &str, surface: &str, options: &Value) -> Outcome {
    let rules = rules(surface, options["default_country"].as_str().and_then(Country::parse));
    let row = options["country"].as_str();
    let algorithm = if surface.ends_with("_md5") { Algorithm::Md5 } else { Algorithm::Sha256 };
    match kind {
        "email" => outcome(rules.normal_email(input), rules.email(input)),
        "phone" => outcome(rules.normal_phone(input, row), rules.phone(input, row)),
        "maid" => outcome(rules.normal_device(input), rules.device(input, algorithm)),
        "external_id" => (None, rules.external_id(input)),
        "name" => (None, rules.name(input)),
        "zip" => (None, rules.zip(input)),
        other => panic!("a kind of vector that no rule knows: {other}"),
    }
}

fn verify(id: &str, surface: &str, expected: &Value, (normal, hash): &Outcome) {
    if let Some(code) = expected["reject"].as_str() {
        assert_eq!(hash.map(|hash| hash.hex()).map_err(|why| why.code()), Err(code), "{id} on {surface}");
        return;
    }
    let hex = expected["sha256"].as_str().or(expected["md5"].as_str()).expect("a vector has a hash or a reject");
    assert_eq!(hash.map(|hash| hash.hex()).map_err(|why| why.code()), Ok(hex.to_owned()), "{id} on {surface}");
    if let (Some(normal), Some(expected)) = (normal, expected["normalized"].as_str()) {
        assert_eq!(normal, expected, "{id} on {surface}");
    }
}

/// The surfaces a key of `expected` stands for; plain device ids and the other case are not hashed here.
fn surfaces(key: &str) -> Vec<&str> {
    match key {
        "any" => vec!["events_api", "dmp_api", "dmp_helpcenter_2025", "dmp_api_md5"],
        "events_api_idfa_raw" | "events_api_gaid_raw" | "alt_upper_sha256" => vec![],
        _ => vec![key],
    }
}

fn check_vector(vector: &Value) {
    let (id, kind) = (vector["id"].as_str().expect("id"), vector["kind"].as_str().expect("kind"));
    let input = vector["input"].as_str().map_or_else(|| vector["input"].to_string(), str::to_owned);
    for (key, expected) in vector["expected"].as_object().expect("expected") {
        for surface in surfaces(key) {
            verify(id, surface, expected, &run(kind, &input, surface, &vector["options"]));
        }
    }
}

#[test]
fn all_vectors_hold() {
    let file: Value = serde_json::from_str(VECTORS).expect("vectors are JSON");
    let codes: Vec<_> = file["reject_codes"].as_array().expect("codes").iter().filter_map(Value::as_str).collect();
    assert!(Reject::ALL.map(Reject::code).starts_with(&codes), "{codes:?}");
    file["vectors"].as_array().expect("vectors").iter().for_each(check_vector);
    for poison in file["poison_sha256"].as_object().expect("poison").values().filter_map(Value::as_str) {
        let rules = Rules::events(None);
        assert_eq!(rules.email(poison), Err(Reject::HashOfPlaceholder), "{poison}");
        assert_eq!(rules.phone(poison, None), Err(Reject::HashOfPlaceholder), "{poison}");
    }
}

const COUNTRIES: [&str; 12] = ["US", "GB", "IT", "BR", "AR", "MX", "RU", "JP", "FI", "AU", "KR", "BS"];

fn every_rules() -> Vec<Rules> {
    let mut all = vec![Rules::events(None)];
    for emails in [EmailRule::TiktokDmp, EmailRule::PlusOnly, EmailRule::LowercaseOnly] {
        all.push(Rules::audience(emails, PhoneHashForm::E164Plus, Country::parse("US")));
    }
    all
}

fn is_hex(hash: &Hash, len: usize) -> bool {
    let hex = &hash.hex();
    hex.len() == len && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_makes_a_panic_and_every_hash_is_a_hash(text in any::<String>(), country in any::<Option<String>>()) {
        for rules in every_rules() {
            let hashes = [
                rules.email(&text), rules.phone(&text, country.as_deref()), rules.external_id(&text),
                rules.name(&text), rules.zip(&text), rules.device(&text, Algorithm::Sha256),
                rules.declared_hash(&text, Algorithm::Sha256),
            ];
            for hash in hashes.iter().flatten() {
                prop_assert!(is_hex(hash, 64));
            }
        }
    }

    #[test]
    fn an_email_is_normalised_once(text in "[ \u{A0}]?[a-zA-ZÀ-ÿİΣ0-9.+_-]{1,12}@[a-zA-ZÀ-ÿ0-9-]{1,8}(\\.[a-zA-Zß]{1,5}){1,2}[ \t]?") {
        for rules in every_rules() {
            let Ok(once) = rules.normal_email(&text) else { continue };
            let twice = rules.normal_email(once.as_str());
            prop_assert_eq!(twice.ok().map(|normal| normal.as_str().to_owned()), Some(once.as_str().to_owned()));
        }
    }

    #[test]
    fn a_phone_is_normalised_once(text in "(\\+|00|011)?[0-9 ().x#/-]{3,20}", country in 0..COUNTRIES.len()) {
        let rules = Rules::events(Country::parse(COUNTRIES[country]));
        if let Ok(once) = rules.normal_phone(&text, None) {
            prop_assert!((8..=16).contains(&once.as_str().len()));
            let twice = rules.normal_phone(once.as_str(), None);
            prop_assert_eq!(twice.ok().map(|normal| normal.as_str().to_owned()), Some(once.as_str().to_owned()));
        }
    }

    #[test]
    fn digits_in_any_country_make_no_panic(text in "[0-9]{1,20}", country in "[A-Z]{2}") {
        let _ = Rules::events(None).phone(&text, Some(&country));
    }

    #[test]
    fn a_hash_is_passed_on_in_any_disguise(bytes in any::<[u8; 32]>()) {
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let disguises = [
            hex.clone(), hex.to_uppercase(), format!("\\x{hex}"), format!("0x{hex}"), format!("\u{A0}{hex} \r\n"),
            base64::engine::general_purpose::STANDARD.encode(bytes), base64::engine::general_purpose::URL_SAFE.encode(bytes),
        ];
        for disguise in &disguises {
            for rules in every_rules() {
                for hash in [rules.email(disguise), rules.phone(disguise, None), rules.external_id(disguise)] {
                    prop_assert_eq!(hash.map(|hash| hash.hex()), Ok(hex.clone()));
                }
                prop_assert_eq!(rules.device(disguise, Algorithm::Md5), Err(Reject::WrongHashAlgorithm));
            }
        }
    }
}

#[test]
fn nothing_prints_an_identifier() {
    let rules = Rules::events(None);
    let shown = format!("{:?} {:?} {:?}", rules.email("jane@example.com"), rules.email("jane"), rules);
    assert!(!shown.contains("jane") && !shown.contains("8c87b489"), "{shown}");
    assert!(Reject::ALL.iter().all(|why| why.advice().ends_with('.') && why.to_string() == why.code()));
}

#[test]
fn slots_know_their_names_and_algorithms() {
    use Slot::*;
    for slot in [EmailSha256, PhoneSha256, IdfaSha256, IdfaMd5, AaidSha256, AaidMd5] {
        assert_eq!(slot.name().ends_with("MD5"), slot.algorithm() == Algorithm::Md5);
    }
}

#[test]
fn bytes_that_are_no_text_are_nobody() {
    let rules = Rules::events(Country::parse("US"));
    for text in ["j\u{FFFD}ne@example.com", "\u{FFFD}", " +1213373\u{FFFD}4253"] {
        for hash in [
            rules.email(text),
            rules.phone(text, None),
            rules.external_id(text),
            rules.name(text),
            rules.zip(text),
            rules.device(text, Algorithm::Sha256),
            rules.declared_hash(text, Algorithm::Sha256),
        ] {
            assert_eq!(hash, Err(Reject::InvalidText), "{text}");
        }
        assert_eq!(rules.normal_device(text).err(), Some(Reject::InvalidText));
    }
}
