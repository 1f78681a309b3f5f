use super::{Query, whoami};
use crate::client::{get, get_as, post_as};
use crate::{id_of, small, start};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use simulator::{
    AccessOptions, EventSource, Options, Role, SANDBOX_APP, Simulator, TOKEN_AGENCY, TOKEN_GOOD, TOKEN_WITH_FORBIDDEN,
    WireOptions,
};

fn scopes(sim: &Simulator, scopes: &[u64]) {
    sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().scopes = scopes.to_vec());
}

#[test]
fn a_missing_permission_closes_its_endpoints() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let list = format!("[\"{tokyo}\"]");
    let business = sim.read(|world| world.account_named("Tokyo").unwrap().business.to_string());
    let own = [("advertiser_id", tokyo.as_str())];
    let assets = [("bc_id", business.as_str()), ("asset_type", "ADVERTISER")];
    let accounts = [("advertiser_ids", list.as_str())];
    let cases: [(&str, Query<'_>, &[u64]); 7] = [
        ("/campaign/get/", &own, &[2, 20, 200]),
        ("/adgroup/get/", &own, &[2, 21, 210]),
        ("/ad/get/", &own, &[2, 22, 220]),
        ("/dmp/custom_audience/list/", &own, &[3, 30]),
        ("/pixel/list/", &own, &[8, 80, 800]),
        ("/advertiser/info/", &accounts, &[1, 10, 100]),
        ("/bc/asset/get/", &assets, &[1, 15, 153]),
    ];
    for (path, query, ids) in cases {
        for id in ids {
            scopes(&sim, &[*id]);
            assert_eq!(get(&sim, path, query).code(), 0, "{path} with {id}");
        }
        scopes(&sim, &[4, 201, 32]);
        let reply = get(&sim, path, query);
        assert_eq!(reply.code(), 40001, "{path}");
        assert!(reply.body.contains("lacks the scope"), "{}", reply.body);
        assert_eq!(whoami(&sim, TOKEN_GOOD), 0);
    }
}

#[test]
fn the_code_of_a_missing_permission_can_be_the_other_one() {
    let sim = start(Options {
        access: AccessOptions { missing_scope_code: 40130, ..AccessOptions::default() },
        ..Options::default()
    });
    scopes(&sim, &[4]);
    let tokyo = id_of(&sim, "Tokyo").to_string();
    assert_eq!(get(&sim, "/ad/get/", &[("advertiser_id", &tokyo)]).code(), 40130);
}

#[test]
fn who_only_reads_does_not_write() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo");
    let pixel = sim.read(|world| world.event_source_id(tokyo, EventSource::Web)).unwrap();
    let name = format!(r#"{{"advertiser_id":"{tokyo}","action":"create","custom_audience_name":"x"}}"#);
    let data = json!([{
        "event": "Purchase",
        "event_time": sim.clock().timestamp() - 60,
        "page": {"url": "https://example.invalid/"},
    }]);
    let event = json!({"event_source": "web", "event_source_id": pixel, "data": data}).to_string();
    let id = tokyo.to_string();
    for (role, code) in [(Role::Admin, 0), (Role::Operator, 0), (Role::Analyst, 40001)] {
        sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().roles.insert(tokyo, role));
        let write = |path: &str, body: &str| post_as(&sim, TOKEN_GOOD, path, "application/json", body).code();
        assert_eq!(write("/segment/audience/", &name), code, "{role:?}");
        assert_eq!(write("/event/track/", &event), code, "{role:?}");
        assert_eq!(get(&sim, "/ad/get/", &[("advertiser_id", &id)]).code(), 0);
        assert_eq!(role_in(&sim, &id), role.name());
    }
}

fn role_in(sim: &Simulator, advertiser: &str) -> String {
    let business = sim.read(|world| world.account_named("Tokyo").unwrap().business.to_string());
    let filter = format!("{{\"keyword\":\"{advertiser}\"}}");
    let query = [("bc_id", business.as_str()), ("asset_type", "ADVERTISER"), ("filtering", &filter)];
    let row = get(sim, "/bc/asset/get/", &query).json()["data"]["list"][0].clone();
    assert_eq!(row["asset_id"], advertiser);
    row["advertiser_role"].as_str().unwrap().to_owned()
}

