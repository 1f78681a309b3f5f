use crate::client::{Reply, get, post, post_as};
use crate::{id_of, small, start};
use serde_json::{Value, json};
use simulator::{
    AUDIENCE_EXPIRED, AUDIENCE_SMALL, Action, AudienceOptions, IdType, Identifier, Options, QuotaOptions, Simulator,
    TOKEN_AGENCY, TOKEN_GOOD,
};

const AUDIENCE: &str = "/segment/audience/";
const MAPPING: &str = "/segment/mapping/";

fn hash(number: u32) -> String {
    format!("{number:064x}")
}

/// An account, and its small streaming audience.
fn target(sim: &Simulator) -> (u64, u64) {
    let tokyo = id_of(sim, "Tokyo");
    (tokyo, sim.read(|world| world.audiences_named(tokyo, AUDIENCE_SMALL)[0].id))
}

fn cell(hash: &str, audience: u64) -> Value {
    json!({"id": hash, "audience_ids": [audience.to_string()]})
}

/// E-mail hashes, one a row.
fn body(sim: &Simulator, action: &str, numbers: impl IntoIterator<Item = u32>) -> Value {
    let (advertiser, audience) = target(sim);
    let rows: Vec<Value> = numbers.into_iter().map(|number| json!([cell(&hash(number), audience)])).collect();
    let advertisers = [advertiser.to_string()];
    json!({"advertiser_ids": advertisers, "action": action, "id_schema": ["EMAIL_SHA256"], "batch_data": rows})
}

fn map(sim: &Simulator, action: &str, numbers: impl IntoIterator<Item = u32>) -> Reply {
    post(sim, MAPPING, &body(sim, action, numbers).to_string())
}

fn members(sim: &Simulator) -> usize {
    let (_, audience) = target(sim);
    sim.read(|world| world.audience(audience).unwrap().count(IdType::EmailSha256))
}

fn told(reply: &Reply) -> (i64, String) {
    (reply.code(), reply.json()["message"].as_str().unwrap().to_owned())
}

#[test]
fn audiences_are_made_filled_and_deleted() {
    let sim = small();
    let (advertiser, _) = target(&sim);
    let make = |name: &str| {
        let body = json!({"advertiser_id": advertiser.to_string(), "custom_audience_name": name});
        let id = post(&sim, AUDIENCE, &body.to_string()).json()["data"]["audience_id"].as_str().unwrap().to_owned();
        id.parse::<u64>().unwrap()
    };
    let (one, two) = (make(&"🫖".repeat(71)), make(&"🫖".repeat(71)));
    assert_ne!(one, two);
    let cut = format!("{}...", "🫖".repeat(67));
    assert_eq!(sim.read(|world| world.audiences_named(advertiser, &cut).len()), 2);
    let delete =
        json!({"advertiser_id": advertiser.to_string(), "action": "delete", "delete_audience_id": one.to_string()});
    assert_eq!(post(&sim, AUDIENCE, &delete.to_string()).code(), 0);
    assert!(told(&post(&sim, AUDIENCE, &delete.to_string())).1.contains("doesn't exist"));
    assert!(sim.read(|world| world.audience(one).is_none() && world.audience(two).is_some()));
}

#[test]
fn an_account_has_at_most_400_audiences() {
    let sim = small();
    let (advertiser, _) = target(&sim);
    sim.mutate(|world| {
        while world.audiences_of(advertiser).len() < 399 {
            world.create_audience(advertiser, "one of many");
        }
    });
    let body = json!({"advertiser_id": advertiser.to_string(), "custom_audience_name": "x"}).to_string();
    assert_eq!(post(&sim, AUDIENCE, &body).code(), 0);
    let full = "The number of audiences has reached the upper limit 400.";
    assert_eq!(told(&post(&sim, AUDIENCE, &body)), (40_002, full.to_owned()));
}

#[test]
fn members_are_kept_and_counted() {
    let sim = small();
    let reply = map(&sim, "add", 0..1_000);
    assert_eq!(reply.json()["code"], 0);
    assert!(reply.json().get("data").is_none());
    assert_eq!(map(&sim, "add", 500..1_000).code(), 0);
    assert_eq!(members(&sim), 1_000);
    let (advertiser, audience) = target(&sim);
    let list = || {
        let (advertiser, ids) = (advertiser.to_string(), format!("[\"{audience}\"]"));
        let query = [("advertiser_id", advertiser.as_str()), ("custom_audience_ids", &ids)];
        let row = get(&sim, "/dmp/custom_audience/list/", &query).json()["data"]["list"][0].clone();
        (row["cover_num"].as_u64().unwrap(), row["is_valid"].as_bool().unwrap())
    };
    assert_eq!(list(), (1_000, true));
    assert_eq!(map(&sim, "delete", [3, 77_777]).code(), 0, "who is not there can be deleted");
    assert_eq!(list(), (999, false));
    sim.mutate(|world| world.match_rate = 0.5);
    assert_eq!(list(), (500, false));
    let hashes = sim.read(|world| world.audience(audience).unwrap().members(IdType::EmailSha256));
    assert_eq!(hashes[..4], [hash(0), hash(1), hash(2), hash(4)]);
    let actions: Vec<&str> =
        sim.read(|world| world.audience(audience).unwrap().history.iter().map(|event| event.action).collect());
    assert_eq!(actions, ["delete", "add", "add", "create"]);
}

