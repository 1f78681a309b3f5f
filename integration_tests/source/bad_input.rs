//! What a user may get wrong, each with its own sentence: what, where, found, cure.

use serde_json::{Value, json};

use crate::harness::{Connector, Run, catalog, small};

/// A config that needs no answer from TikTok to be refused.
fn connector() -> Connector {
    Connector::offline()
}

/// Refused as the user's to mend, without a record; gives the sentence.
fn sentence(name: &str, run: &Run) -> String {
    assert!(run.exit.is_some_and(|code| code != 0), "{name}");
    assert_eq!(run.of_type("RECORD").count() + run.of_type("STATE").count(), 0, "{name}");
    let told = run.error();
    assert!(told.starts_with("config_error: "), "{name}: {told}");
    assert!(told.ends_with('.'), "{name}: {told}");
    format!("{name}\n  {told}\n")
}

/// A name, and what is wrong with the config.
type Case = (&'static str, fn(&mut Value));

#[test]
fn a_wrong_config_is_explained() {
    let faulty = |change: fn(&mut Value)| {
        let mut connector = connector();
        change(&mut connector.config);
        connector.read(&catalog::some(&["campaigns"]))
    };
    let cases: [Case; 16] = [
        ("no credentials", |config| drop(config.as_object_mut().unwrap().remove("credentials"))),
        ("no token", |config| config["credentials"]["access_token"] = Value::Null),
        ("token with a space", |config| config["credentials"]["access_token"] = json!("6f1d0b3a9c5e 47829d3b")),
        ("token that is a list", |config| config["credentials"]["access_token"] = json!(["6f1d0b3a9c5e47829d3b"])),
        ("unknown auth_type", |config| config["credentials"]["auth_type"] = json!("oauth3")),
        ("neither app nor advertiser", |config| config["credentials"]["app_id"] = json!("")),
        ("sandbox without advertiser", |config| config["credentials"]["auth_type"] = json!("sandbox_access_token")),
        ("a date that is none", |config| config["start_date"] = json!("2024-02-30")),
        ("a date in words", |config| config["start_date"] = json!("last week")),
        ("a date with a time", |config| config["end_date"] = json!("2024-02-01T00:00:00Z")),
        ("end before start", |config| {
            config["start_date"] = json!("2024-02-02");
            config["end_date"] = json!("2024-02-01");
        }),
        ("window too wide", |config| config["attribution_window"] = json!(365)),
        ("window in words", |config| config["attribution_window"] = json!("three")),
        ("no request a second", |config| config["requests_per_second"] = json!(0)),
        ("advertiser id in words", |config| config["advertiser_ids"] = json!(["Tokyo Shop"])),
        ("deleted in words", |config| config["include_deleted"] = json!("perhaps")),
    ];
    let told: String = cases.iter().map(|(name, change)| sentence(name, &faulty(*change))).collect();
    insta::assert_snapshot!(told);
}

#[test]
fn check_explains_a_wrong_config_as_an_answer() {
    let mut connector = connector();
    connector.config["start_date"] = json!("2024-02-30");
    let run = connector.check();
    assert_eq!(run.exit, Some(0));
    assert!(run.connection_status().starts_with("FAILED: The config has a fault: `start_date` is"), "{run:?}");
}

#[test]
fn a_wrong_catalogue_is_explained() {
    let stream = |entry: Value| json!({"streams": [entry]}).to_string();
    let cases = [
        ("not JSON", "{\"streams\": [".to_owned()),
        ("empty file", String::new()),
        ("no streams", "{}".to_owned()),
        ("streams that are no list", json!({"streams": "all"}).to_string()),
        ("an empty list", json!({"streams": []}).to_string()),
        ("no name", stream(json!({"stream": {}, "sync_mode": "full_refresh"}))),
        ("unknown stream", stream(catalog::one("campaing", "full_refresh", "append"))),
        ("unknown stream, nothing like it", stream(catalog::one("pets", "full_refresh", "append"))),
        ("unknown sync mode", stream(catalog::one("ads", "hourly", "append"))),
        ("no sync mode", stream(json!({"stream": {"name": "ads"}}))),
        ("a sync mode that it lacks", stream(catalog::one("advertisers", "incremental", "append"))),
        ("the same stream twice", {
            let one = catalog::one("ads", "incremental", "append");
            json!({"streams": [one, one]}).to_string()
        }),
    ];
    let connector = connector();
    let told: String = cases
        .iter()
        .map(|(name, text)| {
            connector.file("catalog.json", text);
            sentence(name, &connector.run(&["read", "--config", "config.json", "--catalog", "catalog.json"]))
        })
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn a_wrong_state_is_explained() {
    let state = |state: Value| {
        let stream = json!({"stream_descriptor": {"name": "ads_reports_daily"}, "stream_state": state});
        json!([{"type": "STREAM", "stream": stream}]).to_string()
    };
    let cases = [
        ("not JSON", "[{".to_owned()),
        ("lines", format!("{0}\n{0}\n", json!({"type": "STATE", "state": {"type": "STREAM"}}))),
        ("a number", "[7]".to_owned()),
        ("a stream's own state", json!({"states": "what"}).to_string()),
        ("a list of GLOBAL that is none", json!([{"type": "GLOBAL", "global": {"stream_states": {}}}]).to_string()),
        ("LEGACY in words", json!([{"type": "LEGACY", "data": "2024-01-01"}]).to_string()),
        ("a message without content", json!([{"type": "STREAM"}]).to_string()),
        ("no stream named", json!([{"type": "STREAM", "stream": {"stream_state": {}}}]).to_string()),
        ("a state that is text", state(json!("2024-01-01"))),
        ("a cursor in words", state(json!({"stat_time_day": "yesterday"}))),
        ("a day that is none", state(json!({"stat_time_day": "2024-02-30"}))),
        ("a cursor that is a number", state(json!({"stat_time_day": 20_240_101}))),
        ("a cursor that no calendar has", state(json!({"stat_time_day": "1x9x9x9-01-01"}))),
        ("another stream's cursor", state(json!({"modify_time": "2024-01-01"}))),
        ("partitions that are no list", state(json!({"states": {"1": "2024-01-01"}}))),
        ("a partition that is a number", state(json!({"states": [1]}))),
        ("a rounded id", state(json!({"states": [{"partition": {"advertiser_id": 7e18}, "cursor": {}}]}))),
        ("a flag in words", state(json!({"use_global_cursor": "true", "state": {"stat_time_day": "2024-01-01"}}))),
        ("a partition without advertiser", state(json!({"states": [{"partition": {}, "cursor": {}}]}))),
    ];
    let connector = connector();
    connector.file("catalog.json", &catalog::sampled().to_string());
    let args = ["read", "--config", "config.json", "--catalog", "catalog.json", "--state", "state.json"];
    let told: String = cases
        .iter()
        .map(|(name, text)| {
            connector.file("state.json", text);
            sentence(name, &connector.run(&args))
        })
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let connector = connector();
    connector.file("catalog.json", &catalog::sampled().to_string());
    connector.file("latin1.json", "");
    std::fs::write(connector.dir().join("latin1.json"), b"{\"a\": \"\xe9\"}").unwrap();
    let cases: [(&str, &[&str]); 6] = [
        ("no config", &["read", "--config", "none.json", "--catalog", "catalog.json"]),
        ("no catalog", &["read", "--config", "config.json", "--catalog", "none.json"]),
        ("no state", &["read", "--config", "config.json", "--catalog", "catalog.json", "--state", "none.json"]),
        ("a directory", &["read", "--config", ".", "--catalog", "catalog.json"]),
        ("not UTF-8", &["read", "--config", "latin1.json", "--catalog", "catalog.json"]),
        ("discover with a config that is not there", &["discover", "--config", "none.json"]),
    ];
    let told: String = cases.iter().map(|(name, args)| sentence(name, &connector.run(args))).collect();
    insta::assert_snapshot!(told);
}

#[test]
fn a_config_that_is_none_is_explained() {
    let connector = connector();
    connector.file("catalog.json", &catalog::sampled().to_string());
    let cases = [("not JSON", "credentials: x"), ("empty", ""), ("a list", "[]"), ("null", "null"), ("cut", "{\"a\":")];
    let told: String = cases
        .iter()
        .map(|(name, text)| {
            connector.file("wrong.json", text);
            sentence(name, &connector.run(&["read", "--config", "wrong.json", "--catalog", "catalog.json"]))
        })
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn an_api_url_that_would_leak_the_token_is_refused() {
    let cases = [
        "http://business-api.tiktok.com",
        "http://10.0.0.1:8787",
        "http://127.0.0.1.example.com",
        "http://user:pass@127.0.0.1@example.com",
        "ftp://127.0.0.1",
        "localhost:8787",
        "not a url",
    ];
    let told: String =
        cases.iter().map(|url| sentence(url, &connector().url(url).read(&catalog::some(&["campaigns"])))).collect();
    insta::assert_snapshot!(told);
}

#[test]
fn an_api_url_with_a_slash_at_its_end_is_the_same() {
    let sim = small();
    let connector = Connector::to(&sim).url(&format!("{}/", sim.url()));
    connector.read(&catalog::some(&["advertisers"])).succeeded();
}

#[test]
fn incremental_is_forgiven_where_all_is_replaced() {
    let sim = small();
    let entry = catalog::one("advertisers", "incremental", "overwrite");
    let run = Connector::to(&sim).read(&json!({"streams": [entry]})).succeeded();
    assert_eq!(run.records("advertisers").count(), 4);
}
