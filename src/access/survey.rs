//! Checks that the tokens belong to the app, and finds the advertisers that they see.

use super::permission;
use super::report::CheckReport;
use super::status::{AccountStatus, meaning};
use super::tokens::{self, topic};
use crate::config::Credentials;
use crate::error::{Error, Kind, Result};
use crate::tiktok::Client;
use crate::tiktok::advertisers::{self, AdvertiserInfo, INFO_IDS_MAX, ListedAdvertiser, printable};
use crate::tiktok::endpoint::ADVERTISER_INFO;
use crate::tiktok::token::grant::App;
use crate::words::{self, counted};

/// The most advertisers that the report lists one by one.
const ADVERTISERS_SHOWN_MAX: usize = 50;

/// What the credentials give access to.
#[derive(Default)]
pub(crate) struct AccessSurvey {
    /// The advertisers to use, in order.
    pub ids: Vec<String>,
    pub infos: Vec<AdvertiserInfo>,
    /// All advertisers that the tokens list. `None`: TikTok cannot be asked.
    pub seen: Option<Vec<ListedAdvertiser>>,
    /// An advertiser to probe permissions with.
    pub askable: Option<String>,
}

impl AccessSurvey {
    #[must_use]
    pub(crate) fn info(&self, id: &str) -> Option<&AdvertiserInfo> {
        self.infos.iter().find(|info| info.advertiser_id == id)
    }
}

/// Surveys everything that the credentials give access to. `named` are the advertisers of the config; if empty, all are
/// meant.
pub(crate) async fn survey(
    client: &Client,
    credentials: &Credentials,
    named: &[String],
    report: &mut CheckReport,
) -> AccessSurvey {
    let mut survey = AccessSurvey { ids: named.to_vec(), ..AccessSurvey::default() };
    if !tokens::check(client, report).await {
        return survey;
    }
    tokens::check_clock(client, report);
    match credentials.app() {
        Some(app) => {
            let all = advertisers::list_by_authorization(client, &App::of(app)).await;
            survey.seen = app_and_list(all, named, report);
        }
        None if credentials.is_sandbox() => {}
        None => {
            report.note("app", "no `app_id` and `secret` given, so TikTok cannot be asked for the list of advertisers")
        }
    }
    if report.has_failed() {
        return survey;
    }
    if named.is_empty() {
        survey.ids = survey.seen.iter().flatten().map(|one| one.advertiser_id.clone()).collect();
    }
    // The sandbox does not serve `/advertiser/info/` (docs/tiktok-api.md 1.7), so only the permission probes tell more.
    if credentials.is_sandbox() {
        survey.askable = survey.ids.first().cloned();
    } else {
        report_advertisers(client, &mut survey, named.is_empty(), report).await;
        survey.askable = survey.askable.or_else(|| in_use(&survey.infos));
    }
    survey
}

/// An enabled advertiser, because TikTok may refuse requests about a closed one.
fn in_use(infos: &[AdvertiserInfo]) -> Option<String> {
    let enabled = |info: &&AdvertiserInfo| {
        info.status.as_deref().is_none_or(|status| meaning(status).0 == AccountStatus::Enabled)
    };
    infos.iter().find(enabled).or(infos.first()).map(|info| info.advertiser_id.clone())
}

/// The advertisers of all tokens, and whether the tokens belong to the app.
fn app_and_list(
    all: Vec<(usize, Result<Vec<ListedAdvertiser>>)>,
    named: &[String],
    report: &mut CheckReport,
) -> Option<Vec<ListedAdvertiser>> {
    let mut lists = Vec::new();
    for (number, seen) in all {
        let topic = topic("app", number);
        match seen {
            Ok(seen) => {
                if lists.is_empty() {
                    report.ok(&topic, "`app_id` and `secret` belong to the access token");
                }
                lists.push(seen);
            }
            // The report has this token's error already.
            Err(error) if error.kind() == Kind::Token => {}
            Err(error) if error.kind() == Kind::Config => report.fail(&topic, error),
            Err(error) if named.is_empty() => report.fail(&topic, error),
            Err(error) => report.warn(&topic, format!("The list of advertisers cannot be read: {}", error.message())),
        }
    }
    let union = (!lists.is_empty()).then(|| advertisers::union(lists));
    match &union {
        Some(seen) if seen.is_empty() && !report.has_failed() => report.fail("advertisers", advertisers::none_found()),
        Some(seen) => report.ok("advertisers", format!("{} seen: {}", seen.len(), list(seen))),
        None => {}
    }
    union
}

