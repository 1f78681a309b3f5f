//! How a slice ended.

use chrono::NaiveDate;

use crate::error::{Error, Kind, Result};
use crate::source::plan::account::Account;
use crate::source::plan::window::Window;
use crate::source::record::timestamp::Timestamp;

/// A finished or failed slice: which, and the latest change among its rows.
pub(super) struct Done {
    pub(super) partition: usize,
    pub(super) slice: usize,
    pub(super) result: Result<Option<Timestamp>, Broken>,
}

/// What kept a slice from being whole.
pub(super) struct Broken {
    pub(super) error: Error,
    /// The last of its days before which nothing is missing.
    pub(super) whole_until: Option<NaiveDate>,
    /// The slices after it may be had all the same.
    pub(super) goes_on: bool,
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self { error, whole_until: None, goes_on: false }
    }
}

pub(super) fn crashed(panic: tokio::task::JoinError) -> Error {
    Error::new(Kind::Unexpected, "A part of the connector stopped").advise("Please report it.").because(panic)
}

/// What a slice is about, in front of what is said of it.
pub(super) fn place(account: Option<&Account>, window: Option<Window>) -> String {
    let account = account.map(|account| format!("advertiser {}", account.id));
    let days = window.map(|window| match window.start == window.end {
        true => window.start.to_string(),
        false => format!("{} to {}", window.start, window.end),
    });
    let parts: Vec<String> = account.into_iter().chain(days).collect();
    if parts.is_empty() { String::new() } else { format!("{}: ", parts.join(", ")) }
}
