//! What a run that did not bring everything says: one error a stream, in the order that makes a platform do
//! the right thing. Pure.

use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::streams;

/// What failed of one stream.
#[derive(Debug)]
pub struct Failed {
    pub stream: Arc<str>,
    /// One error per advertiser (or batch of them) that could not be read whole.
    pub errors: Vec<Error>,
    pub partitions: usize,
}

/// How much trying again may help: a platform retries a run unless its earliest error says that only the
/// user can mend it (airbyte.md 3.4), so what passes must come first.
fn hope(kind: Kind) -> u8 {
    match kind {
        kind if kind.is_temporary() || kind == Kind::Drift => 0,
        kind if kind.is_users() => 2,
        _ => 1,
    }
}

impl Failed {
    /// The error of the whole stream: the most hopeful one speaks, and tells how many there are.
    #[must_use]
    pub fn into_error(self) -> Error {
        let Self { stream, mut errors, partitions } = self;
        errors.sort_by_key(|error| hope(error.kind()));
        let count = errors.len();
        let others: Vec<String> = errors.iter().map(|error| format!("{}{}", whose(error), error.message())).collect();
        let Some(first) = errors.into_iter().next() else { return Error::new(Kind::Unexpected, "Nothing failed") };
        let extent = if partitions > 1 { format!(" for {count} of {partitions} advertisers") } else { String::new() };
        let error = Error::new(
            first.kind(),
            format!("Stream `{stream}` could not be read whole{extent}: {}{}", whose(&first), first.message()),
        )
        .with("failures", others.join(" | "))
        .with("first", first.details());
        match first.advice() {
            Some(advice) => error.advise(advice),
            None => error,
        }
    }
}

fn whose(error: &Error) -> String {
    error.context("advertiser_id").map_or_else(String::new, |id| format!("advertiser {id}: "))
}

/// The errors of all streams, the most hopeful first, else in the order of the table of streams.
#[must_use]
pub fn sorted(mut failed: Vec<Failed>) -> Vec<(Arc<str>, Error)> {
    let place = |name| streams::all().iter().position(|stream| stream.name == name);
    // Custom reports stand in no table and come last.
    failed.sort_by_key(|failed| place(failed.stream.clone()).unwrap_or(usize::MAX));
    let mut errors: Vec<_> = failed.into_iter().map(|failed| (failed.stream.clone(), failed.into_error())).collect();
    errors.sort_by_key(|(_, error)| hope(error.kind()));
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Scope;

    fn error(kind: Kind, advertiser: &str) -> Error {
        Error::new(kind, format!("{kind:?}")).with("advertiser_id", advertiser).advise("Do it.")
    }

    #[test]
    fn what_passes_comes_before_what_the_user_must_mend() {
        let failed =
            |stream: &str, kind| Failed { stream: stream.into(), errors: vec![error(kind, "1")], partitions: 1 };
        let order: Vec<_> = sorted(vec![
            failed("a", Kind::Permission),
            failed("b", Kind::Unexpected),
            failed("c", Kind::Throttled(Scope::App)),
            failed("d", Kind::Token),
        ])
        .into_iter()
        .map(|(stream, _)| stream)
        .collect();
        assert_eq!(order.iter().map(|name| &**name).collect::<Vec<_>>(), ["c", "b", "a", "d"]);
    }

    #[test]
    fn a_stream_names_everyone_who_failed() {
        let failed = Failed {
            stream: "ads".into(),
            errors: vec![error(Kind::Permission, "1"), error(Kind::Unavailable, "2")],
            partitions: 5,
        };
        let told = failed.into_error();
        assert_eq!(told.kind(), Kind::Unavailable);
        assert_eq!(
            told.to_string(),
            "Stream `ads` could not be read whole for 2 of 5 advertisers: advertiser 2: Unavailable. Do it."
        );
        assert!(told.details().contains("advertiser 1: Permission"), "{}", told.details());
    }
}
