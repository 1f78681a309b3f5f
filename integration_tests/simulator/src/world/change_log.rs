//! What was changed in accounts: that objects were made, and that they were switched.

use super::account::Account;
use super::entity::Level;
use chrono::{DateTime, Utc};

/// A change of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub at: DateTime<Utc>,
    pub level: Level,
    pub id: u64,
    pub name: String,
    /// Otherwise it was switched on.
    pub made: bool,
}

/// A file that is prepared, of the changes between two moments.
#[derive(Clone, Debug)]
pub struct ChangeTask {
    pub id: u64,
    pub advertiser: u64,
    pub range: (DateTime<Utc>, DateTime<Utc>),
    /// How often it is still looked at before it is done.
    pub looks: u32,
    /// The same of its file.
    pub file_looks: u32,
}

impl Account {
    /// All changes, oldest first.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let mut all = Vec::new();
        for level in Level::ALL {
            for entity in self.all(level) {
                let change = |at, made| Change { at, level, id: entity.id, name: entity.name.clone(), made };
                all.push(change(entity.created, true));
                let switched = entity.modified.filter(|at| *at > entity.created);
                all.extend(switched.map(|at| change(at, false)));
            }
        }
        all.sort_by_key(|change| (change.at, change.id, change.made));
        all
    }
}
