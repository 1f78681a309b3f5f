//! `check`: whether a sync could write, the first thing to mend when not, and all that was found in a table.

use super::objects;
use super::objects::def::{Looked, Looking, Route, topic};
use super::route;
use super::shell::streams::StreamName;
use crate::access::permission::{self, ProbeContext};
use crate::access::status::{AccountStatus, meaning};
use crate::access::survey::list;
use crate::access::{AccessSurvey, CheckReport, role, survey};
use crate::config::DestinationConfig;
use crate::config::destination::Mapping;
use crate::error::{Error, Result};
use crate::tiktok::Client;
use crate::tiktok::advertisers::AdvertiserInfo;
use crate::tiktok::endpoint::Endpoint;

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
        let routes = sound(config, &mut report);
        let mut looked = Vec::new();
        for lane in objects::lanes() {
            let routes: Vec<Route> =
                routes.iter().filter(|route| route.object.lane.name == lane.name).cloned().collect();
            looked.push((lane.look)(&Looking { client, config, advertiser: target, routes: &routes }).await);
        }
        let answered: Vec<_> = looked.iter().filter_map(|looked| looked.answered).collect();
        check_permissions(client, config, &answered, &mut report).await;
        for Looked { report: found, kept, .. } in looked {
            report.join(found);
            if let Some((topic, error)) = kept.filter(|_| !report.has_failed()) {
                report.fail(topic, error);
            }
        }
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

/// The mappings that are sound by themselves; the others are faults to mend.
fn sound(config: &DestinationConfig, report: &mut CheckReport) -> Vec<Route> {
    let route = |mapping: &Mapping| match route::of_mapping(mapping, config) {
        Ok(route) => Some(route),
        Err(error) => {
            report.fail(&topic(&StreamName::from(mapping)), error);
            None
        }
    };
    config.mappings.iter().filter_map(route).collect()
}

/// What calls have `answered` already is not asked again.
async fn check_permissions(
    client: &Client,
    config: &DestinationConfig,
    answered: &[&'static Endpoint],
    report: &mut CheckReport,
) {
    let granted = config.credentials.scope();
    let context = ProbeContext {
        client,
        advertiser: config.target().unwrap_or_default(),
        granted: granted.as_deref(),
        sandbox: config.credentials.is_sandbox(),
        verb: "written",
        answered,
    };
    permission::check(&context, &objects::wanted_needs(config), report).await;
}
