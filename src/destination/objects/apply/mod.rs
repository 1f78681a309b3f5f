//! Audiences that are connected to ad groups, a row each: connected once, and disconnected when a row says so.

pub(crate) mod job;
pub(crate) mod object;
mod plan;
mod state;
pub(crate) mod wish;
