//! What one post shows of a target. Pure.

use std::sync::Arc;

use super::bisect::SHOWN_ALONE_MAX;
use super::targets::Standing;
use crate::error::Error;

/// Rows that are refused one by one before their target is asked, where it can be.
const ASKED_AFTER: usize = 2;

/// What came of a target in this post.
pub(super) struct Trial {
    pub standing: Arc<Standing>,
    pub accepted: bool,
    /// Whether the target may be to blame.
    pub doubted: bool,
    pub judged: bool,
    /// Whether it had taken something before this post.
    pub was_believed: bool,
    /// Whether it can be asked.
    pub is_askable: bool,
    /// Items that were refused while nothing of the target was accepted.
    pub alone: Vec<(usize, Error)>,
}

impl Trial {
    pub(super) fn new(standing: Arc<Standing>, is_askable: bool) -> Self {
        let was_believed = standing.has_accepted();
        Self { standing, accepted: false, doubted: false, judged: false, was_believed, is_askable, alone: Vec::new() }
    }

    /// Whether single rows must be shown before anything else is sent there.
    pub(super) fn is_due(&self) -> bool {
        let most = if self.is_askable { ASKED_AFTER } else { SHOWN_ALONE_MAX };
        let doubted = self.doubted || self.alone.len() >= most;
        doubted && !self.accepted && !self.judged && self.standing.failure().is_none()
    }

    /// Whether a refusal is its rows' own fault. Who can be asked is believed only what it says now.
    pub(super) fn believed(&self) -> bool {
        self.accepted || (!self.is_askable && self.standing.has_accepted())
    }
}
