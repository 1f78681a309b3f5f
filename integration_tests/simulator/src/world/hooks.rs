//! Subscriptions, and what TikTok tells by itself (`docs/tiktok-api.md` 8.1 [GO model/subscription][AE asyncapi]).

use super::{Level, World};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Somebody who is called.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub id: u64,
    pub app: &'static str,
    pub entity: String,
    pub callback_url: String,
    /// It ends with this token.
    pub token: String,
    pub advertisers: Vec<u64>,
}

/// A body that waits to be sent to an address.
#[derive(Clone, Debug)]
pub struct CallBack {
    pub url: String,
    pub body: Value,
}

impl World {
    /// Subscribes; its id.
    pub(crate) fn subscribe(&mut self, subscription: Subscription) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        self.subscriptions.push(Subscription { id, ..subscription });
        id
    }

    /// The subscriptions whose tokens are still good.
    pub(crate) fn living(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Subscription> {
        let lives = move |one: &&Subscription| {
            self.token(&one.token).is_some_and(|token| token.state_at(now) == super::TokenState::Good)
        };
        self.subscriptions.iter().filter(lives)
    }

    /// A reviewer refuses an ad: it stops, and who subscribed is to be called.
    pub fn reject_ad(&mut self, ad: u64, reason: &str) {
        let now = self.now + self.ahead;
        let found = self.accounts.iter_mut().find_map(|account| {
            let id = account.id;
            let ad = account.all_mut(Level::Ad).iter_mut().find(|one| one.id == ad)?;
            ad.review = Some("AD_STATUS_ADVERTISER_AUDIT_DENY");
            ad.modified = ad.modified.map(|_| now);
            Some((id, ad.campaign, ad.adgroup, ad.name.clone()))
        });
        let Some((advertiser, campaign, adgroup, name)) = found else { return };
        self.next_id += 1;
        let entry = json!({
            "log_id": self.next_id.to_string(), "adv_id": advertiser, "campaign_id": campaign.to_string(),
            "adgroup_id": adgroup.to_string(), "ad_id": ad.to_string(), "ad_name": name, "reject_reason": reason,
        });
        let body = json!({
            "request_id": format!("{now}-{}", self.next_id, now = now.timestamp()), "object": 3, "time": now.timestamp(),
            "entry": [entry],
        });
        self.tell("AD", advertiser, &body);
    }

    /// Somebody sends off the form of an ad: who subscribed is to be called. The lead's id. The form of the entry is [?]:
    /// the documentation says "lead answers" [AE asyncapi].
    pub fn send_form(&mut self, ad: u64, answers: &[(&str, &str)]) -> Option<u64> {
        let now = self.now + self.ahead;
        let found = self.accounts.iter().find_map(|account| {
            let ad = account.all(Level::Ad).iter().find(|one| one.id == ad)?;
            Some((account.id, ad.campaign, ad.adgroup, ad.name.clone()))
        });
        let (advertiser, campaign, adgroup, name) = found?;
        self.next_id += 1;
        let lead = self.next_id;
        let answers: Vec<Value> =
            answers.iter().map(|(field, value)| json!({"field": field, "value": value})).collect();
        let entry = json!({
            "lead_id": lead.to_string(), "adv_id": advertiser, "campaign_id": campaign.to_string(),
            "adgroup_id": adgroup.to_string(), "ad_id": ad.to_string(), "ad_name": name, "page_id": "7",
            "create_time": now.timestamp(), "changes": answers,
        });
        let body = json!({
            "request_id": format!("{now}-{lead}", now = now.timestamp()), "object": 1, "time": now.timestamp(),
            "entry": [entry],
        });
        self.tell("LEAD", advertiser, &body);
        Some(lead)
    }

    /// An account is suspended.
    pub fn suspend(&mut self, advertiser: u64, reason: &str) {
        let now = self.now + self.ahead;
        let body = json!({
            "advertiser_id": advertiser.to_string(), "status": "STATUS_LIMIT", "status_change_time": now.timestamp(),
            "suspension_reason": reason,
        });
        self.tell("AD_ACCOUNT_SUSPENSION", advertiser, &body);
    }

    fn tell(&mut self, entity: &str, advertiser: u64, body: &Value) {
        let called = self.living(self.now + self.ahead);
        let called = called.filter(|one| one.entity == entity && one.advertisers.contains(&advertiser));
        let calls: Vec<CallBack> = called
            .map(|one| {
                let mut body = body.clone();
                if let Some(body) = body.as_object_mut().filter(|body| !body.contains_key("entry")) {
                    body.insert("subscription_id".to_owned(), json!(one.id.to_string()));
                }
                CallBack { url: one.callback_url.clone(), body }
            })
            .collect();
        self.call_backs.extend(calls);
    }
}
