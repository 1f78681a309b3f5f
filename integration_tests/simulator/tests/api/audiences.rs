use crate::client::{get, get_as, post};
use crate::{id_of, small, start};
use serde_json::Value;
use simulator::{
    AUDIENCE_BOTH_KINDS, AUDIENCE_CUT, AUDIENCE_EXPIRED, AUDIENCE_EXPIRING, AUDIENCE_HARD, AUDIENCE_SMALL,
    AUDIENCE_STREAMING, AUDIENCE_TWINS, AudienceKind, Options, Simulator, TOKEN_AGENCY, WorldKind,
};

const LIST: &str = "/dmp/custom_audience/list/";
const GET: &str = "/dmp/custom_audience/get/";

fn list(sim: &Simulator, advertiser: u64, page: u64, size: u64) -> Value {
    let (advertiser, page, size) = (advertiser.to_string(), page.to_string(), size.to_string());
    get(sim, LIST, &[("advertiser_id", &advertiser), ("page", &page), ("page_size", &size)]).json()
}

fn names(reply: &Value) -> Vec<String> {
    let list = reply["data"]["list"].as_array().unwrap();
    list.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_list_is_what_the_world_holds_newest_first() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo");
    let expected: Vec<String> =
        sim.read(|world| world.audiences_of(tokyo).iter().map(|audience| audience.name.clone()).collect());
    let reply = list(&sim, tokyo, 1, 100);
    assert_eq!(names(&reply), expected);
    let count = |name: &str| expected.iter().filter(|found| *found == name).count();
    assert_eq!([AUDIENCE_STREAMING, AUDIENCE_TWINS, AUDIENCE_BOTH_KINDS, AUDIENCE_HARD].map(count), [1, 2, 2, 1]);
    assert_eq!(AUDIENCE_CUT.chars().count(), 70);
    let row = &reply["data"]["list"][0];
    assert!(row["audience_id"].is_string() && row["audience_type"] == "Partner" && row.get("error_msg").is_none());
    let first = get(&sim, LIST, &[("advertiser_id", &tokyo.to_string())]).json();
    assert_eq!(names(&first), expected[..10]);
}

#[test]
fn the_large_world_has_several_pages() {
    let sim = start(Options { world: WorldKind::Large, ..Options::default() });
    let large = id_of(&sim, "Large");
    let pages: Vec<Vec<String>> = (1..=4).map(|page| names(&list(&sim, large, page, 100))).collect();
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 64, 0]);
    assert!(pages[2].contains(&AUDIENCE_EXPIRING.to_owned()));
    assert_eq!(list(&sim, large, 1, 100)["data"]["page_info"]["total_page"], 3);
    assert!(names(&list(&sim, id_of(&sim, "Empty"), 1, 100)).is_empty());
}

#[test]
fn bad_requests_are_refused() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let many = serde_json::to_string(&vec!["1"; 101]).unwrap();
    let bad = [
        (LIST, "page_size", "101", "page_size: Must be between 1 and 100"),
        (LIST, "custom_audience_ids", "[]", "custom_audience_ids: Length must be between 1 and 100"),
        (LIST, "custom_audience_ids", &many, "custom_audience_ids: Length must be between 1 and 100"),
        (GET, "custom_audience_ids", "[1]", "custom_audience_ids.0: Not a valid string"),
        (GET, "custom_audience_ids", "[\"x\"]", "custom_audience_ids.0: Not a valid integer"),
        (GET, "page", "1", "Missing required field(s): custom_audience_ids."),
    ];
    for (path, name, value, message) in bad {
        let reply = get(&sim, path, &[("advertiser_id", &tokyo), (name, value)]).json();
        assert_eq!((&reply["code"], &reply["message"]), (&40_002.into(), &message.into()), "{name}={value}");
    }
}

#[test]
fn details_tell_kinds_states_and_history() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo");
    let ids: Vec<u64> = sim.read(|world| world.audiences_of(tokyo).iter().map(|audience| audience.id).collect());
    let asked: Vec<String> = ids.iter().map(u64::to_string).chain(["7".to_owned()]).collect();
    let asked = serde_json::to_string(&asked).unwrap();
    let reply = get(&sim, GET, &[("advertiser_id", &tokyo.to_string()), ("custom_audience_ids", &asked)]).json();
    let rows = reply["data"]["list"].as_array().unwrap();
    assert_eq!(rows.len(), ids.len());
    let detail =
        |name: &str| &rows.iter().find(|row| row["audience_details"]["name"] == name).unwrap()["audience_details"];
    let usable = |name| (detail(name)["is_valid"].as_bool().unwrap(), detail(name)["error_msg"].as_str().unwrap());
    assert_eq!(usable(AUDIENCE_STREAMING), (true, ""));
    assert_eq!(usable(AUDIENCE_SMALL), (false, ""));
    assert_eq!(usable(AUDIENCE_EXPIRED), (false, "The audience has expired."));
    assert_eq!(detail(AUDIENCE_EXPIRING)["is_expiring"], true);
    let kinds: Vec<&str> = rows.iter().map(|row| row["audience_details"]["type"].as_str().unwrap()).collect();
    for kind in [AudienceKind::Partner, AudienceKind::CustomerFile, AudienceKind::Lookalike] {
        assert!(kinds.contains(&kind.name()));
    }
    let event = &rows[0]["audience_history"][0];
    assert_eq!(
        (&event["action"], &event["action_detail"], &event["editor"]),
        (&"create".into(), &"0".into(), &"open_api".into())
    );
}

#[test]
fn accounts_in_review_and_closed_ones_belong_to_the_agency() {
    let sim = small();
    let statuses = [
        ("Pending", "STATUS_PENDING_CONFIRM", 0),
        ("Suspended", "STATUS_LIMIT", 40_001),
        ("Disabled", "STATUS_DISABLE", 40_001),
        ("Foreign", "STATUS_ENABLE", 0),
    ];
    for (name, status, code) in statuses {
        let id = id_of(&sim, name);
        let query = [("advertiser_ids", format!("[\"{id}\"]"))];
        let query = [(query[0].0, query[0].1.as_str())];
        assert_eq!(get(&sim, "/advertiser/info/", &query).code(), 40_001);
        let reply = get_as(&sim, Some(TOKEN_AGENCY), "/advertiser/info/", &query).json();
        assert_eq!(reply["data"]["list"][0]["status"], status);
        let body = format!(r#"{{"advertiser_id":"{id}","custom_audience_name":"x"}}"#);
        let made = crate::client::post_as(&sim, TOKEN_AGENCY, "/segment/audience/", "application/json", &body);
        assert_eq!(made.code(), code, "{name}");
        assert_eq!(post(&sim, "/segment/audience/", &body).code(), 40_001);
    }
}
