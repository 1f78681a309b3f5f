//! Lines of a page, with what the rest of the sync needs of each row.

use std::sync::Arc;

use serde_json::Value;

use super::timestamp::Timestamp;
use crate::tiktok::page::{Page, PageInfo, RowKey};
use crate::tiktok::space::Space;

/// RECORD lines with what is known of each.
pub(crate) struct Rows {
    pub lines: Vec<u8>,
    pub marks: Vec<Mark>,
    pub(super) keys: Vec<RowKey>,
    /// Rows that came without a field of their primary key.
    pub keyless: u64,
    pub(super) info: Option<PageInfo>,
    /// Kept until the lines are on their way.
    pub(super) space: Option<Space>,
    pub(super) names: Arc<[&'static str]>,
}

/// One row of [`Rows`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    /// Where its line ends.
    pub end: usize,
    pub cursor: Option<Timestamp>,
    /// The stream is not about such rows; TikTok counts them all the same.
    pub left_out: bool,
}

impl Page for Rows {
    fn info(&self) -> Option<PageInfo> {
        self.info
    }

    fn keys(&self) -> &[RowKey] {
        &self.keys
    }

    /// Its primary key, read back from its line.
    fn called(&self, at: usize) -> String {
        let start = at.checked_sub(1).and_then(|before| self.marks.get(before)).map_or(0, |mark| mark.end);
        let line = self.marks.get(at).and_then(|mark| self.lines.get(start..mark.end)).unwrap_or_default();
        let line: Value = serde_json::from_slice(line).unwrap_or_default();
        let named = self.names.iter().filter_map(|name| {
            let value = line.pointer("/record/data")?.get(name)?;
            Some(format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        });
        let named: Vec<_> = named.collect();
        if named.is_empty() { "what has no key".to_owned() } else { named.join(", ") }
    }
}

impl Rows {
    /// The space that the lines take.
    pub(crate) fn take_space(&mut self) -> Option<Space> {
        self.space.take()
    }

    /// Only the lines of the rows that `keep` wants, and how many.
    #[must_use]
    pub(crate) fn filtered(self, keep: impl Fn(usize, Mark) -> bool) -> (Vec<u8>, u64) {
        let kept: Vec<bool> =
            self.marks.iter().enumerate().map(|(at, mark)| !mark.left_out && keep(at, *mark)).collect();
        let count = kept.iter().filter(|kept| **kept).count() as u64;
        if kept.iter().all(|kept| *kept) {
            return (self.lines, count);
        }
        let mut lines = Vec::new();
        let mut start = 0;
        for (mark, kept) in self.marks.iter().zip(kept) {
            if kept {
                lines.extend_from_slice(self.lines.get(start..mark.end).unwrap_or_default());
            }
            start = mark.end;
        }
        (lines, count)
    }
}
