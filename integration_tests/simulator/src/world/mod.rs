//! What the simulated TikTok knows. Every test derives what it expects from here.

mod account;
mod audience;
mod audiences;
mod build;
mod bursts;
mod businesses;
mod change_log;
mod entity;
mod grants;
mod hooks;
mod library;
mod managed;
mod mapping;
mod member_files;
mod members;
mod names;
mod plans;
mod record;
pub(crate) mod scopes;
mod smart_plus;
mod sources;
mod split_tests;
pub(crate) mod status;
mod tokens;
mod tracked;
mod twins;
mod uploads;

pub use account::Account;
pub(crate) use audience::Work;
pub use audience::{Applied, Audience, AudienceEvent, AudienceKind, MATCHES_NEEDED};
pub use audiences::{
    AUDIENCE_BOTH_KINDS, AUDIENCE_BROKEN, AUDIENCE_CUT, AUDIENCE_EXPIRED, AUDIENCE_EXPIRING, AUDIENCE_FILE,
    AUDIENCE_HARD, AUDIENCE_LOOKALIKE, AUDIENCE_OTHER_CASE, AUDIENCE_SMALL, AUDIENCE_STREAMING, AUDIENCE_TWINS,
};
pub use businesses::Business;
pub use change_log::{Change, ChangeTask};
pub use entity::{Activity, Buying, Entity, Level, State};
pub use grants::{AuthCode, Flow, GrantState, Grants, RefreshData, RefreshToken, Rotation, Terms};
pub use hooks::{CallBack, Subscription};
pub use library::{Collection, GmvMaxLeaf, Record};
pub use mapping::{Action, Identifier, Mapping};
pub(crate) use member_files::FileAction;
pub use member_files::MemberFile;
pub use members::IdType;
pub(crate) use members::{Digest as MemberDigest, Members};
pub use sources::{EventSet, EventSource, EventSources, MobileApp, Pixel, PixelEvent};
pub use split_tests::{CampaignTests, SplitTest, SplitTestStatus};
pub use tokens::{
    App, OTHER_APP, Role, SANDBOX_APP, TOKEN_AGENCY, TOKEN_EXPIRED, TOKEN_GOOD, TOKEN_NARROW, TOKEN_OTHER_APP,
    TOKEN_REVOKED, TOKEN_WITH_FORBIDDEN, TOKEN_WITHOUT_EVENTS, Token, TokenState, USER_REFRESH_TOKEN,
};
pub use tracked::{EventCounts, TrackedEvent};
pub use uploads::Upload;

pub(crate) use audiences::MAX_AUDIENCES;
pub(crate) use grants::Given;
pub(crate) use library::{IDENTITY_TYPES, Library};
pub(crate) use managed::Draft;
pub(crate) use mapping::Cell;
pub(crate) use members::{Digest, Digests};
pub(crate) use record::{template, time};
pub use smart_plus::material as smart_plus_material;
pub(crate) use smart_plus::{CREATIVE, MATERIAL_STATUS, SmartPlus, fields as smart_plus_fields};
pub(crate) use split_tests::GROUP as SPLIT_TEST;
pub(crate) use tracked::{Accepted, Target, Tracked};
pub(crate) use twins::{Scheduled, Twins};
pub(crate) use uploads::{Content, Summing};

use crate::assumptions::ROWS_REMEMBERED;
use crate::rng;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Which accounts, and how much is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum WorldKind {
    /// A handful of everything that hurts.
    #[default]
    Small,
    /// `Small` plus an account with more than one page of everything.
    Large,
    /// `Small` without the rows that known clients cannot digest.
    Plain,
    /// Six accounts, made between nine years and five days ago, whose ads ran now and then.
    Ages,
}

/// The state behind the API.
#[derive(Clone, Debug)]
pub struct World {
    pub kind: WorldKind,
    pub seed: u64,
    /// The moment at which this TikTok stands; today's numbers end here.
    pub now: DateTime<Utc>,
    pub apps: Vec<App>,
    pub tokens: Vec<Token>,
    /// Codes and refresh tokens.
    pub grants: Grants,
    pub accounts: Vec<Account>,
    pub businesses: Vec<Business>,
    /// By ascending id.
    pub audiences: Vec<Audience>,
    /// Accepted calls of `/segment/mapping/`, oldest first.
    pub mappings: Vec<Mapping>,
    /// Pixels, apps and event sets.
    pub sources: EventSources,
    pub(crate) tracked: Tracked,
    /// By how much the clock was moved; the numbers of the reports stay where they are.
    pub(crate) ahead: TimeDelta,
    /// Whether there is one account only, and nothing is delivered.
    pub(crate) sandbox: bool,
    /// Share of people whom TikTok knows.
    pub match_rate: f64,
    /// Rows of mappings that are still to be remembered.
    pub(crate) remember_rows: usize,
    /// Accounts that tokens still list though they are gone, each with the code that says so ([?]).
    pub gone: BTreeMap<u64, i64>,
    pub(crate) poisoned: Digests,
    pub(crate) library: Library,
    pub(crate) twins: Twins,
    /// Uploads in pieces, oldest first.
    pub(crate) uploads: Vec<Upload>,
    /// Files of members, oldest first.
    pub(crate) member_files: Vec<MemberFile>,
    /// Budgets that begin later.
    pub(crate) scheduled: Vec<Scheduled>,
    pub(crate) split_tests: Vec<SplitTest>,
    /// What was done with audiences of ad groups, oldest first.
    pub applied: Vec<Applied>,
    /// Tasks of the change log, and how often each is looked at before it is done.
    pub change_tasks: Vec<ChangeTask>,
    pub change_looks: u32,
    /// How often the file of a task that is done is asked for in vain.
    pub change_file_looks: u32,
    /// Whether tasks end as FAILED.
    pub change_fails: bool,
    pub subscriptions: Vec<Subscription>,
    /// What is to be sent to subscribers.
    pub(crate) call_backs: Vec<CallBack>,
    pub(crate) next_id: u64,
    pub(crate) next_audience: u64,
}

