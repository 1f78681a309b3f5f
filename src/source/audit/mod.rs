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

use chrono::{Days, NaiveDate};

use self::compare::untold;
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
use crate::tiktok::Client;
use crate::tiktok::advertisers::INFO_IDS_MAX;

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
        self.accounts.len() as u64 * look::REQUESTS_EACH
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
        let doubted = |account: &&Account| first.is_whole(account) && is_in_doubt(&first.sums_of(account));
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
        if !first.is_whole(account) || second.is_some_and(|second| !second.is_whole(account)) {
            return Found::Unknown("not all of its reports could be read".to_owned());
        }
        let sums = first.sums_of(account);
        if let [name, ..] = untold(&sums)[..] {
            return Found::Unknown(format!("no row tells `{name}`"));
        }
        let mut cut = first.cut_of(account);
        cut.extend(second.map(|second| second.cut_of(account)).unwrap_or_default());
        let is_cut = !cut.is_empty();
        let include_deleted = self.config.include_deleted;
        let about = About { include_deleted, fresh_from: fresh_from(account), cut };
        let judged = second.map(|second| judge(&sums, &second.sums_of(account), &about)).unwrap_or_default();
        match judged.is_empty() {
            // The advertiser's own row may be cut as the others are.
            true if is_cut => Found::Unknown("TikTok tells only of its newest 20,000 ads".to_owned()),
            true => Found::Equal,
            false => Found::Differs(judged),
        }
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
