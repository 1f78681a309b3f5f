//! Pixels, apps and event sets as they are read.

use crate::client::{get, get_as, send};
use crate::{id_of, small, start};
use serde_json::{Value, json};
use simulator::{EventSource, Options, SANDBOX_APP, Simulator, TOKEN_GOOD, TOKEN_WITHOUT_EVENTS, WorldKind};

const PIXELS: &str = "/pixel/list/";
const STATS: &str = "/pixel/event/stats/";

/// The list below `data` that a query of an account finds.
fn list(sim: &Simulator, path: &str, name: &str, account: &str, more: &[(&str, &str)]) -> Vec<Value> {
    let id = id_of(sim, account).to_string();
    let query = [&[("advertiser_id", id.as_str())], more].concat();
    let reply = get(sim, path, &query).json();
    reply["data"][name].as_array().unwrap_or_else(|| panic!("{reply}")).clone()
}

fn ids(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

/// The keys of a record and the JSON types of their values, `/` between names.
fn shape(record: &Value) -> Vec<String> {
    let types = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let map = record.as_object().unwrap();
    map.iter().map(|(name, value)| format!("{name} {}", types(value))).collect()
}

#[test]
fn pixels_come_in_pages_of_twenty_oldest_first() {
    let sim = start(Options { world: WorldKind::Large, ..Options::default() });
    let page = |number: &str, more: &[(&str, &str)]| {
        let query = [&[("page", number), ("page_size", "20")], more].concat();
        ids(&list(&sim, PIXELS, "pixels", "Large", &query), "pixel_code")
    };
    let all = [page("1", &[]), page("2", &[]), page("3", &[]), page("4", &[])].concat();
    let large = id_of(&sim, "Large");
    assert_eq!(all, sim.read(|world| world.sources.ids(large, EventSource::Web)));
    assert_eq!(all.len(), 47);
    let newest = page("1", &[("order_by", "LATEST_CREATE")]);
    assert_eq!(newest.first(), all.last());
    assert_eq!(list(&sim, PIXELS, "pixels", "Large", &[]).len(), 10, "as many as unless told");
    let query = [("advertiser_id", large.to_string())];
    let info = get(&sim, PIXELS, &[(query[0].0, &query[0].1)]).json()["data"]["page_info"].clone();
    assert_eq!(info, json!({"page": 1, "page_size": 10, "total_number": 47, "total_page": 5}));
}

#[test]
fn pixels_are_found_by_id_code_name_and_catalog() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo");
    let pixel = sim.read(|world| world.sources.pixels_of(tokyo)[1].clone());
    let id = pixel.id.to_string();
    let found = |query: &[(&str, &str)]| ids(&list(&sim, PIXELS, "pixels", "Tokyo", query), "pixel_id");
    for query in [("pixel_id", id.as_str()), ("code", &pixel.code), ("name", &pixel.name)] {
        assert_eq!(found(&[query]), [id.as_str()], "{query:?}");
    }
    assert!(found(&[("code", "C000")]).is_empty());
    let catalogs = |only: bool| found(&[("filtering", &json!({"available_for_catalog_only": only}).to_string())]).len();
    assert_eq!((catalogs(true), catalogs(false)), (2, 3));
    assert!(list(&sim, PIXELS, "pixels", "Empty", &[]).is_empty());
}

#[test]
fn a_shared_pixel_is_in_two_accounts() {
    let sim = small();
    let ownership = |account| {
        let rows = list(&sim, PIXELS, "pixels", account, &[]);
        let of = |row: &Value| (row["pixel_id"].clone(), row["asset_ownership"].clone());
        rows.iter().map(of).collect::<Vec<_>>()
    };
    let (tokyo, new_york) = (ownership("Tokyo"), ownership("New York"));
    let shared = new_york.iter().find(|(id, _)| *id == tokyo[2].0).unwrap();
    assert_eq!(shared.1, json!({"asset_relation_status": "SHARED", "ownership_status": false, "owner_bc_id": null}));
    assert_eq!(tokyo[2].1["asset_relation_status"], "TRANSFERRED");
    assert!(tokyo[2].1["owner_bc_id"].is_string());
    assert_eq!(tokyo[0].1, json!({"asset_relation_status": null, "ownership_status": true, "owner_bc_id": null}));
}

