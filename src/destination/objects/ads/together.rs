//! Changes that leave in one request with others: status, and budgets that have a call of their own. Pure.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::change::{Change, SCHEDULED};
use super::job::{Job, TOGETHER_MAX, Together, What, Work};
use super::kind::{KindDef, Level};
use super::value::Held;
use crate::destination::shell::lane::RecordRef;

/// Longest that a change waits for others.
const AGE_MAX: Duration = Duration::from_secs(20);

/// Changes that wait for others of their kind.
#[derive(Default)]
pub(crate) struct Groups(HashMap<(&'static str, String, What), Group>);

struct Group {
    since: Instant,
    kind: &'static KindDef,
    records: Vec<RecordRef>,
    changes: Vec<Change>,
}

/// What a change has in common with others, if all of it can leave with theirs.
#[must_use]
pub(crate) fn what(change: &Change) -> Option<What> {
    let is_ad_group = change.kind.level == Level::AdGroup && !change.kind.is_smart();
    match (change.status, &change.fields[..]) {
        (Some(status), []) => Some(What::Status(status)),
        (None, [one]) if is_ad_group && one.field == SCHEDULED => Some(What::Budget(SCHEDULED)),
        (None, [one]) if is_ad_group && one.field == "budget" && is_lifetime(change) => Some(What::Budget("budget")),
        _ => None,
    }
}

/// Daily budgets leave with the object's other fields, for the common call would change them only tomorrow.
fn is_lifetime(change: &Change) -> bool {
    change.mode_before.as_deref() == Some("BUDGET_MODE_TOTAL")
        && change.after("budget_mode").and_then(Held::text).is_none()
}

impl Groups {
    pub(crate) fn add(&mut self, what: What, sender: RecordRef, change: Change, now: Instant) {
        let key = (change.kind.object, change.advertiser.clone(), what);
        let fresh = || Group { since: now, kind: change.kind, records: Vec::new(), changes: Vec::new() };
        let group = self.0.entry(key).or_insert_with(fresh);
        group.records.push(sender);
        group.changes.push(change);
    }

    /// When the oldest must leave.
    #[must_use]
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.0.values().map(|group| group.since + AGE_MAX).min()
    }

    #[must_use]
    pub(crate) fn has_full(&self) -> bool {
        self.0.values().any(Group::is_full)
    }

    /// Takes out what is full or old, or everything.
    pub(crate) fn due(&mut self, now: Instant, all: bool) -> Vec<Job> {
        let is_due = |group: &Group| all || group.is_full() || now.duration_since(group.since) >= AGE_MAX;
        let due = self.0.extract_if(|_, group| is_due(group));
        let job = |((_, advertiser, what), Group { kind, records, changes, .. })| Job {
            records,
            work: Work::Together(Together { kind, advertiser, what, changes }),
        };
        due.map(job).collect()
    }
}

impl Group {
    fn is_full(&self) -> bool {
        self.records.len() >= TOGETHER_MAX
    }
}
