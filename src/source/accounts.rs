//! The advertisers of a run: which they are, their clocks and their age. Learnt once a run.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;

use super::causes::{self, Causes};
use super::stamp::Stamp;
use crate::config::SourceConfig;
use crate::error::{Error, Result};
use crate::tiktok::Client;
use crate::tiktok::advertisers::{INFO_IDS_MAX, Info, SeenAdvertiser, infos, none_found, seen_by_each};

/// One advertiser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: Arc<str>,
    pub zone: Tz,
    pub created: Option<DateTime<Utc>>,
}

impl Account {
    /// The day it is for the advertiser.
    #[must_use]
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.zone).date_naive()
    }

    /// The day the account was created, in its own zone.
    #[must_use]
    pub fn created_on(&self) -> Option<NaiveDate> {
        self.created.map(|created| created.with_timezone(&self.zone).date_naive())
    }

    /// The first moment of one of its days, on a UTC clock.
    #[must_use]
    pub fn start_of(&self, day: NaiveDate) -> Stamp {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        // Where a clock change swallows midnight, UTC's is near enough and not too late by much.
        let moment = self.zone.from_local_datetime(&midnight).earliest();
        moment.map_or(Stamp::naive(midnight), |moment| Stamp::utc(moment.to_utc()))
    }
}

const INFO_FIELDS: &str = r#"["advertiser_id","name","status","timezone","display_timezone","create_time"]"#;

/// All advertisers that a run is about, and how TikTok lists them where it was asked.
pub async fn load(
    client: &Client,
    config: &SourceConfig,
    causes: &Causes,
) -> Result<(Vec<Account>, Option<Vec<SeenAdvertiser>>)> {
    let named = config.named_advertisers();
    let listed = if named.is_empty() { Some(listed(client, config).await?) } else { None };
    let ids = listed.as_ref().map_or(named, |listed| listed.iter().map(|one| one.advertiser_id.clone()).collect());
    let (mut accounts, mut unknown) = (Vec::with_capacity(ids.len()), Vec::new());
    for chunk in ids.chunks(INFO_IDS_MAX) {
        let (infos, failed) = infos(client, chunk, Some(INFO_FIELDS)).await?;
        let failed = failed.into_iter().map(|(id, error)| error.with("advertiser_id", id));
        let (gone, others): (Vec<Error>, Vec<Error>) = failed.partition(|error| causes.forgives(error));
        gone.iter().for_each(|error| causes.tell("", true, error));
        let left_out = |id: &&String| gone.iter().any(|error| error.context("advertiser_id") == Some(id.as_str()));
        let ids = chunk.iter().filter(|id| !left_out(id));
        accounts.extend(ids.map(|id| account(id, infos.iter().find(|info| info.advertiser_id == *id))));
        unknown.extend(others);
    }
    tell_unknown(&unknown, causes);
    Ok((accounts, listed))
}

/// Advertisers that one line names.
const NAMED_MAX: usize = 10;

/// Tells of advertisers that TikTok says nothing of: a line a cause.
fn tell_unknown(unknown: &[Error], causes: &Causes) {
    for first in unknown.iter().filter(|error| causes.is_new(error)) {
        let same = |error: &&Error| causes::same(error, first);
        let ids: Vec<&str> = unknown.iter().filter(same).filter_map(|error| error.context("advertiser_id")).collect();
        let more = match ids.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = ids.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
        tracing::warn!(
            "Nothing can be learnt of advertiser {named}{more}, so days are taken as UTC's; streams that are refused, too, \
             go on without. {first}"
        );
    }
}

/// The named advertisers, else all that the token sees.
pub async fn ids(client: &Client, config: &SourceConfig) -> Result<Vec<String>> {
    let named = config.named_advertisers();
    if !named.is_empty() {
        return Ok(named);
    }
    Ok(listed(client, config).await?.into_iter().map(|advertiser| advertiser.advertiser_id).collect())
}

/// All that the token sees.
async fn listed(client: &Client, config: &SourceConfig) -> Result<Vec<SeenAdvertiser>> {
    // `SourceConfig::parse` asks for the app where no advertiser is named.
    let app = config.credentials.app();
    let app = app.ok_or_else(|| Error::config("`credentials.app_id` and `credentials.secret` are missing"))?;
    union(seen_by_each(client, app).await)
}

/// All advertisers that any authorization sees, each once. One that fails hides nobody whom another sees.
fn union(all: Vec<(usize, Result<Vec<SeenAdvertiser>>)>) -> Result<Vec<SeenAdvertiser>> {
    let (mut union, mut failed): (Vec<SeenAdvertiser>, _) = (Vec::new(), None);
    let mut ids = HashSet::new();
    let several = all.len() > 1;
    for (_, seen) in all {
        match seen {
            Ok(seen) => union.extend(seen.into_iter().filter(|one| ids.insert(one.advertiser_id.clone()))),
            Err(error) => {
                if several {
                    tracing::warn!("The advertisers of one authorization are left out: {error}");
                }
                failed = failed.or(Some(error));
            }
        }
    }
    match failed.filter(|_| union.is_empty()) {
        Some(error) => Err(error),
        None if union.is_empty() => Err(none_found()),
        None => Ok(union),
    }
}

fn account(id: &str, info: Option<&Info>) -> Account {
    let zone = info.and_then(zone);
    if let (None, Some(info)) = (zone, info) {
        let named = info.display_timezone.as_ref().or(info.timezone.as_ref());
        tracing::warn!("Advertiser {id}: the time zone {named:?} is not known here, so its days are taken as UTC's");
    }
    let created = info.and_then(|info| info.create_time).filter(|seconds| *seconds > 0);
    Account {
        id: id.into(),
        zone: zone.unwrap_or(Tz::UTC),
        created: created.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
    }
}

/// `display_timezone` names a place and knows its summer time; `timezone` may be a bare offset.
fn zone(info: &Info) -> Option<Tz> {
    let names = [&info.display_timezone, &info.timezone];
    names.into_iter().flatten().find_map(|name| name.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(display: Option<&str>, zone: Option<&str>) -> Info {
        Info {
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

    #[test]
    fn today_is_the_advertisers_own() {
        let now: DateTime<Utc> = "2026-03-01T16:00:00Z".parse().unwrap();
        for (zone, today) in [
            ("Asia/Tokyo", "2026-03-02"),
            ("America/New_York", "2026-03-01"),
            ("Etc/GMT-12", "2026-03-02"),
            ("Nowhere/Land", "2026-03-01"),
        ] {
            assert_eq!(account("1", Some(&info(Some(zone), None))).today(now), day(today), "{zone}");
        }
        assert_eq!(account("1", Some(&info(None, Some("Asia/Tokyo")))).today(now), day("2026-03-02"));
        assert_eq!(account("1", None).today(now), day("2026-03-01"));
    }

    #[test]
    fn days_begin_at_the_advertisers_midnight() {
        let tokyo = account("1", Some(&info(Some("Asia/Tokyo"), None)));
        assert_eq!(tokyo.start_of(day("2026-03-02")).to_string(), "2026-03-01 15:00:00");
        // Midnight does not exist on this day in Beirut.
        let beirut = account("1", Some(&info(Some("Asia/Beirut"), None)));
        assert_eq!(beirut.start_of(day("2026-03-29")).to_string(), "2026-03-29 00:00:00");
    }

    #[test]
    fn age_is_known_in_the_advertisers_days() {
        let auckland = account("1", Some(&info(Some("Pacific/Auckland"), None)));
        assert_eq!(auckland.created_on(), Some(day("2023-11-15")));
    }
}
