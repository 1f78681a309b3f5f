//! What is asked of an account before its first row is planned, and what `check` looks at.

use futures::future::{BoxFuture, FutureExt};

use super::kind::KindDef;
use super::known::Account;
use super::list::Place;
use crate::access::status::{AccountStatus, meaning};
use crate::config::ads::AdsOptions;
use crate::destination::objects::def::{Looked, Looking};
use crate::error::{Error, Result};
use crate::tiktok::{Client, advertisers};

/// Looks an account up: whether anything may be written to it at all.
pub(crate) async fn account(client: &Client, advertiser: &str, options: &AdsOptions) -> Result<Account> {
    let looked = advertisers::infos(client, &[advertiser.to_owned()], Some(ASKED)).await?;
    let info = match (looked.infos.into_iter().next(), looked.refused.into_iter().next()) {
        (Some(info), _) => info,
        (None, Some((_, error))) => return Err(error),
        (None, None) => return Err(Error::config(format!("TikTok tells nothing of advertiser {advertiser}"))),
    };
    check_status(advertiser, info.status.as_deref().unwrap_or(ENABLED))?;
    let currency = info.currency.unwrap_or_default();
    check_currency(advertiser, &currency, options)?;
    Ok(Account::new(currency))
}

/// What is asked of an account.
const ASKED: &str = r#"["advertiser_id","status","currency"]"#;

/// The status of an account that may do everything.
const ENABLED: &str = "STATUS_ENABLE";

fn check_status(advertiser: &str, status: &str) -> Result<()> {
    let (standing, said) = meaning(status);
    if standing == AccountStatus::Enabled {
        return Ok(());
    }
    let what = format!("Advertiser {advertiser} is {said} ({status}), so nothing is written to it");
    Err(Error::config(what).advise("Ask TikTok why, or write to another advertiser."))
}

/// A cap of 500 means nothing in another currency.
fn check_currency(advertiser: &str, currency: &str, options: &AdsOptions) -> Result<()> {
    match options.currency.as_deref() {
        Some(wanted) if !wanted.eq_ignore_ascii_case(currency) => Err(Error::config(format!(
            "`ads.currency` is {wanted}, and advertiser {advertiser} counts in {currency}, so nothing is written to it"
        ))
        .advise("Set `ads.currency` to the account's currency, and the caps to amounts of it.")),
        _ => Ok(()),
    }
}

/// Lists the objects of a kind into an account.
pub(crate) async fn list(
    client: &Client,
    kind: &'static KindDef,
    advertiser: &str,
    account: &mut Account,
) -> Result<()> {
    let listing = Place { client, kind, advertiser, watch: &() }.all().await;
    let listing = listing
        .map_err(|error| error.about(format!("The {}s of advertiser {advertiser} cannot be listed", kind.called)))?;
    account.listed(kind, listing);
    Ok(())
}

/// Whether the account takes what the config allows.
pub(crate) fn look<'a>(looking: &'a Looking<'a>) -> BoxFuture<'a, Looked> {
    async move {
        let mut looked = Looked::default();
        let options = &looking.config.ads;
        if options.allow.is_empty() {
            return looked;
        }
        match account(looking.client, looking.advertiser, options).await {
            Ok(account) => {
                let objects: Vec<&str> = options.allow.keys().map(String::as_str).collect();
                let found = format!("may be written in {} within `ads`: {}", account.currency, objects.join(", "));
                looked.report.ok("ads", found);
            }
            Err(error) => looked.report.fail("ads", error),
        }
        looked
    }
    .boxed()
}
