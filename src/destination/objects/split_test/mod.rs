//! Split tests as rows: begun once, moved, ended, promoted.

pub(crate) mod job;
pub(crate) mod object;
pub(crate) mod wish;
