//! What an audit found, and what it says in all. Pure.

use std::sync::Arc;

use super::judge::Judged;
use crate::source::plan::window::Window;

/// What an audit found.
pub(crate) struct Audit {
    pub(crate) days: Window,
    pub(crate) advertisers: Vec<Audited>,
    /// Sentences on what failed.
    pub(crate) failures: Vec<String>,
}

/// What became of an advertiser.
pub(crate) struct Audited {
    pub(crate) id: Arc<str>,
    pub(crate) rows: u64,
    pub(crate) found: Found,
}

/// Whether an advertiser adds up.
pub(crate) enum Found {
    Equal,
    Differs(Vec<Judged>),
    /// Not all of it could be read, or summed: why.
    Unknown(String),
}

/// What an audit says in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Equal,
    Differs,
    /// Of some advertiser nobody knows.
    Unknown,
}

impl Audit {
    /// The first of whom nobody knows, and why.
    pub(crate) fn first_unknown(&self) -> Option<String> {
        self.advertisers.iter().find_map(|one| match &one.found {
            Found::Unknown(why) => Some(format!("advertiser {}: {why}", one.id)),
            Found::Equal | Found::Differs(_) => None,
        })
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let any = |is: fn(&Found) -> bool| self.advertisers.iter().any(|one| is(&one.found));
        if !self.failures.is_empty() || any(|found| matches!(found, Found::Unknown(_))) {
            return Verdict::Unknown;
        }
        if any(|found| matches!(found, Found::Differs(_))) { Verdict::Differs } else { Verdict::Equal }
    }
}
