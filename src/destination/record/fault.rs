//! Why a row as a whole goes nowhere.

use std::borrow::Cow;

use super::columns::Given;
use crate::identity::Reject;

/// A refusal of a row, or of one of its fields. It never quotes the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub field: Option<&'static str>,
    /// A word for programs, such as `invalid_email`.
    pub reason: &'static str,
    /// A sentence for people.
    pub message: Cow<'static, str>,
}

impl Fault {
    #[must_use]
    pub(crate) const fn new(field: Option<&'static str>, reason: &'static str, message: &'static str) -> Self {
        Self { field, reason, message: Cow::Borrowed(message) }
    }

    /// A field that holds no usable identifier.
    #[must_use]
    pub(crate) fn identifier(field: &'static str, reject: Reject) -> Self {
        Self::new(Some(field), reject.code(), reject.advice())
    }

    /// A value that is not the one text or number that a field wants.
    #[must_use]
    pub(crate) fn of_form(field: &'static str, given: &Given<'_>) -> Self {
        match given {
            Given::Broken => Self::identifier(field, Reject::InvalidText),
            Given::Json(_) => {
                Self::new(Some(field), "invalid_value", "The value is an object or a list where one value is wanted.")
            }
            _ => Self::new(Some(field), "invalid_value", "The value is true or false where a word or an id is wanted."),
        }
    }

    /// TikTok's own refusal.
    #[must_use]
    pub(crate) fn refused(message: String) -> Self {
        Self { field: None, reason: "refused_by_tiktok", message: message.into() }
    }
}

impl Fault {
    /// Whether the row itself asks not to be sent, so that nothing is wrong with it or with the sync.
    #[must_use]
    pub(crate) fn is_wish(&self) -> bool {
        self.reason == DELETED.reason
    }
}

/// An audience that the row names wrongly.
#[must_use]
pub(crate) fn unknown_audience(why: String) -> Fault {
    Fault { field: None, reason: "unknown_audience", message: why.into() }
}

/// An event's row that the source deleted.
pub(crate) const DELETED: Fault =
    Fault::new(None, "row_deleted", "The row is deleted, and events are not taken back: nothing is sent for it.");

/// A row of a file or a test that the source deleted.
pub(crate) const DELETED_MAKES_NOTHING: Fault =
    Fault::new(None, "row_deleted", "The row is deleted: nothing is made for it, and what was made stays.");

/// A record that is no object.
pub(crate) const NO_RECORD: Fault = Fault::new(None, "invalid_record", "The record's data is no object.");
