//! `auth exchange`: a copied code becomes a config that works.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::json;
use simulator::{SANDBOX_APP, TOKEN_AGENCY, TOKEN_GOOD, Terms};

use super::Person;
use crate::harness::{Connector, small};

#[test]
fn a_code_becomes_a_config_that_check_accepts_at_once() {
    let sim = small();
    let code = sim.mutate(|world| world.auth_code(TOKEN_GOOD));
    let person = Person::at(&sim);
    let told = person.run(&["exchange", &code]).succeeded();
    assert!(told.stdout.contains("The token sees 4 advertisers."), "{}", told.stdout);
    assert!(told.stdout.contains("New York Outfitters"), "names break no line: {}", told.stdout);
    assert!(!told.stdout.contains(&code), "the code is told");
    let mode = std::fs::metadata(person.path("config.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut connector = Connector::to(&sim);
    connector.config = person.config();
    assert_eq!(connector.check().succeeded().connection_status(), "SUCCEEDED");
    connector.config["credentials"]["access_token"].as_str().unwrap();
    assert!(connector.config["credentials"].get("refresh_token").is_none(), "nothing is assumed");
    assert!(connector.config["credentials"]["scope"].as_array().is_some_and(|ids| ids.iter().all(|id| id.is_string())));
}

#[test]
fn a_whole_address_will_do_and_stdin_too() {
    let sim = small();
    for way in ["argument", "stdin"] {
        let code = sim.mutate(|world| world.auth_code(TOKEN_GOOD));
        let address = format!("http://localhost:8080/?auth_code={code}&code={code}&state=x");
        let person = Person::at(&sim);
        let told = match way {
            "argument" => person.run(&["exchange", &address]),
            _ => {
                let mut child = person.command(&["exchange"]).stdin(Stdio::piped()).spawn().unwrap();
                child.stdin.take().unwrap().write_all(format!("{address}\n").as_bytes()).unwrap();
                person.told(child.wait_with_output().unwrap())
            }
        };
        told.succeeded();
        assert_eq!(person.config()["credentials"]["access_token"], TOKEN_GOOD);
    }
}

#[test]
fn a_script_answers_the_questions_on_stdin() {
    let sim = small();
    let code = sim.mutate(|world| world.auth_code(TOKEN_GOOD));
    let mut person = Person::at(&sim);
    person.secret = None;
    let mut command = person.command(&["exchange"]);
    let mut child = command.env_remove("TIKTOK_ADS_APP_ID").stdin(Stdio::piped()).spawn().unwrap();
    let lines = format!("{}\n{}\n{code}\n", SANDBOX_APP.id, SANDBOX_APP.secret);
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    person.told(child.wait_with_output().unwrap()).succeeded();
    assert_eq!(person.config()["credentials"]["app_id"], SANDBOX_APP.id);
}

#[test]
fn what_the_answer_promises_is_kept_and_other_keys_stay() {
    let sim = small();
    let terms =
        Terms { expires_in: Some(86_400), refresh: true, refresh_expires_in: Some(31_536_000), ..Terms::default() };
    let code = sim.mutate(|world| {
        world.grants.terms = terms;
        world.auth_code(TOKEN_GOOD)
    });
    let person = Person::at(&sim).holding(&json!({"access_token": "old-token-old-token", "mine": 1}));
    let tokyo = sim.read(|world| world.account_named("Tokyo").unwrap().id.to_string());
    let address = format!("https://ads.tiktok.com/i18n/dashboard?aadvid={tokyo}");
    person.run(&["exchange", "--advertiser-id", &address, &code]).succeeded();
    let config = person.config();
    assert_eq!(config["own"], json!([1, {"z": null}]));
    let credentials = &config["credentials"];
    assert_eq!((&credentials["mine"], &credentials["advertiser_id"]), (&json!(1), &json!(tokyo)));
    for key in ["refresh_token", "access_token_expires_at", "refresh_token_expires_at"] {
        assert!(credentials[key].is_string(), "{key}");
    }
    let mut connector = Connector::to(&sim);
    connector.config = config;
    assert_eq!(
        connector.destination("check").succeeded().connection_status(),
        "SUCCEEDED",
        "the destination takes it, too"
    );
}

#[test]
fn a_colleagues_token_is_added() {
    let sim = small();
    let person = Person::at(&sim).holding(&json!({"access_token": TOKEN_GOOD}));
    let code = sim.mutate(|world| world.auth_code(TOKEN_AGENCY));
    person.run(&["exchange", "--add", &code]).succeeded();
    let credentials = person.config()["credentials"].clone();
    assert_eq!(credentials["access_token"], TOKEN_GOOD);
    assert_eq!(credentials["additional_authorizations"][0]["access_token"], TOKEN_AGENCY);
}
