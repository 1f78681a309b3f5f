//! `check` of web hooks: whether the spool can be read, and whether TikTok still has the subscriptions.

use std::path::Path;

use crate::access::CheckReport;
use crate::config::destination::ObjectStorage;
use crate::config::webhook::Entity;
use crate::config::{SourceConfig, WebhookOptions};
use crate::tiktok::Client;
use crate::tiktok::token::grant::App;
use crate::webhook::spool::Spool;
use crate::webhook::subscribe::{self, Subscription};

const SPOOL: &str = "web hooks";
const LEADS: &str = "leads";
const SUBSCRIPTIONS: &str = "subscriptions";

/// Looks at what the config has of web hooks; nothing, if it has none.
pub(super) async fn check(client: &Client, config: &SourceConfig, report: &mut CheckReport) {
    let webhooks = &config.webhooks;
    let has_spool = webhooks.spool.is_some() || !matches!(webhooks.object_storage_config, ObjectStorage::None);
    if has_spool {
        match looked_at(config).await {
            Ok(true) => report.ok(SPOOL, "the spool can be read"),
            Ok(false) => report.warn(SPOOL, absent(webhooks)),
            Err(error) => report.fail(SPOOL, error),
        }
    }
    if config.leads.read && !has_spool {
        report.warn(LEADS, "`leads.read` is true, but `webhooks` names no spool that they could be read from");
    } else if config.leads.read && !webhooks.entities.contains(&Entity::Lead) {
        report.note(LEADS, "`webhooks.entities` has no LEAD, so whether TikTok tells of leads is not looked at");
    }
    if !has_spool && webhooks.callback_url.is_none() {
        return;
    }
    let Some(app) = config.credentials.app().map(App::of) else {
        report.note(SUBSCRIPTIONS, "not looked at: they need `credentials.app_id` and `credentials.secret`");
        return;
    };
    let named = config.named_advertisers();
    for entity in &webhooks.entities {
        match subscribe::list(client, &app, *entity).await {
            Ok(all) => tell(*entity, &all, (webhooks.callback_url.as_deref(), &named), report),
            Err(error) => report.warn(SUBSCRIPTIONS, format!("{} not known: {error}", entity.name())),
        }
    }
}

/// Whether the spool is there.
async fn looked_at(config: &SourceConfig) -> crate::error::Result<bool> {
    match Spool::there(&config.webhooks)? {
        Some(spool) => spool.look().await.map(|()| true),
        None => Ok(false),
    }
}

/// What a spool that is not there comes to.
pub(super) fn absent(webhooks: &WebhookOptions) -> String {
    let folder = webhooks.spool.as_deref().unwrap_or(Path::new(""));
    format!(
        "`webhooks.spool` is {:?}, which is not there yet, or not any more; `tiktok-ads webhook serve` makes it, and what \
         was read of it stays known",
        folder.display()
    )
}

/// What the subscriptions to one kind of notice come to. One that ended, as it does with its token, is not listed.
fn tell(entity: Entity, all: &[Subscription], (url, named): (Option<&str>, &[String]), report: &mut CheckReport) {
    let name = entity.name();
    let ours: Vec<&Subscription> = all.iter().filter(|one| url.is_none_or(|url| one.points_at(url))).collect();
    let advice = "`tiktok-ads webhook subscribe` makes one";
    if all.is_empty() {
        report.warn(
            SUBSCRIPTIONS,
            format!("{name}: there is none; it ends with the token that it was made with. {advice}"),
        );
    } else if ours.is_empty() {
        report.warn(SUBSCRIPTIONS, format!("{name}: all point elsewhere than `webhooks.callback_url`. {advice}"));
    } else {
        let heard: Vec<String> = ours.iter().flat_map(|one| one.advertisers()).collect();
        let unheard: Vec<&str> = named.iter().filter(|id| !heard.contains(id)).map(String::as_str).collect();
        if heard.is_empty() || unheard.is_empty() {
            report.ok(SUBSCRIPTIONS, format!("{name}: TikTok calls"));
        } else {
            let told = crate::words::some(&unheard, 5);
            report
                .warn(SUBSCRIPTIONS, format!("{name}: none is about {told} (it ended, or points elsewhere). {advice}"));
        }
    }
}
