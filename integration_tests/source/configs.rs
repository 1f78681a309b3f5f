//! Configs that Airbyte's connector takes work here unchanged.

use serde_json::{Value, json};
use simulator::{SANDBOX_APP, TOKEN_GOOD};

use crate::harness::{Connector, catalog, small};

#[test]
fn every_form_of_config_that_airbytes_connector_takes_works() {
    let sim = small();
    let tokyo = sim.read(|world| world.account_named("Tokyo").unwrap().id.to_string());
    let (app, secret) = (SANDBOX_APP.id, SANDBOX_APP.secret);
    let oauth = json!({"auth_type": "oauth2.0", "app_id": app, "secret": secret, "access_token": TOKEN_GOOD});
    let with = |mut credentials: Value, name: &str, value: Value| {
        credentials[name] = value;
        json!({"credentials": credentials})
    };
    let cases = [
        (json!({"credentials": oauth}), 4),
        (with(oauth.clone(), "advertiser_id", json!(tokyo)), 1),
        (with(oauth.clone(), "advertiser_id", json!("")), 4),
        (with(oauth.clone(), "advertiser_id", Value::Null), 4),
        (with(oauth.clone(), "auth_type", json!("prod_access_token")), 4),
        (with(oauth.clone(), "a_key_of_tomorrow", json!({"x": 1})), 4),
        (
            json!({"credentials": oauth, "start_date": "2016-09-01", "end_date": "", "attribution_window": 0.0,
            "include_deleted": false, "report_granularity": "DAY", "x": null}),
            4,
        ),
        (
            json!({"credentials": {"auth_type": "sandbox_access_token", "advertiser_id": tokyo,
            "access_token": TOKEN_GOOD}}),
            1,
        ),
        (
            json!({"access_token": TOKEN_GOOD, "start_date": "2020-01-01",
            "environment": {"environment": "production", "app_id": app, "secret": secret}}),
            4,
        ),
        (json!({"access_token": TOKEN_GOOD, "environment": {"environment": "sandbox", "advertiser_id": tokyo}}), 1),
    ];
    for (config, advertisers) in cases {
        let mut connector = Connector::to(&sim);
        connector.config = config;
        assert_eq!(connector.check().connection_status(), "SUCCEEDED", "{}", connector.config);
        let run = connector.read(&catalog::some(&["advertisers"])).succeeded();
        assert_eq!(run.records("advertisers").count(), advertisers, "{}", connector.config);
    }
}

#[test]
fn a_slip_in_a_key_is_told_by_check_and_by_read() {
    let sim = small();
    let mut connector = Connector::to(&sim).with("start_dat", "2026-01-01").with("_platforms_own", 1);
    connector.config["credentials"]["advertiser_ids"] = json!([]);
    connector.config["custom_reports"] = json!([{}, null]);
    for run in [connector.check(), connector.read(&catalog::some(&["advertisers"]))] {
        let told: Vec<String> = run.logs().into_iter().filter(|log| log.contains("no setting")).collect();
        assert_eq!(
            told,
            [
                "WARN `credentials.advertiser_ids` is no setting and has no effect; did you mean `credentials.advertiser_id`?",
                "WARN `start_dat` is no setting and has no effect; did you mean `start_date`?",
            ]
        );
        assert_eq!(run.exit, Some(0));
    }
}