#[test]
fn accepted_calls_can_be_looked_at() {
    let sim = small();
    let (advertiser, audience) = target(&sim);
    let md5 = "0F".repeat(16);
    let rows = json!([[{}, cell(&hash(1), audience)], [cell(&md5, audience), {}]]);
    let advertisers = [advertiser.to_string()];
    let body = json!({"batch_data": rows, "id_schema": ["idfa_md5", "Phone_SHA256"], "advertiser_ids": advertisers});
    assert_eq!(post(&sim, MAPPING, &body.to_string()).code(), 0);
    assert_eq!(map(&sim, "delete", [1]).code(), 0);
    let mappings = sim.read(|world| world.mappings.clone());
    assert_eq!(mappings.iter().map(|mapping| mapping.action).collect::<Vec<_>>(), [Action::Add, Action::Delete]);
    let there = |id_type, hash: &str| Some(Identifier { id_type, hash: hash.to_owned(), audiences: vec![audience] });
    let expected =
        [vec![None, there(IdType::PhoneSha256, &hash(1))], vec![there(IdType::IdfaMd5, &md5.to_lowercase()), None]];
    assert_eq!(mappings[0].rows(), expected);
    assert!(sim.read(|world| world.audience(audience).unwrap().has(IdType::IdfaMd5, &md5)));
    let log = sim.requests();
    assert_eq!((log[0].rows, log[0].bytes), (Some(2), body.to_string().len()));
    assert_eq!(log[0].advertiser, Some(advertiser.to_string()));
    assert_eq!(log[0].body, Some(body));
}

#[test]
fn what_is_not_remembered_is_counted() {
    let sim = start(Options {
        audiences: AudienceOptions { remember_rows: 3, ..AudienceOptions::default() },
        ..Options::default()
    });
    for first in [0, 2, 4] {
        assert_eq!(map(&sim, "add", first..first + 2).code(), 0);
    }
    let kept: Vec<(usize, usize)> =
        sim.read(|world| world.mappings.iter().map(|mapping| (mapping.count, mapping.rows().len())).collect());
    assert_eq!(kept, [(2, 2), (2, 0), (2, 0)]);
    assert_eq!(members(&sim), 6);
}

#[test]
fn bodies_are_checked_before_anything_changes() {
    let sim = start(Options {
        audiences: AudienceOptions { max_rows: 3, max_body: 4_096, ..AudienceOptions::default() },
        ..Options::default()
    });
    let good = body(&sim, "add", 0..2);
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body.to_string()
    };
    let without = |name: &str| with(name, Value::Null);
    let id = good["advertiser_ids"][0].clone();
    let london = id_of(&sim, "Forbidden");
    let bad = [
        ("[]".to_owned(), "The request body is not a valid JSON object."),
        ("{\"a\":".to_owned(), "The request body is not a valid JSON object."),
        (good.to_string().replace(']', ""), "The request body is not a valid JSON object."),
        ("{}".to_owned(), "Missing required field(s): advertiser_ids, id_schema, batch_data."),
        (without("id_schema"), "Missing required field(s): id_schema."),
        (with("advertiser_ids", json!([])), "advertiser_ids: Length must be at least 1"),
        (with("advertiser_ids", id), "advertiser_ids: Field must be set to array"),
        (with("advertiser_ids", json!([1])), "advertiser_ids.0: Not a valid string"),
        (with("advertiser_ids", json!(["1"])), "The advertiser 1 doesn't exist or has been deleted."),
        (
            with("action", json!("ADD")),
            "action: one or more value of the param is not acceptable, correct is ['add', 'delete'], error is ADD",
        ),
        (with("action", json!(1)), "action: Not a valid string"),
        (with("batch_data", json!({})), "batch_data: Field must be set to array"),
        (with("batch_data", json!([])), "batch_data: Length must be between 1 and 3"),
        (with("batch_data", json!([[], [], [], []])), "batch_data: Length must be between 1 and 3"),
        (with("batch_data", json!([good["batch_data"][0], [{}]])), "batch_data.1: At least one id is required."),
    ];
    for (body, message) in bad {
        assert_eq!(told(&post(&sim, MAPPING, &body)), (40_002, message.to_owned()), "{body}");
    }
    assert_eq!(post(&sim, MAPPING, &with("advertiser_ids", json!([london.to_string()]))).code(), 40_001);
    let padded = format!("{good}{}", " ".repeat(4_096));
    assert!(told(&post(&sim, MAPPING, &padded)).1.starts_with("The request body is too large"));
    for kind in ["", "text/plain", "multipart/form-data"] {
        let text = "The Content-Type of the request must be application/json.";
        let refused = post_as(&sim, TOKEN_GOOD, MAPPING, kind, &good.to_string());
        assert_eq!(told(&refused), (40_002, text.to_owned()), "{kind}");
    }
    assert_eq!((members(&sim), sim.read(|world| world.mappings.len())), (0, 0));
    assert_eq!(post_as(&sim, TOKEN_GOOD, MAPPING, "Application/JSON; charset=utf-8", &good.to_string()).code(), 0);
}

