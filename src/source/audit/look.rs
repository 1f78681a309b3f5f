//! A look at the reports of some advertisers, by the same code as a read: every page, and in parts where TikTok will not
//! give them whole. Records become sums instead of lines.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde::Deserialize;

use super::sums::{METRICS, Row, Sums, plain};
use crate::clock;
use crate::config::{Reread, SourceConfig, StartDate};
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::protocol::Output;
use crate::protocol::state::{self, States};
use crate::protocol::state_book::StateBook;
use crate::report::Notes;
use crate::source::plan::account::Account;
use crate::source::plan::cursors::{Cursors, Place};
use crate::source::plan::window::Window;
use crate::source::plan::{self, Scope};
use crate::source::read;
use crate::streams::report::{Grain, Kind, Layout, Level, Report};
use crate::streams::{StreamDef, metrics};
use crate::tiktok::Client;

/// The streams whose reports are summed, which differ in their metrics alone from those of the catalogue.
const STREAMS: [(Level, &str, &[&str]); 4] = [
    (Level::Advertiser, "advertisers_reports_daily", &["advertiser_id", "stat_time_day"]),
    (Level::Campaign, "campaigns_reports_daily", &["campaign_id", "stat_time_day"]),
    (Level::AdGroup, "ad_groups_reports_daily", &["adgroup_id", "stat_time_day"]),
    (Level::Ad, "ads_reports_daily", &["ad_id", "stat_time_day"]),
];

/// Requests of an advertiser at least: one a level, as the days fit into one window.
pub(super) const REQUESTS_EACH: u64 = STREAMS.len() as u64;

/// What a look brought.
#[derive(Default)]
pub(super) struct Look {
    pub(super) sums: HashMap<Arc<str>, Sums>,
    /// Levels that are whole, by advertiser.
    whole: HashSet<(Arc<str>, Level)>,
    /// Levels that TikTok cut, by advertiser.
    cut: HashMap<Arc<str>, BTreeSet<Level>>,
    /// Levels of which TikTok counts more rows than it gives, by advertiser.
    short: HashMap<Arc<str>, BTreeSet<Level>>,
    /// What cannot be summed, by advertiser.
    odd: HashMap<Arc<str>, Error>,
    /// What failed.
    pub(super) errors: Vec<Error>,
}

/// Who is asked, and how.
pub(super) struct Asked<'a> {
    pub(super) client: &'a Client,
    pub(super) config: &'a SourceConfig,
    pub(super) days: Window,
    pub(super) deleted: bool,
}

impl Look {
    /// Whether all levels of an advertiser came whole.
    pub(super) fn is_whole(&self, account: &Account) -> bool {
        Level::ALL.iter().all(|level| self.whole.contains(&(account.id.clone(), *level)))
    }

    pub(super) fn sums_of(&self, account: &Account) -> Sums {
        self.sums.get(&account.id).cloned().unwrap_or_default()
    }

    pub(super) fn cut_of(&self, account: &Account) -> BTreeSet<Level> {
        self.cut.get(&account.id).cloned().unwrap_or_default()
    }

    pub(super) fn short_of(&self, account: &Account) -> BTreeSet<Level> {
        self.short.get(&account.id).cloned().unwrap_or_default()
    }

    /// What of an advertiser's rows cannot be summed.
    pub(super) fn odd_of(&self, account: &Account) -> Option<&Error> {
        self.odd.get(&account.id)
    }
}

/// Reads all levels of some advertisers.
pub(super) async fn look(asked: &Asked<'_>, accounts: &[Account]) -> Result<Look> {
    let config = about(asked.config, asked.days, asked.deleted);
    let scope = Scope::new(&config, clock::now());
    let streams: Vec<Arc<StreamDef>> = STREAMS.iter().filter_map(stream).map(Arc::new).collect();
    let (taken, notes) = (Arc::new(Mutex::new(Taken::default())), Arc::<Notes>::default());
    let (output, mut writer) = Output::new(Sink { rest: Vec::new(), taken: taken.clone() });
    let book = Arc::new(StateBook::of(&States::new()));
    output.keep_states(book.clone());
    let run = read::Run::new(asked.client.clone(), config, output.clone()).noted_in(notes.clone());
    let outcome = read::read(run.about(accounts.to_vec()), streams.clone(), &States::new(), false).await;
    writer.close().await?;
    let mut look = Look { errors: outcome?.err().unwrap_or_default(), ..Look::default() };
    let Taken { sums, odd, .. } = lock(&taken).result()?;
    (look.sums, look.odd) = (sums, odd);
    let states = state::parse(&book.snapshot().text)?;
    for ((level, name, _), stream) in STREAMS.iter().zip(&streams) {
        let Some(form) = plan::form(stream) else { continue };
        let cursors = Cursors::read(&form, states.get(*name))?;
        for account in accounts {
            if is_done(&scope, account, &cursors) {
                look.whole.insert((account.id.clone(), *level));
            }
            if notes.was_cut(name, &account.id) {
                look.cut.entry(account.id.clone()).or_default().insert(*level);
            }
            if notes.was_short(name, &account.id) {
                look.short.entry(account.id.clone()).or_default().insert(*level);
            }
        }
    }
    Ok(look)
}

/// The config of a read of these days.
fn about(config: &SourceConfig, days: Window, include_deleted: bool) -> SourceConfig {
    SourceConfig {
        start_date: StartDate::On(days.start),
        end_date: Some(days.end),
        include_deleted,
        reread: Reread::All,
        skip_empty_days: false,
        ..config.clone()
    }
}