/// 16:00 UTC of a day, which is already tomorrow in Tokyo.
#[must_use]
pub fn afternoon_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(16)
}

impl World {
    /// Builds the world of a seed, as it is at a moment.
    #[must_use]
    pub fn new(kind: WorldKind, seed: u64, now: DateTime<Utc>) -> Self {
        let mut world = Self {
            kind,
            seed,
            now,
            apps: tokens::apps(),
            tokens: Vec::new(),
            grants: Grants::of(&[], now),
            accounts: Vec::new(),
            businesses: businesses::of(kind),
            audiences: Vec::new(),
            mappings: Vec::new(),
            sources: EventSources::default(),
            tracked: Tracked::default(),
            ahead: TimeDelta::zero(),
            sandbox: false,
            match_rate: 1.0,
            remember_rows: ROWS_REMEMBERED,
            gone: BTreeMap::new(),
            poisoned: Digests::default(),
            library: Library::default(),
            twins: Twins::default(),
            uploads: Vec::new(),
            member_files: Vec::new(),
            scheduled: Vec::new(),
            split_tests: Vec::new(),
            applied: Vec::new(),
            change_tasks: Vec::new(),
            change_looks: 0,
            change_file_looks: 0,
            change_fails: false,
            subscriptions: Vec::new(),
            call_backs: Vec::new(),
            next_id: 1_780_000_000_000_000_001,
            next_audience: 195_000_000_000_000_001,
        };
        for plan in plans::of(kind) {
            build::account(&mut world, &plan);
        }
        world.add_agency();
        world.add_samples();
        world.add_sources();
        world.stock();
        world.tokens = tokens::tokens(&world.accounts, &world.businesses);
        world.grants = Grants::of(&world.tokens, now);
        world
    }

    /// The accounts of the agency's token. Their ids are apart, so that everything else keeps its own.
    fn add_agency(&mut self) {
        let next = std::mem::replace(&mut self.next_id, 1_880_000_000_000_000_001);
        for plan in plans::agency() {
            build::account(self, &plan);
        }
        self.next_id = next;
    }

    /// Adds so many old accounts in which nothing ever was; the tokens that reach all ordinary ones reach them, too.
    pub(crate) fn add_quiet(&mut self, count: usize) {
        let next = std::mem::replace(&mut self.next_id, 1_980_000_000_000_000_001);
        let first = self.accounts.len();
        (0..count).for_each(|_| build::account(self, &plans::quiet()));
        self.next_id = next;
        let quiet: Vec<u64> = self.accounts.iter().skip(first).map(|account| account.id).collect();
        for token in self.tokens.iter_mut().filter(|token| token.value != TOKEN_AGENCY) {
            token.lists.extend(&quiet);
            token.reaches.extend(&quiet);
        }
    }

    /// Leaves the first account of the good token, and every token that one account.
    pub(crate) fn make_sandbox(&mut self) {
        self.sandbox = true;
        let only = self.token(TOKEN_GOOD).and_then(|token| token.lists.first().copied());
        self.accounts.retain(|account| Some(account.id) == only);
        for token in &mut self.tokens {
            token.lists = only.into_iter().collect();
            token.reaches = only.into_iter().collect();
        }
    }

    /// The account of an id.
    #[must_use]
    pub fn account(&self, id: u64) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// The account of an id, to change it.
    pub fn account_mut(&mut self, id: u64) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.id == id)
    }

    /// The account whose name begins with `name`: `Tokyo`, `New York`, `London`, `Empty`, `Forbidden`
    /// and `Large`, or of [`WorldKind::Ages`] `Elder`, `Mill`, `Spring`, `Year`, `Quarter` and `Newborn`;
    /// of the agency `Pending`, `Suspended`, `Disabled` and `Foreign`.
    #[must_use]
    pub fn account_named(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name.starts_with(name))
    }

    /// What is known about a token.
    #[must_use]
    pub fn token(&self, value: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.value == value)
    }

    /// A new id, above all others, that no double can hold.
    pub(crate) fn new_id(&mut self) -> u64 {
        self.next_id += 1_000_000_007 + rng::mix(self.seed, self.next_id) % 1_000_003;
        self.next_id
    }

    /// Drops what was rendered from the state before a change.
    pub(crate) fn forget_rendered(&mut self) {
        self.accounts.iter_mut().for_each(Account::forget_rendered);
    }

    /// Adds an object created now: a campaign, or an ad group or ad below the newest parent.
    pub fn create(&mut self, advertiser: u64, level: Level) -> Option<u64> {
        let id = self.new_id();
        let now = self.now;
        let account = self.account_mut(advertiser)?;
        account.create(id, level, now)?;
        account.forget_rendered();
        Some(id)
    }

    /// Removes the newest object of a level without a trace, with its children.
    pub fn vanish(&mut self, advertiser: u64, level: Level) -> Option<u64> {
        let account = self.account_mut(advertiser)?;
        let id = account.vanish(level)?;
        account.forget_rendered();
        Some(id)
    }
}

#[cfg(test)]
mod tests;
