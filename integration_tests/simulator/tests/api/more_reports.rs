//! Reports that are not by ads, and what makes a report refuse, shrink or grow.

use crate::client::{Reply, ask_report as ask, get_as};
use crate::{id_of, small, start};
use serde_json::Value;
use simulator::{Level, Options, ReportOptions, ReportQuery, Simulator, TOKEN_GOOD, WorldKind};

fn with(reports: ReportOptions) -> Simulator {
    start(Options { reports, ..Options::default() })
}

fn rows(reply: &Reply) -> Vec<Value> {
    let json = reply.json();
    assert_eq!(json["code"], 0, "{}", json["message"]);
    json["data"]["list"].as_array().unwrap().clone()
}

fn impressions(rows: &[Value]) -> u64 {
    rows.iter().map(|row| row["metrics"]["impressions"].as_str().unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn every_breakdown_adds_up() {
    let sim = small();
    let whole =
        impressions(&rows(&ask(&sim, &[("data_level", "AUCTION_ADVERTISER"), ("dimensions", r#"["stat_time_day"]"#)])));
    let names = [
        "gender",
        "age",
        "country_code",
        "province_id",
        "dma_id",
        "language",
        "platform",
        "ac",
        "placement",
        "interest_category",
        "interest_category_tier2",
        "behavior_id",
        "device_brand_id",
        "contextual_tag",
        "ad_type",
    ];
    for name in names {
        let dimensions = format!("[\"advertiser_id\",\"{name}\"]");
        let change =
            [("report_type", "AUDIENCE"), ("data_level", "AUCTION_ADVERTISER"), ("dimensions", dimensions.as_str())];
        let found = rows(&ask(&sim, &change));
        assert_eq!(impressions(&found), whole, "{name}");
        assert!(found.iter().all(|row| row["dimensions"][name].is_string()));
    }
    for (kind, dimensions) in [
        ("PLAYABLE_MATERIAL", r#"["playable_id"]"#),
        ("PLAYABLE_MATERIAL", r#"["playable_id","country_code"]"#),
        ("CATALOG", r#"["advertiser_id","product_id"]"#),
        ("CATALOG", r#"["advertiser_id","catalog_id","stat_time_day"]"#),
    ] {
        let change = [("report_type", kind), ("data_level", "AUCTION_ADVERTISER"), ("dimensions", dimensions)];
        assert_eq!(impressions(&rows(&ask(&sim, &change))), whole, "{kind} {dimensions}");
    }
}

#[test]
fn metrics_follow_dimensions() {
    let sim = small();
    for (kind, dimensions, metrics, legal) in [
        ("AUDIENCE", r#"["ad_id","country_code"]"#, r#"["spend","likes","campaign_name"]"#, true),
        ("AUDIENCE", r#"["ad_id","country_code"]"#, r#"["reach"]"#, false),
        ("AUDIENCE", r#"["ad_id","gender"]"#, r#"["reach"]"#, true),
        ("AUDIENCE", r#"["ad_id","hashtag"]"#, r#"["result"]"#, false),
        ("BASIC", r#"["ad_id","search_terms"]"#, r#"["reach"]"#, false),
        ("BASIC", r#"["ad_id","country_code"]"#, r#"["reach","purchase"]"#, true),
    ] {
        let reply = ask(&sim, &[("report_type", kind), ("dimensions", dimensions), ("metrics", metrics)]).json();
        assert_eq!(reply["code"] == 0, legal, "{kind} {dimensions} {metrics}");
        assert!(legal || reply["message"].as_str().unwrap().starts_with("Conflict occurs."));
    }
}

#[test]
fn too_much_is_refused() {
    let names: Vec<&str> = vec!["spend"; 101];
    let many = serde_json::to_string(&names).unwrap();
    let sim = small();
    assert_eq!(ask(&sim, &[("metrics", &many)]).code(), 40002);
    let generous = with(ReportOptions { max_metrics: 101, ..ReportOptions::default() });
    assert_eq!(ask(&generous, &[("metrics", &many)]).code(), 0);
    let narrow = with(ReportOptions { max_size: Some(200), ..ReportOptions::default() });
    assert_eq!(ask(&narrow, &[("page_size", "1")]).code(), 40067, "whatever the page");
    let day = [("start_date", "2026-03-01"), ("end_date", "2026-03-01")];
    assert_eq!(ask(&narrow, &day).code(), 0);
}

#[test]
fn a_year_has_365_days_unless_told() {
    let year = [("dimensions", r#"["ad_id"]"#), ("start_date", "2025-03-11"), ("page_size", "1")];
    assert_eq!(ask(&small(), &year).code(), 40002);
    assert_eq!(ask(&with(ReportOptions { max_days: 366, ..ReportOptions::default() }), &year).code(), 0);
}

#[test]
fn a_filter_by_campaign_brings_back_what_was_cut() {
    let header = |reply: &Reply| reply.head.contains("x-tt-ads-throttle");
    let everything = r#"{"field_name":"ad_status","filter_type":"IN","filter_value":"[\"STATUS_ALL\"]"}"#;
    let limit = 20;
    let sim = with(ReportOptions { max_ads: limit, ..ReportOptions::default() });
    let before = with(ReportOptions { max_ads: limit, ads_counted_after_filter: false, ..ReportOptions::default() });
    let whole = small();
    let all = format!("[{everything}]");
    let expected = impressions(&rows(&ask(&whole, &[("filtering", &all)])));
    let cut = ask(&sim, &[("filtering", &all)]);
    assert!(header(&cut) && impressions(&rows(&cut)) < expected);
    let campaigns: Vec<u64> = sim.read(|world| {
        world.account_named("Tokyo").unwrap().all(Level::Campaign).iter().map(|campaign| campaign.id).collect()
    });
    let mut found = 0;
    for id in &campaigns {
        let filter =
            format!(r#"[{everything},{{"field_name":"campaign_ids","filter_type":"IN","filter_value":"[\"{id}\"]"}}]"#);
        let part = ask(&sim, &[("filtering", &filter)]);
        assert!(!header(&part));
        assert!(header(&ask(&before, &[("filtering", &filter)])));
        found += impressions(&rows(&part));
    }
    assert_eq!(found, expected);
}

#[test]
fn the_advertiser_level_is_filtered_ad_by_ad() {
    let sim = small();
    let id = sim.read(|world| world.account_named("Tokyo").unwrap().all(Level::Campaign)[1].id);
    let filter = format!(r#"[{{"field_name":"campaign_ids","filter_type":"IN","filter_value":"[\"{id}\"]"}}]"#);
    let days = [("data_level", "AUCTION_ADVERTISER"), ("dimensions", r#"["stat_time_day"]"#), ("filtering", &filter)];
    let campaign = [("data_level", "AUCTION_CAMPAIGN"), ("dimensions", r#"["campaign_id"]"#), ("filtering", &filter)];
    let expected = impressions(&rows(&ask(&sim, &campaign)));
    assert!(expected > 0);
    assert_eq!(impressions(&rows(&ask(&sim, &days))), expected);
}

#[test]
fn objects_that_did_nothing_may_have_rows() {
    let by_id = [("dimensions", r#"["ad_id"]"#)];
    let (sparse, full) = (small(), with(ReportOptions { idle_rows: true, ..ReportOptions::default() }));
    let (few, many) = (rows(&ask(&sparse, &by_id)), rows(&ask(&full, &by_id)));
    assert!(few.len() < many.len());
    assert_eq!(impressions(&few), impressions(&many));
    assert_eq!(rows(&ask(&sparse, &[])).len(), rows(&ask(&full, &[])).len(), "not by day");
}

#[test]
fn a_business_center_is_the_sum_of_its_accounts() {
    let sim = small();
    let business = sim.read(|world| world.account_named("Tokyo").unwrap().business);
    let text = business.to_string();
    let bc = |dimensions: &str, more: &[(&'static str, &str)]| {
        let base = [
            ("report_type", "BC"),
            ("data_level", ""),
            ("advertiser_id", ""),
            ("bc_id", text.as_str()),
            ("dimensions", dimensions),
        ];
        ask(&sim, &[&base[..], more].concat())
    };
    let expected: u64 = sim.read(|world| {
        let query = |advertiser| ReportQuery {
            advertiser,
            level: None,
            audience: false,
            dimensions: vec!["advertiser_id".to_owned()],
            metrics: vec!["impressions".to_owned()],
            range: Some(("2026-02-10".parse().unwrap(), "2026-03-11".parse().unwrap())),
            deleted: true,
        };
        let own = world.accounts.iter().filter(|account| account.business == business);
        own.flat_map(|account| world.report(&query(account.id)))
            .map(|row| row.metrics["impressions"].parse::<u64>().unwrap())
            .sum()
    });
    for dimensions in [
        r#"["advertiser_id"]"#,
        r#"["advertiser_id","country_code"]"#,
        r#"["advertiser_id","placement"]"#,
        r#"["stat_time_day"]"#,
        r#"["stat_time_week"]"#,
        r#"["advertiser_id","stat_time_month"]"#,
    ] {
        let found = rows(&bc(dimensions, &[]));
        assert_eq!(impressions(&found), expected, "{dimensions}");
        assert!(found[0]["metrics"].as_object().unwrap().len() >= 9, "all metrics unless told");
    }
    for (dimensions, more) in [
        (r#"["country_code"]"#, &[][..]),
        (r#"["advertiser_id","country_code","placement"]"#, &[]),
        (r#"["advertiser_id","country_code"]"#, &[("metrics", r#"["cash_spend"]"#)]),
        (r#"["advertiser_id"]"#, &[("service_type", "AUCTION")]),
        (r#"["advertiser_id"]"#, &[("start_date", "2025-03-11")]),
    ] {
        assert_eq!(bc(dimensions, more).code(), 40002, "{dimensions} {more:?}");
    }
    assert_eq!(bc(r#"["advertiser_id"]"#, &[("bc_id", "1")]).code(), 40001);
}

#[test]
fn shops_have_five_combinations() {
    let sim = small();
    let shop = |level: &str, dimensions: &str, more: &[(&'static str, &str)]| {
        let base = [("report_type", "TT_SHOP"), ("data_level", level), ("dimensions", dimensions)];
        ask(&sim, &[&base[..], more].concat())
    };
    let spend = |rows: &[Value]| -> u64 {
        rows.iter().map(|row| row["metrics"]["spend"].as_str().unwrap().replace('.', "").parse::<u64>().unwrap()).sum()
    };
    let whole = spend(&rows(&shop("AUCTION_ADVERTISER", r#"["advertiser_id"]"#, &[])));
    assert!(whole > 0);
    for (level, dimensions) in [
        ("AUCTION_ADVERTISER", r#"["country_code","advertiser_id"]"#),
        ("AUCTION_ADVERTISER", r#"["advertiser_id","country_code","stat_time_day"]"#),
        ("AUCTION_CAMPAIGN", r#"["campaign_id","country_code"]"#),
        ("AUCTION_CAMPAIGN", r#"["campaign_id","country_code","stat_time_day"]"#),
    ] {
        assert_eq!(spend(&rows(&shop(level, dimensions, &[]))), whole, "{dimensions}");
    }
    for (level, dimensions, more) in [
        ("AUCTION_CAMPAIGN", r#"["campaign_id"]"#, &[][..]),
        ("AUCTION_AD", r#"["advertiser_id"]"#, &[]),
        ("AUCTION_ADVERTISER", r#"["campaign_id","country_code"]"#, &[]),
        ("AUCTION_ADVERTISER", r#"["advertiser_id"]"#, &[("filtering", "[]")]),
    ] {
        assert_eq!(shop(level, dimensions, more).code(), 40002, "{level} {dimensions}");
    }
}

#[test]
fn accounts_of_all_ages_have_nothing_before_they_were() {
    let sim = start(Options { world: WorldKind::Ages, ..Options::default() });
    let listed = sim.read(|world| world.token(TOKEN_GOOD).unwrap().lists.clone());
    assert_eq!(listed.len(), 6);
    let mut ages = Vec::new();
    for id in listed {
        let (born, today, days) = sim.read(|world| {
            let account = world.account(id).unwrap();
            let query = ReportQuery {
                advertiser: id,
                level: None,
                audience: false,
                dimensions: vec!["stat_time_day".to_owned()],
                metrics: vec!["spend".to_owned()],
                range: None,
                deleted: true,
            };
            let days: Vec<String> =
                world.report(&query).iter().map(|row| row.dimensions["stat_time_day"].clone()).collect();
            (account.day_at(account.created), account.day_at(world.now), days)
        });
        assert!(days.iter().min().unwrap()[..10] >= *born.to_string(), "{id}");
        let age = (today - born).num_days();
        assert!(age < 60 || (days.len() as i64) < age * 3 / 4, "{id}: {} of {age} days", days.len());
        ages.push(age);
    }
    assert!(ages.windows(2).all(|pair| pair[0] > pair[1]));
}

#[test]
fn requests_are_counted_by_path_and_parameters() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    for page in ["1", "2"] {
        get_as(&sim, Some(TOKEN_GOOD), "/file/image/ad/search/", &[("advertiser_id", &tokyo), ("page", page)]);
    }
    let asked = sim.requests();
    let pages: Vec<&str> = asked
        .iter()
        .filter(|request| request.path == "/file/image/ad/search/" && request.code == Some(0))
        .map(|request| request.query["page"].as_str())
        .collect();
    assert_eq!(pages, ["1", "2"]);
}
