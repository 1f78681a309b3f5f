//! Lists of records that accounts and Business Centers own: pages, filters, orders, refusals.

use crate::client::{get, get_as};
use crate::{id_of, small, start};
use serde_json::Value;
use simulator::{
    AssetOptions, Collection, IdentityPaging, Level, Options, Simulator, TOKEN_AGENCY, TOKEN_NARROW, World, WorldKind,
    endpoints,
};

fn large() -> Simulator {
    start(Options { world: WorldKind::Large, ..Options::default() })
}

/// An endpoint that lists: its records, their key, the largest page, and what else it needs.
struct List {
    path: &'static str,
    list: &'static str,
    key: &'static str,
    most: usize,
    more: &'static [(&'static str, &'static str)],
    collection: Collection,
}

const fn list(path: &'static str, list: &'static str, key: &'static str, most: usize, collection: Collection) -> List {
    List { path, list, key, most, more: &[], collection }
}

const BOTH: &[(&str, &str)] = &[(
    "filtering",
    r#"{"gmv_max_promotion_types":["PRODUCT_GMV_MAX","LIVE_GMV_MAX"],"primary_status":"STATUS_DELIVERY_OK"}"#,
)];

const LISTS: &[List] = &[
    list("/file/image/ad/search/", "list", "image_id", 100, Collection::Image),
    list("/file/video/ad/search/", "list", "video_id", 100, Collection::Video),
    list("/file/music/get/", "musics", "music_id", 1_000, Collection::Music),
    list("/creative/portfolio/list/", "creative_portfolios", "creative_portfolio_id", 100, Collection::Portfolio),
    list("/tt_video/list/", "list", "item_info", 50, Collection::SparkPost),
    list("/dmp/saved_audience/list/", "saved_audiences", "saved_audience_id", 100, Collection::SavedAudience),
    List { more: BOTH, ..list("/gmv_max/campaign/get/", "list", "campaign_id", 100, Collection::GmvMaxCampaign) },
];

fn keys(data: &Value, list: &str, key: &str) -> Vec<String> {
    data[list].as_array().unwrap().iter().map(|row| row[key].to_string()).collect()
}

