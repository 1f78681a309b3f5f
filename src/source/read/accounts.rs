//! The advertisers of a run: which they are, their clocks and their age. Learnt once a run.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::business;
use super::causes::{self, Causes};
use crate::clock;
use crate::config::SourceConfig;
use crate::error::{Error, Result};
use crate::source::plan::account::{Account, NAMED_MAX};
use crate::source::plan::shards;
use crate::source::plan::zone::Zone;
use crate::tiktok::Client;
use crate::tiktok::advertisers::{
    self, AdvertiserInfo, INFO_IDS_MAX, ListedAdvertiser, infos, list_by_authorization, none_found, printable,
};
use crate::tiktok::token::grant::App;
use crate::words::{counted, some};

const INFO_FIELDS: &str =
    r#"["advertiser_id","name","status","timezone","display_timezone","create_time","owner_bc_id"]"#;

/// The advertisers of a run.
#[derive(Default)]
pub(super) struct Advertisers {
    /// Those that it is about.
    pub accounts: Vec<Account>,
    /// Those that other shards read.
    pub elsewhere: Vec<Arc<str>>,
    /// How TikTok lists them, where it was asked.
    pub listed: Option<Vec<ListedAdvertiser>>,
}

/// All advertisers that a run is about.
pub(super) async fn load(client: &Client, config: &SourceConfig, causes: &Causes) -> Result<Advertisers> {
    let mut named = config.named_advertisers();
    if !config.bc_ids.is_empty() {
        let of_businesses = of_businesses(client, config).await?;
        named.extend(of_businesses.into_iter().filter(|id| !config.named_advertisers().contains(id)));
    }
    let listed = if named.is_empty() { Some(listed(client, config).await?) } else { None };
    let ids = listed.as_ref().map_or(named, |listed| listed.iter().map(|one| one.advertiser_id.clone()).collect());
    let (ids, elsewhere): (Vec<String>, Vec<String>) =
        ids.into_iter().partition(|id| shards::reads(config.shard(), id));
    tell_shard(config, ids.len(), ids.len() + elsewhere.len());
    let accounts = learn(client, &ids, causes).await?;
    // Of a few that fall to a shard all may be gone; others are read elsewhere.
    if accounts.is_empty() && !ids.is_empty() && !config.shard().is_part() {
        return Err(none_left());
    }
    Ok(Advertisers { accounts, elsewhere: elsewhere.into_iter().map(Arc::from).collect(), listed })
}

/// The advertisers of the config's Business Centers; where the app's own list can be had, those on it, for an app was
/// not let into each account of a Business Center.
async fn of_businesses(client: &Client, config: &SourceConfig) -> Result<Vec<String>> {
    let own = business::advertisers(client, &config.bc_ids).await?;
    if config.credentials.app().is_none() {
        return Ok(own);
    }
    let listed: HashSet<String> = listed(client, config).await?.into_iter().map(|one| one.advertiser_id).collect();
    let (open, closed): (Vec<String>, Vec<String>) = own.into_iter().partition(|id| listed.contains(id));
    if !closed.is_empty() {
        tracing::info!(
            "The app was not let into {} of the Business Centers in `bc_ids`: {}",
            counted(closed.len(), "advertiser"),
            some(&closed.iter().map(String::as_str).collect::<Vec<_>>(), NAMED_MAX)
        );
    }
    if open.is_empty() {
        return Err(Error::config("The access token sees no advertiser of the Business Centers in `bc_ids`")
            .advise("Authorize the app as a user who has a role on these advertisers, or name others."));
    }
    Ok(open)
}

/// Says what falls to this shard.
fn tell_shard(config: &SourceConfig, own: usize, all: usize) {
    let (shard, quota) = (config.shard(), config.quota.requests_per_second);
    if shard.is_part() {
        tracing::info!(
            "This is shard {} of {}, counted from 0: it reads {own} of {}, with {} a second",
            shard.index,
            shard.count,
            counted(all, "advertiser"),
            counted(quota, "request")
        );
    }
}