/// Whether an advertiser was there on any of the days: there is nothing to ask for of those before it was created.
pub(super) fn has_days(config: &SourceConfig, days: Window, account: &Account) -> bool {
    let scope = Scope::new(&about(config, days, false), clock::now());
    let (first, last) = plan::bounds(&scope, account, None).days();
    first <= last
}

/// Whether a level of an advertiser was read to its last day.
fn is_done(scope: &Scope, account: &Account, cursors: &Cursors) -> bool {
    let (first, last) = plan::bounds(scope, account, None).days();
    let place = Place { advertiser: account.id.clone(), parent: None };
    first > last || cursors.of(&place).and_then(|cursor| cursor.date()).is_some_and(|cursor| cursor >= last)
}

fn stream((level, name, dimensions): &(Level, &str, &'static [&'static str])) -> Option<StreamDef> {
    let parents = (*level > Level::Campaign).then_some("campaign_id");
    let declared = METRICS.into_iter().chain(parents).map(metrics::find).collect::<Option<Vec<_>>>()?;
    let report = Report {
        kind: Kind::Basic(*level),
        dimensions: (*dimensions).into(),
        declared,
        grain: Grain::Day,
        layout: Layout::Flat,
        filtering: Vec::new(),
    };
    Some(StreamDef::report(name, report))
}

/// What the lines of a read said.
#[derive(Default)]
struct Taken {
    sums: HashMap<Arc<str>, Sums>,
    /// The first of each advertiser that cannot be summed; it says nothing of the others.
    odd: HashMap<Arc<str>, Error>,
    fault: Option<Error>,
}

impl Taken {
    fn take(&mut self, line: &[u8]) {
        if let Err(error) = self.sum(line) {
            self.fault.get_or_insert(error);
        }
    }

    fn sum(&mut self, line: &[u8]) -> Result<()> {
        let not_read = |error| Error::new(crate::error::Kind::Malformed, "A record cannot be summed").because(error);
        let line: Line<'_> = serde_json::from_slice(line).map_err(not_read)?;
        let Some(Record { stream, data }) = line.record else { return Ok(()) };
        let Some((level, ..)) = STREAMS.iter().find(|(_, name, _)| *name == stream) else { return Ok(()) };
        let row: Row<'_> = serde_json::from_str(data.get()).map_err(not_read)?;
        let advertiser = plain(row.advertiser_id);
        if !self.sums.contains_key(advertiser) {
            self.sums.insert(advertiser.into(), Sums::new());
        }
        if let Some(Err(error)) = self.sums.get_mut(advertiser).map(|sums| row.add_to(sums, *level)) {
            self.odd.entry(advertiser.into()).or_insert(error);
        }
        Ok(())
    }

    fn result(&mut self) -> Result<Self> {
        let mut taken = std::mem::take(self);
        taken.fault.take().map_or(Ok(taken), Err)
    }
}

#[derive(Deserialize)]
struct Line<'l> {
    #[serde(borrow, default)]
    record: Option<Record<'l>>,
}

#[derive(Deserialize)]
struct Record<'l> {
    stream: std::borrow::Cow<'l, str>,
    #[serde(borrow)]
    data: &'l serde_json::value::RawValue,
}

/// Takes the lines of a read in place of stdout.
struct Sink {
    /// The beginning of a line that has not come to its end.
    rest: Vec<u8>,
    taken: Arc<Mutex<Taken>>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let whole = self.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut taken = lock(&self.taken);
        let lines = self.rest.get(..whole).unwrap_or_default();
        lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).for_each(|line| taken.take(line));
        drop(taken);
        self.rest.drain(..whole);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_those_of_the_catalogue() {
        for row in &STREAMS {
            let (own, known) = (stream(row).unwrap(), crate::streams::find(row.1).unwrap());
            assert_eq!((own.cursor, own.primary_key.to_vec()), (known.cursor, known.primary_key.to_vec()), "{}", row.1);
        }
    }

    #[test]
    fn lines_may_come_in_pieces_and_what_is_odd_is_told() {
        let line = "{\"type\":\"RECORD\",\"record\":{\"stream\":\"ads_reports_daily\",\"data\":{\"advertiser_id\":7,\
                    \"stat_time_day\":\"2026-02-20 00:00:00\",\"spend\":1.5}}}\n{\"type\":\"TRACE\",\"trace\":{}}\n";
        for size in [1, 7, line.len()] {
            let taken = Arc::new(Mutex::new(Taken::default()));
            let mut sink = Sink { rest: Vec::new(), taken: taken.clone() };
            line.as_bytes().chunks(size).for_each(|piece| sink.write_all(piece).unwrap());
            let Taken { sums, odd, .. } = lock(&taken).result().unwrap();
            assert!(odd.is_empty(), "{odd:?}");
            assert_eq!(sums["7"][&(Level::Ad, "2026-02-20".parse().unwrap())].whole.rows, 1, "{size}");
        }
        let taken = Arc::new(Mutex::new(Taken::default()));
        let other = line.replace(":7,", ":8,");
        for line in [&line.replace("1.5", "true"), &line.replace("\"2026-02-20 00:00:00\"", "null"), &other] {
            Sink { rest: Vec::new(), taken: taken.clone() }.write_all(line.as_bytes()).unwrap();
        }
        let Taken { sums, odd, .. } = lock(&taken).result().unwrap();
        assert!(odd["7"].message().contains("spend") && odd.len() == 1, "{odd:?}");
        assert_eq!(sums["8"].len(), 1, "what is odd of one says nothing of another");
        Sink { rest: Vec::new(), taken: taken.clone() }.write_all(b"{\n").unwrap();
        assert!(lock(&taken).result().map(drop).unwrap_err().message().contains("cannot be summed"));
    }
}
