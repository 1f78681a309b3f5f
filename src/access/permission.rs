//! Finds missing permissions and says what each one costs. It uses the ids that TikTok granted with the token, or else
//! a request for a single row.

use std::borrow::Cow;

use futures::future::join_all;
use serde::de::IgnoredAny;

use super::CheckReport;
use crate::error::{Error, Kind};
use crate::tiktok::codes::NOT_IN_SANDBOX;
use crate::tiktok::endpoint::{Endpoint, Method, REPORT, SandboxSupport};
use crate::tiktok::envelope::Typed;
use crate::tiktok::permission::Permission;
use crate::tiktok::{Body, Call, Client};
use crate::words;

/// A stream or an object, and a path it needs.
#[derive(Debug, Clone)]
pub struct Need {
    /// The name that users know.
    pub name: Cow<'static, str>,
    pub endpoint: &'static Endpoint,
    /// Whether a run without it is useless.
    pub essential: bool,
}

/// What a probe of permissions needs to know.
pub(crate) struct ProbeContext<'g> {
    pub client: &'g Client,
    /// An advertiser to probe with.
    pub advertiser: &'g str,
    /// The permission ids that TikTok granted with the token, if known.
    pub granted: Option<&'g [u64]>,
    pub sandbox: bool,
    /// What the role does, as in “read”.
    pub verb: &'static str,
    /// Paths that calls have proved already.
    pub answered: &'g [&'static Endpoint],
}

/// The result of one probe.
enum Finding {
    Granted,
    /// Not granted; with the refusal, if there was one.
    Missing(Option<Error>),
    /// The response does not tell.
    Open(Error),
    NotAsked,
}

/// How to fix a missing permission.
const ADD: &str = "Add it to the app in TikTok's portal for developers, have the app reviewed, and authorize it again.";
/// The most streams or objects that a sentence names.
const NAMED_MAX: usize = 3;
/// The day of the report that is requested as a probe; the sandbox has it too (docs/tiktok-api.md 1.7).
const PROBED_DAY: &str = "2020-12-08";

/// The needs that share a permission. One probe answers for all of them.
struct NeedGroup<'n> {
    permission: Option<&'static Permission>,
    needs: Vec<&'n Need>,
}

impl<'n> NeedGroup<'n> {
    fn of(needs: &[&'n Need]) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for need in needs {
            let permission = need.endpoint.permission;
            let same = |group: &&mut Self| match permission {
                Some(_) => group.permission == permission,
                None => group.needs.iter().any(|other| other.endpoint == need.endpoint),
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.needs.push(need),
                None => groups.push(Self { permission, needs: vec![need] }),
            }
        }
        groups
    }

    fn is_essential(&self) -> bool {
        self.needs.iter().any(|need| need.essential)
    }

    /// The endpoint to probe with: one that reads, an essential one if possible.
    fn asked_by(&self) -> Option<&'static Endpoint> {
        let reading = || self.needs.iter().filter(|need| need.endpoint.method == Method::Get);
        reading().find(|need| need.essential).or(reading().next()).map(|need| need.endpoint)
    }

    fn topic(&self) -> String {
        self.permission.map_or("permission".to_owned(), |one| format!("permission {}", one.id))
    }

    fn shown(&self) -> String {
        self.permission.map_or("What is needed".to_owned(), Permission::shown)
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for need in &self.needs {
            if !names.contains(&&*need.name) {
                names.push(&need.name);
            }
        }
        names
    }
}

/// Probes every permission once, concurrently, and reports what each missing one costs.
pub(crate) async fn check(context: &ProbeContext<'_>, needs: &[Need], report: &mut CheckReport) {
    let (served, absent): (Vec<&Need>, Vec<&Need>) = needs
        .iter()
        .partition(|need| !context.sandbox || need.essential || need.endpoint.sandbox == SandboxSupport::Served);
    let groups = NeedGroup::of(&served);
    let findings = join_all(groups.iter().map(|group| find(context, group))).await;
    let mut missing = 0;
    for (group, finding) in groups.iter().zip(findings) {
        missing += usize::from(matches!(finding, Finding::Missing(_)) && !context.sandbox);
        tell(context, group, finding, report);
    }
    if !absent.is_empty() {
        let absent: Vec<&str> = absent.iter().map(|need| &*need.name).collect();
        report.warn("sandbox", format!("TikTok's sandbox does not serve {}", names(&absent, usize::MAX)));
    }
    if missing > 0 {
        let how = "what you want of it is added to the app in TikTok's portal for developers; after its review, authorize it again";
        report.note("permissions", format!("{missing} missing: {how}"));
    } else if !report.has_failed() {
        report.ok("permissions", "no needed permission is missing, as far as TikTok tells");
    }
}