/// What TikTok says of advertisers; those that are gone and not asked for by name are left out.
async fn learn(client: &Client, ids: &[String], causes: &Causes) -> Result<Vec<Account>> {
    let (mut accounts, mut unknown, mut odd) = (Vec::with_capacity(ids.len()), Vec::new(), Vec::new());
    for chunk in ids.chunks(INFO_IDS_MAX) {
        let learnt = infos(client, chunk, Some(INFO_FIELDS)).await?;
        let failed = learnt.refused.into_iter().map(|(id, error)| error.with("advertiser_id", id));
        let (gone, others): (Vec<Error>, Vec<Error>) = failed.partition(|error| causes.forgives(error));
        gone.iter().for_each(|error| causes.tell("", true, error));
        let left_out = |id: &&String| gone.iter().any(|error| error.context("advertiser_id") == Some(id.as_str()));
        for id in chunk.iter().filter(|id| !left_out(id)) {
            let info = learnt.infos.iter().find(|info| info.advertiser_id == *id);
            let (account, found) = account(id, info, clock::now());
            accounts.push(account);
            if !others.iter().any(|error| error.context("advertiser_id") == Some(id.as_str())) {
                odd.extend(found.into_iter().map(|one| (one, who(id, info))));
            }
        }
        unknown.extend(others);
    }
    tell_unknown(&unknown, causes);
    tell_odd(&odd);
    Ok(accounts)
}

/// The error of a run that no advertiser is left for: to bring nothing is no success.
pub(super) fn none_left() -> Error {
    Error::config("All advertisers that the access token sees are gone").advise(
        "Look in the TikTok Ads Manager whether they were closed; then authorize the app as a user who has a role on \
         others, or take this connection out of service.",
    )
}

/// Tells of advertisers that TikTok says nothing of: a line a cause.
fn tell_unknown(unknown: &[Error], causes: &Causes) {
    for first in unknown.iter().filter(|error| causes.is_new(error)) {
        let same = |error: &&Error| causes::same(error, first);
        let ids: Vec<&str> = unknown.iter().filter(same).filter_map(|error| error.context("advertiser_id")).collect();
        tracing::warn!(
            "Nothing can be learnt of advertiser {}, so days are taken as UTC's; streams that are refused, too, \
             go on without. {first}",
            some(&ids, NAMED_MAX)
        );
    }
}

/// What TikTok says of an advertiser and cannot be so.
#[derive(Debug, PartialEq, Eq)]
enum Odd {
    /// The zone's name, if it has one.
    Zone(Option<String>),
    /// The day of its creation.
    Unborn(NaiveDate),
}

impl Odd {
    fn told(&self, whose: &str) -> String {
        match self {
            Self::Zone(name) => {
                let unknown = match name {
                    Some(name) => {
                        format!("The time zone `{}` of advertiser {whose} is not known here", printable(name))
                    }
                    None => format!("TikTok tells no time zone of advertiser {whose}"),
                };
                format!(
                    "{unknown}: its days are taken to begin at UTC's midnight, so the newest day may come some hours \
                     late, or before it has begun"
                )
            }
            Self::Unborn(day) => {
                format!(
                    "TikTok says that advertiser {whose} is created on {day}: that is yet to come, so it is read from `start_date` on"
                )
            }
        }
    }
}

/// Tells what is odd, a line each.
fn tell_odd(odd: &[(Odd, String)]) {
    for (at, (first, _)) in odd.iter().enumerate() {
        let same = odd.iter().filter(|(one, _)| one == first).map(|(_, whose)| whose.as_str()).collect::<Vec<_>>();
        if odd.iter().position(|(one, _)| one == first) == Some(at) {
            tracing::warn!("{}", first.told(&some(&same, NAMED_MAX)));
        }
    }
}

/// All that the token sees.
async fn listed(client: &Client, config: &SourceConfig) -> Result<Vec<ListedAdvertiser>> {
    // `SourceConfig::parse` asks for the app where no advertiser is named.
    let app = config.credentials.app();
    let app = app.ok_or_else(|| Error::config("`credentials.app_id` and `credentials.secret` are missing"))?;
    union(list_by_authorization(client, &App::of(app)).await)
}

/// All advertisers that any authorization sees, each once. One that fails hides nobody whom another sees.
fn union(all: Vec<(usize, Result<Vec<ListedAdvertiser>>)>) -> Result<Vec<ListedAdvertiser>> {
    let (mut lists, mut failed) = (Vec::new(), None);
    let several = all.len() > 1;
    for (_, seen) in all {
        match seen {
            Ok(seen) => lists.push(seen),
            Err(error) => {
                if several {
                    tracing::warn!("The advertisers of one authorization are left out: {error}");
                }
                failed = failed.or(Some(error));
            }
        }
    }
    let union = advertisers::union(lists);
    match failed.filter(|_| union.is_empty()) {
        Some(error) => Err(error),
        None if union.is_empty() => Err(none_found()),
        None => Ok(union),
    }
}

/// By how much the clock of TikTok may be ahead of ours for us to believe what happened by it.
const CREATED_AHEAD_MAX: TimeDelta = TimeDelta::days(1);

