//! What a run that did not bring everything says: one error a stream, in the order that makes a platform do
//! the right thing. What streams have in common is told once, by the first of them; a last word names all. Pure.

use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::streams;
use crate::words::{self, counted};

/// What failed of one stream.
#[derive(Debug)]
pub(crate) struct Failed {
    pub stream: Arc<str>,
    /// One error per advertiser (or batch of them) that could not be read whole.
    pub errors: Vec<Error>,
    pub partitions: usize,
}

/// How much trying again may help: a platform retries a run unless its earliest error says that only the
/// user can mend it, so what passes must come first.
fn retry_rank(kind: Kind) -> u8 {
    match kind {
        kind if kind.is_temporary() || kind == Kind::Drift => 0,
        kind if kind.is_users() => 2,
        _ => 1,
    }
}

/// Reasons that the message of a stream tells, and advertisers that each names; the rest stands in the details.
const TOLD_MAX: usize = 10;

/// What a failed run says.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// An error a stream, the most hopeful first, else in the order of the table of streams.
    pub streams: Vec<(Arc<str>, Error)>,
    /// The last word: which failed; where one cause failed them all, the first error says it.
    pub all: Option<Error>,
}

/// Things that share what is said of them, in the order in which they came.
#[derive(Default)]
struct Groups(Vec<(String, Vec<String>)>);

impl Groups {
    fn add(&mut self, said: String, of: Option<String>) {
        match self.0.iter_mut().find(|(known, _)| *known == said) {
            Some((_, all)) => all.extend(of),
            None => self.0.push((said, of.into_iter().collect())),
        }
    }

    /// `a, b: said; c: said`
    fn told(&self, name: impl Fn(&[String]) -> String) -> String {
        let one = |(said, of): &(String, Vec<String>)| match of.as_slice() {
            [] => said.clone(),
            of => format!("{}: {said}", name(of)),
        };
        words::statements(&self.0.iter().map(one).collect::<Vec<_>>(), TOLD_MAX)
    }
}

/// `advertiser 1`, `advertisers 1, 2`
fn named(ids: &[String]) -> String {
    format!("advertiser{} {}", if ids.len() == 1 { "" } else { "s" }, words::some(ids, TOLD_MAX))
}

impl Failed {
    /// Why, the most hopeful first.
    fn reasons(&self) -> String {
        let mut groups = Groups::default();
        for error in &self.errors {
            groups.add(error.message().to_owned(), error.context("advertiser_id").map(str::to_owned));
        }
        let every = self.partitions;
        groups.told(|ids| match ids.len() {
            count if count > 1 && count == every => "every advertiser".to_owned(),
            _ => named(ids),
        })
    }

    /// The most hopeful first; else in one order whichever failed first.
    fn sort(&mut self) {
        let whose = |error: &Error| error.context("advertiser_id").map(str::to_owned);
        self.errors.sort_by_cached_key(|error| (retry_rank(error.kind()), whose(error)));
    }

    /// `Stream … could not be read whole`, and how much of it.
    fn extent(&self) -> String {
        let (count, partitions) = (self.errors.len(), self.partitions);
        let extent = if partitions > 1 { format!(" for {count} of {partitions} advertisers") } else { String::new() };
        format!("Stream `{}` could not be read whole{extent}", self.stream)
    }

    /// Whom it happened to, where that is known.
    fn whom(&self) -> String {
        let ids = self.errors.iter().filter_map(|error| error.context("advertiser_id"));
        let ids: Vec<String> = ids.map(str::to_owned).collect();
        if ids.is_empty() { String::new() } else { format!(" ({})", named(&ids)) }
    }

    /// The error of the whole stream, told whole, and for `others` that failed for the same reasons.
    fn whole(&self, others: &[Arc<str>]) -> Error {
        let others: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
        let likewise = if others.is_empty() { String::new() } else { format!("; nor could {}", others.join(", ")) };
        let advice = self.errors.first().and_then(Error::advice).map(str::to_owned);
        let error = self.error(format!("{}: {}{likewise}", self.extent(), self.reasons()));
        advice.into_iter().fold(error, Error::advise)
    }

    /// The error of a stream that failed as `first` did, whose error says what to do.
    fn likewise(&self, first: &str) -> Error {
        self.error(format!("{} for the same reason as `{first}`{}", self.extent(), self.whom()))
    }

    /// The most hopeful failure decides what the platform does.
    fn error(&self, message: String) -> Error {
        let whose = |error: &Error| error.context("advertiser_id").map_or_else(String::new, |id| format!("{id}: "));
        let all: Vec<String> = self.errors.iter().map(|error| format!("{}{}", whose(error), error.message())).collect();
        let Some(first) = self.errors.first() else { return Error::new(Kind::Unexpected, message) };
        Error::new(first.kind(), message).with("failures", all.join(" | ")).with("first", first.details())
    }
}

