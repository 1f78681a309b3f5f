//! No level of logging, no verb and no fault tells a secret: the harness searches whatever these runs print.

use serde_json::{Value, json};
use simulator::{
    AUDIENCE_SMALL, Flow, OTHER_APP, TOKEN_AGENCY, TOKEN_EXPIRED, TOKEN_GOOD, TOKEN_OTHER_APP, TOKEN_REVOKED, Terms,
};

use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::{Connector, at_once, catalog, fail, small};

/// A name, and what is odd about the credentials.
type Case = (&'static str, fn(&mut Value));

const CASES: [Case; 12] = [
    ("good", |_| {}),
    ("expired", |c| c["access_token"] = TOKEN_EXPIRED.into()),
    ("revoked", |c| c["access_token"] = TOKEN_REVOKED.into()),
    ("cut off", |c| c["access_token"] = TOKEN_GOOD[..30].into()),
    ("broken", |c| c["access_token"] = format!("{TOKEN_GOOD}\n{TOKEN_GOOD}").into()),
    ("another app", |c| c["secret"] = OTHER_APP.secret.into()),
    ("another app's token", |c| c["access_token"] = TOKEN_OTHER_APP.into()),
    ("token as app id", |c| c["app_id"] = TOKEN_GOOD.into()),
    ("token as advertiser", |c| c["advertiser_id"] = TOKEN_GOOD.into()),
    ("token as kind", |c| c["token_kind"] = TOKEN_GOOD.into()),
    ("token as time", |c| c["access_token_expires_at"] = TOKEN_GOOD.into()),
    ("a team", |c| {
        c["additional_authorizations"] = json!([{"access_token": TOKEN_AGENCY}, {"access_token": TOKEN_REVOKED}])
    }),
];

#[test]
fn no_verb_tells_a_secret_whatever_is_wrong() {
    at_once(&CASES, |(_, change)| {
        let sim = small();
        let tokyo = sim.read(|world| world.account_named("Tokyo").unwrap().id.to_string());
        let mut connector = Connector::to(&sim).log_level("TRACE");
        change(&mut connector.config["credentials"]);
        connector.check();
        connector.read(&catalog::some(&["advertisers", "campaigns"]));
        connector.config["advertiser_id"] = tokyo.into();
        connector.destination("check");
        connector.destination("discover");
        let stream = "audience_members";
        let member = record(stream, &json!({"email": "person1@example.com", "audience_name": AUDIENCE_SMALL}));
        connector.write(&catalog_of([entry(stream, None, "append")]), &[member, state(stream, &json!({"n": 1}))]);
    });
}

#[test]
fn a_token_in_any_field_is_not_told() {
    let fields =
        ["start_date", "end_date", "attribution_window", "include_deleted", "requests_per_second", "advertiser_id"];
    at_once(&fields, |field| {
        let connector = Connector::offline().with(field, TOKEN_GOOD).log_level("TRACE");
        connector.check();
        connector.destination("check");
    });
    Connector::offline().with("advertiser_ids", json!([TOKEN_GOOD])).check();
    let mut connector = Connector::offline();
    connector.config["credentials"] = json!({"auth_type": TOKEN_GOOD, "access_token": TOKEN_GOOD});
    connector.check();
    connector.config["credentials"] = TOKEN_GOOD.into();
    connector.check();
    connector.file("broken.json", &format!("{{\"credentials\": {{\"access_token\": \"{TOKEN_GOOD}\" \"x\"}}"));
    connector.run(&["check", "--config", "broken.json"]);
}

#[test]
fn renewals_tell_no_token_but_in_control() {
    let faults = ["", "rate=0.3,max=1,kinds=50000|reset|40100", "path=/oauth2/refresh_token/,times=2,kind=html502"];
    at_once(&faults, |plan| {
        let sim = small();
        fail(&sim, plan);
        let terms = Terms { expires_in: Some(60), refresh: true, kills_old: true, ..Terms::default() };
        let mut connector = Connector::to(&sim).log_level("TRACE");
        let refresh = sim.mutate(|world| world.refresh_token(TOKEN_GOOD, Flow::Advertiser, terms));
        connector.config["credentials"]["refresh_token"] = refresh.into();
        connector.config["credentials"]["access_token_expires_at"] = "2020-01-01".into();
        connector.file("catalog.json", &catalog::some(&["campaigns"]).to_string());
        let args = ["read", "--config", "config.json", "--catalog", "catalog.json"];
        let output = connector.command(&args).output().unwrap();
        let issued: Vec<String> = sim.read(|world| {
            let tokens = world.issued().into_iter().map(|token| token.value.clone());
            tokens.chain(world.grants.refresh_tokens.iter().map(|token| token.value.clone())).collect()
        });
        assert!(issued.len() > 2, "{plan}: something was renewed");
        let run = crate::harness::Run::finished(output, &issued);
        assert_eq!(run.exit, Some(0), "{plan}: {:#?}", run.errors());
    });
}
