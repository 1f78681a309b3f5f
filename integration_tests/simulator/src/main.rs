//! Serves TikTok's Business API on loopback until it is told to stop.

mod access;
mod ads;
mod events;
mod expect;
mod steer;

use clap::{Parser, Subcommand, ValueEnum};
use simulator::{
    AssetOptions, AudienceOptions, FaultPlan, IdentityPaging, IndexStyle, Options, QuotaOptions, ReportOptions,
    Simulator, Together, WireOptions, World, WorldKind,
};
use std::io::{self, Write};
use std::time::Duration;

#[derive(Parser)]
#[command(about = "TikTok's Business API on loopback, for tests and demonstrations")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until interrupted
    Serve(Box<Serve>),
    /// Print what a full read of the good token must find
    Expect(expect::Expect),
    /// Print the endpoints there are, and the id and name of the permission each needs
    Endpoints,
}

#[derive(clap::Args)]
struct Serve {
    /// Loopback port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Which accounts there are
    #[arg(long, value_enum, default_value_t = Kind::Small)]
    world: Kind,
    /// Old accounts beside the world's, in which nothing ever was
    #[arg(long, default_value_t = 0)]
    accounts: usize,
    /// Waiting time before every answer
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Calls a second that the app may make (no limit when absent)
    #[arg(long)]
    qps: Option<u32>,
    /// More than 20 calls a second to one path for one advertiser get 40133
    #[arg(long)]
    advertiser_qps: bool,
    /// Calls a second to the streaming API (no limit when absent; --qps does not count them)
    #[arg(long)]
    segment_qps: Option<u32>,
    /// Rows a mapping call may have
    #[arg(long, default_value_t = Options::default().audiences.max_rows)]
    max_rows: usize,
    /// Bytes a body of the streaming API may have
    #[arg(long, default_value_t = Options::default().audiences.max_body)]
    max_body: usize,
    /// How a refused batch says where it is wrong
    #[arg(long, value_enum, default_value_t = Index::BatchData)]
    index_style: Index,
    /// Hashes in hex; a mapping call or a batch of events that holds one is refused
    #[arg(long, value_delimiter = ',')]
    poison: Vec<String>,
    /// Share of members whom TikTok knows
    #[arg(long, default_value_t = 1.0)]
    match_rate: f64,
    /// Ads of an account from which reports are cut to the newest
    #[arg(long, default_value_t = Options::default().reports.max_ads)]
    ads_in_report: usize,
    /// Ads that a filter by id leaves out count for that too
    #[arg(long)]
    ads_counted_before_filter: bool,
    /// Metrics a report may be asked for
    #[arg(long, default_value_t = Options::default().reports.max_metrics)]
    max_metrics: usize,
    /// Metrics and dimensions that reports had once and are refused by name now
    #[arg(long, value_delimiter = ',')]
    withdrawn: Vec<String>,
    /// Rows times metrics of a report from which it gets 40067 (no limit when absent)
    #[arg(long)]
    report_size: Option<usize>,
    /// Days a report without a time may cover
    #[arg(long, default_value_t = Options::default().reports.max_days)]
    longest_range: i64,
    /// Reports by nothing but an id have rows of zeros
    #[arg(long)]
    idle_rows: bool,
    /// Which accounts a report may be about at once
    #[arg(long, value_enum, default_value_t = Several::OfOneToken)]
    reports_together: Several,
    /// Images or videos of an account that a search can reach
    #[arg(long, default_value_t = Options::default().assets.ceiling)]
    asset_ceiling: usize,
    /// How identities of a type are paged
    #[arg(long, value_enum, default_value_t = Paging::PageInfo)]
    identity_paging: Paging,
    /// Instant Page events must be asked for by objective and goal
    #[arg(long)]
    instant_page_needs_pair: bool,
    /// Faults, for example rate=0.1,kinds=40100|reset or path=/ad/get/,page=2,times=1,kind=slow
    ///
    /// Rules by `;`, the first that strikes counts. Its settings by `,`: kind or kinds (by `|`), rate,
    /// path, page, advertiser, day, after, times, max, committed. A kind is a code (40100), unknown and a
    /// code, html or http and a status (html502), or one of reset, truncate, stall, slow, drop, empty,
    /// wrongjson, nodata, grow, vanish, total, short, fewpages, twice, twiceother, nolist, nullrow, texts,
    /// textinfo, noinfo, bom, half, odd, millis, notimes, nonumbers, oddnumber, and at /event/track/ partial, partiallisted.
    #[arg(long)]
    faults: Option<FaultPlan>,
    /// The simulated date, at 16:00 UTC (now when absent)
    #[arg(long, conflicts_with = "now")]
    today: Option<chrono::NaiveDate>,
    /// The moment at which the simulated clock starts, as 2026-03-10T16:00:00Z
    #[arg(long)]
    now: Option<chrono::DateTime<chrono::Utc>>,
    /// Another seed, another world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to write the requests, one JSON object a line, when stopped
    #[arg(long)]
    log: Option<std::path::PathBuf>,
    /// Do what lines on stdin say, until it ends: `later SECONDS`, `truth START FILE` (what a client must
    /// have), `log FILE` (the requests since the log before); each is answered with `done` or an error
    #[arg(long, conflicts_with = "log")]
    steered: bool,
    #[command(flatten)]
    events: events::Events,
    #[command(flatten)]
    access: access::Access,
    #[command(flatten)]
    ads: ads::Ads,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Small,
    Large,
    Plain,
    Ages,
}

#[derive(Clone, Copy, ValueEnum)]
enum Paging {
    PageInfo,
    Cursor,
}

