//! Pages by number (`docs/tiktok-api.md` 3.0): `page` from 1, `page_size` 10 unless told.

use crate::answer::Refusal;
use crate::call::Call;
use std::ops::Range;

/// Which page of how many rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    number: u64,
    size: u64,
    skew: u64,
}

impl Page {
    /// From the request; a size above `max` is refused.
    pub(super) fn of(call: &Call, max: u64) -> Result<Self, Refusal> {
        Self::sized(call, 10, max)
    }

    /// The same where the size is another unless told.
    pub(super) fn sized(call: &Call, default: u64, max: u64) -> Result<Self, Refusal> {
        Ok(Self {
            number: call.params.number("page", 1, 1..=u64::MAX)?,
            size: call.params.number("page_size", default, 1..=max)?,
            skew: call.skew,
        })
    }

    pub(super) fn is_first(self) -> bool {
        self.number == 1
    }

    pub(super) fn size(self) -> u64 {
        self.size
    }

    /// How many rows there are up to the end of this page, if they are there.
    pub(super) fn reach(self) -> u64 {
        self.number.saturating_mul(self.size)
    }

    /// The rows of this page; none behind the last.
    pub(super) fn rows(self, total: usize) -> Range<usize> {
        let start = (self.number - 1).saturating_mul(self.size);
        let end = start.saturating_add(self.size);
        let cut = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(total);
        cut(start)..cut(end)
    }

    /// `,"page_info":{…}`
    pub(super) fn info(self, total: usize) -> String {
        let total = total as u64 + self.skew;
        format!(
            ",\"page_info\":{{\"page\":{},\"page_size\":{},\"total_number\":{total},\"total_page\":{}}}",
            self.number,
            self.size,
            total.div_ceil(self.size),
        )
    }
}
