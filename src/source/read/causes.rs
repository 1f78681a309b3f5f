//! One cause, one WARN: an advertiser that is dead fails in every stream, a permission that is missing for every
//! advertiser. What comes again is counted, and named in the verdict.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::error::{Error, Kind};
use crate::lock::lock;

/// What failures have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Cause {
    /// The advertiser itself.
    Advertiser(String, Kind),
    /// Whatever the message says, whoever it happens to.
    Message(String),
}

impl Cause {
    /// A message that names the advertiser is about it alone.
    fn of(error: &Error) -> Self {
        match error.context("advertiser_id").filter(|id| error.kind() == Kind::Gone || error.message().contains(id)) {
            Some(id) => Self::Advertiser(id.to_owned(), error.kind()),
            None => Self::Message(error.message().to_owned()),
        }
    }
}

/// The causes of a run, and how often each failed something.
#[derive(Debug)]
pub(crate) struct Causes {
    seen: Mutex<HashMap<Cause, u64>>,
    /// The run is about all advertisers that the token sees, so nobody misses one that is gone.
    all_meant: bool,
    /// Other runs read the other advertisers, so of those of this run all may be gone.
    is_part: bool,
}

impl Causes {
    #[must_use]
    pub(crate) fn new(all_meant: bool) -> Self {
        Self { seen: Mutex::default(), all_meant, is_part: false }
    }

    /// Those of one run of several.
    #[must_use]
    pub(crate) fn of_part(self, is_part: bool) -> Self {
        Self { is_part, ..self }
    }

    /// Whether it is a fault that all advertisers are gone.
    #[must_use]
    pub(crate) fn misses_all(&self) -> bool {
        !self.is_part
    }

    /// Counts a failure; whether its cause is new.
    pub(crate) fn is_new(&self, error: &Error) -> bool {
        let mut seen = lock(&self.seen);
        let count = seen.entry(Cause::of(error)).or_default();
        *count += 1;
        *count == 1
    }

    /// Whether the failure spoils nothing: an advertiser that nobody asked for is no more.
    #[must_use]
    pub(crate) fn forgives(&self, error: &Error) -> bool {
        self.all_meant && error.kind() == Kind::Gone && error.context("advertiser_id").is_some()
    }

    /// Tells, once a cause, that a stream goes on without what failed.
    pub(crate) fn tell(&self, stream: &str, is_advertisers: bool, error: &Error) {
        if !self.is_new(error) {
            tracing::debug!("Stream `{stream}`: {}", error.message());
            return;
        }
        let advertiser = error.context("advertiser_id");
        match advertiser {
            Some(id) if self.forgives(error) => {
                tracing::warn!("Advertiser {id} is gone, so it is left out: {}", error.message());
            }
            Some(id) => tracing::warn!(
                "Stream `{stream}` goes on without advertiser {id}; what fails for the same reason is only counted. {error}"
            ),
            None if is_advertisers => tracing::warn!("Stream `{stream}` goes on without some advertisers. {error}"),
            None => tracing::warn!("Stream `{stream}` goes on without what failed. {error}"),
        }
    }
}

/// Whether two failures have their cause in common.
pub(super) fn same(one: &Error, other: &Error) -> bool {
    Cause::of(one) == Cause::of(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_an_advertiser_or_what_is_said_of_many() {
        let error = |kind, message: &str, id: &str| Error::new(kind, message).with("advertiser_id", id);
        let causes = Causes::new(false);
        for (error, new) in [
            (error(Kind::Permission, "No permission to operate advertiser: 7", "7"), true),
            (error(Kind::Permission, "Advertiser 7 may not be seen", "7"), false),
            (error(Kind::Unavailable, "Advertiser 7 is busy", "7"), true),
            (error(Kind::Permission, "No permission to operate advertiser: 8", "8"), true),
            (error(Kind::Permission, "The scope is missing", "7"), true),
            (error(Kind::Permission, "The scope is missing", "8"), false),
            (Error::new(Kind::Permission, "The scope is missing"), false),
        ] {
            assert_eq!(causes.is_new(&error), new, "{error:?}");
        }
    }

    #[test]
    fn only_who_is_gone_and_not_asked_for_is_forgiven() {
        let error = |kind| Error::new(kind, "x").with("advertiser_id", "7");
        assert!(Causes::new(true).forgives(&error(Kind::Gone)));
        assert!(!Causes::new(false).forgives(&error(Kind::Gone)));
        assert!(!Causes::new(true).forgives(&error(Kind::Permission)));
        assert!(!Causes::new(true).forgives(&Error::new(Kind::Gone, "x")));
    }
}
