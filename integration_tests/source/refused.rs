//! Tokens and advertisers that TikTok refuses.

use serde_json::json;
use simulator::{
    Simulator, TOKEN_AGENCY, TOKEN_EXPIRED, TOKEN_NARROW, TOKEN_OTHER_APP, TOKEN_REVOKED, TOKEN_WITH_FORBIDDEN,
};
use tiktok_ads::streams::{self, Read};

use crate::harness::expected::{self, Scope};
use crate::harness::{Connector, catalog, now, run, small};

/// A name for the case, and the connector in it.
fn cases(sim: &Simulator) -> Vec<(&'static str, Connector)> {
    let forbidden = sim.read(|world| world.account_named("Forbidden").unwrap().id.to_string());
    let credentials = |name: &str, value: &str| {
        let mut connector = Connector::to(sim);
        connector.config["credentials"][name] = value.into();
        connector
    };
    vec![
        ("expired token", Connector::to(sim).token(TOKEN_EXPIRED)),
        ("revoked token", Connector::to(sim).token(TOKEN_REVOKED)),
        ("unknown token", Connector::to(sim).token("0000000000000000000000000000000000000000")),
        ("another app's token", Connector::to(sim).token(TOKEN_OTHER_APP)),
        ("wrong secret", credentials("secret", "0000000000000000000000000000000000000000")),
        ("wrong app", credentials("app_id", "7000000000000000000")),
        ("named forbidden advertiser", Connector::to(sim).with("advertiser_ids", json!([forbidden]))),
        ("advertiser that is not there", Connector::to(sim).with("advertiser_ids", json!(["7123456789012345678"]))),
    ]
}

#[test]
fn check_says_what_is_wrong_and_ends_well() {
    let sim = small();
    let mut told = String::new();
    for (name, connector) in cases(&sim) {
        let run = connector.check();
        assert_eq!(run.exit, Some(0), "{name}");
        assert!(run.errors().is_empty(), "{name}: {:#?}", run.errors());
        told += &format!("{name}\n  {}\n", run.connection_status());
    }
    insta::assert_snapshot!(told);
}

#[test]
fn read_says_what_is_wrong_and_fails() {
    let sim = small();
    let mut told = String::new();
    for (name, connector) in cases(&sim) {
        let run = connector.read(&catalog::some(&["campaigns"]));
        assert_eq!(run.exit, Some(1), "{name}");
        assert_eq!(run.of_type("RECORD").count(), 0, "{name}");
        told += &format!("{name}\n  {}\n", run.error());
    }
    insta::assert_snapshot!(told);
}

#[test]
fn check_tells_of_a_forbidden_advertiser_among_others() {
    let sim = small();
    let run = Connector::to(&sim).token(TOKEN_WITH_FORBIDDEN).check();
    assert_eq!(run.exit, Some(0));
    insta::assert_snapshot!(run.connection_status());
}