async fn find(context: &ProbeContext<'_>, group: &NeedGroup<'_>) -> Finding {
    let told = group.permission.zip(context.granted);
    let endpoint = match told.map(|(permission, granted)| permission.is_among(granted)) {
        Some(false) => return Finding::Missing(None),
        Some(true) if !group.is_essential() => return Finding::Granted,
        _ => group.asked_by(),
    };
    let Some(endpoint) = endpoint else { return Finding::NotAsked };
    if context.answered.contains(&endpoint) {
        return Finding::Granted;
    }
    match probe(context, endpoint).await {
        Ok(()) => Finding::Granted,
        Err(error) if error.kind() == Kind::Permission => Finding::Missing(Some(error)),
        // TikTok did not accept the minimal request, but it did not forbid it.
        Err(error) if error.kind() == Kind::Request && !group.is_essential() => Finding::Granted,
        Err(error) => Finding::Open(error),
    }
}

/// Requests one row.
async fn probe(context: &ProbeContext<'_>, endpoint: &'static Endpoint) -> Result<(), Error> {
    let advertiser = context.advertiser;
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
    let call = Call { endpoint, advertiser: Some(advertiser), query: &query, body: Body::None, watch: &() };
    context.client.call(&call, &Typed::<Option<IgnoredAny>>::default()).await.map(drop)
}

fn tell(context: &ProbeContext<'_>, group: &NeedGroup<'_>, finding: Finding, report: &mut CheckReport) {
    let (topic, all) = (group.topic(), group.names());
    let cost = |most| format!("{} cannot be {}", names(&all, most), context.verb);
    match finding {
        Finding::Granted if group.is_essential() => {
            report.ok(&topic, format!("{} is there, for {}", group.shown(), names(&all, NAMED_MAX)));
        }
        Finding::Granted | Finding::NotAsked => {}
        Finding::Missing(why) if group.is_essential() => {
            report.fail(&topic, missing(group.permission, &cost(NAMED_MAX), why))
        }
        Finding::Missing(why) => {
            let words = why.map_or_else(String::new, |why| format!(" ({})", why.message()));
            report.warn(&topic, format!("{} is missing, so {}{words}", group.shown(), cost(usize::MAX)));
        }
        Finding::Open(why) if group.is_essential() => {
            let error = Error::new(why.kind(), format!("{}: {}", cost(NAMED_MAX), why.message()));
            let advice = why.advice().unwrap_or("Run the check again; if it stays so, report it.").to_owned();
            report.fail(&topic, error.advise(advice).because(why));
        }
        Finding::Open(why) => {
            report.warn(&topic, format!("Whether {} is not known: {}", cost(NAMED_MAX), why.message()))
        }
    }
}

/// The error of a missing permission: its name and id, what it costs, and how to get it.
pub(super) fn missing(permission: Option<&'static Permission>, cost: &str, why: Option<Error>) -> Error {
    let words = why.as_ref().map_or_else(String::new, |error| format!(" ({})", error.message()));
    let code = why.as_ref().and_then(Error::code);
    let (what, advice) = match permission {
        _ if code.is_some_and(|code| NOT_IN_SANDBOX.contains(&code)) => {
            (format!("In TikTok's sandbox {cost}{words}"), "Use a production token.".to_owned())
        }
        Some(permission) => (
            format!("The permission {} is missing, so {cost}{words}", permission.shown()),
            format!("{ADD} The user needs a role on the advertiser, too."),
        ),
        None => (format!("A permission is missing, so {cost}{words}"), ADD.to_owned()),
    };
    let error = Error::new(Kind::Permission, what).advise(advice);
    match why {
        Some(why) => error.because(why),
        None => error,
    }
}

/// The first of these names, in backticks.
fn names(all: &[&str], most: usize) -> String {
    words::some(&all.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>(), most)
}
