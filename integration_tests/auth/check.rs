//! What `check` explains, for both roles: one sentence on the first thing to mend, the rest as a table in the log.

use chrono::TimeDelta;
use serde_json::{Value, json};
use simulator::{
    AccessOptions, Options, Role, Sandbox, Simulator, TOKEN_AGENCY, TOKEN_GOOD, TOKEN_REVOKED, WireOptions,
};

use crate::destination::without_ids;
use crate::harness::{Connector, options, small};

/// The answer, then the table.
fn told(run: &crate::harness::Run) -> String {
    assert_eq!(run.exit, Some(0));
    let table = run.logs().into_iter().filter(|log| log.contains(" | "));
    let lines: Vec<String> = std::iter::once(run.connection_status()).chain(table).collect();
    without_ids(&lines.join("\n"))
}

fn account(sim: &Simulator, name: &str) -> u64 {
    sim.read(|world| world.account_named(name).unwrap().id)
}

fn with(sim: &Simulator, credentials: &Value) -> Connector {
    let mut connector = Connector::to(sim);
    connector.config["credentials"].as_object_mut().unwrap().extend(credentials.as_object().unwrap().clone());
    connector
}

#[test]
fn the_table_tells_all_that_was_found() {
    let sim = small();
    insta::assert_snapshot!("source", told(&Connector::to(&sim).check()));
    let writing = Connector::to(&sim).with("advertiser_id", account(&sim, "Tokyo").to_string());
    insta::assert_snapshot!("destination", told(&writing.destination("check")));
}

#[test]
fn states_of_advertisers_are_told() {
    let sim = small();
    let ids: Vec<String> = ["Pending", "Suspended", "Disabled"].map(|name| account(&sim, name).to_string()).to_vec();
    let run = Connector::to(&sim).token(TOKEN_AGENCY).with("advertiser_ids", json!(ids)).check();
    insta::assert_snapshot!(told(&run));
}

