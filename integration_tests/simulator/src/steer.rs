//! Steering a simulator that runs as a process: a command a line on stdin, an answer a line on stdout.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use simulator::{Account, Buying, Level, ReportQuery, Simulator, State, TOKEN_GOOD, World};
use std::fs::File;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;

/// Ads of each account whose past days are told anew when time passes, and how many days ago those are.
const RESTATED_ADS: usize = 3;
const RESTATED_DAYS: [u64; 3] = [1, 3, 10];

/// The reports of which the truth is told: name, AUDIENCE or BASIC, what splits an ad's day.
const REPORTS: [(&str, bool, &[&str]); 3] = [
    ("ads by day", false, &[]),
    ("ads by day, age and gender", true, &["age", "gender"]),
    ("ads by day and platform", true, &["platform"]),
];
const METRICS: [&str; 3] = ["spend", "impressions", "clicks"];
/// The lists, and which field of a row is its name.
const LISTS: [(&str, Level, &str); 3] = [
    ("campaigns", Level::Campaign, "campaign_name"),
    ("ad groups", Level::AdGroup, "adgroup_name"),
    ("ads", Level::Ad, "ad_name"),
];

/// Does what stdin says until it ends.
pub(crate) fn listen(simulator: &Simulator) -> io::Result<()> {
    let mut logged = 0;
    for line in io::stdin().lock().lines() {
        let answer = match obey(simulator, &line?, &mut logged) {
            Ok(()) => "done".to_owned(),
            Err(error) => format!("error: {error}"),
        };
        #[expect(clippy::disallowed_methods, reason = "this program has no protocol on its stdout")]
        let mut out = io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

/// `later SECONDS`, `truth START FILE` or `log FILE`: the requests since the log before.
fn obey(simulator: &Simulator, line: &str, logged: &mut usize) -> io::Result<()> {
    let wrong = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    match line.split_once(' ') {
        Some(("later", seconds)) => {
            let seconds = seconds.parse().map_err(|_| wrong(format!("{seconds:?} is no number of seconds")))?;
            simulator.mutate(|world| later(world, TimeDelta::seconds(seconds)));
            Ok(())
        }
        Some(("truth", rest)) => {
            let (start, file) = rest.split_once(' ').ok_or_else(|| wrong("truth START FILE".to_owned()))?;
            let start = start.parse().map_err(|_| wrong(format!("{start:?} is no date")))?;
            lines(Path::new(file), &simulator.read(|world| truth(world, start)))
        }
        Some(("log", file)) => {
            let requests = simulator.requests().split_off(*logged);
            *logged += requests.len();
            lines(Path::new(file), &requests)
        }
        _ => Err(wrong(format!("{line:?} is none of later, truth and log"))),
    }
}

fn lines(path: &Path, rows: &[impl serde::Serialize]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for row in rows {
        serde_json::to_writer(&mut file, row)?;
        writeln!(file)?;
    }
    file.flush()
}

/// Time passes: today's numbers grow, numbers of past days are corrected, in each account that has ads one ad is renamed and a
/// campaign with an ad is made.
fn later(world: &mut World, by: TimeDelta) {
    world.now += by;
    let now = world.now;
    for id in accounts(world).iter().map(|account| account.id).collect::<Vec<_>>() {
        let Some(account) = world.account_mut(id).filter(|account| !account.all(Level::Ad).is_empty()) else {
            continue;
        };
        restate(account, now);
        for level in Level::ALL {
            world.create(id, level);
        }
    }
}

fn restate(account: &mut Account, now: DateTime<Utc>) {
    let today = account.day_at(now);
    let runs = |account: &Account, ad: &simulator::Entity| {
        let shown = !account.secondary_status(ad).ends_with("_DELETE") && ad.buying == Buying::Auction;
        shown
            && ad.state == State::Enabled
            && ad.smart_plus_ad.is_none()
            && ad.activity.is_some_and(|a| a.last >= today)
    };
    let ads = account.all(Level::Ad).iter().enumerate().filter(|(_, ad)| runs(account, ad));
    let places: Vec<usize> = ads.map(|(at, _)| at).take(RESTATED_ADS).collect();
    for (number, at) in places.into_iter().enumerate() {
        let Some(ad) = account.all_mut(Level::Ad).get_mut(at) else { continue };
        ad.restated.extend(RESTATED_DAYS.map(|days| today - Days::new(days)));
        if number == 0 {
            ad.name = format!("{} (renamed)", ad.name);
            ad.modified = Some(now);
        }
    }
}

/// The accounts that the good token lists and reaches.
fn accounts(world: &World) -> Vec<&Account> {
    let reached = world.token(TOKEN_GOOD).into_iter().flat_map(|token| &token.reaches);
    reached.filter_map(|id| world.account(*id)).collect()
}

/// What a client must have of each list and report since a day: a key and values a row.
fn truth(world: &World, start: NaiveDate) -> Vec<Value> {
    let mut rows = Vec::new();
    for account in accounts(world) {
        let id = account.id.to_string();
        let values = json!({"name": account.name, "currency": account.currency});
        rows.push(json!({"stream": "advertisers", "key": [id], "values": values}));
        for (stream, level, name) in LISTS {
            let listed = account.listed(level, false).into_iter();
            for entity in listed.filter(|entity| entity.modified.is_none_or(|at| at.date_naive() >= start)) {
                let record = account.record(entity);
                let field = |field: &str| record.get(field).cloned().unwrap_or_default();
                let values = json!({"name": field(name), "modified": field("modify_time")});
                rows.push(json!({"stream": stream, "key": [entity.id.to_string()], "values": values}));
            }
        }
        for (stream, audience, splits) in REPORTS {
            rows.extend(reported(world, account, (stream, audience, splits), start));
        }
    }
    rows
}

fn reported(
    world: &World,
    account: &Account,
    (stream, audience, splits): (&str, bool, &[&str]),
    start: NaiveDate,
) -> Vec<Value> {
    let dimensions: Vec<String> =
        ["ad_id", "stat_time_day"].iter().chain(splits).map(|name| (*name).to_owned()).collect();
    let query = ReportQuery {
        advertiser: account.id,
        level: Some(Level::Ad),
        audience,
        dimensions: dimensions.clone(),
        metrics: METRICS.map(str::to_owned).to_vec(),
        range: Some((start, account.day_at(world.now))),
        deleted: false,
    };
    let row = |row: simulator::Expected| {
        let key: Vec<&String> = dimensions.iter().filter_map(|name| row.dimensions.get(name)).collect();
        json!({"stream": stream, "key": key, "values": row.metrics})
    };
    world.report(&query).into_iter().map(row).collect()
}
