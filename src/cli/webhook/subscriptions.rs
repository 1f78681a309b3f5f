//! The subscriptions at TikTok, as a person makes and ends them.

use std::path::Path;
use std::process::ExitCode;

use secrecy::ExposeSecret;

use super::open;
use crate::access::ASKING_TIME_MAX;
use crate::cli::args::{SubscribeArgs, UnsubscribeArgs};
use crate::cli::console::Console;
use crate::cli::{connect, text};
use crate::config::webhook::Entity;
use crate::config::{ConnectionConfig, WebhookOptions};
use crate::error::{Error, Result};
use crate::tiktok::Client;
use crate::tiktok::token::grant::App;
use crate::webhook::subscribe::{self, Wanted};

/// What these commands need of a config.
struct Desk {
    webhooks: WebhookOptions,
    connection: ConnectionConfig,
    app: App,
    client: Client,
}

fn desk(path: &Path, console: &Console) -> Result<Desk> {
    let webhooks = open(path, console)?.webhooks;
    let connection = ConnectionConfig::parse(&text(path, "--config")?)?;
    console.redaction.add(connection.credentials.secrets());
    let app = connection.credentials.app().map(App::of).ok_or_else(|| {
        Error::config("For subscriptions `credentials.app_id` and `credentials.secret` are needed")
            .advise("Add both: TikTok knows a subscription by its app.")
    })?;
    Ok(Desk { webhooks, connection, app, client: connect::without_token()?.within(ASKING_TIME_MAX) })
}

/// Subscribes to each kind of notice for each advertiser, where that is not so already.
pub(super) async fn subscribe(args: &SubscribeArgs, console: &Console) -> Result<ExitCode> {
    let desk = desk(&args.config.config, console)?;
    let url = args.callback_url.as_ref().or(desk.webhooks.callback_url.as_ref()).ok_or_else(|| {
        Error::config("There is no address for TikTok to call")
            .advise("Give `--callback-url`, or set `webhooks.callback_url`.")
    })?;
    if !url.starts_with("https://") {
        return Err(Error::config("`--callback-url` must be an https address").advise("TikTok calls no other."));
    }
    let url = with_secret_path(url, &desk.webhooks);
    let entities = if args.entity.is_empty() { desk.webhooks.entities.clone() } else { entities(&args.entity)? };
    let advertisers =
        if args.advertiser_id.is_empty() { desk.connection.named_advertisers() } else { args.advertiser_id.clone() };
    for entity in entities {
        let whom = whom(entity, &advertisers)?;
        let there = subscribe::list(&desk.client, &desk.app, entity).await?;
        for advertiser in whom {
            let name = advertiser.map_or_else(String::new, |id| format!(" of {id}"));
            let is_there = there.iter().find(|one| {
                one.callback_url.as_deref() == Some(url.as_str())
                    && advertiser.is_none_or(|id| one.advertisers().iter().any(|known| known == id))
            });
            if let Some(one) = is_there {
                console.line(format!("{}{name}: subscribed already as {}", entity.name(), one.subscription_id));
                continue;
            }
            let access_token = desk.connection.credentials.access_token();
            let wanted = Wanted { entity, callback_url: &url, access_token, advertiser };
            let id = subscribe::subscribe(&desk.client, &desk.app, &wanted).await?;
            console.line(format!("{}{name}: subscribed as {id}", entity.name()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// [?] Whom a subscription is about: TikTok's pages name advertisers for all but the state of the API.
fn whom(entity: Entity, advertisers: &[String]) -> Result<Vec<Option<&str>>> {
    match (entity, advertisers) {
        (Entity::ApiServiceStatus, _) => Ok(vec![None]),
        (_, []) => {
            Err(Error::config(format!("A subscription to {} is about an advertiser, and none is named", entity.name()))
                .advise("Give `--advertiser-id`, or fill `advertiser_ids` of the config."))
        }
        (_, all) => Ok(all.iter().map(|id| Some(id.as_str())).collect()),
    }
}

fn entities(names: &[String]) -> Result<Vec<Entity>> {
    let find = |name: &String| {
        let upper = name.to_uppercase();
        let known: Vec<&str> = Entity::ALL.iter().map(|entity| entity.name()).collect();
        let fault = || {
            Error::config(format!("There are no notices of {name:?}"))
                .advise(format!("TikTok has {}.", known.join(", ")))
        };
        Entity::ALL.into_iter().find(|entity| entity.name() == upper).ok_or_else(fault)
    };
    names.iter().map(find).collect()
}

fn with_secret_path(url: &str, webhooks: &WebhookOptions) -> String {
    match &webhooks.path_token {
        Some(token) if !url.contains(token.expose_secret()) => {
            format!("{}/{}", url.trim_end_matches('/'), token.expose_secret())
        }
        _ => url.to_owned(),
    }
}

/// Prints all subscriptions of the app.
pub(super) async fn list(path: &Path, console: &Console) -> Result<ExitCode> {
    let desk = desk(path, console)?;
    let mut found = 0;
    for entity in Entity::ALL {
        for one in subscribe::list(&desk.client, &desk.app, entity).await? {
            found += 1;
            let (url, advertisers) = (one.callback_url.clone().unwrap_or_default(), one.advertisers().join(", "));
            console.line(format!("{} | {} | {advertisers} | {url}", one.subscription_id, entity.name()));
        }
    }
    if found == 0 {
        console.line("There are no subscriptions.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends subscriptions by their ids, or all that point at the address of the config.
pub(super) async fn unsubscribe(args: &UnsubscribeArgs, console: &Console) -> Result<ExitCode> {
    let desk = desk(&args.config.config, console)?;
    let mut ids = args.subscription_id.clone();
    if args.all {
        let url = desk.webhooks.callback_url.as_deref().ok_or_else(|| {
            Error::config("`--all` ends what points at `webhooks.callback_url`, which is empty")
                .advise("Set it, or name subscriptions; `tiktok-ads webhook list` shows them.")
        })?;
        for entity in Entity::ALL {
            let all = subscribe::list(&desk.client, &desk.app, entity).await?;
            ids.extend(all.into_iter().filter(|one| one.points_at(url)).map(|one| one.subscription_id));
        }
    }
    for id in &ids {
        subscribe::unsubscribe(&desk.client, &desk.app, id).await?;
        console.line(format!("Ended {id}."));
    }
    if ids.is_empty() {
        console.line("Nothing to end.");
    }
    Ok(ExitCode::SUCCESS)
}
