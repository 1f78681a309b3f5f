//! Files of members that were uploaded, and audiences that they fill (`docs/tiktok-api.md` 5.2).

use super::World;
use super::audience::{Audience, AudienceKind, MATCHES_NEEDED, Work};
use super::members::{IdType, Members};
use chrono::{DateTime, TimeDelta, Utc};

/// An uploaded file.
#[derive(Clone, Debug)]
pub struct MemberFile {
    /// 16 hexadecimal digits.
    pub path: String,
    /// The account that uploaded it, and no other, may use it.
    pub advertiser: u64,
    pub bytes: usize,
    /// Rows below the header.
    pub rows: usize,
    pub(crate) members: Members,
}

/// What files do to an audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileAction {
    Replace,
    Append,
    Remove,
}

impl FileAction {
    pub(crate) fn name(self) -> &'static str {
        match self {
            FileAction::Replace => "replace",
            FileAction::Append => "append",
            FileAction::Remove => "remove",
        }
    }
}

impl World {
    /// The uploaded files of an account, oldest first.
    #[must_use]
    pub fn member_files(&self, advertiser: u64) -> Vec<&MemberFile> {
        self.member_files.iter().filter(|file| file.advertiser == advertiser).collect()
    }

    /// Who is in files of an account; `Err` has the path that it does not have.
    pub(crate) fn members_in<'p>(&self, advertiser: u64, paths: &[&'p str]) -> Result<Vec<&Members>, &'p str> {
        let find = |path: &&'p str| {
            let mut all = self.member_files.iter();
            let found = all.find(|file| file.advertiser == advertiser && file.path == *path);
            found.map(|file| &file.members).ok_or(*path)
        };
        paths.iter().map(find).collect()
    }

    /// Turns a new audience into one of files.
    pub(crate) fn fill(&mut self, id: u64, members: Members, days: Option<i64>, work: Work) {
        let now = self.now;
        if let Some(audience) = self.audience_mut(id) {
            audience.kind = AudienceKind::CustomerFile;
            audience.members = members;
            audience.work = Some(work);
            if let Some(days) = days {
                audience.expires = now + TimeDelta::days(days);
            }
        }
    }
}

impl Audience {
    /// Whether files may change it now; a look counts.
    pub(crate) fn takes_files(&mut self, match_rate: f64, now: DateTime<Utc>) -> bool {
        if let Some(work) = self.work.as_mut().filter(|work| work.looks > 0 || now < work.until) {
            work.looks = work.looks.saturating_sub(1);
            return false;
        }
        self.error.is_none() && !self.is_expired(now) && self.cover_num(match_rate) >= MATCHES_NEEDED
    }

    /// What it would be with some files.
    pub(crate) fn with_files(&self, action: FileAction, files: &[&Members]) -> Self {
        let mut after = self.clone();
        if action == FileAction::Replace {
            after.members = Members::default();
            after.cover = 0;
        }
        for file in files {
            for id_type in IdType::EVERY {
                for digest in file.of(id_type).into_iter().flatten() {
                    after.members.put(id_type, *digest, action != FileAction::Remove);
                }
            }
        }
        after
    }
}
