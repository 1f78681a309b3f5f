//! A lead goes round: from a form through a call-back into the stream, and back to TikTok as an event.

use serde_json::{Value, json};
use simulator::{Delivery, EventSource, Level, SANDBOX_APP, Simulator, TOKEN_GOOD};

use super::{Receiver, all_text, connector, spool};
use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::{Connector, catalog, now, small};

const LEADS: &str = "leads";
/// What a person typed.
const PERSON: [(&str, &str); 4] = [
    ("Email", "jo.doe@example.org"),
    ("Phone number", "+44 20 7946 0958"),
    ("What is your dream?", "a house in Provence"),
    ("Country", "GB"),
];

fn offered(connector: &Connector) -> bool {
    let run = connector.run(&["discover", "--config", "config.json"]).succeeded();
    let catalog = run.of_type("CATALOG").next().unwrap();
    catalog["catalog"]["streams"].as_array().unwrap().iter().any(|stream| stream["name"] == LEADS)
}

/// A connector whose spool holds a lead; the lead's id.
fn with_a_lead(sim: &Simulator) -> (Connector, u64) {
    let (advertiser, ad) = sim.read(|world| {
        let account = world.account(world.token(TOKEN_GOOD).unwrap().reaches[0]).unwrap();
        (account.id, account.all(Level::Ad)[0].id)
    });
    let mut connector = connector(Connector::to(sim)).with("advertiser_ids", json!([advertiser.to_string()]));
    connector.config["webhooks"]["callback_url"] = "https://hooks.example.com/tiktok".into();
    connector.config["webhooks"]["entities"] = json!(["LEAD"]);
    let subscribed = connector.command(&["webhook", "subscribe", "--config", "config.json"]).output().unwrap();
    assert!(subscribed.status.success(), "{subscribed:?}");
    let mut receiver = Receiver::start(&connector);
    let mut lead = None;
    sim.mutate(|world| lead = world.send_form(ad, &PERSON));
    let how = Delivery { key: Some(SANDBOX_APP.secret), moment: now().timestamp(), times: 2, backwards: false };
    assert_eq!(sim.call_back(receiver.address, how).unwrap(), [200; 2]);
    assert_silent(&receiver.stop());
    assert!(all_text(spool(&connector).as_ref()).contains(PERSON[0].1), "the spool has it as it came");
    (connector.log_level("TRACE"), lead.unwrap())
}

/// No answer of the person is told, but the country.
fn assert_silent(text: &str) {
    for (_, answer) in &PERSON[..3] {
        assert!(!text.contains(answer), "a person is told: {text}");
    }
}

/// The catalogue of a stream; leads are in no table of all streams.
fn of(stream: &str) -> Value {
    catalog_of([catalog::one(stream, "incremental", "append")])
}

fn read(connector: &Connector, stream: &str) -> (Vec<Value>, String, Value) {
    let run = connector.read(&of(stream)).succeeded();
    (run.records(stream).cloned().collect(), run.logs().join("\n"), run.state())
}

#[test]
fn a_lead_is_a_row_once_and_its_person_is_hashed() {
    let sim = small();
    let (connector, lead) = with_a_lead(&sim);
    let connector = connector.with(LEADS, json!({"read": true}));
    let (rows, log, state) = read(&connector, LEADS);
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_silent(&(row.to_string() + &log));
    assert_eq!(row["lead_id"], lead.to_string());
    assert!(row["created_at"].is_string() && row["advertiser_id"].is_u64() && row["ad_id"].is_u64(), "{row}");
    let email = row["answers"]["Email"].as_str().unwrap();
    assert_eq!(email.strip_prefix("sha256:"), row["email_sha256"].as_str(), "{row}");
    assert_eq!((row["answers"]["Country"].as_str(), row["phone_sha256"].is_string()), (Some("GB"), true), "{row}");
    let again = connector.read_from(&of(LEADS), &state).succeeded();
    assert_eq!(again.records(LEADS).count(), 0);
    // The stream of all call-backs has the lead without its answers.
    let (events, log, _) = read(&connector, "webhook_events");
    assert_eq!(events[0]["entity"], "LEAD");
    assert_silent(&(events[0].to_string() + &log));
    assert!(connector.check().logs().join("\n").contains("LEAD: TikTok calls"));
}

