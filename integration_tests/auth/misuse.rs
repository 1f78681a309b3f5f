//! What people get wrong at these commands, each with its own sentence.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use simulator::{OTHER_APP, SANDBOX_APP, Simulator, TOKEN_GOOD, TOKEN_WITH_FORBIDDEN};

use super::Person;
use crate::harness::small;

fn code(sim: &Simulator) -> String {
    sim.mutate(|world| world.auth_code(TOKEN_GOOD))
}

#[test]
fn a_code_that_cannot_be_used_is_explained() {
    let sim = small();
    let used = code(&sim);
    Person::at(&sim).run(&["exchange", &used]).succeeded();
    let late = code(&sim);
    sim.advance(chrono::TimeDelta::minutes(61));
    let good = code(&sim);
    let cut = &good[..good.len() / 2];
    let broken = format!("{cut}\n{cut}");
    let mut all = String::new();
    for (name, given) in [
        ("used", used.as_str()),
        ("an hour old", &late),
        ("cut off", cut),
        ("with a line break", &broken),
        ("an address of Ads Manager", "https://ads.tiktok.com/i18n/dashboard?aadvid=7011111111111111111"),
        ("the consent page", "https://business-api.tiktok.com/portal/auth?app_id=1&state=2"),
        ("empty", ""),
        ("another product's", "http://localhost:8080/?code=0123456789abcdef&state=x"),
    ] {
        let person = Person::at(&sim);
        let told = person.run(&["exchange", given]);
        assert!(!person.path("config.json").exists(), "{name}");
        all += &format!("{name}\n  {}\n", told.failed());
    }
    insta::assert_snapshot!(all);
    let escaped: String = good.bytes().map(|byte| format!("%{byte:02X}")).collect();
    Person::at(&sim).run(&["exchange", &escaped]).succeeded();
}

#[test]
fn an_app_that_does_not_fit_is_explained() {
    let sim = small();
    let mut all = String::new();
    let digits: &'static str = SANDBOX_APP.id;
    for (name, id, secret) in [
        ("another app's secret", SANDBOX_APP.id, Some(OTHER_APP.secret)),
        ("another app", OTHER_APP.id, Some(OTHER_APP.secret)),
        ("the id in the secret's place", SANDBOX_APP.id, Some(digits)),
        ("in each other's place", SANDBOX_APP.secret, Some(digits)),
        ("no secret", SANDBOX_APP.id, None),
        ("a secret in two lines", SANDBOX_APP.id, Some("0123456789\nabcdef")),
    ] {
        let mut person = Person::at(&sim);
        person.secret = secret;
        let code = code(&sim);
        let told = person.run(&["exchange", "--app-id", id, &code]);
        assert!(!person.path("config.json").exists(), "{name}");
        all += &format!("{name}\n  {}\n", told.failed());
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_the_code_is_used() {
    let sim = small();
    let code = code(&sim);
    let person = Person::at(&sim);
    std::fs::write(person.path("package.json"), r#"{"name": "mine"}"#).unwrap();
    std::fs::write(person.path("notes.txt"), "notes").unwrap();
    std::fs::create_dir(person.path("folder")).unwrap();
    let sandbox =
        json!({"credentials": {"auth_type": "sandbox_access_token", "advertiser_id": "1", "access_token": "t"}});
    std::fs::write(person.path("sandbox.json"), sandbox.to_string()).unwrap();
    let mut all = String::new();
    for (name, path) in [
        ("another program's file", "package.json"),
        ("no JSON", "notes.txt"),
        ("a folder", "folder"),
        ("a folder that is not there", "nowhere/config.json"),
        ("a device", "/proc/config.json"),
        ("a sandbox's config", "sandbox.json"),
    ] {
        all += &format!("{name}\n  {}\n", person.run(&["exchange", "--config", path, &code]).failed());
    }
    insta::assert_snapshot!(all);
    assert!(sim.requests().is_empty(), "the code is not used up");
    assert_eq!(std::fs::read_to_string(person.path("package.json")).unwrap(), r#"{"name": "mine"}"#);
    person.run(&["exchange", &code]).succeeded();
}

#[test]
fn a_file_that_others_could_read_is_closed() {
    let sim = small();
    let person = Person::at(&sim).holding(&json!({"access_token": "old-token-old-token"}));
    std::fs::set_permissions(person.path("config.json"), std::fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink(person.path("config.json"), person.path("link.json")).unwrap();
    person.run(&["exchange", "--config", "link.json", &code(&sim)]).succeeded();
    let mode = std::fs::metadata(person.path("config.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(std::fs::symlink_metadata(person.path("link.json")).unwrap().is_symlink(), "a link stays one");
}

#[test]
fn advertisers_that_are_not_there_are_told() {
    let sim = small();
    let mut all = String::new();
    sim.mutate(|world| world.token_mut(TOKEN_WITH_FORBIDDEN).unwrap().lists.clear());
    let none = sim.mutate(|world| world.auth_code(TOKEN_WITH_FORBIDDEN));
    let person = Person::at(&sim);
    all += &format!("no advertiser at all\n  {}\n", person.run(&["exchange", &none]).failed());
    assert_eq!(person.config()["credentials"]["access_token"], TOKEN_WITH_FORBIDDEN, "the token is kept all the same");
    let told = Person::at(&sim).run(&["exchange", "--advertiser-id", "7000000000000000000", &code(&sim)]);
    all += &format!("another advertiser\n  {}\n", told.failed());
    let told = Person::at(&sim).run(&["exchange", "--advertiser-id", "Tokyo", &code(&sim)]);
    all += &format!("an advertiser in words\n  {}\n", told.failed());
    insta::assert_snapshot!(all);
}

#[test]
fn commands_need_a_config_with_a_token() {
    let sim = small();
    let mut all = String::new();
    for (name, credentials) in [
        ("no file", None),
        ("no token", Some(json!({}))),
        ("a token with a line break", Some(json!({"access_token": "0123456789abcdef\n0123456789abcdef"}))),
        ("no app to revoke with", Some(json!({"access_token": "0123456789abcdef0123456789abcdef", "secret": ""}))),
    ] {
        let person = match credentials {
            Some(credentials) => Person::at(&sim).holding(&credentials),
            None => Person::at(&sim),
        };
        for command in ["refresh", "revoke", "whoami"] {
            if name != "no app to revoke with" || command == "revoke" {
                all += &format!("{command}: {name}\n  {}\n", person.run(&[command]).failed());
            }
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_slip_on_the_command_line_is_no_protocol_message() {
    let sim = small();
    for args in
        [&["login", "--prot", "1"][..], &["logout"], &[], &["login", "--port", "70000"], &["exchange", "a", "b"]]
    {
        let told = Person::at(&sim).run(args);
        assert_eq!((told.exit, told.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(!told.stderr.contains("0123456789abcdef"), "{}", told.stderr);
        assert!(told.stderr.contains("Usage") || told.stderr.contains("--help"), "{}", told.stderr);
    }
    let told = Person::at(&sim).run(&["login", "--redirect-uri", "https://example.com/back"]);
    assert!(told.failed().starts_with("`--redirect-uri` is not on this machine"), "{}", told.stderr);
    assert!(sim.requests().is_empty());
}

#[test]
fn troubles_of_the_network_are_not_tiktoks() {
    let sim = small();
    let mut person = Person::at(&sim).holding(&json!({"access_token": TOKEN_GOOD}));
    person.url = "http://127.0.0.1:1".to_owned();
    let told = person.run(&["whoami"]);
    assert!(told.failed().starts_with("Cannot connect to TikTok: the connection was refused."), "{}", told.stderr);
}
