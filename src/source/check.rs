//! `check`: whether a sync would work, and the first thing to mend when not.

use chrono::Utc;
use serde::de::IgnoredAny;

use super::accounts;
use super::plan::{Ask, Scope, Slice};
use super::query;
use super::window::Window;
use crate::config::SourceConfig;
use crate::error::{Error, Kind, Result};
use crate::streams::{self, Read};
use crate::tiktok::advertisers::{self, INFO_IDS_MAX, Info};
use crate::tiktok::envelope::Typed;
use crate::tiktok::{Call, Client};

/// Without these nothing useful can be read (contract 3).
const NEEDED: [&str; 2] = ["campaigns", "ads_reports_daily"];

/// Asks TikTok for a little of everything that a sync cannot do without. What it finds, it logs.
pub async fn check(client: &Client, config: &SourceConfig) -> Result<()> {
    let ids = accounts::ids(client, config).await?;
    let infos = reachable(client, config, &ids).await?;
    tracing::info!("The access token reaches {} advertisers: {}", ids.len(), names(&ids, &infos));
    for info in infos.iter().filter(|info| info.status.as_deref().is_some_and(|status| status != "STATUS_ENABLE")) {
        tracing::warn!(
            "Advertiser {} has the status {}; its data may be old or absent",
            info.advertiser_id,
            info.status.as_deref().unwrap_or_default()
        );
    }
    if let Some(first) = ids.first() {
        for stream in NEEDED {
            probe(client, config, first, stream).await?;
        }
    }
    Ok(())
}

/// What is known of the advertisers; a named one that the token may not touch is the user's to mend.
async fn reachable(client: &Client, config: &SourceConfig, ids: &[String]) -> Result<Vec<Info>> {
    let mut infos = Vec::new();
    for chunk in ids.chunks(INFO_IDS_MAX) {
        let (found, failed) = advertisers::infos(client, chunk, None).await?;
        infos.extend(found);
        // The sandbox may not serve this endpoint at all; the probes tell more.
        if let Some((id, error)) = failed.into_iter().next().filter(|_| !config.credentials.is_sandbox()) {
            return Err(refused(client, config, &id, error).await);
        }
    }
    let missing = ids.iter().find(|id| !infos.iter().any(|info| info.advertiser_id == **id));
    match missing.filter(|_| !config.credentials.is_sandbox()) {
        Some(id) => Err(refused(client, config, id, Error::new(Kind::Permission, "TikTok does not know it")).await),
        None => Ok(infos),
    }
}

/// Says which advertisers there are instead, where that can be learnt.
async fn refused(client: &Client, config: &SourceConfig, id: &str, error: Error) -> Error {
    let advice = match config.credentials.app() {
        Some(app) => match advertisers::seen(client, app).await {
            Ok(seen) => {
                // A role that was taken away leaves the advertiser on TikTok's list for a while.
                let others = seen.iter().filter(|one| one.advertiser_id != id);
                let others: Vec<String> =
                    others.map(|one| format!("{} ({})", one.advertiser_id, one.advertiser_name)).collect();
                format!("The token sees {}. Name only these, or give the token's user a role on {id}.", list(&others))
            }
            Err(_) => format!("Give the token's user a role on {id}, or leave it out."),
        },
        None => format!(
            "Give the token's user a role on {id}, or leave it out; with `app_id` and `secret` in the config this check lists the advertisers there are."
        ),
    };
    Error::new(error.kind(), format!("The access token cannot see advertiser {id}: {}", error.message()))
        .with("advertiser_id", id)
        .advise(advice)
        .because(error)
}

fn names(ids: &[String], infos: &[Info]) -> String {
    let name = |id: &String| infos.iter().find(|info| info.advertiser_id == *id).and_then(|info| info.name.clone());
    list(
        &ids.iter()
            .map(|id| format!("{id} ({})", name(id).unwrap_or_else(|| "name unknown".to_owned())))
            .collect::<Vec<_>>(),
    )
}

/// Some of many.
fn list(all: &[String]) -> String {
    const SHOWN_MAX: usize = 20;
    match all.len() {
        0 => "none".to_owned(),
        count if count > SHOWN_MAX => format!(
            "{} and {} more",
            all.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join(", "),
            count - SHOWN_MAX
        ),
        _ => all.join(", "),
    }
}

/// Asks for one row of a stream.
async fn probe(client: &Client, config: &SourceConfig, advertiser: &str, name: &str) -> Result<()> {
    let Some(stream) = streams::find(name) else { return Ok(()) };
    let scope = Scope::new(config, Utc::now());
    let account = accounts::Account { id: advertiser.into(), zone: chrono_tz::Tz::UTC, created: None };
    let slice = match &stream.read {
        Read::Listing(listing) => listing.sweeps.first().map(Ask::Listing),
        Read::Report(_) => {
            let today = account.today(scope.now);
            Some(Ask::Window(Window { start: today, end: today }))
        }
        Read::Advertisers | Read::AdvertiserList => None,
    };
    let Some(slice) = slice.map(Slice::from) else { return Ok(()) };
    let mut query = query::query(stream, &scope, Some(&account), &slice, &query::metrics_of(stream, 1).concat());
    query.extend([("page", "1".to_owned()), ("page_size", "1".to_owned())]);
    let call = Call { endpoint: stream.endpoint, advertiser: Some(advertiser), query: &query, body: &[], watch: &() };
    let answer = client.call(&call, &Typed::<IgnoredAny>::default()).await;
    answer.map(drop).map_err(|error| {
        let advice = error.advice().unwrap_or_default().to_owned();
        Error::new(error.kind(), format!("Cannot read {name} of advertiser {advertiser}: {}", error.message()))
            .advise(advice)
            .because(error)
    })
}
