//! What a config's authorizations can reach: the part of `check` that both roles share.
//!
//! [`mod@survey`] asks TikTok about tokens, app and advertisers; [`permission`] about what may be read or written there;
//! [`status`] knows what TikTok's words for an account mean. What they find goes into a [`CheckReport`]: a table for the
//! log, and the first thing to mend.

pub(crate) mod permission;
pub(crate) mod report;
pub(crate) mod role;
pub(crate) mod status;
pub(crate) mod survey;

use std::time::Duration;

/// Time to ask: a person or a platform waits for the answer. What is not known by then is told as such.
pub(crate) const ASKING_TIME_MAX: Duration = Duration::from_secs(45);

pub(crate) use permission::Need;
pub(crate) use report::CheckReport;
pub(crate) use survey::{AccessSurvey, survey};
