//! From a subscription to the stream: an ad is rejected at TikTok, and the warehouse has it.

use chrono::TimeDelta;
use serde_json::json;
use simulator::{Delivery, Level, SANDBOX_APP, TOKEN_GOOD, TokenState};

use super::{PATH_TOKEN, Receiver, connector};
use crate::harness::{Connector, catalog, now, small};

const URL: &str = "https://hooks.example.com/tiktok";

#[test]
fn a_rejected_ad_is_in_the_stream_once() {
    let sim = small();
    let (advertiser, ad) = sim.read(|world| {
        let token = world.token(TOKEN_GOOD).unwrap();
        let account = world.account(token.reaches[0]).unwrap();
        (account.id, account.all(Level::Ad)[0].id)
    });
    let mut connector = connector(Connector::to(&sim)).with("advertiser_ids", json!([advertiser.to_string()]));
    connector.config["webhooks"]["callback_url"] = URL.into();

    let run = |args: &[&str]| {
        let output = connector.command(args).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{text}");
        for secret in [PATH_TOKEN, SANDBOX_APP.secret, TOKEN_GOOD] {
            assert!(!text.contains(secret), "{text}");
        }
        text
    };
    assert!(run(&["webhook", "list", "--config", "config.json"]).contains("There are no subscriptions."));
    assert!(connector.check().logs().join("\n").contains("AD: there is none"));
    let told = run(&["webhook", "subscribe", "--config", "config.json"]);
    assert_eq!(told.matches("subscribed as").count(), 3, "{told}");
    assert_eq!(run(&["webhook", "subscribe", "--config", "config.json"]).matches("subscribed already").count(), 3);
    assert!(connector.check().logs().join("\n").contains("AD: TikTok calls"));

    let mut receiver = Receiver::start(&connector);
    sim.mutate(|world| world.reject_ad(ad, "Misleading claim"));
    sim.mutate(|world| world.suspend(advertiser, "Fraud"));
    let how = Delivery { key: Some(SANDBOX_APP.secret), moment: now().timestamp(), times: 2, backwards: true };
    assert_eq!(sim.call_back(receiver.address, how).unwrap(), [200; 4]);
    sim.mutate(|world| world.reject_ad(ad, "Again"));
    let late = Delivery { moment: (now() - TimeDelta::hours(3)).timestamp(), times: 1, ..how };
    assert_eq!(sim.call_back(receiver.address, late).unwrap(), [200]);
    receiver.stop();

    let events = catalog::some(&["webhook_events"]);
    let first = connector.read(&events).succeeded();
    let mut told: Vec<_> = first
        .records("webhook_events")
        .map(|event| {
            json!([
                event["entity"],
                event["advertiser_id"],
                event["ad_id"],
                event["status"],
                event["reject_reason"],
                event["late"]
            ])
        })
        .collect();
    told.sort_by_key(ToString::to_string);
    assert_eq!(
        told,
        [
            json!(["AD", advertiser, ad, null, "Again", true]),
            json!(["AD", advertiser, ad, null, "Misleading claim", false]),
            json!(["AD_ACCOUNT_SUSPENSION", advertiser, null, "STATUS_LIMIT", "Fraud", false]),
        ]
    );
    let again = connector.read_from(&events, &first.state()).succeeded();
    assert_eq!(again.records("webhook_events").count(), 0);

    sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().state = TokenState::Revoked);
    assert!(run(&["webhook", "list", "--config", "config.json"]).contains("There are no subscriptions."));
}

#[test]
fn subscriptions_end_when_they_are_ended() {
    let sim = small();
    let advertiser = sim.read(|world| world.token(TOKEN_GOOD).unwrap().reaches[0]);
    let mut connector = connector(Connector::to(&sim)).with("advertiser_ids", json!([advertiser.to_string()]));
    connector.config["webhooks"]["callback_url"] = URL.into();
    for args in [&["subscribe"][..], &["unsubscribe", "--all"]] {
        let args = [&["webhook"], args, &["--config", "config.json"]].concat();
        assert!(connector.command(&args).status().unwrap().success());
    }
    assert!(sim.read(|world| world.subscriptions.is_empty()));
}
