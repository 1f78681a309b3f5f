//! How a slice ended.

use chrono::NaiveDate;

use crate::error::{Error, Kind, Result};
use crate::source::plan::account::Account;
use crate::source::plan::{Ask, Slice};
use crate::source::record::timestamp::Stamp;

/// A finished or failed slice: which, and the latest change among its rows.
pub(super) struct Done {
    pub(super) partition: usize,
    pub(super) slice: usize,
    pub(super) result: Result<Option<Stamp>, Broken>,
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
pub(super) fn place(account: Option<&Account>, slice: &Slice) -> String {
    let account = account.map(|account| format!("advertiser {}", account.id));
    let days = match slice.ask {
        Ask::Window(window) if window.start == window.end => Some(window.start.to_string()),
        Ask::Window(window) => Some(format!("{} to {}", window.start, window.end)),
        _ => None,
    };
    let parts: Vec<String> = account.into_iter().chain(days).collect();
    if parts.is_empty() { String::new() } else { format!("{}: ", parts.join(", ")) }
}
