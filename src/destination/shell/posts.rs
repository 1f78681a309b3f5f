//! A batch of posts, and their items: what TikTok takes or refuses whole.

use std::ops::Range;

use super::lane::Batch;
use super::targets::Part;
use crate::error::Error;
use crate::tiktok::endpoint::Endpoint;

/// A batch of posts, each of which TikTok takes or refuses whole.
pub(crate) trait Posts: Batch {
    /// What is posted, one after another.
    fn posts(&self) -> Vec<Box<dyn Items + '_>>;

    /// Whether what TikTok refuses so is the records' own fault and nobody else's.
    fn is_to_blame(&self, _error: &Error) -> bool {
        false
    }

    /// Records that another record of the batch spoke for, each with that other: they share its fate.
    fn followers(&self) -> Vec<(usize, usize)> {
        Vec::new()
    }
}

/// Items of one POST. Any range of them can be posted alone.
pub(crate) trait Items: Send + Sync {
    fn endpoint(&self) -> &'static Endpoint;

    fn count(&self) -> usize;

    /// The request for some of them.
    fn body(&self, range: Range<usize>) -> Vec<u8>;

    /// Which record of the batch an item came from.
    fn record(&self, item: usize) -> usize;

    /// Whom it goes to, an advertiser or an event source: of several tokens, one that may write there is taken.
    fn target(&self) -> &str;

    /// The same as no other target of the run is called.
    fn whole(&self) -> String;

    /// Which part of the target an item goes to; items of one part stand together.
    fn part(&self, item: usize) -> Part;

    /// Adds where it happened to a refusal.
    fn tell_where(&self, error: Error) -> Error;

    /// Whether a refusal speaks of where items go and not of an item.
    fn is_about_target(&self, part: Part, message: &str) -> bool;

    /// Says in a refusal which target takes nothing: a part, or all of it.
    fn blame(&self, part: Option<Part>, error: Error) -> Error;

    /// A request that asks a part whether it takes anything, and changes nothing. `None` = there is no such request.
    fn probe(&self, _part: Part) -> Option<Vec<u8>> {
        None
    }

    /// Ids of targets, which may be told.
    fn known(&self) -> Vec<&str>;
}
