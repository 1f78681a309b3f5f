//! Reports that users make up.

use chrono::Days;
use serde_json::{Value, json};

use crate::harness::{Connector, Run, catalog, now, small};

fn start() -> String {
    (now() - Days::new(2)).date_naive().to_string()
}

fn report(name: &str) -> Value {
    json!({"name": name, "report_type": "AUDIENCE", "data_level": "AUCTION_CAMPAIGN",
        "dimensions": ["campaign_id", "stat_time_day", "language"],
        "metrics": ["campaign_name", "spend", "impressions", "clicks", "ctr"]})
}

#[test]
fn a_custom_report_is_a_stream_with_types() {
    let sim = small();
    let mut own = report("spend_by_language");
    own["filtering"] = json!([{"field_name": "objective_type", "filter_type": "IN", "filter_value": ["TRAFFIC"]}]);
    let connector = Connector::to(&sim).with("start_date", start()).with("custom_reports", json!([report("all"), own]));
    let discovered = connector.run(&["discover", "--config", "config.json"]).succeeded();
    let streams = discovered.messages[0]["catalog"]["streams"].as_array().unwrap();
    let stream = streams.iter().find(|stream| stream["name"] == "spend_by_language").unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(stream).unwrap());

    let entries: Vec<_> = ["all", "spend_by_language"].map(|name| catalog::one(name, "incremental", "append")).into();
    let run = connector.read(&json!({"streams": entries})).succeeded();
    let schema = jsonschema::options().should_validate_formats(false).build(&stream["json_schema"]).unwrap();
    let count = |run: &Run, name: &str| {
        run.records(name).inspect(|record| assert!(schema.is_valid(record), "{record}")).count()
    };
    assert!(count(&run, "spend_by_language") < count(&run, "all"));
    let row = run.records("all").next().unwrap();
    assert!(row["spend"].is_number() && row["clicks"].is_i64() && row["advertiser_id"].is_i64(), "{row}");

    let again = connector.read_from(&json!({"streams": entries}), &run.state()).succeeded();
    assert!(count(&again, "all") > 0, "today is read again");
}

#[test]
fn sums_and_lifetimes_have_a_row_per_object() {
    let sim = small();
    let of = |name: &str, lifetime: bool| {
        json!({"name": name, "report_type": "BASIC", "data_level": "AUCTION_AD", "dimensions": ["ad_id"],
            "metrics": ["spend"], "query_lifetime": lifetime})
    };
    let connector = Connector::to(&sim).with("custom_reports", json!([of("a year", false), of("all time", true)]));
    let entries: Vec<_> = ["a year", "all time"].map(|name| catalog::one(name, "full_refresh", "overwrite")).into();
    let run = connector.read(&json!({"streams": entries})).succeeded();
    assert!(run.records("a year").count() > 0 && run.records("all time").count() > 0);
    for request in sim.requests().iter().filter(|request| request.path == "/report/integrated/get/") {
        assert_ne!(request.query.contains_key("query_lifetime"), request.query.contains_key("start_date"));
    }
}

#[test]
fn each_fault_of_a_custom_report_has_its_sentence() {
    let cases: [(&str, Value); 22] = [
        ("a name that is taken", json!({"name": "Ads-Reports Daily"})),
        ("no name", json!({"name": " "})),
        ("a metric with a slip", json!({"metrics": ["spend", "impresions"]})),
        ("a dimension with a slip", json!({"dimensions": ["campaign_id", "stat_time_dya"]})),
        ("a name twice", json!({"metrics": ["spend", "spend"]})),
        ("nothing", json!({"dimensions": [], "metrics": []})),
        ("an id of another level", json!({"dimensions": ["ad_id", "stat_time_day", "language"]})),
        (
            "a parent's id",
            json!({"report_type": "BASIC", "data_level": "AUCTION_AD", "dimensions": ["ad_id", "campaign_id"]}),
        ),
        ("the advertiser's id", json!({"report_type": "BASIC", "dimensions": ["campaign_id", "advertiser_id"]})),
        ("no id", json!({"dimensions": ["stat_time_day", "language"]})),
        ("two times", json!({"dimensions": ["campaign_id", "stat_time_day", "stat_time_hour", "language"]})),
        ("two breakdowns", json!({"dimensions": ["campaign_id", "language", "age"]})),
        ("no breakdown", json!({"dimensions": ["campaign_id", "stat_time_day"]})),
        ("a breakdown of another type", json!({"report_type": "BASIC"})),
        ("a type that does not exist", json!({"report_type": "AUDIENCES"})),
        ("a level that does not exist", json!({"data_level": "CAMPAIGN"})),
        ("a metric below the level", json!({"metrics": ["ad_name"]})),
        ("an advertiser's metric", json!({"metrics": ["cash_spend"]})),
        (
            "a metric that countries do not have",
            json!({"dimensions": ["campaign_id", "country_code"], "metrics": ["video_watched_2s", "reach", "purchase"]}),
        ),
        ("a lifetime of an audience", json!({"query_lifetime": true})),
        ("a filter", json!({"filtering": [{"field_name": "country_code", "filter_type": "EQUAL", "filter_value": 7}]})),
        ("no metrics at all", json!({"metrics": null})),
    ];
    let mut told = String::new();
    for (case, changes) in cases {
        let mut wrong = report("mine");
        wrong.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let connector = Connector::offline().with("custom_reports", json!([wrong]));
        let read = connector.read(&catalog::some(&["campaigns"]));
        let discovered = connector.run(&["discover", "--config", "config.json"]);
        assert_eq!(read.error(), discovered.error(), "{case}");
        told.push_str(&format!("{case}\n  {}\n", read.error()));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn one_name_is_one_report() {
    let connector = Connector::offline().with("custom_reports", json!([report("mine"), report("Mine")]));
    let status = connector.check().connection_status();
    assert!(status.contains("`custom_reports[1].name` is \"Mine\", but there is a stream `mine` already"), "{status}");
}