#[test]
fn missing_permissions_are_found_by_asking() {
    let sim = small();
    let scopes = |scopes: &[u64]| sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().scopes = scopes.to_vec());
    let tokyo = account(&sim, "Tokyo").to_string();
    let mut all = String::new();
    for (name, granted) in [
        ("no campaigns", &[1_u64, 3, 4][..]),
        ("no reports", &[1, 2, 3]),
        ("no ads, which is less", &[1, 20, 21, 3, 4]),
        ("no audiences", &[1, 2, 4]),
        ("no account", &[2, 3, 4]),
        ("nothing at all", &[]),
    ] {
        scopes(granted);
        all += &format!("{name}, source\n{}\n", told(&Connector::to(&sim).check()));
        let writing = Connector::to(&sim).with("advertiser_id", tokyo.clone());
        all += &format!("{name}, destination\n{}\n\n", told(&writing.destination("check")));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn missing_permissions_are_known_where_the_token_told_them() {
    let sim = small();
    let reading = with(&sim, &json!({"scope": ["1", "20", "21", "44"]}));
    insta::assert_snapshot!("told_to_the_source", told(&reading.check()));
    assert!(sim.requests().iter().all(|request| request.path != "/ad/get/"), "what is told need not be asked");
    let writing = with(&sim, &json!({"scope": [1, 30]})).with("advertiser_id", account(&sim, "Tokyo").to_string());
    insta::assert_snapshot!("told_to_the_destination", told(&writing.destination("check")));
}

#[test]
fn who_only_looks_cannot_write() {
    let sim = small();
    let tokyo = account(&sim, "Tokyo");
    let mut all = String::new();
    for role in [Role::Admin, Role::Operator, Role::Analyst] {
        sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().roles.insert(tokyo, role));
        let run = Connector::to(&sim).with("advertiser_id", tokyo.to_string()).destination("check");
        let row = run.logs().into_iter().find(|log| log.contains("| role")).unwrap();
        all += &without_ids(&format!("{}\n{row}\n", run.connection_status()));
        assert_eq!(Connector::to(&sim).check().connection_status(), "SUCCEEDED", "to read, it is enough");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_token_that_sees_nobody_is_told_both_causes() {
    let sim = small();
    sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().lists.clear());
    let mut answers = vec![Connector::to(&sim).check().connection_status()];
    answers.push(Connector::to(&sim).destination("check").connection_status());
    answers.dedup();
    let [answer] = &answers[..] else { panic!("{answers:?}") };
    assert!(answer.starts_with("FAILED: No advertiser accounts found"), "{answer}");
    assert!(answer.contains("personal TikTok account") && answer.contains("no role"), "{answer}");
}

#[test]
fn tokens_that_were_pasted_wrong_are_told_apart() {
    let sim = small();
    let refresh =
        sim.mutate(|world| world.refresh_token(TOKEN_GOOD, simulator::Flow::Advertiser, simulator::Terms::default()));
    let half = &TOKEN_GOOD[..20];
    let broken = format!("{half}\n{half}");
    let mut all = String::new();
    for (name, credentials) in [
        ("cut off", json!({"access_token": half})),
        ("a line break inside", json!({"access_token": broken})),
        ("line breaks around", json!({"access_token": format!("\n {TOKEN_GOOD}\r\n")})),
        ("access and refresh token swapped", json!({"access_token": refresh, "refresh_token": TOKEN_GOOD})),
        ("the same token twice", json!({"access_token": TOKEN_GOOD, "refresh_token": TOKEN_GOOD})),
        ("app id in the place of the secret", json!({"secret": simulator::SANDBOX_APP.id})),
        ("another app", json!({"app_id": simulator::OTHER_APP.id, "secret": simulator::OTHER_APP.secret})),
        ("revoked", json!({"access_token": TOKEN_REVOKED})),
        ("expired", json!({"access_token": simulator::TOKEN_EXPIRED})),
    ] {
        all += &format!("{name}\n  {}\n", without_ids(&with(&sim, &credentials).check().connection_status()));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_clock_that_is_wrong_is_told() {
    for (minutes, told) in [(4, None), (-4, None), (7, Some("7 minutes behind")), (-60, Some("ahead of"))] {
        let sim = Simulator::start(Options {
            wire: WireOptions { date_skew: TimeDelta::minutes(minutes), ..WireOptions::default() },
            ..options()
        })
        .unwrap();
        let run = Connector::to(&sim).check();
        assert_eq!(run.connection_status(), "SUCCEEDED");
        let row = run.logs().into_iter().find(|log| log.contains("| clock"));
        assert_eq!(row.is_some(), told.is_some(), "{minutes}: {row:?}");
        assert!(told.is_none_or(|words| row.is_some_and(|row| row.starts_with("WARN") && row.contains(words))));
    }
}

#[test]
fn only_the_endpoints_of_the_sandbox_are_asked() {
    let sim = Simulator::start(Options {
        access: AccessOptions { sandbox: Some(Sandbox::default()), ..AccessOptions::default() },
        ..options()
    })
    .unwrap();
    let tokyo = sim.read(|world| world.accounts[0].id.to_string());
    let mut connector = Connector::to(&sim);
    connector.config["credentials"] =
        json!({"auth_type": "sandbox_access_token", "advertiser_id": tokyo, "access_token": TOKEN_GOOD});
    insta::assert_snapshot!("sandbox_source", told(&connector.check()));
    let served =
        ["/user/info/", "/campaign/get/", "/adgroup/get/", "/ad/get/", "/report/integrated/get/", "/identity/get/"];
    let requests = sim.requests();
    assert!(requests.iter().all(|request| served.contains(&request.path.as_str())), "{requests:#?}");
    insta::assert_snapshot!("sandbox_destination", told(&connector.destination("check")));
}

#[test]
fn networks_proxies_and_certificates_are_told_apart() {
    let sim = small();
    let refusing = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = refusing.local_addr().unwrap();
    let answer = |status: &'static str| {
        let listener = refusing.try_clone().unwrap();
        std::thread::spawn(move || {
            use std::io::{Read, Write};
            for _ in 0..4 {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes());
            }
        })
    };
    let behind = |proxy: &str, url: &str| {
        let connector = Connector::to(&sim).url(url);
        let mut command = connector.command(&["check", "--config", "config.json"]);
        command.env("HTTPS_PROXY", proxy);
        connector.finished(command.output().unwrap()).connection_status()
    };
    let mut all = String::new();
    all += &format!("nobody there\n  {}\n", Connector::offline().check().connection_status());
    all += &format!(
        "no such name\n  {}\n",
        Connector::offline().url("https://tiktok.invalid").check().connection_status()
    );
    all += &format!("no TLS\n  {}\n", behind("", &sim.url().replace("http:", "https:")));
    all += &format!("no proxy\n  {}\n", behind("http://127.0.0.1:1", "https://tiktok.invalid"));
    for status in ["407 Proxy Authentication Required", "403 Forbidden"] {
        let thread = answer(status);
        all += &format!("{status}\n  {}\n", behind(&format!("http://{proxy}"), "https://tiktok.invalid"));
        if status.starts_with("403") {
            thread.join().unwrap();
        } else {
            // A password is asked for once, not again and again; the thread takes what is left.
            for _ in 0..3 {
                drop(std::net::TcpStream::connect(proxy));
            }
            thread.join().unwrap();
        }
    }
    insta::assert_snapshot!(all);
}
