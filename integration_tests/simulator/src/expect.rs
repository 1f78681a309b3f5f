//! Prints what a read of a world must find, for comparison with what a client found.

use crate::Kind;
use chrono::NaiveDate;
use simulator::{Account, Entity, Level, ReportQuery, TOKEN_GOOD, World};
use std::io::{self, Write};

#[derive(clap::Args)]
pub(crate) struct Expect {
    #[arg(long, value_enum, default_value_t = Kind::Small)]
    world: Kind,
    /// The simulated date
    #[arg(long)]
    today: NaiveDate,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// First day of the reports; objects modified before it are left out
    #[arg(long)]
    start: NaiveDate,
    /// Last day of the reports
    #[arg(long)]
    end: NaiveDate,
    /// With deleted objects
    #[arg(long)]
    deleted: bool,
}

impl Expect {
    /// Prints `STREAM KEY…` lines: advertisers, campaigns, ad groups, ads, and ads by day with
    /// their spend.
    pub(crate) fn print(&self) -> io::Result<()> {
        let world = World::new(self.world.into(), self.seed, simulator::afternoon_of(self.today));
        #[expect(clippy::disallowed_methods, reason = "this program has no protocol on its stdout")]
        let mut out = io::stdout().lock();
        let listed = world.token(TOKEN_GOOD).map(|token| token.lists.clone());
        for account in listed.iter().flatten().filter_map(|id| world.account(*id)) {
            writeln!(out, "advertisers {}", account.id)?;
            for level in Level::ALL {
                let stream = ["campaigns", "ad_groups", "ads"].get(level as usize).unwrap_or(&"");
                for entity in self.entities(account, level) {
                    writeln!(out, "{stream} {}", entity.id)?;
                }
            }
            for row in world.report(&self.query(account)) {
                let (keys, metrics) = (&row.dimensions, &row.metrics);
                let values: Vec<&str> = keys.values().chain(metrics.values()).map(String::as_str).collect();
                writeln!(out, "ads_reports_daily {}", values.join(" "))?;
            }
        }
        Ok(())
    }

    fn entities<'a>(&self, account: &'a Account, level: Level) -> Vec<&'a Entity> {
        let recent = |entity: &&Entity| entity.modified.is_none_or(|modified| modified.date_naive() >= self.start);
        account.listed(level, self.deleted).into_iter().filter(recent).collect()
    }

    fn query(&self, account: &Account) -> ReportQuery {
        ReportQuery {
            advertiser: account.id,
            level: Some(Level::Ad),
            audience: false,
            dimensions: vec!["ad_id".to_owned(), "stat_time_day".to_owned()],
            metrics: vec!["spend".to_owned()],
            range: Some((self.start, self.end)),
            deleted: self.deleted,
        }
    }
}