/// Reports each advertiser, including those that TikTok does not know. `all_meant`: the config names none, so an
/// advertiser that is gone is not an error.
async fn report_advertisers(client: &Client, survey: &mut AccessSurvey, all_meant: bool, report: &mut CheckReport) {
    let mut failed = Vec::new();
    for chunk in survey.ids.chunks(INFO_IDS_MAX) {
        match advertisers::infos(client, chunk, None).await {
            Ok(learnt) => {
                survey.infos.extend(learnt.infos);
                failed.extend(learnt.refused);
            }
            Err(error) => {
                report.fail("advertisers", error);
                return;
            }
        }
    }
    if let Some(why) = not_permitted(client, survey, &mut failed).await {
        let cost = "nothing can be learned about the advertisers";
        survey.askable = survey.ids.first().cloned();
        let needed = ADVERTISER_INFO.permission;
        let topic = needed.map_or("permission".to_owned(), |one| format!("permission {}", one.id));
        report.fail(&topic, permission::missing(needed, cost, Some(why)));
        return;
    }
    let unknown = || Error::new(Kind::Permission, "TikTok does not know it");
    for (at, id) in survey.ids.iter().enumerate() {
        let topic = format!("advertiser {id}");
        match survey.info(id) {
            Some(info) if at < ADVERTISERS_SHOWN_MAX => report_status(&topic, info, report),
            Some(_) => {}
            None => {
                let why = failed.iter().position(|(refused, _)| refused == id).map(|at| failed.swap_remove(at).1);
                let error = unseen_error(id, survey.seen.as_deref(), why.unwrap_or_else(unknown));
                match error.kind() {
                    Kind::Gone if all_meant => report.warn(&topic, format!("{}; it is left out", error.message())),
                    _ => report.fail(&topic, error),
                }
            }
        }
    }
    if survey.ids.len() > ADVERTISERS_SHOWN_MAX {
        let more = counted(survey.ids.len() - ADVERTISERS_SHOWN_MAX, "other advertiser");
        report.note("advertisers", format!("reached as well: {more}"));
    }
}

/// Whether the endpoint itself is forbidden: then every listed advertiser is refused, even one that the config does not
/// name.
async fn not_permitted(client: &Client, survey: &AccessSurvey, failed: &mut Vec<(String, Error)>) -> Option<Error> {
    let listed = |id: &str| survey.seen.iter().flatten().any(|one| one.advertiser_id == id);
    let refused = failed.iter().filter(|(id, error)| error.kind() == Kind::Permission && listed(id)).count();
    if !survey.infos.is_empty() || refused == 0 || refused < survey.ids.len() {
        return None;
    }
    if refused == 1 {
        let other = survey.seen.iter().flatten().find(|one| !survey.ids.contains(&one.advertiser_id))?;
        let learnt = advertisers::infos(client, std::slice::from_ref(&other.advertiser_id), None).await.ok()?;
        if !learnt.infos.is_empty() {
            return None;
        }
    }
    failed.pop().map(|(_, error)| error)
}

fn report_status(topic: &str, info: &AdvertiserInfo, report: &mut CheckReport) {
    let name = info.name.as_deref().map_or_else(|| "name unknown".to_owned(), printable);
    let status = info.status.as_deref().unwrap_or("STATUS_ENABLE");
    let (standing, said) = meaning(status);
    let reason = info.rejection_reason.as_deref().map(printable).filter(|reason| !reason.is_empty());
    let reason = reason.map_or_else(String::new, |reason| format!(", because “{reason}”"));
    match standing {
        AccountStatus::Enabled => report.ok(topic, format!("{name}: {said}")),
        AccountStatus::InReview => {
            report.warn(topic, format!("{name}: {said} ({status}){reason}; its ads do not run yet"))
        }
        AccountStatus::Closed => {
            report.warn(topic, format!("{name}: {said} ({status}){reason}; its ads do not run and its data may be old"))
        }
        AccountStatus::Unknown => report.warn(topic, format!("{name}: {said} ({status})")),
    }
}

/// The error of an advertiser that the token does not see. Its advice names the advertisers that exist, if known.
fn unseen_error(id: &str, seen: Option<&[ListedAdvertiser]>, why: Error) -> Error {
    // After a role is taken away, TikTok lists the advertiser for a while.
    let others: Option<Vec<&ListedAdvertiser>> =
        seen.map(|seen| seen.iter().filter(|one| one.advertiser_id != id).collect());
    let gone = why.kind() == Kind::Gone;
    let advice = match others {
        Some(others) if gone => {
            format!("The token sees {}. Name only these; {id} is gone, or was never there.", list(others))
        }
        None if gone => format!(
            "Take {id} out of the config, or correct it; with `app_id` and `secret` in the config this check lists the \
             advertisers there are."
        ),
        Some(others) => {
            format!("The token sees {}. Name only these, or give the token's user a role on {id}.", list(others))
        }
        None => format!(
            "Give the token's user a role on {id}, or leave it out; with `app_id` and `secret` in the config this check \
             lists the advertisers there are."
        ),
    };
    let what = if gone { "There is no advertiser" } else { "The access token cannot see advertiser" };
    Error::new(why.kind(), format!("{what} {id}: {}", why.message()))
        .with("advertiser_id", id)
        .advise(advice)
        .because(why)
}

/// The first of these advertisers, each with its name.
#[must_use]
pub(crate) fn list<'s>(all: impl IntoIterator<Item = &'s ListedAdvertiser>) -> String {
    const SHOWN_MAX: usize = 20;
    let one = |one: &ListedAdvertiser| format!("{} ({})", one.advertiser_id, one.shown());
    match words::some(&all.into_iter().map(one).collect::<Vec<_>>(), SHOWN_MAX) {
        none if none.is_empty() => "none".to_owned(),
        some => some,
    }
}
