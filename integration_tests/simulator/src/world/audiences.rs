//! The custom audiences of all accounts: which there are at the start, and how they come and go.

use super::World;
use super::audience::{Audience, AudienceKind};
use super::members::Members;
use chrono::TimeDelta;
use std::collections::{BTreeSet, VecDeque};

/// A streaming audience that is large enough.
pub const AUDIENCE_STREAMING: &str = "Newsletter subscribers";
/// Differs from [`AUDIENCE_STREAMING`] in letter case only.
pub const AUDIENCE_OTHER_CASE: &str = "NEWSLETTER SUBSCRIBERS";
/// A streaming audience that is too small.
pub const AUDIENCE_SMALL: &str = "Beta testers";
/// Two streaming audiences have this name.
pub const AUDIENCE_TWINS: &str = "VIP customers";
/// A streaming and a file audience have this name.
pub const AUDIENCE_BOTH_KINDS: &str = "Loyalty club";
/// A streaming audience with quotes, an emoji and U+2028 in its name.
pub const AUDIENCE_HARD: &str = "Käufer \"Herbst\", 'neu' \\ 🛍️\u{2028}2026";
/// A streaming audience whose name was cut to 70 characters.
pub const AUDIENCE_CUT: &str = "Customers who bought a winter jacket and came back for boots within...";
/// A file audience; the streaming API may not touch it.
pub const AUDIENCE_FILE: &str = "Customer file 2025";
/// A file audience that TikTok could not read.
pub const AUDIENCE_BROKEN: &str = "Customer file with a typo";
/// A lookalike audience.
pub const AUDIENCE_LOOKALIKE: &str = "Lookalike of Customer file 2025";
/// A streaming audience that has expired.
pub const AUDIENCE_EXPIRED: &str = "Lapsed since last year";
/// A streaming audience that expires soon; the oldest that lives, on the last page of all.
pub const AUDIENCE_EXPIRING: &str = "Cart abandoners";

/// Audiences an advertiser may have.
pub(crate) const MAX_AUDIENCES: usize = 400;

/// More audiences of the large account, so that they need several pages of 100.
const LARGE_EXTRA: usize = 250;

/// Days an audience lives.
const LIFE_DAYS: i64 = 365;

struct Sample {
    name: &'static str,
    kind: AudienceKind,
    /// Days since it was made.
    age: i64,
    cover: u64,
    error: Option<&'static str>,
}

const fn sample(name: &'static str, kind: AudienceKind, age: i64, cover: u64) -> Sample {
    Sample { name, kind, age, cover, error: None }
}

/// What every account has but the empty one, oldest first.
const SAMPLES: &[Sample] = &[
    Sample {
        error: Some("The audience has expired."),
        ..sample(AUDIENCE_EXPIRED, AudienceKind::Partner, LIFE_DAYS + 40, 2_300)
    },
    sample(AUDIENCE_EXPIRING, AudienceKind::Partner, LIFE_DAYS - 20, 1_850),
    sample(AUDIENCE_FILE, AudienceKind::CustomerFile, 120, 54_321),
    Sample {
        error: Some("File parsing failed, please check the format of the file."),
        ..sample(AUDIENCE_BROKEN, AudienceKind::CustomerFile, 119, 0)
    },
    sample(AUDIENCE_LOOKALIKE, AudienceKind::Lookalike, 100, 2_000_000),
    sample(AUDIENCE_TWINS, AudienceKind::Partner, 60, 1_200),
    sample(AUDIENCE_BOTH_KINDS, AudienceKind::Partner, 50, 7_000),
    sample(AUDIENCE_BOTH_KINDS, AudienceKind::CustomerFile, 49, 7_000),
    sample(AUDIENCE_CUT, AudienceKind::Partner, 40, 1_111),
    sample(AUDIENCE_HARD, AudienceKind::Partner, 30, 3_333),
    sample(AUDIENCE_OTHER_CASE, AudienceKind::Partner, 21, 1_500),
    sample(AUDIENCE_STREAMING, AudienceKind::Partner, 20, 4_200),
    sample(AUDIENCE_SMALL, AudienceKind::Partner, 2, 0),
    sample(AUDIENCE_TWINS, AudienceKind::Partner, 1, 0),
];

