//! What a run says of streams that were not written whole: one error a stream, in the order that makes a platform do
//! the right thing. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ledger::StreamAt;
use super::streams::StreamName;
use crate::error::{Error, Kind};
use crate::words;

/// Reasons that the message of a stream tells; the rest is counted.
const TOLD_MAX: usize = 10;

/// Why streams failed: each reason once, in the order in which they came.
#[derive(Default)]
pub(crate) struct Failed(BTreeMap<StreamAt, (StreamName, Vec<Arc<Error>>)>);

impl Failed {
    pub(crate) fn add(&mut self, at: StreamAt, stream: &StreamName, error: Arc<Error>) {
        let (_, errors) = self.0.entry(at).or_insert_with(|| (stream.clone(), Vec::new()));
        if !errors.iter().any(|known| Arc::ptr_eq(known, &error)) {
            errors.push(error);
        }
    }

    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An error a stream, the most hopeful first: a platform retries a run unless its earliest error says that only
    /// the user can mend it.
    #[must_use]
    pub(crate) fn told(&self) -> Vec<(&StreamName, Error)> {
        let mut told: Vec<(&StreamName, Error)> =
            self.0.values().filter_map(|(stream, errors)| Some((stream, whole(stream, errors)?))).collect();
        told.sort_by_key(|(_, error)| retry_rank(error.kind()));
        told
    }
}

/// Whether a failure is hardly one target's own.
pub(super) fn is_everybodys(kind: Kind) -> bool {
    kind.is_temporary() || kind == Kind::Token
}

/// How little trying again helps.
fn retry_rank(kind: Kind) -> u8 {
    match kind {
        kind if kind.is_temporary() => 0,
        kind if kind.is_users() => 2,
        _ => 1,
    }
}

/// The error of a whole stream: the one there is, or the most hopeful one with what is told of all.
fn whole(stream: &StreamName, errors: &[Arc<Error>]) -> Option<Error> {
    let mut errors: Vec<&Error> = errors.iter().map(|error| &**error).collect();
    errors.sort_by_key(|error| retry_rank(error.kind()));
    let first = errors.first()?;
    if errors.len() == 1 {
        return Some(first.reworded(str::to_owned).with("stream", stream));
    }
    let mut reasons: Vec<&str> = errors.iter().map(|error| error.message()).collect();
    reasons.dedup();
    let reasons = words::statements(&reasons, TOLD_MAX);
    let message = format!("Stream `{stream}` could not be written whole: {reasons}");
    let error = Error::new(first.kind(), message).with("first", first.details());
    Some(match first.advice() {
        Some(advice) => error.advise(advice),
        None => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str) -> StreamName {
        StreamName { name: name.to_owned(), namespace: Some("n".to_owned()) }
    }

    #[test]
    fn the_most_hopeful_comes_first_and_each_reason_once() {
        let gone = Arc::new(Error::config("The audience is gone").advise("Name another one."));
        let down = Arc::new(Error::new(Kind::Network, "No answer"));
        let mut failed = Failed::default();
        for error in [&gone, &gone, &down] {
            failed.add(7, &stream("seven"), error.clone());
        }
        failed.add(3, &stream("three"), gone.clone());
        let told = failed.told();
        let told: Vec<_> = told.iter().map(|(_, error)| (error.kind(), error.to_string())).collect();
        assert_eq!(
            told,
            [
                (
                    Kind::Network,
                    "Stream `n.seven` could not be written whole: No answer; The audience is gone.".to_owned()
                ),
                (Kind::Config, "The audience is gone. Name another one.".to_owned()),
            ]
        );
    }
}