#[test]
fn a_business_center_tells_the_role_in_its_accounts() {
    let sim = small();
    let business = |name: &str| sim.read(|world| world.account_named(name).unwrap().business.to_string());
    let (own, foreign) = (business("Tokyo"), business("Foreign"));
    let cases: [(&str, &str, i64, usize, usize); 6] = [
        (TOKEN_GOOD, &own, 0, 8, 4),
        (TOKEN_WITH_FORBIDDEN, &own, 0, 8, 5),
        (TOKEN_AGENCY, &own, 0, 8, 4),
        (TOKEN_GOOD, &foreign, 40001, 0, 0),
        (TOKEN_AGENCY, &foreign, 0, 1, 1),
        (TOKEN_GOOD, "1", 40001, 0, 0),
    ];
    for (token, business, code, all, own) in cases {
        let query = [("bc_id", business), ("asset_type", "ADVERTISER")];
        let reply = get_as(&sim, Some(token), "/bc/asset/get/", &query);
        let rows = reply.json()["data"]["list"].as_array().cloned().unwrap_or_default();
        let admin = rows.iter().filter(|row| row["advertiser_role"] == "ADMIN").count();
        assert!(rows.iter().all(|row| row["advertiser_role"] == "ADMIN" || row["advertiser_role"].is_null()));
        assert_eq!((reply.code(), rows.len(), admin), (code, all, own), "{business}");
    }
    let wrong = [("bc_id", own.as_str()), ("asset_type", "ADVERTISER"), ("page_size", "51")];
    assert_eq!(get(&sim, "/bc/asset/get/", &wrong).code(), 40002);
}

#[test]
fn tokens_see_what_they_are_told_and_accounts_can_go() {
    let sim = small();
    let ids = ["Tokyo", "New York", "London"].map(|name| id_of(&sim, name));
    let seen = |token: &str| -> Vec<String> {
        let query = [("app_id", SANDBOX_APP.id), ("secret", SANDBOX_APP.secret)];
        let list = get_as(&sim, Some(token), "/oauth2/advertiser/get/", &query).json()["data"]["list"].clone();
        list.as_array().unwrap().iter().map(|row| row["advertiser_id"].as_str().unwrap().to_owned()).collect()
    };
    sim.mutate(|world| {
        world.token_mut(TOKEN_GOOD).unwrap().lists = ids[..2].to_vec();
        world.token_mut(TOKEN_AGENCY).unwrap().lists = Vec::new();
    });
    assert_eq!(seen(TOKEN_GOOD), [ids[0].to_string(), ids[1].to_string()]);
    assert!(seen(TOKEN_AGENCY).is_empty());
    for status in ["STATUS_LIMIT", "STATUS_CONTRACT_PENDING"] {
        sim.mutate(|world| world.account_mut(ids[0]).unwrap().status = status.to_owned());
        let list = format!("[\"{}\"]", ids[0]);
        let reply = get(&sim, "/advertiser/info/", &[("advertiser_ids", &list)]).json();
        assert_eq!(reply["data"]["list"][0]["status"], status);
    }
    sim.mutate(|world| world.accounts.retain(|account| account.id != ids[1]));
    assert_eq!(seen(TOKEN_GOOD), [ids[0].to_string()]);
    assert_eq!(get(&sim, "/ad/get/", &[("advertiser_id", &ids[1].to_string())]).code(), 40002);
    let secrets = sim.requests().iter().any(|line| format!("{line:?}").contains(SANDBOX_APP.secret));
    assert!(!secrets, "secrets are not logged");
}

#[test]
fn the_date_can_be_wrong() {
    for skew in [0, 7_200, -900] {
        let sim = start(Options {
            wire: WireOptions { date_skew: TimeDelta::seconds(skew), ..WireOptions::default() },
            ..Options::default()
        });
        let head = get(&sim, "/user/info/", &[]).head;
        let dates: Vec<&str> = head.lines().filter_map(|line| line.strip_prefix("date: ")).collect();
        assert_eq!(dates.len(), 1, "{head}");
        let date = DateTime::parse_from_rfc2822(dates[0]).unwrap();
        let off = (date.with_timezone(&Utc) - sim.clock()).num_seconds() - skew;
        assert!(off.abs() <= 5, "{off}");
    }
}
