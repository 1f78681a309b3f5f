//! What a config's authorizations can reach: the part of `check` that both roles share.
//!
//! [`mod@look`] asks TikTok about tokens, app and advertisers; [`permission`] about what may be read or written there;
//! [`status`] knows what TikTok's words for an account mean. What they find goes into a [`Report`]: a table for the
//! log, and the first thing to mend.

pub mod look;
pub mod permission;
pub mod report;
pub mod role;
pub mod status;

use std::time::Duration;

/// Time to ask: a person or a platform waits for the answer. What is not known by then is told as such.
pub const ASKING_TIME_MAX: Duration = Duration::from_secs(45);

pub use look::{Sight, look};
pub use permission::Need;
pub use report::Report;
