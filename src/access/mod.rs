//! What a config's authorizations can reach: the part of `check` that both roles share.
//!
//! [`mod@survey`] asks TikTok about app and advertisers, `tokens` about each token. [`permission`] finds out what may be
//! read or written. [`status`] knows what TikTok's account statuses mean. Their findings go into a [`CheckReport`]: a
//! table for the log, and the first problem to fix.

pub(crate) mod permission;
pub(crate) mod report;
pub(crate) mod role;
pub(crate) mod status;
pub(crate) mod survey;
mod tokens;

use std::time::Duration;

/// The longest time for all questions to TikTok, because a person or a platform waits. What is unknown by then is
/// reported as unknown.
pub(crate) const ASKING_TIME_MAX: Duration = Duration::from_secs(45);

pub(crate) use permission::Need;
pub(crate) use report::CheckReport;
pub(crate) use survey::{AccessSurvey, survey};
