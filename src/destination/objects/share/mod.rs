//! Audiences that are shared with other advertisers, a row each: shared once, and taken back when a row says so.

pub(crate) mod job;
pub(crate) mod object;
mod shared;
pub(crate) mod wish;
