//! Lookalike audiences as rows: made once, refreshed when a row says so.

pub(crate) mod job;
pub(crate) mod listing;
mod maker;
pub(crate) mod object;
pub(crate) mod wish;
