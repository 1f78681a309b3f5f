//! What the ledger and TikTok say of an audience, held against each other. Pure.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::listed::Listed;
use crate::membership::manifest::{Manifest, Matchable};
use crate::report::summary::{Audience, Sync};
use crate::words::counted;

/// Days before the end at which it is told; TikTok itself flags the first.
const EXPIRY_DAYS: i64 = 60;
/// Days before the end at which it is urgent.
const URGENT_DAYS: i64 = 14;
/// Matches that ads need.
const MATCHES_MIN: i64 = 1_000;
/// A match rate below it is worth a look, in per cent.
const LOW_RATE: f64 = 10.0;
/// Above it more people are matched than can have been sent, in per cent.
const OUTGROWN: f64 = 120.0;

/// Members by the ledger, and the share of them that TikTok knows.
#[must_use]
pub(super) fn matching(ledger: &Manifest, covered: i64, now: DateTime<Utc>) -> String {
    let members = counted(ledger.members, "member");
    match ledger.matchable(now) {
        Matchable::Members(base) => format!("{members} by the ledger, match rate {:.0} %", rate(covered, base)),
        Matchable::From(at) => {
            format!("{members} by the ledger, match rate not known before {}", at.format("%Y-%m-%d %H:%M UTC"))
        }
        Matchable::Never => format!("{members} by the ledger, match rate not known yet"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share in per cent")]
fn rate(covered: i64, members: u64) -> f64 {
    covered as f64 * 100.0 / members.max(1) as f64
}

/// When an audience expires, if that is soon.
#[must_use]
pub(super) fn expires_soon(one: &Listed, now: NaiveDateTime) -> Option<String> {
    let end = one.expires().filter(|end| *end > now)?;
    let days = (end - now).num_days();
    let date = end.date();
    let what = if days <= URGENT_DAYS {
        "send members to it or use it in an ad group now, or ads lose it"
    } else {
        "sending members to it or using it in an ad group puts that off"
    };
    (days <= EXPIRY_DAYS).then(|| format!("expires on {date}, in {}: {what}", counted(days, "day")))
}

/// The same in numbers, for the report of a run.
#[must_use]
pub(super) fn told(one: &Listed, advertiser: &str, ledgers: &[Manifest], now: NaiveDateTime) -> Audience {
    let ledger = ledgers.iter().find(|ledger| ledger.audience_id == one.audience_id);
    let (covered, is_expired) = (one.cover_num.unwrap_or_default(), one.expired(now).is_some());
    let match_rate = ledger.and_then(|ledger| match ledger.matchable(now.and_utc()) {
        Matchable::Members(base) => Some(rate(covered, base)),
        Matchable::From(_) | Matchable::Never => None,
    });
    let sync = ledger.and_then(|ledger| ledger.syncs.last());
    let word = one.error_msg.clone().filter(|text| !text.is_empty()).map(|text| format!("TikTok says: {text}"));
    let message = sync.and_then(|sync| sync.message.clone());
    Audience {
        name: one.name.clone(),
        id: one.audience_id.clone(),
        advertiser_id: advertiser.to_owned(),
        usable: one.is_valid == Some(true) && covered >= MATCHES_MIN && !is_expired,
        tiktok_count: u64::try_from(covered).unwrap_or_default(),
        members: ledger.map(|ledger| ledger.members),
        match_rate,
        expires_on: one.expires().map(|end| end.date().to_string()),
        expired: is_expired,
        sync: sync.map(|sync| Sync {
            rows: sync.rows,
            added: sync.added,
            unchanged: sync.unchanged,
            removed_identifiers: sync.removed,
            rejected: sync.rejected,
            complete: sync.complete,
        }),
        notes: word.into_iter().chain(expires_soon(one, now)).chain(message).collect(),
    }
}

/// What differs between the ledger and TikTok, and what to do; nothing where all is well.
#[must_use]
pub(super) fn differences(ledger: &Manifest, one: Option<&Listed>, now: NaiveDateTime) -> Vec<String> {
    let Some(one) = one else {
        return vec![format!(
            "it is not in the account any more: a sync that names it by its name makes a new one and sends all members; then \
             remove the folder {}/{} from the ledger",
            ledger.advertiser_id, ledger.audience_id
        )];
    };
    let mut told = Vec::new();
    if ledger.name != one.name {
        told.push(format!(
            "it is called {:?} at TikTok now: write this name where the config or a column names it",
            one.name
        ));
    }
    if let Some(end) = one.expired(now) {
        told.push(format!("it expired on {}, and takes no members any more: send them to a new audience", end.date()));
    }
    told.extend(expires_soon(one, now));
    if let Some(error) = one.error_msg.as_deref().filter(|text| !text.is_empty()) {
        told.push(format!("TikTok says: {error}"));
    }
    let covered = one.cover_num.unwrap_or_default();
    if let Matchable::Members(base) = ledger.matchable(now.and_utc()) {
        if covered > i64::try_from(base).unwrap_or(i64::MAX) {
            told.push(format!("TikTok counts {covered} people in it, more than the {base} members that were sent: somebody else adds to it, too, or the ledger is an old copy; whom the ledger does not know stays when a stream no longer has him"));
        } else if rate(covered, base) < LOW_RATE {
            told.push(format!("TikTok knows only {covered} of {}: look whether e-mail addresses and phone numbers are whole, and send both of each person", counted(base, "member")));
        }
        if covered < MATCHES_MIN {
            told.push(format!("TikTok knows {covered} people in it, and ads need {MATCHES_MIN}: add more"));
        }
    }
    if ledger.open.is_some() {
        told.push("its last sync was cut off, so nobody left it: run the sync again".to_owned());
    }
    if let Some(message) = ledger.syncs.last().and_then(|sync| sync.message.as_deref()) {
        told.push(format!("its last run: {message}"));
    }
    told
}

fn people(count: i64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// More people at TikTok than were ever sent, by far: what a ledger says that is an old copy.
#[must_use]
pub(super) fn outgrown(ledger: &Manifest, covered: i64, now: DateTime<Utc>) -> Option<String> {
    let Matchable::Members(base) = ledger.matchable(now) else { return None };
    let base = base.max(ledger.members);
    (rate(covered, base) > OUTGROWN).then(|| {
        format!(
            "TikTok counts {} in {}, and its ledger {}: somebody else adds to it, too, or the ledger is an old copy. Whom the ledger \
             does not know is not removed; see docs/audiences.md",
            people(covered),
            ledger.whose(),
            counted(base, "member")
        )
    })
}

/// An audience's paragraph in an audit.
#[must_use]
pub(super) fn audit(ledger: &Manifest, one: Option<&Listed>, now: NaiveDateTime) -> String {
    let Manifest { name, audience_id, advertiser_id, .. } = ledger;
    let covered = one.and_then(|one| one.cover_num).unwrap_or_default();
    let at_tiktok = match one {
        None => "not there".to_owned(),
        Some(one) => {
            let valid = if one.is_valid == Some(true) { "ready for ads" } else { "not ready for ads" };
            format!("{} known, {valid}", people(covered))
        }
    };
    let mut text = format!("{name:?} ({audience_id}) of advertiser {advertiser_id}\n");
    text += &format!("  {}; at TikTok: {at_tiktok}\n", matching(ledger, covered, now.and_utc()));
    if let Some(sync) = ledger.syncs.last() {
        text += &format!(
            "  last run {}: {}, {} added, {} unchanged, {} removed, {} rejected\n",
            sync.at.format("%Y-%m-%d %H:%M UTC"),
            counted(sync.rows, "row"),
            sync.added,
            sync.unchanged,
            counted(sync.removed, "identifier"),
            sync.rejected
        );
    }
    let differs = differences(ledger, one, now);
    if differs.is_empty() {
        text += "  nothing to do\n";
    }
    for what in differs {
        text += &format!("  - {what}\n");
    }
    text
}
