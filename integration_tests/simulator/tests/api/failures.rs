use crate::client::get;
use crate::{id_of, small, start};
use simulator::{FaultPlan, Level, Options, QuotaOptions, Simulator};

fn plan(text: &str) -> FaultPlan {
    text.parse().unwrap()
}

fn ads(sim: &Simulator, page: &str) -> crate::client::Reply {
    let id = id_of(sim, "Tokyo").to_string();
    get(sim, "/ad/get/", &[("advertiser_id", &id), ("page_size", "10"), ("page", page)])
}

#[test]
fn codes_and_pages_of_html() {
    let sim = small();
    sim.faults(plan("times=1,kind=40100;times=1,kind=unknown77777;times=1,kind=html502"));
    assert_eq!(ads(&sim, "1").code(), 40100);
    assert_eq!(ads(&sim, "1").code(), 77_777);
    let html = ads(&sim, "1");
    assert!(html.head.starts_with("HTTP/1.1 502") && html.body.starts_with("<html>"));
    assert_eq!(ads(&sim, "1").code(), 0);
    let log = sim.requests();
    let faults: Vec<_> = log.iter().map(|line| line.fault.as_deref()).collect();
    assert_eq!(faults, [Some("40100"), Some("77777"), Some("html502"), None]);
    assert_eq!(log[0].code, Some(40_100));
    assert_eq!(log[3].query["page_size"], "10");
}

#[test]
fn broken_connections() {
    let sim = small();
    let whole = ads(&sim, "1").body.len();
    sim.faults(plan("times=1,kind=truncate;times=1,kind=reset;times=1,kind=drop;times=1,kind=slow"));
    let cut = ads(&sim, "1");
    assert_eq!(cut.length(), whole);
    assert!(cut.body.len() < whole && cut.error.is_none());
    let reset = ads(&sim, "1");
    assert!(reset.error.is_some() || reset.body.len() < whole);
    let dropped = ads(&sim, "1");
    assert!(dropped.head.is_empty());
    assert_eq!(ads(&sim, "1").body.len(), whole, "slow, but whole");
    assert_eq!(ads(&sim, "1").code(), 0);
}

#[test]
fn bodies_that_are_wrong() {
    let sim = small();
    sim.faults(plan("times=1,kind=empty;times=1,kind=wrongjson;times=1,kind=nodata"));
    assert!(ads(&sim, "1").body.is_empty());
    assert!(serde_json::from_str::<serde_json::Value>(&ads(&sim, "1").body).is_err());
    assert_eq!(ads(&sim, "1").json()["data"], serde_json::json!({}));
}

#[test]
fn pages_drift() {
    let sim = small();
    let ids = |page: &str| -> Vec<String> {
        let list = ads(&sim, page).json()["data"]["list"].as_array().unwrap().clone();
        list.iter().map(|ad| ad["ad_id"].as_str().unwrap().to_owned()).collect()
    };
    let (first, second) = (ids("1"), ids("2"));
    sim.faults(plan("path=/ad/get/,page=2,times=1,kind=grow"));
    assert_eq!(ids("2")[0], first[9], "a row comes twice");
    sim.faults(plan("path=/ad/get/,page=2,times=2,kind=vanish"));
    assert_eq!(ids("2"), second, "the added one has gone again");
    assert_eq!(ids("2")[0], second[1], "a row is passed over");
    sim.faults(plan("kind=total,times=1"));
    let total = |page| ads(&sim, page).json()["data"]["page_info"]["total_number"].as_u64();
    assert_eq!(total("1"), total("1").map(|total| total + 1));
}

#[test]
fn limits_answer_with_their_codes() {
    let sim = start(Options { quota: QuotaOptions { qps: Some(3), ..QuotaOptions::default() }, ..Options::default() });
    let codes: Vec<i64> = (0..12).map(|_| ads(&sim, "1").code()).collect();
    assert!(codes.contains(&0) && codes.contains(&40_100), "{codes:?}");
    let sim = start(Options {
        quota: QuotaOptions { advertiser_qps: true, ..QuotaOptions::default() },
        ..Options::default()
    });
    let codes: Vec<i64> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..60).map(|_| scope.spawn(|| ads(&sim, "1").code())).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(codes.contains(&0) && codes.contains(&40_133), "{codes:?}");
}

#[test]
fn a_stalled_call_is_seen_and_does_not_stop_others() {
    let sim = small();
    sim.faults(plan("path=/user/info/,kind=stall"));
    std::thread::scope(|scope| {
        let address = sim.url().replace("http://", "");
        let mut stuck = std::net::TcpStream::connect(address).unwrap();
        let request = "GET /open_api/v1.3/user/info/ HTTP/1.1\r\nHost: x\r\n\r\n";
        std::io::Write::write_all(&mut stuck, request.as_bytes()).unwrap();
        while sim.requests().is_empty() {
            std::thread::yield_now();
        }
        scope.spawn(|| assert_eq!(ads(&sim, "1").code(), 0)).join().unwrap();
        assert_eq!(sim.requests()[0].status, None);
        assert_eq!(sim.requests()[1].in_flight, 2);
    });
}

#[test]
fn the_world_can_be_changed_between_reads() {
    let sim = small();
    let id = id_of(&sim, "London");
    let before = sim.read(|world| world.account(id).unwrap().listed(Level::Campaign, false).len());
    sim.mutate(|world| {
        let account = world.account_mut(id).unwrap();
        account.all_mut(Level::Campaign)[0].name = "renamed".to_owned();
        world.create(id, Level::Campaign)
    });
    let query = [("advertiser_id", id.to_string())];
    let reply = get(&sim, "/campaign/get/", &[(query[0].0, query[0].1.as_str())]).json();
    assert_eq!(reply["data"]["page_info"]["total_number"], before + 1);
    assert!(reply.to_string().contains("renamed"));
}
