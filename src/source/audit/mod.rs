//! `source audit`: whether the rows of reports add up to what TikTok says of the advertiser, day by day.
//!
//! [`look`] asks, by the code of a read; [`sums`] adds, [`compare`] compares, [`judge`] says what a difference is and
//! [`reason`] why it may be; [`found`] is the result, [`told`] its words for people and programs.

mod compare;
pub(crate) mod days;
mod found;
mod judge;
mod look;
mod reason;
mod sums;
mod told;

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use self::compare::{gone, untold};
use self::days::FRESH_DAYS;
use self::found::Audited;
pub(crate) use self::found::{Audit, Found, Verdict};
use self::judge::{About, is_in_doubt, judge};
use self::look::{Asked, Look, look};
use self::sums::Sums;
use crate::clock;
use crate::config::SourceConfig;
use crate::error::Result;
use crate::source::plan::account::Account;
use crate::source::plan::window::Window;
use crate::source::read;
use crate::streams::report::Level;
use crate::tiktok::Client;
use crate::tiktok::advertisers::INFO_IDS_MAX;
use crate::words::and_more;

/// Advertisers whose sums are in memory at once.
const ACCOUNTS_AT_ONCE: usize = INFO_IDS_MAX;

/// An audit that has not begun.
pub(crate) struct Auditor<'a> {
    client: &'a Client,
    config: &'a SourceConfig,
    days: Window,
    accounts: Vec<Account>,
}

impl<'a> Auditor<'a> {
    /// Learns which advertisers there are.
    pub(crate) async fn new(client: &'a Client, config: &'a SourceConfig, days: Window) -> Result<Self> {
        Ok(Self { client, config, days, accounts: read::accounts_of(client, config).await? })
    }

    pub(crate) fn advertisers(&self) -> usize {
        self.accounts.len()
    }

    /// The least that the audit asks from here on.
    pub(crate) fn requests(&self) -> u64 {
        let asked = self.accounts.iter().filter(|account| look::has_days(self.config, self.days, account));
        asked.count() as u64 * look::REQUESTS_EACH
    }

    /// Audits all; `tell` hears how many are done.
    pub(crate) async fn audit(self, tell: impl Fn(usize)) -> Result<Audit> {
        let mut audit = Audit { days: self.days, advertisers: Vec::new(), failures: Vec::new() };
        for accounts in self.accounts.chunks(ACCOUNTS_AT_ONCE) {
            self.some(accounts, &mut audit).await?;
            tell(audit.advertisers.len());
        }
        Ok(audit)
    }

    async fn some(&self, accounts: &[Account], audit: &mut Audit) -> Result<()> {
        let asked = |deleted| Asked { client: self.client, config: self.config, days: self.days, deleted };
        let first = look(&asked(self.config.include_deleted), accounts).await?;
        let doubted =
            |account: &&Account| self.unknown(account, &first, None).is_none() && is_in_doubt(&first.sums_of(account));
        let doubted: Vec<Account> = accounts.iter().filter(doubted).cloned().collect();
        let second = match doubted.as_slice() {
            [] => Look::default(),
            doubted => look(&asked(true), doubted).await?,
        };
        for account in accounts {
            let found = self.found(account, &first, doubted.contains(account).then_some(&second));
            let rows = first.sums.get(&account.id).map_or(0, rows);
            audit.advertisers.push(Audited { id: account.id.clone(), rows, found });
        }
        let errors = first.errors.iter().chain(&second.errors).map(ToString::to_string);
        errors.for_each(|error| {
            if !audit.failures.contains(&error) {
                audit.failures.push(error)
            }
        });
        Ok(())
    }

    fn found(&self, account: &Account, first: &Look, second: Option<&Look>) -> Found {
        if let Some(why) = self.unknown(account, first, second) {
            return Found::Unknown(why);
        }
        let of_both = |of: fn(&Look, &Account) -> BTreeSet<Level>| -> BTreeSet<Level> {
            std::iter::once(first).chain(second).flat_map(|look| of(look, account)).collect()
        };
        let about = About {
            include_deleted: self.config.include_deleted,
            fresh_from: fresh_from(account),
            cut: of_both(Look::cut_of),
            short: of_both(Look::short_of),
        };
        let sums = first.sums_of(account);
        let judged = second.map(|second| judge(&sums, &second.sums_of(account), &about)).unwrap_or_default();
        match judged.is_empty() {
            // The advertiser's own row may be cut as the others are.
            true if !about.cut.is_empty() => Found::Unknown("TikTok tells only of its newest 20,000 ads".to_owned()),
            // What is missing in each answer is missing on both sides.
            true if !about.short.is_empty() => Found::Unknown("TikTok counts more rows of it than it gives".to_owned()),
            true => Found::Equal,
            false => Found::Differs(judged),
        }
    }

    /// Why nothing can be said of an advertiser, whatever its sums are.
    fn unknown(&self, account: &Account, first: &Look, second: Option<&Look>) -> Option<String> {
        let looks = || std::iter::once(first).chain(second);
        if looks().any(|look| !look.is_whole(account)) {
            return Some("not all of its reports could be read".to_owned());
        }
        if let Some(odd) = looks().find_map(|look| look.odd_of(account)) {
            return Some(odd.message().to_owned());
        }
        if account.today(clock::now()) < self.days.end {
            return Some(format!("{} has not begun in its time zone", self.days.end));
        }
        if let Some(day) = second.and_then(|second| gone(&first.sums_of(account), &second.sums_of(account))) {
            return Some(format!("its own row of {day} was gone when it was asked again"));
        }
        let untold = looks().map(|look| untold(&look.sums_of(account))).find(|untold| !untold.is_empty())?;
        let (day, name) = untold.first()?;
        Some(format!("its own row of {day} tells no `{name}`{}", and_more(untold.len() - 1)))
    }
}

/// The first day that is not settled for an advertiser.
fn fresh_from(account: &Account) -> NaiveDate {
    let today = account.today(clock::now());
    today.checked_sub_days(Days::new(FRESH_DAYS - 1)).unwrap_or(today)
}

fn rows(sums: &Sums) -> u64 {
    sums.values().map(|day| day.whole.rows).sum()
}
