//! A batch of posts, and their items: what TikTok takes or refuses whole.

use std::ops::Range;

use futures::future::BoxFuture;
use serde_json::Value;

use super::lane::Batch;
use super::targets::Part;
use crate::error::{Error, Result};
use crate::tiktok::Client;
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

    /// What TikTok made of some items, such as an id, by their places, from the `data` of an answer. `None` = nothing is
    /// read of an answer but its code.
    fn made(&self) -> Option<&dyn ReadMade> {
        None
    }

    /// Looks whether TikTok has some items whose answer was lost. `None` = nobody can tell, or sending them twice does
    /// no harm. `Ok` holds what was made of them, as in an answer; an error is theirs.
    fn settle_unknown<'a>(&'a self, _client: &'a Client, _range: Range<usize>) -> Option<BoxFuture<'a, Result<Made>>> {
        None
    }

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

    /// Ids of targets, which may be told.
    fn known(&self) -> Vec<&str>;
}

/// What TikTok made of items, by their places.
pub(crate) type Made = Vec<(usize, Value)>;

/// Reads what an answer says that was made.
pub(crate) trait ReadMade: Send + Sync {
    fn read(&self, range: Range<usize>, data: &Value) -> Made;
}
