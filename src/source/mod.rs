//! HOW we read: the verbs of the source.
//!
//! [`plan`] decides and has no I/O; [`mod@read`] asks TikTok and tells the platform; [`record`] turns pages into lines.
//! `read` uses both, `plan` only the timestamps of `record`. [`audit`] sums what `read` reads.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod discover;
mod ledger;
pub(crate) mod plan;
pub(crate) mod read;
pub(crate) mod record;
mod results;
mod webhooks;