#[test]
fn records_have_every_documented_field() {
    let sim = small();
    let first = |path, name| list(&sim, path, name, "Tokyo", &[])[0].clone();
    let pixel = first(PIXELS, "pixels");
    let rows = [
        (
            pixel.clone(),
            "pixel_id string,pixel_code string,pixel_name string,pixel_category string,pixel_script string,\
             create_time string,pixel_setup_mode string,partner_name string,advanced_matching_fields object,\
             automatic_advanced_matching_fields object,enable_first_party_cookies bool,\
             enable_expanded_data_sharing bool,asset_ownership object,events array",
        ),
        (
            pixel["events"][1].clone(),
            "currency_value string,currency string,name string,deprecated bool,event_type string,\
             optimization_event null,custom_event_type null,event_code string,event_id string,\
             statistic_type string,rules array",
        ),
        (
            first("/offline/get/", "event_set_list"),
            "advertiser_id string,event_set_id string,name string,description string,auto_tracking bool,\
             create_time string,update_time string",
        ),
        (first("/crm/list/", "crm_event_sets"), "event_set_id string,name string,create_time string"),
        (
            first("/app/list/", "apps"),
            "advertiser_id string,app_id string,tiktok_app_id string,app_name string,app_platform_id string,\
             app_type string,platform string,download_url string,icon_url string,partner_id string,\
             partner_name string,enable_retargeting string,tracking_url object,skan_allowed bool,\
             self_attribution_enabled bool,advanced_dedicated_campaign_allowed bool",
        ),
    ];
    for (record, expected) in rows {
        assert_eq!(shape(&record).join(","), expected);
    }
    let custom = &list(&sim, PIXELS, "pixels", "Tokyo", &[])[1]["events"][3];
    assert_eq!(custom["custom_event_type"], "ShippingQuote");
}

#[test]
fn event_sets_and_apps_are_found() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo");
    let (offline, crm, app) = sim.read(|world| {
        let sources = &world.sources;
        let last = |ids: Vec<&simulator::EventSet>| (ids[1].id.to_string(), ids[1].name.clone());
        (last(sources.offline_sets_of(tokyo)), last(sources.crm_sets_of(tokyo)), sources.apps_of(tokyo)[1].clone())
    });
    let rows = [
        ("/offline/get/", "event_set_list", "event_set_id", &offline),
        ("/crm/list/", "crm_event_sets", "event_set_id", &crm),
    ];
    for (path, name, key, (id, title)) in rows {
        assert_eq!(list(&sim, path, name, "Tokyo", &[]).len(), 2);
        let asked = json!([id, "123"]).to_string();
        let found = |query: &[(&str, &str)]| ids(&list(&sim, path, name, "Tokyo", query), key);
        assert_eq!(found(&[("event_set_ids", &asked)]), [id.as_str()]);
        assert_eq!(found(&[("name", title)]), [id.as_str()]);
        assert!(found(&[("name", "nothing"), ("event_set_ids", &asked)]).is_empty());
    }
    let asked = json!([app.platform_id]).to_string();
    let apps = list(&sim, "/app/list/", "apps", "Tokyo", &[("app_platform_ids", &asked)]);
    assert_eq!(ids(&apps, "tiktok_app_id"), [app.tiktok_id.to_string()]);
    let query = [("advertiser_id", tokyo.to_string()), ("app_id", app.id.to_string())];
    let info = get(&sim, "/app/info/", &query.each_ref().map(|(name, value)| (*name, value.as_str()))).json();
    assert_eq!(info["data"]["app"], apps[0]);
}

/// More of a query.
type More<'q> = &'q [(&'q str, &'q str)];

#[test]
fn wrong_requests_are_refused() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let pixel = list(&sim, PIXELS, "pixels", "Tokyo", &[])[0]["pixel_id"].as_str().unwrap().to_owned();
    let foreign = list(&sim, PIXELS, "pixels", "London", &[])[0]["pixel_id"].as_str().unwrap().to_owned();
    let many = |count: usize| json!(vec![pixel.as_str(); count]).to_string();
    let (one, other, eleven, fifty_one) = (many(1), json!([foreign]).to_string(), many(11), many(51));
    let range = |start: &str, end: &str| json!({"start_date": start, "end_date": end}).to_string();
    let march = range("2026-03-01", "2026-03-05");
    let (long, wrong, back) =
        (range("2026-02-01", "2026-03-03"), range("2026-02-30", "2026-03-01"), range("2026-03-05", "2026-03-01"));
    let name = "x".repeat(41);
    let rows: [(&str, More<'_>, i64, &str); 17] = [
        (PIXELS, &[("page_size", "21")], 40002, "page_size: Must be between 1 and 20"),
        (PIXELS, &[("page", "0")], 40002, "page: Must be greater"),
        (PIXELS, &[("order_by", "NEWEST")], 40002, "order_by: one or more value"),
        (PIXELS, &[("pixel_id", "C1")], 40002, "pixel_id: Not a valid integer"),
        (PIXELS, &[("filtering", "{\"available_for_catalog_only\":\"yes\"}")], 40002, "filtering.available_for"),
        (STATS, &[("pixel_ids", &one)], 40002, "Missing required field(s): date_range."),
        (STATS, &[("pixel_ids", &pixel), ("date_range", &march)], 40002, "pixel_ids: Field must be set to array"),
        (STATS, &[("pixel_ids", "x"), ("date_range", &march)], 40002, "pixel_ids: Field must be set to array"),
        (STATS, &[("pixel_ids", "[]"), ("date_range", &march)], 40002, "pixel_ids: Length must be between 1 and 10"),
        (STATS, &[("pixel_ids", &eleven), ("date_range", &march)], 40002, "pixel_ids: Length must be between 1 and 10"),
        (STATS, &[("pixel_ids", &one), ("date_range", &long)], 40002, "date_range: The range must not exceed 30 days"),
        (STATS, &[("pixel_ids", &one), ("date_range", &wrong)], 40002, "date_range.start_date: Not a valid date"),
        (STATS, &[("pixel_ids", &one), ("date_range", &back)], 40002, "date_range: start_date must not be later"),
        (STATS, &[("pixel_ids", &other), ("date_range", &march)], 40001, "No permission to operate pixel"),
        ("/crm/list/", &[("name", &name)], 40002, "name: Length must be between 1 and 40"),
        ("/crm/list/", &[("event_set_ids", &fifty_one)], 40002, "event_set_ids: Length must be between 1 and 50"),
        ("/app/info/", &[("app_id", "7")], 40001, "No permission to operate app id: 7."),
    ];
    for (path, more, code, message) in rows {
        let reply = get(&sim, path, &[&[("advertiser_id", tokyo.as_str())], more].concat());
        let told = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(reply.code() == code && told.starts_with(message), "{path} {more:?}: {told}");
    }
    for path in [PIXELS, "/offline/get/", "/crm/list/", "/app/list/"] {
        assert_eq!(get(&sim, path, &[]).json()["message"], "Missing required field(s): advertiser_id.");
    }
}