/// The verdict on what failed.
#[must_use]
pub(crate) fn verdict(mut failed: Vec<Failed>) -> Verdict {
    let place = |name| streams::all().iter().position(|stream| stream.name == name);
    // Custom reports stand in no table and come last.
    failed.sort_by_key(|failed| place(failed.stream.clone()).unwrap_or(usize::MAX));
    failed.iter_mut().for_each(Failed::sort);
    failed.sort_by_key(|failed| failed.errors.first().map(|error| retry_rank(error.kind())));
    let mut groups: Vec<(String, Vec<Arc<str>>)> = Vec::new();
    for one in &failed {
        let reasons = one.reasons();
        match groups.iter_mut().find(|(known, _)| *known == reasons) {
            Some((_, streams)) => streams.push(one.stream.clone()),
            None => groups.push((reasons, vec![one.stream.clone()])),
        }
    }
    let told = |one: Failed| {
        let stream = one.stream.clone();
        let group = groups.iter().find(|(_, streams)| streams.contains(&stream)).map(|(_, streams)| streams.as_slice());
        let error = match group {
            Some([first, others @ ..]) if *first == stream => one.whole(others),
            Some([first, ..]) => one.likewise(first),
            _ => one.whole(&[]),
        };
        (stream, error)
    };
    let streams: Vec<_> = failed.into_iter().map(told).collect();
    let all = streams.first().filter(|_| groups.len() > 1).map(|(_, first)| last_word(first, &streams, groups.len()));
    Verdict { streams, all }
}

/// Which streams failed; why, was told for each cause.
fn last_word(first: &Error, streams: &[(Arc<str>, Error)], causes: usize) -> Error {
    let names: Vec<String> = streams.iter().map(|(name, _)| format!("`{name}`")).collect();
    let what = format!(
        "{} could not be read whole, for {causes} reasons that were told before: {}",
        counted(streams.len(), "stream"),
        names.join(", ")
    );
    let all = Error::new(first.kind(), what);
    match first.advice() {
        Some(advice) => all.advise(advice),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::LimitScope;

    fn error(kind: Kind, advertiser: &str) -> Error {
        Error::new(kind, format!("{kind:?}")).with("advertiser_id", advertiser).advise("Do it.")
    }

    #[test]
    fn what_passes_comes_before_what_the_user_must_mend() {
        let failed =
            |stream: &str, kind| Failed { stream: stream.into(), errors: vec![error(kind, "1")], partitions: 1 };
        let order: Vec<_> = verdict(vec![
            failed("a", Kind::Permission),
            failed("b", Kind::Unexpected),
            failed("c", Kind::Throttled(LimitScope::App)),
            failed("d", Kind::Token),
        ])
        .streams
        .into_iter()
        .map(|(stream, _)| stream)
        .collect();
        assert_eq!(order.iter().map(|name| &**name).collect::<Vec<_>>(), ["c", "b", "a", "d"]);
    }

    fn failed(stream: &str, kinds: &[(Kind, &str)]) -> Failed {
        let errors = kinds.iter().map(|(kind, advertiser)| error(*kind, advertiser)).collect();
        Failed { stream: stream.into(), errors, partitions: 5 }
    }

    #[test]
    fn a_stream_names_everyone_who_failed() {
        let said = verdict(vec![failed("ads", &[(Kind::Permission, "1"), (Kind::Unavailable, "2")])]);
        let (_, told) = said.streams.into_iter().next().unwrap();
        assert_eq!(told.kind(), Kind::Unavailable);
        assert_eq!(
            told.to_string(),
            "Stream `ads` could not be read whole for 2 of 5 advertisers: advertiser 2: Unavailable; advertiser 1: Permission. Do it."
        );
        assert!(told.details().contains("1: Permission"), "{}", told.details());
    }

    #[test]
    fn every_cause_is_told_once_and_every_stream_is_named() {
        let forbidden = [(Kind::Permission, "1"), (Kind::Permission, "2")];
        let told = |all: Vec<Failed>| {
            let Verdict { streams, all } = verdict(all);
            let last = all.into_iter().map(|error| ("last word".into(), error));
            let lines = streams
                .into_iter()
                .chain(last)
                .map(|(name, error): (Arc<str>, Error)| format!("{name} {:?}: {}", error.kind(), error.message()));
            lines.collect::<Vec<_>>().join("\n")
        };
        let cases = [
            ("one stream", told(vec![failed("ads", &forbidden)])),
            (
                "one cause",
                told(vec![failed("ads", &forbidden), failed("pixels", &forbidden), failed("campaigns", &forbidden)]),
            ),
            ("two streams", told(vec![failed("ads", &forbidden), failed("pixels", &forbidden)])),
            (
                "two causes",
                told(vec![
                    failed("ads", &forbidden),
                    failed("mine", &[(Kind::Timeout, "1")]),
                    failed("pixels", &forbidden),
                ]),
            ),
        ];
        let all: Vec<String> = cases.iter().map(|(name, told)| format!("{name}\n{told}")).collect();
        insta::assert_snapshot!(all.join("\n\n"));
    }
}
