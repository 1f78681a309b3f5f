//! `check`: whether a sync would work, the first thing to mend when not, and all that was found in a table.

use std::borrow::Cow;

use crate::access::permission::{self, Grounds};
use crate::access::{Need, Report, look};
use crate::config::SourceConfig;
use crate::error::Result;
use crate::streams::{self, Read};
use crate::tiktok::Client;

/// Without these nothing useful can be read (contract 3).
const ESSENTIAL: [&str; 2] = ["campaigns", "ads_reports_daily"];

/// Asks TikTok for a little of everything that a sync cannot do without.
pub async fn check(client: &Client, config: &SourceConfig) -> Result<()> {
    let mut report = Report::default();
    let sight = look(client, &config.credentials, &config.named_advertisers(), &mut report).await;
    if let Some(advertiser) = &sight.askable {
        let granted = config.credentials.scope();
        let sandbox = config.credentials.is_sandbox();
        let grounds =
            Grounds { client, advertiser, granted: granted.as_deref(), sandbox, verb: "read", answered: None };
        permission::check(&grounds, &needs(), &mut report).await;
    }
    report.finish()
}

/// Every stream with its path, those without which nothing works first. The accounts are looked at before.
#[must_use]
pub fn needs() -> Vec<Need> {
    // The list of the app's advertisers needs no permission; whether it can be had was found out with the app.
    let listed = streams::all().iter().filter(|stream| !matches!(stream.read, Read::AdvertiserList));
    let mut needs: Vec<Need> = listed
        .map(|stream| Need {
            name: Cow::Owned(stream.name.to_string()),
            endpoint: stream.endpoint,
            essential: ESSENTIAL.contains(&&*stream.name),
        })
        .collect();
    needs.sort_by_key(|need| !need.essential);
    needs
}
