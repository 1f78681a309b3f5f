use super::{Query, exchange, whoami};
use crate::client::{Reply, get};
use crate::start;
use simulator::{AccessOptions, Level, Limits, Options, SANDBOX_APP, Sandbox, Simulator, TOKEN_GOOD};

fn sandbox(sandbox: Sandbox) -> Simulator {
    start(Options {
        access: AccessOptions { sandbox: Some(sandbox), ..AccessOptions::default() },
        ..Options::default()
    })
}

fn unlimited() -> Simulator {
    sandbox(Sandbox { limits: None, ..Sandbox::default() })
}

fn only(sim: &Simulator) -> String {
    sim.read(|world| {
        assert_eq!(world.accounts.len(), 1);
        world.accounts[0].id.to_string()
    })
}

#[test]
fn it_has_one_account_and_few_endpoints() {
    let sim = unlimited();
    let id = only(&sim);
    let list = format!("[\"{id}\"]");
    let own = [("advertiser_id", id.as_str())];
    for path in ["/campaign/get/", "/adgroup/get/", "/ad/get/"] {
        let reply = get(&sim, path, &own);
        assert!(reply.code() == 0 && !reply.body.contains("secondary_status"), "{path}");
        assert_eq!(get(&sim, path, &[("advertiser_id", "7")]).code(), 40013);
    }
    assert_eq!(whoami(&sim, TOKEN_GOOD), 0);
    let app = [("app_id", SANDBOX_APP.id), ("secret", SANDBOX_APP.secret)];
    let accounts = [("advertiser_ids", list.as_str())];
    let closed: [(&str, Query<'_>); 4] = [
        ("/oauth2/advertiser/get/", &app),
        ("/advertiser/info/", &accounts),
        ("/dmp/custom_audience/list/", &own),
        ("/pixel/list/", &own),
    ];
    for (path, query) in closed {
        assert_eq!(get(&sim, path, query).code(), 40009, "{path}");
    }
    assert_eq!(exchange(&sim, SANDBOX_APP, "x").code(), 40009);
    let other = sandbox(Sandbox { code: 40014, limits: None });
    assert_eq!(get(&other, "/pixel/list/", &own).code(), 40014);
}

#[test]
fn its_endpoints_have_limits_of_their_own() {
    let sim = sandbox(Sandbox::default());
    let codes: Vec<i64> = (0..4).map(|_| whoami(&sim, TOKEN_GOOD)).collect();
    assert!(codes[0] == 0 && codes.contains(&40100), "{codes:?}");
    let sim = sandbox(Sandbox { limits: Some(Limits { second: 9, minute: 2, day: 9 }), ..Sandbox::default() });
    let codes: Vec<i64> = (0..3).map(|_| whoami(&sim, TOKEN_GOOD)).collect();
    assert_eq!(codes, [0, 0, 40100]);
    assert_eq!(get(&sim, "/ad/get/", &[("advertiser_id", &only(&sim))]).code(), 0, "another endpoint");
}

fn report(sim: &Simulator, changes: Query<'_>) -> Reply {
    let id = only(sim);
    let mut query = vec![
        ("advertiser_id", id.as_str()),
        ("report_type", "BASIC"),
        ("data_level", "AUCTION_CAMPAIGN"),
        ("dimensions", r#"["campaign_id","stat_time_day"]"#),
        ("metrics", r#"["spend","clicks"]"#),
        ("start_date", "2020-12-15"),
        ("end_date", "2020-12-24"),
        ("page_size", "1000"),
    ];
    query.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    query.extend_from_slice(changes);
    get(sim, "/report/integrated/get/", &query)
}

#[test]
fn its_reports_are_made_up() {
    let sim = unlimited();
    let campaigns = sim.read(|world| world.accounts[0].listed(Level::Campaign, false).len());
    let reply = report(&sim, &[]).json();
    let rows = reply["data"]["list"].as_array().unwrap();
    assert_eq!(rows.len(), 5 * campaigns, "five of the days have numbers");
    assert_eq!(rows[0]["dimensions"]["stat_time_day"], "2020-12-15 00:00:00");
    assert_eq!((rows[0]["metrics"]["spend"].as_str(), rows[0]["metrics"]["clicks"].as_str()), (Some("-"), Some("0")));
    let cases: [(Query<'_>, i64, u64); 8] = [
        (&[("start_date", "2026-03-01"), ("end_date", "2026-03-09")], 0, 0),
        (&[("dimensions", r#"["campaign_id"]"#)], 0, campaigns as u64),
        (&[("dimensions", r#"["campaign_id"]"#), ("query_lifetime", "true")], 0, campaigns as u64),
        (&[("service_type", "RESERVATION")], 40009, 0),
        (&[("report_type", "BC")], 40009, 0),
        (&[("report_type", "TT_SHOP")], 40009, 0),
        (&[("enable_total_metrics", "true")], 40009, 0),
        (&[("metrics", r#"["nonsense"]"#)], 40002, 0),
    ];
    for (changes, code, total) in cases {
        let reply = report(&sim, changes);
        let found = reply.json()["data"]["page_info"]["total_number"].as_u64().unwrap_or(0);
        assert_eq!((reply.code(), found), (code, total), "{changes:?}");
    }
}
