use crate::client;
use crate::{id_of, small};
use serde_json::{Value, json};
use simulator::{Collection, Simulator};

const REPORT: &str = "/gmv_max/report/get/";
const METRICS: &str = r#"["cost","orders","gross_revenue","roi","cost_per_order"]"#;

fn ask(sim: &Simulator, path: &str, more: &[(&str, &str)]) -> Value {
    let tokyo = id_of(sim, "Tokyo");
    let store = sim.read(|world| world.records(tokyo, Collection::Store)[0]["store_id"].as_str().unwrap().to_owned());
    let (tokyo, stores) = (tokyo.to_string(), format!("[\"{store}\"]"));
    let query = [
        ("advertiser_id", tokyo.as_str()),
        ("store_ids", &stores),
        ("metrics", METRICS),
        ("dimensions", r#"["campaign_id","stat_time_day"]"#),
        ("start_date", "2026-02-10"),
        ("end_date", "2026-03-11"),
        ("page_size", "1000"),
    ];
    client::ask(sim, path, &query, more).json()
}

fn cents(row: &Value, metric: &str) -> u64 {
    row["metrics"][metric].as_str().unwrap().replace('.', "").parse().unwrap()
}

#[test]
fn campaigns_of_shops_are_nowhere_else() {
    let sim = small();
    let filter = r#"{"gmv_max_promotion_types":["PRODUCT_GMV_MAX","LIVE_GMV_MAX"]}"#;
    let list =
        ask(&sim, "/gmv_max/campaign/get/", &[("filtering", filter), ("page_size", "100")])["data"]["list"].clone();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 5, "one of six is deleted");
    let ids = format!("{{\"campaign_ids\":[{}]}}", list[0]["campaign_id"]);
    let ordinary = ask(&sim, "/campaign/get/", &[("filtering", &ids)]);
    assert_eq!(ordinary["data"]["page_info"]["total_number"], 0);
    let id = list[0]["campaign_id"].as_str().unwrap();
    let info = ask(&sim, "/campaign/gmv_max/info/", &[("campaign_id", id)])["data"].clone();
    assert_eq!((&info["campaign_id"], &info["campaign_name"]), (&list[0]["campaign_id"], &list[0]["campaign_name"]));
    let stores = ask(&sim, "/gmv_max/store/list/", &[])["data"]["store_list"].clone();
    assert_eq!(stores.as_array().unwrap().iter().filter(|store| store["is_gmv_max_available"] == true).count(), 1);
    assert_eq!(ask(&sim, "/store/list/", &[])["data"]["stores"].as_array().unwrap().len(), 2);
}