#[test]
fn numbers_of_pixels_add_up() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let pixels = list(&sim, PIXELS, "pixels", "Tokyo", &[]);
    let asked = json!(ids(&pixels, "pixel_id")).to_string();
    let total = |first: &str, last: &str| {
        let range = json!({"start_date": first, "end_date": last}).to_string();
        let query = [("advertiser_id", tokyo.as_str()), ("pixel_ids", &asked), ("date_range", &range)];
        let rows = get(&sim, STATS, &query).json()["data"]["list"].as_array().unwrap().clone();
        assert_eq!(ids(&rows, "pixel_id"), ids(&pixels, "pixel_id"));
        let numbers = rows.iter().flat_map(|row| row["statistics"].as_array().unwrap().clone());
        let count = |row: &Value, name: &str| row[name].as_u64().unwrap();
        let one = |row: Value| {
            let (browser, server) = (count(&row, "browser_event_total_count"), count(&row, "server_event_total_count"));
            assert_eq!(count(&row, "total_count"), browser + server);
            assert_ne!(row["pixel_event_type"].is_null(), row["custom_event_type"].is_null());
            browser + server
        };
        numbers.map(one).sum::<u64>()
    };
    let whole = total("2026-02-01", "2026-02-20");
    assert!(whole > 0);
    assert_eq!(whole, total("2026-02-01", "2026-02-11") + total("2026-02-12", "2026-02-20"));
    assert_eq!(total("2026-03-11", "2026-03-20"), 0, "tomorrow has no numbers");
    assert_eq!(total("2020-03-11", "2020-03-20"), 0, "nor the days before the pixel");
}

#[test]
fn permissions_are_asked_for() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let range = "{\"start_date\":\"2026-03-01\",\"end_date\":\"2026-03-01\"}";
    let rows: [(&str, More<'_>, &str); 6] = [
        (PIXELS, &[], "Read Pixels"),
        (STATS, &[("pixel_ids", "[\"1\"]"), ("date_range", range)], "Pixel Level Reporting"),
        ("/offline/get/", &[], "Read Offline Events"),
        ("/crm/list/", &[], "Read CRM Event Sets"),
        ("/app/list/", &[], "Read Apps"),
        ("/app/info/", &[("app_id", "1")], "Read Apps"),
    ];
    for (path, more, scope) in rows {
        let query = [&[("advertiser_id", tokyo.as_str())], more].concat();
        let reply = get_as(&sim, Some(TOKEN_WITHOUT_EVENTS), path, &query);
        let told = format!("No permission: the access token lacks the scope \"{scope}\".");
        assert_eq!((reply.code(), reply.json()["message"].as_str()), (40001, Some(told.as_str())));
    }
    assert_eq!(get_as(&sim, Some(TOKEN_WITHOUT_EVENTS), "/campaign/get/", &[("advertiser_id", &tokyo)]).code(), 0);
    let scopes = |token: &str| {
        let (id, secret) = (SANDBOX_APP.id, SANDBOX_APP.secret);
        let body = json!({"app_id": id, "secret": secret, "auth_code": format!("code-{token}")}).to_string();
        let reply = send(&sim, None, "POST /open_api/v1.3/oauth2/access_token/", &body).json();
        reply["data"]["scope"].as_array().unwrap().clone()
    };
    let offline = json!(7_043_626_160_646_946_818_u64);
    assert!(scopes(TOKEN_GOOD).contains(&offline) && !scopes(TOKEN_WITHOUT_EVENTS).contains(&offline));
    sim.mutate(|world| {
        let token = world.tokens.iter_mut().find(|token| token.value == TOKEN_WITHOUT_EVENTS).unwrap();
        token.scopes.push(800);
    });
    assert_eq!(get_as(&sim, Some(TOKEN_WITHOUT_EVENTS), PIXELS, &[("advertiser_id", &tokyo)]).code(), 0);
}
