//! `check`: whether a sync would work, the first thing to mend when not, and all that was found in a table.

use crate::access::permission::{self, Grounds};
use crate::access::status::{Standing, meaning};
use crate::access::{Need, Report, Sight, look};
use crate::config::SourceConfig;
use crate::error::Result;
use crate::streams;
use crate::tiktok::Client;

/// Without these nothing useful can be read (contract 3).
const ESSENTIAL: [&str; 2] = ["campaigns", "ads_reports_daily"];

/// Asks TikTok for a little of everything that a sync cannot do without.
pub async fn check(client: &Client, config: &SourceConfig) -> Result<()> {
    let mut report = Report::default();
    let sight = look(client, &config.credentials, &config.named_advertisers(), &mut report).await;
    if let Some(advertiser) = to_ask_about(&sight).filter(|_| !report.has_failed()) {
        let granted = config.credentials.scope();
        let sandbox = config.credentials.is_sandbox();
        let grounds = Grounds { client, advertiser, granted: granted.as_deref(), sandbox, verb: "read" };
        permission::check(&grounds, &needs(), &mut report).await;
    }
    report.finish()
}

/// An advertiser that is in use, for a closed one may be refused for its own sake.
fn to_ask_about(sight: &Sight) -> Option<&str> {
    let enabled = |id: &&String| {
        let status = sight.info(id).and_then(|info| info.status.as_deref());
        status.is_none_or(|status| meaning(status).0 == Standing::Enabled)
    };
    sight.ids.iter().find(enabled).or(sight.ids.first()).map(String::as_str)
}

/// Every stream with its path, those without which nothing works first.
fn needs() -> Vec<Need> {
    let need = |stream: &'static streams::StreamDef| Need {
        name: stream.name,
        endpoint: stream.endpoint,
        essential: ESSENTIAL.contains(&stream.name),
    };
    let mut needs: Vec<Need> = streams::all().iter().map(need).collect();
    needs.sort_by_key(|need| !need.essential);
    needs
}
