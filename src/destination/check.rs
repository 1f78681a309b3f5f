//! `check`: whether a sync could write, and the first thing to mend when not.

use super::event;
use super::member::audiences;
use crate::config::DestinationConfig;
use crate::error::{Error, Kind, Result};
use crate::tiktok::Client;
use crate::tiktok::advertisers::{self, Info};

/// Audiences that an advertiser may have (destinations.md 1d).
const AUDIENCES_MAX: usize = 400;
/// Fields of `/advertiser/info/` that matter here.
const FIELDS: &str = r#"["advertiser_id","name","status","role"]"#;

/// Asks TikTok for the target account and its audiences.
pub async fn check(client: &Client, config: &DestinationConfig) -> Result<()> {
    let target = config.target().ok_or_else(|| {
        Error::config("No advertiser is named").advise("Put the id of the target account into `advertiser_id`.")
    })?;
    if !config.credentials.is_sandbox() {
        check_account(&info(client, config, target).await?)?;
    }
    let all = audiences::list(client, target).await.map_err(|error| {
        let advice = "Give the app the permission Audience Management, and its user the role operator or admin on the advertiser; then reconnect.";
        Error::new(error.kind(), format!("Cannot read the audiences of advertiser {target}: {}", error.message())).advise(advice).because(error)
    })?;
    let streaming = all.iter().filter(|one| one.is_streaming()).count();
    tracing::info!("Advertiser {target} has {} audiences, {streaming} of them for streaming", all.len());
    if all.len() >= AUDIENCES_MAX {
        tracing::warn!(
            "Advertiser {target} has {} audiences, and TikTok allows {AUDIENCES_MAX}; delete some before new ones are needed",
            all.len()
        );
    }
    event::check::check(client, config, target).await
}

async fn info(client: &Client, config: &DestinationConfig, target: &str) -> Result<Info> {
    let (mut infos, failed) = advertisers::infos(client, &[target.to_owned()], Some(FIELDS)).await?;
    match (infos.pop(), failed.into_iter().next()) {
        (Some(info), _) => Ok(info),
        (None, failed) => {
            let why =
                failed.map_or_else(|| "TikTok does not know it".to_owned(), |(_, error)| error.message().to_owned());
            let seen = match config.credentials.app() {
                Some(app) => advertisers::seen(client, app).await.unwrap_or_default(),
                None => Vec::new(),
            };
            let seen: Vec<String> = seen
                .iter()
                .filter(|one| one.advertiser_id != target)
                .map(|one| format!("{} ({})", one.advertiser_id, one.advertiser_name))
                .collect();
            let advice = if seen.is_empty() { String::new() } else { format!("The token sees {}. ", seen.join(", ")) };
            Err(Error::new(Kind::Permission, format!("The access token cannot see advertiser {target}: {why}"))
                .advise(format!("{advice}Name an advertiser it sees, or give the token's user a role on {target}.")))
        }
    }
}

/// A pending review is no obstacle to audiences; a closed or suspended account is.
fn check_account(info: &Info) -> Result<()> {
    let status = info.status.as_deref().unwrap_or("STATUS_ENABLE");
    match status {
        "STATUS_ENABLE" => Ok(()),
        "STATUS_DISABLE" | "STATUS_LIMIT" | "STATUS_CONFIRM_FAIL_END" => {
            Err(Error::config(format!("Advertiser {} is not enabled: its status is {status}", info.advertiser_id))
                .advise("Ask TikTok why, or write to another advertiser."))
        }
        _ => {
            tracing::warn!(
                "Advertiser {} has the status {status}; its audiences can be written, but its ads do not run yet",
                info.advertiser_id
            );
            Ok(())
        }
    }
}