impl World {
    /// The audiences that were there before anybody called.
    pub(super) fn add_samples(&mut self) {
        let accounts: Vec<(u64, bool, bool)> =
            self.accounts.iter().map(|a| (a.id, a.name.starts_with("Empty"), a.name.starts_with("Large"))).collect();
        for (advertiser, empty, large) in accounts {
            for sample in SAMPLES.iter().filter(|_| !empty) {
                self.add_sample(advertiser, sample);
            }
            for number in 0..if large { LARGE_EXTRA } else { 0 } {
                self.create_audience(advertiser, &format!("Segment {number:03}"));
            }
        }
    }

    fn add_sample(&mut self, advertiser: u64, sample: &Sample) {
        let id = self.create_audience(advertiser, sample.name);
        let created = self.now - TimeDelta::days(sample.age);
        if let Some(audience) = self.audience_mut(id) {
            audience.kind = sample.kind;
            audience.created = created;
            audience.expires = created + TimeDelta::days(LIFE_DAYS);
            audience.cover = sample.cover;
            audience.error = sample.error.map(str::to_owned);
            audience.history.iter_mut().for_each(|event| event.at = created);
        }
    }

    /// The audience of an id.
    #[must_use]
    pub fn audience(&self, id: u64) -> Option<&Audience> {
        self.audiences.get(self.audience_at(id)?)
    }

    /// The audience of an id, to change it.
    pub fn audience_mut(&mut self, id: u64) -> Option<&mut Audience> {
        let at = self.audience_at(id)?;
        self.audiences.get_mut(at)
    }

    fn audience_at(&self, id: u64) -> Option<usize> {
        self.audiences.binary_search_by_key(&id, |audience| audience.id).ok()
    }

    /// The audiences of an account, newest first.
    #[must_use]
    pub fn audiences_of(&self, advertiser: u64) -> Vec<&Audience> {
        self.audiences.iter().rev().filter(|audience| audience.advertiser == advertiser).collect()
    }

    /// What an account can use: its own audiences and those that are shared with it, newest first.
    #[must_use]
    pub fn audiences_for(&self, advertiser: u64) -> Vec<&Audience> {
        let can_use =
            |audience: &&Audience| audience.advertiser == advertiser || audience.shared_with.contains(&advertiser);
        self.audiences.iter().rev().filter(can_use).collect()
    }

    /// The streaming audiences of an account with exactly this name, newest first.
    #[must_use]
    pub fn audiences_named(&self, advertiser: u64, name: &str) -> Vec<&Audience> {
        let all = self.audiences_of(advertiser).into_iter();
        all.filter(|audience| audience.kind == AudienceKind::Partner && audience.name == name).collect()
    }

    /// Makes an empty streaming audience; the name is taken as it is.
    pub fn create_audience(&mut self, advertiser: u64, name: &str) -> u64 {
        self.next_audience += 1_000_003 + crate::rng::mix(self.seed, self.next_audience) % 1_009;
        let mut audience = Audience {
            id: self.next_audience,
            advertiser,
            name: name.to_owned(),
            kind: AudienceKind::Partner,
            created: self.now,
            expires: self.now + TimeDelta::days(LIFE_DAYS),
            error: None,
            cover: 0,
            history: VecDeque::new(),
            lookalike: None,
            shared_with: BTreeSet::new(),
            members: Members::default(),
            work: None,
        };
        audience.note("create", "0".to_owned(), self.now);
        self.audiences.push(audience);
        self.next_audience
    }

    /// Removes an audience with its members.
    pub fn delete_audience(&mut self, id: u64) -> Option<Audience> {
        let at = self.audience_at(id)?;
        Some(self.audiences.remove(at))
    }
}
