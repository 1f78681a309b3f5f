//! Several authorizations of one app, and which of them sees which advertiser.
//!
//! Each member of a team may see some accounts. TikTok's lists tell which. Where a list is missing, the client tries
//! one authorization after the other: a refused request changes nothing at TikTok.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::token::Authorization;
use crate::error::{Error, Kind, Result};
use crate::lock::lock;

/// All authorizations of a run, in the order of the config.
#[derive(Default)]
pub(crate) struct Authorizations {
    all: Vec<Arc<Authorization>>,
    candidates: Mutex<HashMap<String, Candidates>>,
}

/// The authorizations that see an advertiser.
#[derive(Default)]
struct Candidates {
    /// The most certain one first.
    order: Vec<usize>,
    /// Whether TikTok listed them. If not, others may see the advertiser too.
    listed: bool,
}

impl Authorizations {
    #[must_use]
    pub(crate) fn new(all: Vec<Authorization>) -> Self {
        Self { all: all.into_iter().map(Arc::new).collect(), candidates: Mutex::default() }
    }

    #[must_use]
    pub(crate) fn get(&self, number: usize) -> Option<&Arc<Authorization>> {
        self.all.get(number)
    }

    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// Records that TikTok lists the advertiser for an authorization.
    pub(crate) fn record_listed(&self, advertiser: &str, number: usize) {
        self.update(advertiser, |candidates| {
            candidates.listed = true;
            if !candidates.order.contains(&number) {
                candidates.order.push(number);
            }
        });
    }

    /// Records that a call about the advertiser succeeded.
    pub(crate) fn record_success(&self, advertiser: &str, number: usize) {
        self.update(advertiser, |candidates| {
            if candidates.order.first() != Some(&number) {
                candidates.order.retain(|other| *other != number);
                candidates.order.insert(0, number);
            }
        });
    }

    fn update(&self, advertiser: &str, change: impl FnOnce(&mut Candidates)) {
        if self.all.len() > 1 {
            let mut candidates = lock(&self.candidates);
            change(candidates.entry(advertiser.to_owned()).or_default());
        }
    }

    /// The authorizations to try for the advertiser, in order.
    #[must_use]
    pub(crate) fn candidates(&self, advertiser: Option<&str>) -> Vec<usize> {
        let Some(advertiser) = advertiser.filter(|_| self.all.len() > 1) else { return vec![0] };
        let candidates = lock(&self.candidates);
        let known = candidates.get(advertiser);
        let mut order = known.map(|known| known.order.clone()).unwrap_or_default();
        if !known.is_some_and(|known| known.listed) {
            let others = (0..self.all.len()).filter(|number| !order.contains(number));
            order.extend(others.collect::<Vec<_>>());
        }
        order
    }
}

/// Whether another authorization may try next, because this one is dead or may not access the advertiser.
fn another_may_try(error: &Error) -> bool {
    matches!(error.kind(), Kind::Token | Kind::Permission | Kind::Gone | Kind::Config)
}

/// Collects the answers of several authorizations to one question. A refused request changes nothing at TikTok, so the
/// next authorization may try. If all are refused, the first refusal is the error.
pub(crate) struct Answers<T> {
    pub given: Vec<T>,
    /// The first refusal.
    pub refused: Option<Error>,
}

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self { given: Vec::new(), refused: None }
    }
}

impl<T> Answers<T> {
    /// Adds one authorization's answer and returns whether it succeeded. Fails with an error that no other
    /// authorization can avoid.
    pub(crate) fn take(&mut self, answer: Result<T>) -> Result<bool> {
        match answer {
            Ok(answer) => {
                self.given.push(answer);
                Ok(true)
            }
            Err(error) if another_may_try(&error) => {
                self.refused = self.refused.take().or(Some(error));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Fails with the first refusal if no authorization succeeded.
    pub(crate) fn or_refused(self) -> Result<Self> {
        match self.refused {
            Some(error) if self.given.is_empty() => Err(error),
            _ => Ok(self),
        }
    }

    /// The first answer.
    pub(super) fn first(self) -> Result<T> {
        let first = self.or_refused()?.given.into_iter().next();
        first.ok_or_else(|| Error::config("There is no authorization"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiktok::token::{Tokens, expiry::Times};

    fn of(count: usize) -> Authorizations {
        let tokens = || Tokens { access: "t".into(), refresh: None, times: Times::default() };
        Authorizations::new((0..count).map(|number| Authorization::new(number, tokens(), None)).collect())
    }

    #[test]
    fn one_is_always_asked() {
        assert_eq!(of(1).candidates(Some("1")), [0]);
        assert_eq!(of(0).candidates(None), [0]);
    }

    #[test]
    fn lists_come_before_guesses_and_passing_before_lists() {
        let all = of(3);
        assert_eq!(all.candidates(Some("1")), [0, 1, 2]);
        all.record_listed("1", 1);
        all.record_listed("1", 2);
        all.record_listed("1", 2);
        assert_eq!(all.candidates(Some("1")), [1, 2]);
        all.record_success("1", 2);
        assert_eq!(all.candidates(Some("1")), [2, 1]);
        all.record_success("7", 0);
        all.record_success("8", 2);
        assert_eq!(all.candidates(Some("8")), [2, 0, 1]);
        assert_eq!(all.candidates(Some("7")), [0, 1, 2]);
        assert_eq!(all.candidates(None), [0]);
    }
}