#[test]
fn what_became_of_a_lead_goes_back_by_its_id() {
    let sim = small();
    let (connector, lead) = with_a_lead(&sim);
    let (rows, ..) = read(&connector.with(LEADS, json!({"read": true})), LEADS);
    let id = &rows[0]["lead_id"];
    let (tokyo, set) = sim.read(|world| {
        let tokyo = world.account_named("Tokyo").unwrap().id;
        (tokyo, world.event_source_id(tokyo, EventSource::Crm).unwrap())
    });
    let event = json!({"lead_id": id, "event": "Qualified", "event_time": now().timestamp() - 60,
        "event_id": format!("{lead}-Qualified")});
    let destination = Connector::to(&sim)
        .advertiser(tokyo)
        .with("mappings", json!([{"stream": "crm_events", "object": "event_crm"}]))
        .with("events", json!({"event_source_id": set, "event_source": "crm"}));
    let catalog = catalog_of([entry("crm_events", None, "append")]);
    destination.write(&catalog, &[record("crm_events", &event), state("crm_events", &json!({}))]).succeeded();
    assert_eq!(sim.events(&set).len(), 1);
}

#[test]
fn plain_answers_are_asked_for_by_name_and_never_logged() {
    let sim = small();
    let (connector, _) = with_a_lead(&sim);
    let plain = connector.with(LEADS, json!({"read": true, "plain": true}));
    let (rows, log, _) = read(&plain, LEADS);
    assert_eq!(rows[0]["answers"]["Email"], PERSON[0].1);
    assert_silent(&log);
    let (events, log, _) = read(&plain, "webhook_events");
    assert!(events[0]["payload"].to_string().contains(PERSON[0].1));
    assert_silent(&log);
    let some = plain.with(LEADS, json!({"read": true, "plain_fields": ["what is your dream"]}));
    assert!(read(&some, LEADS).0[0]["answers"]["What is your dream?"].as_str().unwrap().starts_with("sha256:"));
    let some = some.with(LEADS, json!({"read": true, "plain_fields": ["what is your dream?"]}));
    assert_eq!(read(&some, LEADS).0[0]["answers"]["What is your dream?"], PERSON[2].1);
}

#[test]
fn a_spool_that_was_away_goes_on_where_it_was() {
    let sim = small();
    let (connector, _) = with_a_lead(&sim);
    let connector = connector.with(LEADS, json!({"read": true}));
    let away = connector.dir().join("away");
    for stream in [LEADS, "webhook_events"] {
        let (rows, _, state) = read(&connector, stream);
        assert_eq!(rows.len(), 1);
        std::fs::rename(spool(&connector), &away).unwrap();
        let run = connector.read_from(&of(stream), &state).succeeded();
        assert!(run.logs().join("\n").contains("which is not there yet, or not any more"), "{:?}", run.logs());
        assert!(run.records(stream).next().is_none());
        assert!(connector.check().logs().join("\n").contains("which is not there yet, or not any more"));
        let prune = connector.command(&["webhook", "prune", "--config", "config.json"]).output().unwrap();
        assert!(!prune.status.success(), "{prune:?}");
        assert!(!std::path::Path::new(spool(&connector)).exists(), "who reads makes nothing");
        std::fs::rename(&away, spool(&connector)).unwrap();
        let back = connector.read_from(&of(stream), &run.state()).succeeded();
        assert_eq!(back.records(stream).count(), 0, "{stream}");
    }
}

#[test]
fn a_line_that_a_crash_left_is_told_by_each_stream() {
    let sim = small();
    let (connector, _) = with_a_lead(&sim);
    let connector = connector.with(LEADS, json!({"read": true}));
    let series = std::path::Path::new(spool(&connector)).join("0000000000001-00.jsonl");
    std::fs::write(series, "{\"half\n").unwrap();
    for stream in [LEADS, "webhook_events"] {
        let (rows, log, _) = read(&connector, stream);
        assert_eq!(rows.len(), 1);
        assert!(log.contains(&format!("Stream `{stream}` leaves out 1 line of the spool")), "{log}");
    }
}

#[test]
fn leads_are_off_unless_named() {
    let off = connector(Connector::offline());
    assert!(!offered(&off));
    let run = off.read(&of(LEADS));
    assert!(run.error().contains("Set `leads.read` to true"), "{}", run.error());
    assert!(!offered(&off.with(LEADS, json!({"plain": true}))));
    assert!(offered(&connector(Connector::offline()).with(LEADS, json!({"read": true}))));
    let run = Connector::offline().with(LEADS, json!({"read": true})).read(&of(LEADS));
    assert!(run.error().contains("`webhooks.spool` is empty"), "{}", run.error());
}
