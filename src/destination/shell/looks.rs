//! When to look for what may have been made although its answer was lost: lists show new objects late
//! (docs/tiktok-api.md 7.1) [?].

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Kind, Result};
use crate::tiktok::requester::may_be_done;
use crate::waits;

/// From the request on.
pub(crate) const LOOKS: [Duration; 5] =
    [Duration::ZERO, Duration::from_secs(10), Duration::from_secs(15), Duration::from_secs(30), LISTED_AFTER];

/// By then lists show it.
pub(crate) const LISTED_AFTER: Duration = Duration::from_secs(60);

/// What is said of a change whose answer is lost.
pub(crate) struct Lost {
    /// While it is looked for.
    pub waiting: String,
    /// When nobody knows in the end.
    pub unknown: String,
}

/// Sends a change until it is done. Whoever lost an answer looks before it sends again, which changes nothing twice.
pub(crate) async fn until_done<S, D>(said: Lost, send: impl Fn() -> S, is_done: impl Fn() -> D) -> Result<()>
where
    S: Future<Output = Result<()>>,
    D: Future<Output = Result<bool>>,
{
    let start = Instant::now();
    let mut lost = match send().await {
        Err(error) if may_be_done(&error) => error,
        other => return other,
    };
    let waiting = waits::piece(said.waiting);
    for time in LOOKS {
        waiting.sleep_until(waits::State::Retrying, start + time).await;
        match is_done().await {
            Ok(true) => return Ok(()),
            Ok(false) => match send().await {
                Err(error) if may_be_done(&error) => lost = error,
                other => return other,
            },
            Err(error) => lost = error,
        }
    }
    let advice = "Run the sync again: it looks before it changes anything.";
    Err(Error::new(Kind::Network, said.unknown).advise(advice).because(lost))
}