#[test]
fn a_forbidden_advertiser_does_not_stop_the_others() {
    let sim = small();
    let (forbidden, start) = sim.read(|world| (world.account_named("Forbidden").unwrap().id, world.now.date_naive()));
    let connector = Connector::to(&sim).token(TOKEN_WITH_FORBIDDEN).with("start_date", start.to_string());
    let run = connector.read(&catalog::sampled());
    assert_eq!(run.exit, Some(1));
    let scope = Scope { token: TOKEN_WITH_FORBIDDEN, ..Scope::since(start) };
    for stream in catalog::sample() {
        sim.read(|world| expected::assert_brought(&run, stream, &expected::rows(world, stream, scope)));
        assert_eq!(run.statuses(&stream.name).last(), Some(&"INCOMPLETE"), "{}", stream.name);
    }
    let errors = run.errors();
    assert_eq!(errors.len(), catalog::sample().count(), "one each");
    let first = run::told(errors.first().unwrap());
    for stream in catalog::sample() {
        assert!(first.contains(&format!("`{}`", stream.name)), "{first}");
    }
    let forbidden_text = forbidden.to_string();
    let warned = run.logs().iter().filter(|line| line.starts_with("WARN") && line.contains(&forbidden_text)).count();
    assert_eq!(warned, 1, "one cause, one line");
    for error in errors {
        assert_eq!(error["failure_type"], "config_error", "{error}");
        assert!(run::told(error).contains(&forbidden.to_string()), "{error}");
    }
    let mut told: Vec<_> = run.errors().into_iter().map(run::told).collect();
    told.sort();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn an_advertiser_that_is_gone_costs_one_line_where_all_are_meant_and_nothing_else() {
    for code in [40001, 40002, 40300] {
        let sim = small();
        let (gone, start) = sim.read(|world| (world.account_named("Empty").unwrap().id, world.now.date_naive()));
        sim.mutate(|world| world.gone.extend([(gone, code)]));
        let connector = Connector::to(&sim).with("start_date", start.to_string());
        let run = connector.read(&catalog::some(&["campaigns", "ads", "ads_reports_daily"])).succeeded();
        let warned: Vec<String> = run.logs().into_iter().filter(|line| line.contains(&gone.to_string())).collect();
        assert_eq!(warned.len(), 1, "{warned:#?}");
        assert!(warned[0].starts_with(&format!("WARN Advertiser {gone} is gone, so it is left out")), "{warned:#?}");
        let check = connector.check();
        assert_eq!(check.connection_status(), "SUCCEEDED");
        let told = check.logs().into_iter().find(|line| line.contains("is left out")).unwrap();
        assert!(told.starts_with("WARN") && told.contains(&gone.to_string()), "{told}");
        // Who names it misses it.
        let named = connector.with("advertiser_ids", json!([gone.to_string()]));
        let run = named.read(&catalog::some(&["campaigns", "ads", "ads_reports_daily"]));
        assert_eq!((run.exit, run.errors().len()), (Some(1), 3));
        assert_eq!(run.logs().iter().filter(|line| line.starts_with("WARN")).count(), 1, "{:#?}", run.logs());
        assert!(run.errors().iter().all(|error| error["failure_type"] == "config_error"));
        let status = named.check().connection_status();
        assert!(status.contains("There is no advertiser") && !status.contains("role"), "{status}");
    }
}

#[test]
fn where_all_advertisers_are_gone_nothing_is_no_success() {
    let sim = small();
    let start = sim.read(|world| world.now.date_naive());
    let all = sim.read(|world| world.accounts.iter().map(|account| (account.id, 40001)).collect::<Vec<_>>());
    sim.mutate(|world| world.gone.extend(all));
    let connector = Connector::to(&sim).with("start_date", start.to_string());
    let run = connector.read(&catalog::some(&["campaigns", "ads_reports_daily"]));
    assert_eq!(run.exit, Some(1), "{:#?}", run.logs());
    assert!(run.errors().iter().all(|error| error["failure_type"] == "config_error"));
    assert!(run.error().contains("All advertisers that the access token sees are gone"), "{}", run.error());
}

#[test]
fn a_forbidden_advertiser_leaves_the_others_cursors() {
    let sim = small();
    let forbidden = sim.read(|world| world.account_named("Forbidden").unwrap().id.to_string());
    let connector = Connector::to(&sim).token(TOKEN_WITH_FORBIDDEN);
    let run = connector.read(&catalog::some(&["campaigns"]));
    assert!(matches!(streams::find("campaigns").unwrap().read, Read::Listing(_)));
    let state = run.states("campaigns").next_back().unwrap();
    let partitions = state["stream"]["stream_state"]["states"].as_array().unwrap();
    let ids: Vec<_> = partitions.iter().map(|one| one["partition"]["advertiser_id"].as_str().unwrap()).collect();
    assert!(ids.len() == 3 && !ids.contains(&forbidden.as_str()), "{ids:?}");
}

#[test]
fn a_token_that_lacks_permissions_reads_the_rest_and_gets_a_verdict() {
    let sim = small();
    let start = (now() - chrono::Days::new(1)).date_naive();
    let names: Vec<&str> = streams::all().iter().map(|stream| &*stream.name).collect();
    let connector = Connector::to(&sim).token(TOKEN_NARROW).with("start_date", start.to_string());
    let run = connector.read(&catalog::some(&names));
    assert_eq!(run.exit, Some(1));
    let failed: Vec<&str> =
        names.iter().copied().filter(|name| run.statuses(name).last() == Some(&"INCOMPLETE")).collect();
    assert!(!failed.is_empty() && failed.len() < names.len() / 2, "{failed:?}");
    let errors = run.errors();
    assert_eq!(errors.len(), failed.len() + 1);
    assert!(errors.iter().all(|error| error["failure_type"] == "config_error"), "no retry helps");
    let last = run::told(errors.last().unwrap());
    assert!(errors.last().unwrap()["stream_descriptor"].is_null());
    assert!(failed.iter().all(|name| last.contains(&format!("`{name}`"))), "{last}");
    assert!(last.len() < 20_000, "a person can read it: {last}");
    insta::assert_snapshot!(last);
}

#[test]
fn what_may_pass_stands_before_what_only_the_user_mends() {
    let sim = small();
    crate::harness::fail(&sim, "path=/campaign/get/,kind=40001;path=/ad/get/,page=1,kind=unknown77777");
    let run = Connector::to(&sim).read(&catalog::some(&["campaigns", "ads", "ad_groups"]));
    let kinds: Vec<_> = run.errors().into_iter().map(|error| error["failure_type"].clone()).collect();
    assert_eq!(kinds, ["system_error", "config_error", "system_error"]);
    assert_eq!(run.statuses("ad_groups").last(), Some(&"COMPLETE"));
}

#[test]
fn suspended_and_pending_advertisers_stop_no_other() {
    let sim = small();
    let start = now().date_naive();
    let connector = Connector::to(&sim).token(TOKEN_AGENCY).with("start_date", start.to_string());
    let run = connector.read(&catalog::sampled());
    let scope = Scope { token: TOKEN_AGENCY, ..Scope::since(start) };
    for stream in catalog::sample() {
        sim.read(|world| expected::assert_brought(&run, stream, &expected::rows(world, stream, scope)));
    }
}
