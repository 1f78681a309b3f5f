//! Summaries that tests draw.

use super::summary::{
    Audience, Outcome, Problem, ReadStream, Reject, Role, Spent, Status, Step, Summary, Sync, Target, Timeline, Totals,
    VERSION, Written, WrittenStream,
};

/// A name that would be a script, were it not escaped.
pub(super) const SCRIPT: &str = "<script>alert('x')</script>&\"";

#[expect(clippy::cast_precision_loss, reason = "a sample")]
fn timeline() -> Timeline {
    let step = |at: usize| {
        let wave = ((at * 37) % 11) as u64;
        let refusals = if (80..96).contains(&at) { 3 } else { u64::from(at % 23 == 5) };
        let waiting = if (150..170).contains(&at) { 1.6 } else { 0.4 };
        Step {
            requests: if (150..170).contains(&at) { 1 } else { 14 + wave % 5 },
            refusals,
            spent: Spent {
                asking: 2.0 - waiting - 0.1,
                waiting_for_quota: waiting,
                waiting_for_tiktok: 0.0,
                retrying: refusals as f64 * 0.02,
                own: 0.1,
            },
        }
    };
    Timeline { requests_per_second: 10.0, step_seconds: 2.0, steps: (0..231).map(step).collect() }
}

fn read_stream(name: &str, status: Status, records: u64) -> ReadStream {
    ReadStream {
        stream: name.to_owned(),
        status,
        records,
        bytes: records * 412,
        requests: records / 640 + 12,
        retries: u64::from(records > 9_000) * 3,
        waits: u64::from(records > 100_000) * 12,
        partitions: 41,
        partitions_whole: if status == Status::Complete { 41 } else { 17 },
        days: if name.contains("daily") { 3_731 } else { 0 },
        days_skipped: if name.contains("daily") { 1_220 } else { 0 },
        began_after: if status == Status::NotBegun { 0.0 } else { 1.2 },
        seconds: if status == Status::NotBegun { 0.0 } else { 20.0 + (records % 430) as f64 },
    }
}

/// A read of which a part failed.
pub(super) fn read() -> Summary {
    Summary {
        version: VERSION,
        connector_version: "0.1.0".into(),
        role: Role::Source,
        outcome: Outcome::Incomplete,
        dry_run: false,
        began_at: "2026-03-10T16:00:00Z".into(),
        ended_at: "2026-03-10T16:07:42Z".into(),
        seconds: 462.0,
        settings: [("Advertisers", "41"), ("Start date", "2025-12-01"), ("Streams", "8")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        totals: Totals { records: 1_284_332, bytes: 529_144_784, requests: 4_113, refusals: 58, refusals_by_app: 58, retries: 12, waits: 24 },
        spent: Spent { asking: 287.2, waiting_for_quota: 148.9, waiting_for_tiktok: 0.0, retrying: 3.2, own: 22.7 },
        timeline: timeline(),
        problems: vec![
            Problem {
                stream: Some("pixels".into()),
                kind: "settings".into(),
                message: "Stream `pixels` could not be read whole for 24 of 41 advertisers: advertisers 7011112223334445, 7011112223334446: the app lacks the permission Pixel Management".into(),
                advice: Some("Add the permission to the app at business-api.tiktok.com, and authorize it again.".into()),
            },
            Problem {
                stream: Some("comments".into()),
                kind: "temporary".into(),
                message: "Stream `comments` could not be read whole: TikTok says: the service is busy".into(),
                advice: None,
            },
        ],
        read: vec![
            read_stream("campaigns", Status::Complete, 8_213),
            read_stream("ad_groups", Status::Complete, 31_877),
            read_stream("ads", Status::Complete, 122_040),
            read_stream("ads_reports_daily", Status::Complete, 1_002_981),
            read_stream("ads_reports_by_country_hourly_with_a_long_name", Status::Stopped, 118_003),
            read_stream("pixels", Status::Incomplete, 1_001),
            read_stream("comments", Status::Incomplete, 217),
            read_stream("creative_assets_images", Status::NotBegun, 0),
        ],
        written: None,
    }
}

fn done(pairs: &[(&str, u64)]) -> std::collections::BTreeMap<String, u64> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// A write with rejects, audiences and managed objects.
pub(super) fn write() -> Summary {
    let reject = |reason: &str, meaning: Option<&str>, rows, streams: &[(&str, u64)]| Reject {
        reason: reason.to_owned(),
        meaning: meaning.map(str::to_owned),
        rows,
        streams: done(streams),
    };
    let target = |kind: &str, name: &str, id: Option<&str>, what: &[(&str, u64)]| Target {
        kind: kind.to_owned(),
        name: name.to_owned(),
        id: id.map(str::to_owned),
        advertiser_id: Some("7011112223334445".into()),
        done: done(what),
    };
    let written = Written {
        streams: vec![
            WrittenStream { stream: "crm.vip".into(), status: Status::Complete, records: 512_330, accepted: 508_114, rejected: 4_216, passed_over: 0, failed: 0 },
            WrittenStream { stream: "orders".into(), status: Status::Incomplete, records: 20_114, accepted: 18_000, rejected: 14, passed_over: 100, failed: 2_000 },
            WrittenStream { stream: "campaigns".into(), status: Status::Complete, records: 42, accepted: 39, rejected: 3, passed_over: 0, failed: 0 },
        ],
        rejects: vec![
            reject("invalid_email", Some("The e-mail address is none."), 3_902, &[("crm.vip", 3_890), ("orders", 12)]),
            reject("empty", Some("The row has no identifier."), 326, &[("crm.vip", 326)]),
            reject("not_allowed", None, 3, &[("campaigns", 3)]),
            reject("refused_by_tiktok", None, 2, &[("orders", 2)]),
        ],
        targets: vec![
            target("audience", "VIP buyers", Some("1790011112222"), &[("to_add", 512_330), ("accepted", 508_114), ("refused", 0)]),
            target("event_source", "pixel \"C4ABC\"", None, &[("accepted", 18_000), ("refused", 14), ("not_taken", 2_000)]),
            target("object", "campaign", None, &[("created", 4), ("updated", 11), ("unchanged", 24), ("refused", 3)]),
        ],
        left_out: done(&[("invalid_phone", 812)]),
        audiences: vec![
            Audience { name: "VIP buyers".into(), id: "1790011112222".into(), advertiser_id: "7011112223334445".into(), usable: true, tiktok_count: 311_204, members: Some(508_114), match_rate: Some(61.2), expires_on: Some("2027-03-10".into()), expired: false, sync: Some(Sync { rows: 512_330, added: 14_002, unchanged: 494_112, removed_identifiers: 3_210, rejected: 4_216, complete: true }), notes: vec![] },
            Audience { name: "Lapsed".into(), id: "1790011113333".into(), advertiser_id: "7011112223334445".into(), usable: false, tiktok_count: 412, members: None, match_rate: None, expires_on: Some("2026-03-20".into()), expired: false, sync: None, notes: vec!["expires on 2026-03-20, in 10 days: send members to it or use it in an ad group now, or ads lose it".into()] },
        ],
        plan: None,
    };
    Summary {
        role: Role::Destination,
        totals: Totals { records: 532_486, bytes: 0, ..read().totals },
        problems: read().problems.into_iter().skip(1).collect(),
        read: Vec::new(),
        written: Some(written),
        settings: [("Requests a second", "10")].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..read()
    }
}