/// An advertiser by what TikTok says of it, and what of that cannot be so.
fn account(id: &str, info: Option<&AdvertiserInfo>, now: DateTime<Utc>) -> (Account, Vec<Odd>) {
    let mut odd = Vec::new();
    let zone = info.and_then(zone);
    if zone.is_none() {
        odd.push(Odd::Zone(info.and_then(|info| names(info).next().cloned())));
    }
    let zone = zone.unwrap_or(Zone::UTC);
    let created = info.and_then(|info| info.create_time).filter(|seconds| *seconds > 0);
    let mut created = created.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    if let Some(unborn) = created.take_if(|created| *created > now + CREATED_AHEAD_MAX) {
        odd.push(Odd::Unborn(zone.local(unborn).date()));
    }
    let owner = info.and_then(|info| info.owner_bc_id.as_deref()).filter(|id| !id.is_empty()).map(Arc::from);
    (Account { id: id.into(), zone, created, owner }, odd)
}

/// Whose it is: the id, and the name that people know.
fn who(id: &str, info: Option<&AdvertiserInfo>) -> String {
    let name = info.and_then(|info| info.name.as_deref()).map(printable).filter(|name| !name.is_empty());
    name.map_or_else(|| id.to_owned(), |name| format!("{id} ({name})"))
}

/// `display_timezone` names a place and knows its summer time; `timezone` may be a bare offset.
fn names(info: &AdvertiserInfo) -> impl Iterator<Item = &String> {
    [&info.display_timezone, &info.timezone].into_iter().flatten().filter(|name| !name.trim().is_empty())
}

fn zone(info: &AdvertiserInfo) -> Option<Zone> {
    names(info).find_map(|name| Zone::of(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(display: Option<&str>, zone: Option<&str>) -> AdvertiserInfo {
        AdvertiserInfo {
            currency: None,
            advertiser_id: "1".into(),
            name: None,
            status: None,
            role: None,
            owner_bc_id: None,
            rejection_reason: None,
            timezone: zone.map(str::to_owned),
            display_timezone: display.map(str::to_owned),
            create_time: Some(1_700_000_000),
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2026-03-01T16:00:00Z".parse().unwrap()
    }

    fn of(info: &AdvertiserInfo) -> Account {
        account("1", Some(info), now()).0
    }

    #[test]
    fn today_is_the_advertisers_own() {
        for (zone, today) in [
            ("Asia/Tokyo", "2026-03-02"),
            ("America/New_York", "2026-03-01"),
            ("UTC+8", "2026-03-02"),
            ("Nowhere/Land", "2026-03-01"),
        ] {
            assert_eq!(of(&info(Some(zone), None)).today(now()), day(today), "{zone}");
        }
        for display in [None, Some(""), Some("Nowhere/Land")] {
            assert_eq!(of(&info(display, Some("Asia/Tokyo"))).today(now()), day("2026-03-02"), "{display:?}");
        }
        let (untold, odd) = account("1", None, now());
        assert_eq!((untold.today(now()), odd), (day("2026-03-01"), vec![Odd::Zone(None)]));
    }

    #[test]
    fn age_is_known_in_the_advertisers_days() {
        let auckland = of(&info(Some("Pacific/Auckland"), None));
        assert_eq!(auckland.created_on(), Some(day("2023-11-15")));
    }

    #[test]
    fn what_cannot_be_so_is_told_and_not_believed() {
        let of = |zone: Option<&str>, created: i64| {
            let info =
                AdvertiserInfo { create_time: Some(created), name: Some("Tea\nHouse".into()), ..info(zone, None) };
            let (account, odd) = account("1", Some(&info), now());
            (account.created, odd.iter().map(|odd| odd.told(&who("1", Some(&info)))).collect::<Vec<_>>())
        };
        assert_eq!(of(Some("Asia/Tokyo"), 1_700_000_000).1, [""; 0]);
        let tomorrow = now().timestamp() + 3_600;
        assert_eq!(of(Some("Asia/Tokyo"), tomorrow).1, [""; 0], "clocks differ");
        let (created, odd) = of(None, tomorrow + 86_400);
        assert_eq!(created, None);
        assert_eq!(odd.len(), 2);
        assert!(odd[0].starts_with("TikTok tells no time zone of advertiser 1 (Tea House): its days"), "{odd:?}");
        assert!(odd[1].contains("advertiser 1 (Tea House) is created on 2026-03-02: that is yet to come"), "{odd:?}");
        let (_, odd) = of(Some("Mars/Phobos"), 1);
        assert!(
            odd[0].starts_with("The time zone `Mars/Phobos` of advertiser 1 (Tea House) is not known here: "),
            "{odd:?}"
        );
    }
}
