//! `check`: whether a sync could write, the first thing to mend when not, and all that was found in a table.

use super::route;
use super::shell::streams::StreamName;
use crate::access::permission::{self, ProbeContext};
use crate::access::status::{AccountStatus, meaning};
use crate::access::survey::list;
use crate::access::{AccessSurvey, CheckReport, role, survey};
use crate::config::DestinationConfig;
use crate::destination::objects::audience::audiences;
use crate::destination::objects::audience::bound::Bound;
use crate::destination::objects::audience::check::{Audiences, Mapped};
use crate::destination::objects::audience::choose::AUDIENCES_MAX;
use crate::destination::objects::audience::directory::now;
use crate::destination::objects::audience::listed::Listed;
use crate::destination::objects::{self, event};
use crate::error::{Error, Result};
use crate::tiktok::Client;
use crate::tiktok::advertisers::AdvertiserInfo;
use crate::tiktok::endpoint::AUDIENCES;

/// Asks TikTok for the target account, its audiences and what may be done there.
pub(crate) async fn check(client: &Client, config: &DestinationConfig) -> Result<()> {
    let mut report = CheckReport::default();
    let named: Vec<String> = config.target().map(str::to_owned).into_iter().collect();
    let survey = survey(client, &config.credentials, &named, &mut report).await;
    if config.target().is_none() && !report.has_failed() {
        report.fail("target", no_target(&survey));
    }
    if let (Some(target), Some(_)) = (config.target(), &survey.askable) {
        if let Some(info) = survey.info(target) {
            check_account(info, &mut report);
            role::check_writer(client, info, &mut report).await;
        }
        // Listed once: that they are listed shows the permission, too.
        let audiences = audiences::list(client, target).await;
        check_permissions(client, config, audiences.is_ok(), &mut report).await;
        match audiences {
            Ok(all) => check_audiences(config, target, &all, &mut report),
            Err(error) if !report.has_failed() => report.fail("audiences", error),
            Err(_) => {}
        }
        event::check::check(client, config, target, &mut report).await;
    }
    report.finish()
}

fn no_target(survey: &AccessSurvey) -> Error {
    let seen = survey.seen.as_ref().map_or_else(String::new, |seen| format!(" The token sees {}.", list(seen)));
    Error::config("No advertiser is named")
        .advise(format!("Put the id of the target account into `advertiser_id`.{seen}"))
}

/// A pending review is no obstacle to audiences, and `survey` warned of it; a closed account is.
fn check_account(info: &AdvertiserInfo, report: &mut CheckReport) {
    let status = info.status.as_deref().unwrap_or("STATUS_ENABLE");
    let (standing, said) = meaning(status);
    if standing == AccountStatus::Closed {
        let what = format!("Advertiser {} is not enabled but {said}: its status is {status}", info.advertiser_id);
        report.fail("target", Error::config(what).advise("Ask TikTok why, or write to another advertiser."));
    }
}

async fn check_permissions(client: &Client, config: &DestinationConfig, listed: bool, report: &mut CheckReport) {
    let granted = config.credentials.scope();
    let context = ProbeContext {
        client,
        advertiser: config.target().unwrap_or_default(),
        granted: granted.as_deref(),
        sandbox: config.credentials.is_sandbox(),
        verb: "written",
        answered: listed.then_some(&AUDIENCES),
    };
    permission::check(&context, &objects::needs(), report).await;
}

fn check_audiences(config: &DestinationConfig, target: &str, all: &[Listed], report: &mut CheckReport) {
    let streaming = all.iter().filter(|one| one.is_streaming()).count();
    report.ok("audiences", format!("{} of advertiser {target}, {streaming} of them for streaming", all.len()));
    if all.len() >= AUDIENCES_MAX {
        report.warn(
            "audiences",
            format!(
                "Advertiser {target} has {} audiences, and TikTok allows {AUDIENCES_MAX}; delete some before new ones are needed",
                all.len()
            ),
        );
    }
    let audiences = Audiences { advertiser: target, listed: all, now: now(), options: &config.audience };
    let mapped = config.mappings.iter().map(|mapping| Mapped {
        stream: StreamName::from(mapping),
        audience: route::of_mapping(mapping, config).map(|route| Bound::of(&route).audience),
    });
    audiences.check(mapped.collect(), report);
}