#[test]
fn advertisers_are_of_one_business_and_audiences_editable() {
    let sim = small();
    let (tokyo, audience) = target(&sim);
    let foreign = id_of(&sim, "Foreign");
    let pending = id_of(&sim, "Pending");
    let send = |advertisers: [u64; 2], audience: u64| {
        let ids = advertisers.map(|id| id.to_string());
        let rows = [[cell(&hash(1), audience)]];
        let body = json!({"advertiser_ids": ids, "id_schema": ["EMAIL_SHA256"], "batch_data": rows});
        told(&post_as(&sim, TOKEN_AGENCY, MAPPING, "application/json", &body.to_string()))
    };
    assert_eq!(send([tokyo, pending], audience).0, 0);
    let mixed = "advertiser_ids: All advertisers must belong to the same business account.";
    assert_eq!(send([tokyo, foreign], audience), (40_002, mixed.to_owned()));
    assert!(send([pending, pending], audience).1.ends_with("does not belong to any of the advertisers."));
    let expired = sim.read(|world| world.audiences_named(tokyo, AUDIENCE_EXPIRED)[0].id);
    let text = "Audience is not editable, please check audience status";
    assert_eq!(send([tokyo, pending], expired), (40_002, text.to_owned()));
}

#[test]
fn poison_is_refused_with_the_whole_batch() {
    let sim = start(Options { poison: vec![hash(7)], ..Options::default() });
    assert_eq!(told(&map(&sim, "add", 5..10)), (40_002, "batch_data.2.0.id: Not a valid string".to_owned()));
    assert_eq!(members(&sim), 0);
    sim.mutate(|world| world.poison([hash(1)])).unwrap();
    assert_eq!(map(&sim, "add", [0, 1]).code(), 40_002);
    assert_eq!(map(&sim, "add", [0, 2]).code(), 0);
    assert_eq!(members(&sim), 2);
}

#[test]
fn the_streaming_api_has_its_own_quota() {
    let sim = start(Options {
        quota: QuotaOptions { qps: Some(1), advertiser_qps: true, ..QuotaOptions::default() },
        ..Options::default()
    });
    assert!((0..30).all(|number| map(&sim, "add", [number]).code() == 0));
    let sim = start(Options {
        quota: QuotaOptions { segment_qps: Some(3), ..QuotaOptions::default() },
        ..Options::default()
    });
    let codes: Vec<i64> = (0..12).map(|number| map(&sim, "add", [number]).code()).collect();
    assert!(codes.contains(&0) && codes.contains(&40_100), "{codes:?}");
    assert_eq!(get(&sim, "/user/info/", &[]).code(), 0);
}

#[test]
fn a_fault_strikes_before_the_effect_or_after_it() {
    let sim = small();
    let before = ["50002", "html502", "drop", "empty", "wrongjson"];
    for kind in before {
        sim.faults(format!("path={MAPPING},times=1,kind={kind}").parse().unwrap());
        map(&sim, "add", [1]);
        assert_eq!(members(&sim), 0, "{kind}");
    }
    let (advertiser, _) = target(&sim);
    let after = ["reset", "truncate", "50002,committed=true", "http500,committed=true", "drop,committed=true"];
    for (number, kind) in (1..).zip(after) {
        sim.faults(format!("path={MAPPING},advertiser={advertiser},times=1,kind={kind}").parse().unwrap());
        map(&sim, "add", [number]);
        assert_eq!(members(&sim), number as usize, "{kind}");
        assert_eq!(map(&sim, "add", [number]).code(), 0, "sent again");
        assert_eq!(members(&sim), number as usize);
    }
    assert_eq!(sim.read(|world| world.mappings.len()), 10);
    assert_eq!(sim.requests().iter().filter(|line| line.fault.as_deref() == Some("drop, committed")).count(), 1);
}

#[test]
fn an_answer_that_never_comes_may_hide_an_effect() {
    let sim = small();
    sim.faults(format!("path={MAPPING},times=1,kind=stall,committed=true").parse().unwrap());
    let body = body(&sim, "add", 0..3).to_string();
    let mut stuck = std::net::TcpStream::connect(sim.url().replace("http://", "")).unwrap();
    let head = format!("POST /open_api/v1.3{MAPPING} HTTP/1.1\r\nHost: x\r\nAccess-Token: {TOKEN_GOOD}");
    let kind = format!("Content-Type: application/json\r\nContent-Length: {}", body.len());
    std::io::Write::write_all(&mut stuck, format!("{head}\r\n{kind}\r\n\r\n{body}").as_bytes()).unwrap();
    while members(&sim) < 3 {
        std::thread::yield_now();
    }
    assert_eq!((sim.requests()[0].status, sim.requests()[0].rows), (None, Some(3)));
}