#[test]
fn pages_of_a_large_account_are_the_whole() {
    let sim = large();
    let id = id_of(&sim, "Large");
    let text = id.to_string();
    for List { path, list, key, most, more, collection } in LISTS {
        let size = most.to_string();
        let mut found = Vec::new();
        let mut pages = 0;
        loop {
            pages += 1;
            let page = pages.to_string();
            let mut query = vec![("advertiser_id", text.as_str()), ("page_size", &size), ("page", &page)];
            query.extend_from_slice(more);
            let data = get(&sim, path, &query).json()["data"].clone();
            found.extend(keys(&data, list, key));
            if data["page_info"]["page"] == data["page_info"]["total_page"] {
                assert_eq!(data["page_info"]["total_number"], found.len(), "{path}");
                break;
            }
        }
        assert!(pages > 1, "{path}");
        let running =
            |record: &&simulator::Record| more.is_empty() || record["secondary_status"] == "CAMPAIGN_STATUS_ENABLE";
        let mut expected: Vec<String> = sim.read(|world| {
            world.records(id, *collection).iter().filter(running).map(|record| record[*key].to_string()).collect()
        });
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn pages_that_are_too_large_are_refused() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let business = sim.read(|world| world.accounts[0].business).to_string();
    let sizes = LISTS.iter().map(|list| (list.path, list.most, list.more));
    let others = [
        ("/smart_plus/campaign/get/", 1_000, &[] as &[_]),
        ("/smart_plus/ad/get/", 100, &[]),
        ("/identity/get/", 100, &[]),
        ("/bc/get/", 50, &[]),
        ("/advertiser/balance/get/", 50, &[]),
        ("/bc/asset/get/", 50, &[("asset_type", "ADVERTISER")]),
    ];
    for (path, most, more) in sizes.chain(others) {
        let ask = |size: usize| {
            let size = size.to_string();
            let bc = if path == "/bc/get/" { "" } else { business.as_str() };
            let mut query = vec![("advertiser_id", tokyo.as_str()), ("bc_id", bc), ("page_size", &size)];
            query.extend_from_slice(more);
            get(&sim, path, &query).code()
        };
        assert_eq!((ask(most), ask(most + 1)), (0, 40002), "{path}");
    }
}

#[test]
fn filters_choose_and_are_checked() {
    let sim = small();
    let id = id_of(&sim, "Tokyo");
    let tokyo = id.to_string();
    let count = |path: &str, filter: &str| {
        let reply = get(&sim, path, &[("advertiser_id", &tokyo), ("filtering", filter)]).json();
        if reply["code"] == 0 { reply["data"]["page_info"]["total_number"].as_u64() } else { None }
    };
    let video = sim.read(|world| world.records(id, Collection::Video)[0]["video_id"].clone());
    for (path, filter, expected) in [
        ("/file/video/ad/search/", format!("{{\"video_ids\":[{video}]}}"), Some(1)),
        ("/file/video/ad/search/", r#"{"video_ids":"x"}"#.to_owned(), None),
        ("/file/image/ad/search/", r#"{"displayable":true,"width":1}"#.to_owned(), Some(0)),
        ("/file/image/ad/search/", r#"{"displayable":"true"}"#.to_owned(), None),
        ("/creative/portfolio/list/", r#"{"creative_portfolio_types":["GESTURE"]}"#.to_owned(), Some(1)),
        ("/creative/portfolio/list/", r#"{"creative_portfolio_types":["GESTURES"]}"#.to_owned(), None),
        ("/gmv_max/campaign/get/", "{}".to_owned(), None),
        (
            "/gmv_max/campaign/get/",
            r#"{"gmv_max_promotion_types":["LIVE_GMV_MAX"],"primary_status":"STATUS_DELETE"}"#.to_owned(),
            Some(1),
        ),
        ("/smart_plus/ad/get/", r#"{"modified_after":"2026-01-01"}"#.to_owned(), None),
        ("/smart_plus/campaign/get/", r#"{"sales_destination":"MOON"}"#.to_owned(), None),
        ("/smart_plus/adgroup/get/", r#"{"nothing":1,"primary_status":"STATUS_DELETE"}"#.to_owned(), Some(0)),
    ] {
        assert_eq!(count(path, &filter), expected, "{path} {filter}");
    }
}

#[test]
fn a_search_reaches_no_further_than_the_ceiling() {
    let sim = start(Options {
        world: WorldKind::Large,
        assets: AssetOptions { ceiling: 30, ..AssetOptions::default() },
        ..Options::default()
    });
    let id = id_of(&sim, "Large");
    let text = id.to_string();
    for (path, collection) in
        [("/file/image/ad/search/", Collection::Image), ("/file/video/ad/search/", Collection::Video)]
    {
        let data = get(&sim, path, &[("advertiser_id", &text), ("page_size", "100")]).json()["data"].clone();
        let mut times: Vec<String> = sim.read(|world| {
            world
                .records(id, collection)
                .iter()
                .map(|record| record["modify_time"].as_str().unwrap().to_owned())
                .collect()
        });
        times.sort_by(|one, other| other.cmp(one));
        let found: Vec<&str> =
            data["list"].as_array().unwrap().iter().map(|row| row["modify_time"].as_str().unwrap()).collect();
        assert_eq!(data["page_info"]["total_number"], 30);
        assert_eq!(found, times[..30]);
    }
}

#[test]
fn details_come_by_id() {
    let sim = small();
    let id = id_of(&sim, "Tokyo");
    let tokyo = id.to_string();
    let first = |collection| sim.read(|world: &World| world.records(id, collection)[0].clone());
    for (path, name, key, collection) in [
        ("/file/image/ad/info/", "image_ids", "image_id", Collection::Image),
        ("/file/video/ad/info/", "video_ids", "video_id", Collection::Video),
    ] {
        let record = first(collection);
        let ids = format!("[\"unknown\",{}]", record[key]);
        let data = get(&sim, path, &[("advertiser_id", &tokyo), (name, &ids)]).json()["data"].clone();
        assert_eq!(data["list"], Value::Array(vec![Value::Object(record)]), "{path}");
        let many = serde_json::to_string(&vec!["x"; 101]).unwrap();
        assert_eq!(get(&sim, path, &[("advertiser_id", &tokyo), (name, &many)]).code(), 40002);
    }
    let card = first(Collection::Portfolio);
    let id = card["creative_portfolio_id"].as_str().unwrap();
    let query = [("advertiser_id", tokyo.as_str()), ("creative_portfolio_id", id)];
    let data = get(&sim, "/creative/portfolio/get/", &query).json()["data"].clone();
    assert_eq!(data["portfolio_content"][0]["title"], card["title"]);
    let music = [("advertiser_id", tokyo.as_str()), ("page_size", "1000"), ("page", "101")];
    assert_eq!(get(&sim, "/file/music/get/", &music).code(), 40002);
}

#[test]
fn identities_page_in_two_ways() {
    for paging in [IdentityPaging::PageInfo, IdentityPaging::Cursor] {
        let sim = start(Options {
            world: WorldKind::Large,
            assets: AssetOptions { identity_paging: paging, ..AssetOptions::default() },
            ..Options::default()
        });
        let id = id_of(&sim, "Large");
        let text = id.to_string();
        let mut found = Vec::new();
        let mut place = if paging == IdentityPaging::Cursor { 0 } else { 1 };
        loop {
            let at = place.to_string();
            let name = if paging == IdentityPaging::Cursor { "cursor" } else { "page" };
            let query =
                [("advertiser_id", text.as_str()), ("identity_type", "TT_USER"), ("page_size", "100"), (name, &at)];
            let data = get(&sim, "/identity/get/", &query).json()["data"].clone();
            found.extend(keys(&data, "identity_list", "identity_id"));
            if paging == IdentityPaging::Cursor {
                assert!(data.get("page_info").is_none());
                place = data["cursor"].as_u64().unwrap();
                if data["has_more"] == false {
                    break;
                }
            } else {
                place += 1;
                if data["page_info"]["page"] == data["page_info"]["total_page"] {
                    break;
                }
            }
        }
        let expected = sim.read(|world| {
            let all = world.records(id, Collection::Identity).iter();
            all.filter(|record| record["identity_type"] == "TT_USER").count()
        });
        assert_eq!(found.len(), expected);
        assert!(found.len() > 100);
    }
}

#[test]
fn without_a_type_the_count_of_identities_is_wrong() {
    let sim = small();
    let id = id_of(&sim, "Tokyo");
    let tokyo = id.to_string();
    let data = get(&sim, "/identity/get/", &[("advertiser_id", &tokyo)]).json()["data"].clone();
    let shown = data["identity_list"].as_array().unwrap().len();
    assert!(data["page_info"]["total_number"].as_u64().unwrap() < shown as u64);
    let business = sim.read(|world| world.accounts[0].business).to_string();
    let own = sim.read(|world| world.records(id, Collection::Identity)[3].clone());
    let mut query = vec![
        ("advertiser_id", tokyo.as_str()),
        ("identity_id", own["identity_id"].as_str().unwrap()),
        ("identity_type", "BC_AUTH_TT"),
    ];
    assert_eq!(get(&sim, "/identity/info/", &query).code(), 40002);
    query.push(("identity_authorized_bc_id", &business));
    let info = get(&sim, "/identity/info/", &query).json()["data"]["identity_info"].clone();
    assert_eq!((&info["display_name"], info.get("profile_image")), (&own["display_name"], None));
}

#[test]
fn comments_are_those_of_an_ad_group() {
    let sim = large();
    let id = id_of(&sim, "Large");
    let text = id.to_string();
    let adgroup = sim.read(|world| world.account(id).unwrap().all(Level::AdGroup)[0].id).to_string();
    let ask = |more: &[(&str, &str)]| {
        let mut query =
            vec![("advertiser_id", text.as_str()), ("search_field", "ADGROUP_ID"), ("search_value", &adgroup)];
        query.extend_from_slice(more);
        get(&sim, "/comment/list/", &query).json()
    };
    let days = [("start_time", "2020-01-01"), ("end_time", "2026-03-10"), ("page_size", "100")];
    let data = ask(&days)["data"].clone();
    assert!(data["page_info"]["total_page"].as_u64().unwrap() >= 3);
    let times = keys(&data, "comments", "create_time");
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]));
    let replies = ask(&[&days[..], &[("comment_type", r#"["REPLY"]"#)]].concat())["data"].clone();
    assert!(replies["comments"].as_array().unwrap().iter().all(|comment| comment["original_comment_id"].is_string()));
    for wrong in [&days[..1], &[("start_time", "2026-03-11"), days[1]], &[days[0], ("end_time", "2026-03-10 00:00:00")]]
    {
        assert_eq!(ask(wrong)["code"], 40002, "{wrong:?}");
    }
}

#[test]
fn businesses_assets_and_balances() {
    let sim = large();
    let business = sim.read(|world| world.account_named("Tokyo").unwrap().business).to_string();
    let other = sim.read(|world| world.account_named("Foreign").unwrap().business).to_string();
    let total = |path: &str, query: &[(&str, &str)]| {
        let data = get(&sim, path, query).json()["data"].clone();
        data["page_info"]["total_number"].as_u64().unwrap_or_default()
    };
    assert_eq!(total("/bc/get/", &[]), 56);
    let assets = [("bc_id", business.as_str()), ("asset_type", "ADVERTISER")];
    assert!(total("/bc/asset/get/", &assets) > 50);
    assert!(total("/bc/asset/get/", &[assets[0], ("asset_type", "TIKTOK_SHOP")]) > 0);
    assert!(total("/advertiser/balance/get/", &assets[..1]) > 50);
    let data = get(&sim, "/advertiser/balance/get/", &assets[..1]).json()["data"].clone();
    assert!(data["advertiser_account_list"][0].get("balance_info").is_none());
    let query = [assets[0], ("fields", r#"["balance_info"]"#)];
    let data = get(&sim, "/advertiser/balance/get/", &query).json()["data"].clone();
    assert!(data["advertiser_account_list"][0]["balance_info"]["cash_balance"].is_number());
    let foreign = [("bc_id", other.as_str()), ("asset_type", "ADVERTISER")];
    assert_eq!(get(&sim, "/bc/asset/get/", &foreign).code(), 40001);
    assert_eq!(get_as(&sim, Some(TOKEN_AGENCY), "/bc/asset/get/", &foreign).code(), 0);
    let unknown = [("bc_id", "1"), assets[1]];
    assert_eq!(get(&sim, "/bc/asset/get/", &unknown).code(), 40001);
    for (path, query) in [
        ("/bc/asset/get/", &[("bc_id", business.as_str()), ("asset_type", "MOON")][..]),
        ("/bc/get/", &[("scene", "TIERED_ACCOUNT")]),
        ("/bc/advertiser/attribute/", &[]),
    ] {
        assert_eq!(get(&sim, path, query).code(), 40002, "{path} {query:?}");
    }
}

#[test]
fn what_was_not_granted_is_refused() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let code = |path: &str| get_as(&sim, Some(TOKEN_NARROW), path, &[("advertiser_id", &tokyo)]).code();
    for path in ["/campaign/get/", "/adgroup/get/", "/ad/get/", "/smart_plus/ad/get/"] {
        assert_eq!(code(path), 0, "{path}");
    }
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.method == "GET") {
        let granted = endpoint.scope.is_none_or(|scope| [44, 100, 200, 210, 220].contains(&scope));
        assert_eq!(code(endpoint.path) == 40001, !granted, "{}", endpoint.path);
    }
}

#[test]
fn instant_pages_know_few_pairs() {
    let sim = small();
    let tokyo = id_of(&sim, "Tokyo").to_string();
    let ask = |sim: &Simulator, more: &[(&str, &str)]| {
        let query = [&[("advertiser_id", tokyo.as_str())], more].concat();
        get(sim, "/pixel/instant_page/event/", &query).json()
    };
    let pair = [("objective_type", "WEB_CONVERSIONS"), ("optimization_goal", "CONVERT")];
    let found = ask(&sim, &pair)["data"]["list"][0]["instant_page_events"]["objective_types"][0].clone();
    assert_eq!(found["objective_type"], "CONVERSIONS");
    assert_eq!(found["optimization_goals"][0]["optimization_events"][0], "BUTTON");
    assert_eq!(ask(&sim, &[])["code"], 0);
    assert_eq!(ask(&sim, &[pair[0], ("optimization_goal", "GMV")])["code"], 40002);
    let strict = start(Options {
        assets: AssetOptions { instant_page_needs_pair: true, ..AssetOptions::default() },
        ..Options::default()
    });
    assert_eq!(ask(&strict, &[])["code"], 40002);
}