#[test]
fn levels_and_hours_add_up() {
    let sim = small();
    let sum = |more: &[(&str, &str)]| -> (u64, u64) {
        let list = ask(&sim, REPORT, more)["data"]["list"].clone();
        let rows = list.as_array().unwrap();
        assert!(!rows.is_empty(), "{more:?}");
        (rows.iter().map(|row| cents(row, "cost")).sum(), rows.iter().map(|row| cents(row, "gross_revenue")).sum())
    };
    let whole = sum(&[]);
    assert_eq!(sum(&[("dimensions", r#"["advertiser_id"]"#)]), whole);
    assert_eq!(sum(&[("dimensions", r#"["campaign_id"]"#)]), whole);
    let only = |kind: &str| format!("{{\"gmv_max_promotion_types\":[\"{kind}\"]}}");
    let product = sum(&[("filtering", &only("PRODUCT"))]);
    let (products, videos, rooms) = (of(&sim, "PRODUCT", false), of(&sim, "PRODUCT", true), of(&sim, "LIVE", false));
    assert_eq!(sum(&[("dimensions", r#"["campaign_id","item_group_id"]"#), ("filtering", &products)]), product);
    assert_eq!(sum(&[("dimensions", r#"["item_id","stat_time_day"]"#), ("filtering", &videos)]), product);
    let all = r#"["campaign_id","item_group_id","item_id","stat_time_day"]"#;
    assert_eq!(sum(&[("dimensions", all), ("filtering", &videos)]), product);
    let live = sum(&[("dimensions", r#"["room_id"]"#), ("filtering", &rooms)]);
    assert_eq!((product.0 + live.0, product.1 + live.1), whole);
    let day = [("start_date", "2026-03-01"), ("end_date", "2026-03-01")];
    let hours = sum(&[&[("dimensions", r#"["campaign_id","stat_time_hour"]"#)], &day[..]].concat());
    assert_eq!(sum(&day), hours);
}

/// The filter that names the campaigns of a kind, and their products.
fn of(sim: &Simulator, kind: &str, products: bool) -> String {
    let tokyo = id_of(sim, "Tokyo");
    sim.read(|world| {
        let all = world.gmv_max_leaves(world.account(tokyo).unwrap());
        let own = || all.iter().filter(|leaf| leaf.live == (kind == "LIVE"));
        let mut campaigns: Vec<String> = own().map(|leaf| leaf.campaign.to_string()).collect();
        campaigns.dedup();
        let mut sold: Vec<String> = own().map(|leaf| leaf.product.to_string()).collect();
        sold.dedup();
        let mut filter = json!({"campaign_ids": campaigns});
        if products {
            filter["item_group_ids"] = json!(sold);
        }
        filter.to_string()
    })
}

#[test]
fn below_campaigns_they_are_named_and_one_alone_has_attributes() {
    let sim = small();
    let code = |dimensions: &str, metrics: &str, filter: &str| {
        ask(&sim, REPORT, &[("dimensions", dimensions), ("metrics", metrics), ("filtering", filter)])["code"].clone()
    };
    let (products, videos) = (of(&sim, "PRODUCT", false), of(&sim, "PRODUCT", true));
    let one = serde_json::from_str::<Value>(&products).unwrap()["campaign_ids"][0].clone();
    let one = json!({"campaign_ids": [one]}).to_string();
    for (dimensions, metrics, filter, expected) in [
        (r#"["item_group_id"]"#, r#"["cost"]"#, "{}", 40002),
        (r#"["item_group_id"]"#, r#"["cost","product_status"]"#, &*products, 0),
        (r#"["item_group_id"]"#, r#"["product_name"]"#, &*products, 40002),
        (r#"["item_group_id"]"#, r#"["product_name"]"#, &*one, 0),
        (r#"["campaign_id","item_group_id"]"#, r#"["product_name"]"#, &*one, 40002),
        (r#"["item_id","stat_time_day"]"#, r#"["cost"]"#, &*products, 40002),
        (r#"["item_id","stat_time_day"]"#, r#"["creative_delivery_status"]"#, &*videos, 0),
        (r#"["room_id"]"#, r#"["cost"]"#, "{}", 40002),
    ] {
        assert_eq!(code(dimensions, metrics, filter), expected, "{dimensions} {metrics} {filter}");
    }
}

#[test]
fn attributes_orders_and_totals() {
    let sim = small();
    let more = [
        ("dimensions", r#"["campaign_id"]"#),
        ("metrics", r#"["campaign_name","operation_status","cost"]"#),
        ("sort_field", "cost"),
        ("enable_total_metrics", "true"),
    ];
    let data = ask(&sim, REPORT, &more)["data"].clone();
    let rows = data["list"].as_array().unwrap();
    assert!(rows.windows(2).all(|pair| cents(&pair[0], "cost") >= cents(&pair[1], "cost")));
    assert!(rows.iter().all(|row| row["metrics"]["currency"] == "JPY" && row["metrics"]["campaign_name"] != "-"));
    let total: u64 = rows.iter().map(|row| cents(row, "cost")).sum();
    assert_eq!(data["total_metrics"]["cost"].as_str().unwrap().replace('.', ""), total.to_string());
    assert_eq!(data["total_metrics"]["campaign_name"], "-");
}

#[test]
fn questions_are_checked() {
    let sim = small();
    let refused: [&[(&str, &str)]; 9] = [
        &[("store_ids", r#"["1","2"]"#)],
        &[("store_ids", "[]")],
        &[("metrics", r#"["spend"]"#)],
        &[("dimensions", r#"["stat_time_day"]"#)],
        &[("dimensions", r#"["campaign_id","stat_time_day","stat_time_hour"]"#)],
        &[("dimensions", r#"["campaign_id","stat_time_hour"]"#)],
        &[("start_date", "2026-02-09")],
        &[("metrics", r#"["campaign_name"]"#), ("dimensions", r#"["item_id"]"#)],
        &[("filtering", r#"{"gmv_max_promotion_types":["PRODUCT_GMV_MAX"]}"#)],
    ];
    for more in refused {
        assert_eq!(ask(&sim, REPORT, more)["code"], 40002, "{more:?}");
    }
}
