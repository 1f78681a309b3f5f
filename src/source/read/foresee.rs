//! What a read would ask: it learns as a read does, and reads no row.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream::{self, StreamExt, TryStreamExt};

use super::causes::Causes;
use super::conduct::units;
use super::gmv_max::Namer;
use super::ids::Campaigns;
use super::learn::Learner;
use super::parents::Lists;
use super::probe::Probe;
use super::sums::DailySums;
use super::{accounts, cursors, load};
use crate::clock;
use crate::config::SourceConfig;
use crate::error::{Error, Result};
use crate::protocol::state::States;
use crate::source::plan::account::Account;
use crate::source::plan::cursors::{Cursors, Place};
use crate::source::plan::forecast::{Forecast, StreamForecast};
use crate::source::plan::withdrawn::Names;
use crate::source::plan::{self, Scope, query};
use crate::streams::{Read, StreamDef};
use crate::tiktok::advertisers::INFO_IDS_MAX;
use crate::tiktok::{Client, Watch};

/// A task of the change log is made, looked at, and its file is fetched.
const TASK_REQUESTS: u64 = 3;

/// Counts requests.
#[derive(Default)]
struct Counter(AtomicU64);

impl Watch for Counter {
    fn sent(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Plans the streams, and counts.
pub(crate) async fn foresee(
    client: &Client,
    config: &SourceConfig,
    streams: &[Arc<StreamDef>],
    states: &States,
) -> Result<Forecast> {
    let mut forecast = Forecast {
        advertisers: 0,
        requests_per_second: config.quota.requests_per_second.get(),
        looks: 0,
        streams: Vec::new(),
    };
    let is_filed = |stream: &StreamDef| matches!(stream.read, Read::Files(_));
    let mut known = Vec::new();
    if !streams.iter().all(|stream| is_filed(stream)) {
        let causes = Causes::new(config.named_advertisers().is_empty()).of_part(config.shard().is_part());
        let accounts::Advertisers { accounts, listed, .. } = accounts::load(client, config, &causes).await?;
        forecast.looks = accounts.len().div_ceil(INFO_IDS_MAX) as u64 + u64::from(listed.is_some());
        forecast.advertisers = accounts.len();
        known = accounts;
    }
    let (scope, load) = (Scope::new(config, clock::now()), load(streams.iter().map(|stream| &**stream)));
    let (lists, probe, counter) = (Lists::default(), Probe::of(client, &scope, &known), Counter::default());
    let campaigns = Campaigns::default();
    let sums = DailySums::of(&scope, streams.iter().map(|stream| &**stream));
    for stream in streams {
        if is_filed(stream) {
            let skipped = Some("read from files");
            let told = StreamForecast { stream: stream.name.to_string(), skipped, ..StreamForecast::default() };
            forecast.streams.push(told);
            continue;
        }
        let learner = Learner {
            client,
            config,
            lists: &lists,
            probe: &probe,
            sums: &sums,
            stream,
            scope: &scope,
            load,
            watch: &counter,
        };
        let cursors = cursors(stream, states)?;
        let told = of_stream(&learner, &known, cursors.as_ref(), &campaigns).await?;
        let looks = counter.0.swap(0, Ordering::Relaxed);
        forecast.looks += looks;
        forecast.streams.push(StreamForecast { looks, ..told });
    }
    Ok(forecast)
}

async fn of_stream(
    learner: &Learner<'_>,
    accounts: &[Account],
    cursors: Option<&Cursors>,
    campaigns: &Campaigns,
) -> Result<StreamForecast> {
    let Learner { stream, scope, client, watch, .. } = *learner;
    let namer = &Namer { client, watch, campaigns };
    let mut told = StreamForecast {
        stream: stream.name.to_string(),
        page_size: Some(stream.endpoint.paging.page_size()).filter(|rows| *rows < u32::MAX),
        ..StreamForecast::default()
    };
    // The list of advertisers is there already.
    if matches!(stream.read, Read::AdvertiserList) {
        told.skipped = Some("known from the list of advertisers");
        return Ok(told);
    }
    if stream.belongs_to_no_advertiser() && !learner.config.shard().reads_the_tokens() {
        told.skipped = Some("read by shard 0");
        return Ok(told);
    }
    let below = match &stream.read {
        Read::Report(report) => report.below(),
        _ => None,
    };
    let each = match &stream.read {
        // What is below campaigns is counted by these.
        Read::Report(_) if below.is_some() => 0,
        Read::Report(_) => query::metrics_of(stream, 1, &Names::default()).len() as u64,
        Read::ChangeLog => TASK_REQUESTS,
        _ => 1,
    };
    let units = units(stream, learner.config.shard(), accounts.len());
    // A part of the plan is made in one future: while one part waits, the others must go on, for they may be in its way.
    let parts = units.into_iter().filter_map(|unit| accounts.get(unit)).map(|accounts| async move {
        let looks = accounts.iter().map(|account| learner.look(account, cursors)).collect();
        let learnt = learner.learn(accounts, looks).await?;
        let partitions = plan::partitions(stream, scope, accounts, &learnt, cursors);
        let mut requests = 0;
        if let Some(below) = below {
            for partition in &partitions {
                requests += namer.requests(partition, below.promotion).await?;
            }
        }
        Ok::<_, Error>((accounts, partitions, requests))
    });
    let mut parts = stream::iter(parts).buffered(learner.config.quota.at_once());
    while let Some((accounts, partitions, requests)) = parts.try_next().await? {
        told.add(&partitions, each);
        told.requests += requests;
        if matches!(stream.read, Read::Report(_)) {
            told.days_known += accounts.iter().map(|account| days_known(scope, account, cursors)).sum::<u64>();
        }
    }
    Ok(told)
}

/// Days that the cursor of an advertiser spares.
fn days_known(scope: &Scope, account: &Account, cursors: Option<&Cursors>) -> u64 {
    let place = Place { advertiser: account.id.clone(), parent: None };
    let Some(cursor) = cursors.and_then(|cursors| cursors.of(&place)) else { return 0 };
    let days = |cursor| {
        let (first, last) = plan::bounds(scope, account, cursor).days();
        u64::try_from((last - first).num_days() + 1).unwrap_or_default()
    };
    days(None).saturating_sub(days(Some(cursor)))
}
