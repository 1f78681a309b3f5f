//! What the names of a bucket's objects say. Pure.

use serde::{Deserialize, Serialize};

use super::RESULTS_FOLDER;
use super::row::RowKind;

/// An object of lines: `{sync}/results/{stream}/{day}_{moment}_{part}.jsonl`, or without `results/` of refused rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Object {
    /// When it was written, in epoch milliseconds.
    pub moment: i64,
    part: u64,
    pub name: String,
    pub sync: u64,
    pub kind: RowKind,
}

impl Object {
    /// `None`: it is something else, such as a ledger.
    #[must_use]
    pub(crate) fn of(name: &str) -> Option<Self> {
        let parts: Vec<&str> = name.split('/').collect();
        let (sync, kind, file) = match parts[..] {
            [sync, RESULTS_FOLDER, _, file] => (sync, RowKind::Result, file),
            [sync, _, file] => (sync, RowKind::Rejected, file),
            _ => return None,
        };
        let mut tail = file.strip_suffix(".jsonl")?.rsplit('_');
        let part = tail.next()?.parse().ok()?;
        let moment = tail.next()?.parse().ok()?;
        Some(Self { moment, part, name: name.to_owned(), sync: sync.parse().ok()?, kind })
    }
}

impl TryFrom<String> for Object {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::of(&name).ok_or("no object of lines has that name")
    }
}

impl From<Object> for String {
    fn from(object: Object) -> Self {
        object.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_run_moment_and_kind() {
        for (name, expected) in [
            ("7/results/a.s/2026_03_10_1773158400000_12.jsonl", Some((7, RowKind::Result, 1_773_158_400_000, 12))),
            ("7/s_1/2026_03_10_1773158400000_1.jsonl", Some((7, RowKind::Rejected, 1_773_158_400_000, 1))),
            ("7/results/2026_03_10_1773158400000_1.jsonl", Some((7, RowKind::Rejected, 1_773_158_400_000, 1))),
            ("memory/intent/2026_03_10_1773158400000_1.jsonl", None),
            ("ledger/7/8/manifest.json", None),
            ("webhooks/1773158400000-00/000000000001.jsonl", None),
            ("7/s/notes.jsonl", None),
        ] {
            let found = Object::of(name).map(|object| (object.sync, object.kind, object.moment, object.part));
            assert_eq!(found, expected, "{name}");
        }
    }
}
