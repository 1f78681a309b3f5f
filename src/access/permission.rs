//! Which permissions are missing, and what each costs: by the ids that TikTok told with the token, else by asking
//! for next to nothing.

use std::borrow::Cow;

use futures::future::join_all;
use serde::de::IgnoredAny;

use super::Report;
use crate::error::{Error, Kind};
use crate::tiktok::endpoint::{Endpoint, Method, REPORT};
use crate::tiktok::envelope::Typed;
use crate::tiktok::permission::{self, Permission};
use crate::tiktok::{Call, Client};

/// A stream or an object, and a path it needs.
#[derive(Debug, Clone)]
pub struct Need {
    /// As users know it.
    pub name: Cow<'static, str>,
    pub endpoint: &'static Endpoint,
    /// Without it nothing useful can be done (contract 3).
    pub essential: bool,
}

/// Where to ask, and what is known without asking.
pub struct Grounds<'g> {
    pub client: &'g Client,
    /// An advertiser that can be asked about.
    pub advertiser: &'g str,
    /// Ids that were told with the token.
    pub granted: Option<&'g [u64]>,
    pub sandbox: bool,
    /// What the role does with it, as in “read”.
    pub verb: &'static str,
}

/// How a path came out.
enum Finding {
    Granted,
    /// Told or refused, and why.
    Missing(Option<Error>),
    /// The answer leaves it open.
    Open(Error),
    NotAsked,
}

/// A report of one day long ago that the sandbox has, too (tiktok-api.md 1.7).
const PROBED_DAY: &str = "2020-12-08";

