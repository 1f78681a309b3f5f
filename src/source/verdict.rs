//! What a run that did not bring everything says: one error a stream, in the order that makes a platform do
//! the right thing, and a last word on all of them. Pure.

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

/// Reasons that the message of a stream tells, and advertisers that each names; the rest stands in the details.
const TOLD_MAX: usize = 10;

/// What a failed run says.
#[derive(Debug)]
pub struct Verdict {
    /// An error a stream, the most hopeful first, else in the order of the table of streams.
    pub streams: Vec<(Arc<str>, Error)>,
    /// The last word: which failed, and why; where one stream failed alone, its own error says it.
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

    /// `a, b: said; c: said`, no more of these than `most`
    fn told(&self, most: usize, name: impl Fn(&[String]) -> String) -> String {
        let one = |(said, of): &(String, Vec<String>)| match of.as_slice() {
            [] => said.clone(),
            of => format!("{}: {said}", name(of)),
        };
        shortened(&self.0.iter().map(one).collect::<Vec<_>>(), most, "; ")
    }
}

fn shortened(all: &[String], most: usize, between: &str) -> String {
    let told = all.iter().take(most).cloned().collect::<Vec<_>>().join(between);
    match all.len().saturating_sub(most) {
        0 => told,
        more => format!("{told}{between}and {more} more"),
    }
}

impl Failed {
    /// Why, the most hopeful first.
    fn reasons(&self) -> String {
        let mut groups = Groups::default();
        for error in &self.errors {
            groups.add(error.message().to_owned(), error.context("advertiser_id").map(str::to_owned));
        }
        let every = self.partitions;
        groups.told(TOLD_MAX, |ids| match ids.len() {
            count if count > 1 && count == every => "every advertiser".to_owned(),
            _ => format!("advertiser {}", shortened(ids, TOLD_MAX, ", ")),
        })
    }

    /// The most hopeful first; else in one order whichever failed first.
    fn sort(&mut self) {
        let whose = |error: &Error| error.context("advertiser_id").map(str::to_owned);
        self.errors.sort_by_cached_key(|error| (hope(error.kind()), whose(error)));
    }

    /// The error of the whole stream: the most hopeful one decides, all are told.
    #[must_use]
    pub fn into_error(mut self) -> Error {
        self.sort();
        let (count, reasons) = (self.errors.len(), self.reasons());
        let Self { stream, errors, partitions } = self;
        let Some(first) = errors.first() else { return Error::new(Kind::Unexpected, "Nothing failed") };
        let extent = if partitions > 1 { format!(" for {count} of {partitions} advertisers") } else { String::new() };
        let whose = |error: &Error| error.context("advertiser_id").map_or_else(String::new, |id| format!("{id}: "));
        let others: Vec<String> = errors.iter().map(|error| format!("{}{}", whose(error), error.message())).collect();
        let error = Error::new(first.kind(), format!("Stream `{stream}` could not be read whole{extent}: {reasons}"))
            .with("failures", others.join(" | "))
            .with("first", first.details());
        match first.advice() {
            Some(advice) => error.advise(advice),
            None => error,
        }
    }
}

/// The verdict on what failed.
#[must_use]
pub fn verdict(mut failed: Vec<Failed>) -> Verdict {
    let place = |name| streams::all().iter().position(|stream| stream.name == name);
    // Custom reports stand in no table and come last.
    failed.sort_by_key(|failed| place(failed.stream.clone()).unwrap_or(usize::MAX));
    failed.iter_mut().for_each(Failed::sort);
    failed.sort_by_key(|failed| failed.errors.first().map(|error| hope(error.kind())));
    let mut reasons = Groups::default();
    failed.iter().for_each(|failed| reasons.add(failed.reasons(), Some(format!("`{}`", failed.stream))));
    let names: Vec<String> = failed.iter().map(|failed| failed.stream.to_string()).collect();
    let streams: Vec<_> = failed.into_iter().map(|failed| (failed.stream.clone(), failed.into_error())).collect();
    let all = streams.first().filter(|_| streams.len() > 1).map(|(_, first)| {
        let told = reasons.told(usize::MAX, |names| names.join(", "));
        let all = Error::new(first.kind(), format!("{} streams could not be read whole. {told}", streams.len()));
        let all = all.with("streams", names.join(", "));
        match first.advice() {
            Some(advice) => all.advise(advice),
            None => all,
        }
    });
    Verdict { streams, all }
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
        let order: Vec<_> = verdict(vec![
            failed("a", Kind::Permission),
            failed("b", Kind::Unexpected),
            failed("c", Kind::Throttled(Scope::App)),
            failed("d", Kind::Token),
        ])
        .streams
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
            "Stream `ads` could not be read whole for 2 of 5 advertisers: advertiser 2: Unavailable; advertiser 1: Permission. Do it."
        );
        assert!(told.details().contains("1: Permission"), "{}", told.details());
    }

    #[test]
    fn the_last_word_names_every_stream_once_and_every_reason_once() {
        let failed = |stream: &str, kinds: &[(Kind, &str)]| Failed {
            stream: stream.into(),
            errors: kinds.iter().map(|(kind, advertiser)| error(*kind, advertiser)).collect(),
            partitions: 5,
        };
        let forbidden = [(Kind::Permission, "1"), (Kind::Permission, "2")];
        let alone = verdict(vec![failed("ads", &forbidden)]);
        assert!(alone.all.is_none());
        let said = verdict(vec![
            failed("ads", &forbidden),
            failed("mine", &[(Kind::Timeout, "1")]),
            failed("pixels", &forbidden),
        ]);
        let all = said.all.unwrap();
        assert_eq!(all.kind(), Kind::Timeout, "what may pass decides");
        assert_eq!(
            all.message(),
            "3 streams could not be read whole. `mine`: advertiser 1: Timeout; `ads`, `pixels`: advertiser 1, 2: Permission"
        );
    }
}