impl From<Paging> for IdentityPaging {
    fn from(paging: Paging) -> Self {
        match paging {
            Paging::PageInfo => IdentityPaging::PageInfo,
            Paging::Cursor => IdentityPaging::Cursor,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Several {
    OfOneToken,
    OfOneBusiness,
    Never,
}

impl From<Several> for Together {
    fn from(several: Several) -> Self {
        match several {
            Several::OfOneToken => Together::OfOneToken,
            Several::OfOneBusiness => Together::OfOneBusiness,
            Several::Never => Together::Never,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Index {
    None,
    BatchData,
    Batch,
    FromOne,
    First,
}

impl From<Index> for IndexStyle {
    fn from(index: Index) -> Self {
        match index {
            Index::None => IndexStyle::None,
            Index::BatchData => IndexStyle::BatchData,
            Index::Batch => IndexStyle::Batch,
            Index::FromOne => IndexStyle::FromOne,
            Index::First => IndexStyle::First,
        }
    }
}

impl From<Kind> for WorldKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Small => WorldKind::Small,
            Kind::Large => WorldKind::Large,
            Kind::Plain => WorldKind::Plain,
            Kind::Ages => WorldKind::Ages,
        }
    }
}

impl From<Serve> for Options {
    fn from(serve: Serve) -> Self {
        let options = Options {
            world: serve.world.into(),
            quiet_accounts: serve.accounts,
            seed: serve.seed,
            now: serve.now.or(serve.today.map(simulator::afternoon_of)),
            faults: serve.faults.unwrap_or_default(),
            poison: serve.poison,
            wire: WireOptions {
                port: serve.port,
                latency: Duration::from_millis(serve.latency_ms),
                ..WireOptions::default()
            },
            quota: QuotaOptions {
                qps: serve.qps,
                advertiser_qps: serve.advertiser_qps,
                segment_qps: serve.segment_qps,
            },
            reports: ReportOptions {
                max_ads: serve.ads_in_report,
                ads_counted_after_filter: !serve.ads_counted_before_filter,
                max_metrics: serve.max_metrics,
                withdrawn: serve.withdrawn,
                max_size: serve.report_size,
                max_days: serve.longest_range,
                idle_rows: serve.idle_rows,
                together: serve.reports_together.into(),
                ..ReportOptions::default()
            },
            assets: AssetOptions {
                ceiling: serve.asset_ceiling,
                identity_paging: serve.identity_paging.into(),
                instant_page_needs_pair: serve.instant_page_needs_pair,
            },
            audiences: AudienceOptions {
                index_style: serve.index_style.into(),
                max_rows: serve.max_rows,
                max_body: serve.max_body,
                match_rate: serve.match_rate,
                // Nobody can ask a process for them.
                remember_rows: 0,
                ..AudienceOptions::default()
            },
            events: serve.events.into(),
            ..Options::default()
        };
        serve.ads.set(serve.access.set(options))
    }
}

fn main() -> io::Result<()> {
    match Arguments::parse().command {
        Command::Serve(serve) => run(*serve),
        Command::Expect(expect) => expect.print(),
        Command::Endpoints => endpoints(),
    }
}

fn run(serve: Serve) -> io::Result<()> {
    let (log, access, steered) = (serve.log.clone(), serve.access.clone(), serve.steered);
    let simulator = Simulator::start(serve.into())?;
    help(&simulator)?;
    access.apply(&simulator)?;
    #[expect(clippy::disallowed_methods, reason = "this program has no protocol on its stdout")]
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {}", simulator.url())?;
    out.flush()?;
    drop(out);
    if steered {
        return steer::listen(&simulator);
    }
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    waiting.block_on(stopped())?;
    log.map_or(Ok(()), |path| write_log(&simulator, &path))
}

fn endpoints() -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this program has no protocol on its stdout")]
    let mut out = io::stdout().lock();
    for endpoint in simulator::endpoints() {
        let scope = endpoint.scope.map_or_else(|| "-".to_owned(), |scope| scope.to_string());
        let name = endpoint.permission.map_or_else(String::new, |name| format!(" {name}"));
        writeln!(out, "{:4} {} {scope}{name}", endpoint.method, endpoint.path)?;
    }
    Ok(())
}

fn write_log(simulator: &Simulator, path: &std::path::Path) -> io::Result<()> {
    let mut file = io::BufWriter::new(std::fs::File::create(path)?);
    for request in simulator.requests() {
        serde_json::to_writer(&mut file, &request)?;
        writeln!(file)?;
    }
    file.flush()
}

async fn stopped() -> io::Result<()> {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = term.recv() => Ok(()),
    }
}

/// What a person needs to try it by hand.
fn help(simulator: &Simulator) -> io::Result<()> {
    let mut err = io::stderr().lock();
    simulator.read(|world: &World| -> io::Result<()> {
        writeln!(err, "now: {}", world.now)?;
        for token in &world.tokens {
            let accounts = token.lists.len();
            let (state, app) = (token.state, token.app);
            writeln!(err, "token {} {state:?}, lists {accounts} accounts", token.value)?;
            writeln!(err, "  app_id {} secret {}", app.id, app.secret)?;
        }
        for account in &world.accounts {
            let closed = if account.forbidden { " (forbidden)" } else { "" };
            writeln!(err, "advertiser {} {:?} {}{closed}", account.id, account.name, account.zone)?;
            events::sources(&mut err, world, account.id)?;
        }
        let first = world.accounts.first().map_or(0, |account| account.id);
        writeln!(
            err,
            "curl -H 'Access-Token: {}' '{}/open_api/v1.3/campaign/get/?advertiser_id={first}'",
            simulator::TOKEN_GOOD,
            simulator.url()
        )
    })
}