/// Looks at every path once, side by side, and says what its absence costs.
pub async fn check(grounds: &Grounds<'_>, needs: &[Need], report: &mut Report) {
    let mut paths: Vec<(&'static Endpoint, Vec<&Need>)> = Vec::new();
    for need in needs {
        match paths.iter_mut().find(|(endpoint, _)| *endpoint == need.endpoint) {
            Some((_, of)) => of.push(need),
            None => paths.push((need.endpoint, vec![need])),
        }
    }
    let (asked, absent): (Vec<_>, Vec<_>) = paths.into_iter().partition(|(endpoint, of)| {
        !grounds.sandbox || permission::in_sandbox(endpoint.path) || of.iter().any(|need| need.essential)
    });
    let findings = join_all(asked.iter().map(|(endpoint, of)| find(grounds, endpoint, is_essential(of)))).await;
    let mut complete = absent.is_empty();
    for ((endpoint, of), finding) in asked.iter().zip(findings) {
        complete &= matches!(finding, Finding::Granted | Finding::NotAsked);
        tell(grounds, of, endpoint, finding, report);
    }
    let absent: Vec<&str> = absent.iter().flat_map(|(_, of)| of).map(|need| &*need.name).collect();
    if !absent.is_empty() {
        report.warn("sandbox", format!("TikTok's sandbox does not serve {}", names(&absent)));
    }
    if complete {
        report.ok("permissions", "nothing that is needed is missing, as far as TikTok tells");
    }
}

fn is_essential(needs: &[&Need]) -> bool {
    needs.iter().any(|need| need.essential)
}

async fn find(grounds: &Grounds<'_>, endpoint: &'static Endpoint, essential: bool) -> Finding {
    let told = permission::of(endpoint.path).zip(grounds.granted);
    match told.map(|(permission, granted)| permission.is_among(granted)) {
        Some(false) => return Finding::Missing(None),
        Some(true) if !essential => return Finding::Granted,
        _ if endpoint.method == Method::Post => return Finding::NotAsked,
        _ => {}
    }
    match probe(grounds, endpoint).await {
        Ok(()) => Finding::Granted,
        Err(error) if error.kind() == Kind::Permission => Finding::Missing(Some(error)),
        // The question was too small to be a good one, but it was not forbidden.
        Err(error) if error.kind() == Kind::Request && !essential => Finding::Granted,
        Err(error) => Finding::Open(error),
    }
}

/// Asks for one row.
async fn probe(grounds: &Grounds<'_>, endpoint: &'static Endpoint) -> Result<(), Error> {
    let advertiser = grounds.advertiser;
    let mut query =
        vec![("advertiser_id", advertiser.to_owned()), ("page", "1".to_owned()), ("page_size", "1".to_owned())];
    if *endpoint == REPORT {
        let report = [
            ("report_type", "BASIC"),
            ("service_type", "AUCTION"),
            ("data_level", "AUCTION_CAMPAIGN"),
            ("dimensions", r#"["campaign_id"]"#),
            ("metrics", r#"["spend"]"#),
            ("start_date", PROBED_DAY),
            ("end_date", PROBED_DAY),
        ];
        query.extend(report.map(|(name, value)| (name, value.to_owned())));
    }
    let call = Call { endpoint, advertiser: Some(advertiser), query: &query, body: &[], watch: &() };
    grounds.client.call(&call, &Typed::<Option<IgnoredAny>>::default()).await.map(drop)
}

fn tell(grounds: &Grounds<'_>, of: &[&Need], endpoint: &'static Endpoint, finding: Finding, report: &mut Report) {
    let essential = is_essential(of);
    let all: Vec<&str> = of.iter().map(|need| &*need.name).collect();
    let topic = permission::of(endpoint.path).map_or("permission".to_owned(), |one| format!("permission {}", one.id));
    // An essential path may serve others, too; what cannot be done without comes first.
    let cost = format!("{} cannot be {}", names(&all), grounds.verb);
    match finding {
        Finding::Granted if essential => {
            let granted = permission::of(endpoint.path).map_or("what is needed".to_owned(), Permission::shown);
            report.ok(&topic, format!("{granted} is there, for {}", names(&all)));
        }
        Finding::Granted | Finding::NotAsked => {}
        Finding::Missing(why) if essential => report.fail(&topic, missing(endpoint, &cost, why)),
        Finding::Missing(why) => report.warn(&topic, missing(endpoint, &cost, why).to_string()),
        Finding::Open(why) if essential => {
            let error = Error::new(why.kind(), format!("{}: {}", capital(&cost), why.message()));
            let advice = why.advice().unwrap_or("Run the check again; if it stays so, report it.").to_owned();
            report.fail(&topic, error.advise(advice).because(why));
        }
        Finding::Open(why) => report.warn(&topic, format!("Whether {cost} is not known: {}", why.message())),
    }
}

/// The permission by its name and id, what it costs, and how to get it.
pub(super) fn missing(endpoint: &'static Endpoint, cost: &str, why: Option<Error>) -> Error {
    let words = why.as_ref().map_or_else(String::new, |error| format!(" ({})", error.message()));
    let sandbox = why
        .as_ref()
        .and_then(|error| error.context("code"))
        .is_some_and(|code| ["40008", "40009", "40014"].contains(&code));
    let (what, advice) = match permission::of(endpoint.path) {
        _ if sandbox => (
            format!("TikTok's sandbox has no {}, so {cost}{words}", endpoint.path),
            "Use a production token.".to_owned(),
        ),
        Some(permission) => (
            format!("The permission {} is missing, so {cost}{words}", permission.shown()),
            "Add it to the app in TikTok's portal for developers, have the app reviewed, and authorize it again; the \
             user needs a role on the advertiser, too."
                .to_owned(),
        ),
        None => (
            format!("A permission for {} is missing, so {cost}{words}", endpoint.path),
            "Ask TikTok for it in the portal for developers, and authorize the app again.".to_owned(),
        ),
    };
    let error = Error::new(Kind::Permission, what).advise(advice);
    match why {
        Some(why) => error.because(why),
        None => error,
    }
}

/// Some of many, as users write them.
fn names(all: &[&str]) -> String {
    const SHOWN_MAX: usize = 6;
    let shown: Vec<String> = all.iter().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect();
    match all.len() {
        count if count > SHOWN_MAX => format!("{} and {} more", shown.join(", "), count - SHOWN_MAX),
        _ => shown.join(", "),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
