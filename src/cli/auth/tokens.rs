//! Renews, revokes and explains the tokens of a config.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::file::{ConfigFile, FileStore};
use crate::access::{ASKING_TIME_MAX, CheckReport, survey};
use crate::cli::connect;
use crate::cli::console::Console;
use crate::config::{ConnectionConfig, Quota};
use crate::error::{Error, Kind, Result};
use crate::tiktok::Client;
use crate::tiktok::codes;
use crate::tiktok::permission;
use crate::tiktok::token::grant::App;
use crate::tiktok::token::{Failure, TokenStore};

/// A person waits, and requests go one at a time.
const QUOTA: Quota =
    Quota { requests_per_second: NonZeroU32::new(10).unwrap(), max_concurrent_requests: NonZeroU32::MIN };

/// Opens a config, and a client that stores renewed tokens in its file.
fn open(path: &Path, console: &Console) -> Result<(ConnectionConfig, Client)> {
    let file = ConfigFile::existing(path)?;
    let config = ConnectionConfig::parse(&file.text())?;
    console.redaction.add(config.credentials.secrets());
    let store: Arc<dyn TokenStore> = Arc::new(FileStore(Mutex::new(file)));
    let terms = connect::Terms { credentials: &config.credentials, quota: QUOTA, failure: Failure::Stop };
    let client = connect::client(&terms, &store)?.watched().within(ASKING_TIME_MAX);
    Ok((config, client))
}

/// Renews every authorization that has a refresh token.
pub(super) async fn refresh(path: &Path, console: &Console) -> Result<()> {
    let (_, client) = open(path, console)?;
    let all = client.authorizations();
    let able: Vec<_> = (0..all.count()).filter_map(|number| all.get(number)).filter(|one| one.can_renew()).collect();
    if able.is_empty() {
        return Err(Error::config("There is no refresh token in the config, so nothing can be renewed").advise(
            "Tokens of the Marketing API need none: they live until they are revoked. To get a new one, run `tiktok-ads \
             auth login`.",
        ));
    }
    for one in able {
        one.renew(client.requester()).await.map_err(unrenewed)?;
        let ends = one.held().tokens.times.access_ends;
        let until = ends
            .map_or("without a known end".to_owned(), |ends| format!("until {}", ends.format("%Y-%m-%d %H:%M UTC")));
        console.line(format!("Renewed {}, which is good {until}.", one.name()));
    }
    console.line(format!("The new tokens are in {}.", path.display()));
    Ok(())
}

fn unrenewed(error: Error) -> Error {
    let advice = match error.code() {
        Some(code) if codes::REFRESH_TOKEN_OVER.contains(&code) => "Reconnect: run `tiktok-ads auth login`.".to_owned(),
        _ => error.advice().unwrap_or_default().to_owned(),
    };
    Error::new(error.kind(), format!("The token could not be renewed: {}", error.message()))
        .advise(advice)
        .because(error)
}

/// Revokes every token of the config, and removes them from it.
pub(super) async fn revoke(path: &Path, console: &Console) -> Result<()> {
    let (config, client) = open(path, console)?;
    let credentials = &config.credentials;
    let app = credentials.app().map(App::of).ok_or_else(|| {
        Error::config("To revoke a token, `credentials.app_id` and `credentials.secret` are needed")
            .advise("Add both; or revoke the app's access in TikTok Ads Manager or the Business Center.")
    })?;
    let family = connect::family(credentials.token_kind());
    for (number, one) in credentials.authorizations().iter().enumerate() {
        let name = client.authorizations().get(number).map_or_else(String::new, |one| one.name());
        match family.revoke(client.requester(), &app, one.access_token).await {
            Ok(()) => console.line(format!("Revoked {name}.")),
            Err(error) if error.kind() == Kind::Token => console.line(format!("Revoked before, or expired: {name}.")),
            Err(error) => return Err(error),
        }
    }
    let mut file = ConfigFile::existing(path)?;
    file.drop_tokens();
    file.write()?;
    console.line(format!("The tokens are out of {}. Campaigns, ads and audiences stay as they are.", path.display()));
    Ok(())
}

/// Reports what the tokens of the config give access to.
pub(super) async fn whoami(path: &Path, console: &Console) -> Result<()> {
    let (config, client) = open(path, console)?;
    let mut report = CheckReport::default();
    survey(&client, &config.credentials, &config.named_advertisers(), &mut report).await;
    match config.credentials.scope() {
        Some(granted) => report.note("permissions", granted_names(&granted)),
        None => report.note("permissions", "not told with the token; `check` finds out what is missing"),
    }
    report.lines().for_each(|line| console.line(line));
    report.finish()
}

/// The names of the granted permissions that matter here.
fn granted_names(granted: &[u64]) -> String {
    let names: Vec<String> = permission::TABLE
        .iter()
        .filter(|one| one.is_among(granted))
        .map(|one| format!("{} ({})", one.name, one.id))
        .collect();
    if names.is_empty() { "none that this connector needs".to_owned() } else { names.join(", ") }
}
