//! Streams out of files that this program keeps, without TikTok.

mod call_backs;
mod files;
mod leads;
mod ledger;
mod results;
mod spool;

use futures::future::FutureExt;

use self::files::Files;
pub(super) use self::files::Opening;
use self::leads::Leads;
use self::ledger::Audiences;
use self::spool::Events;
use super::stream_progress::no_cursor;
use crate::config::SourceConfig;
use crate::error::Result;
use crate::protocol::state::States;
use crate::streams::{Kept, StreamDef};
use crate::written::Written;

/// Whether the config says where they are.
pub(super) fn is_set(kept: Kept, config: &SourceConfig) -> bool {
    match kept {
        Kept::Spool => Events::is_set(config),
        Kept::Leads => Leads::is_set(config),
        Kept::Ledger => Audiences::is_set(config),
        Kept::Results => Written::is_set(config),
    }
}

/// A stream that another shard reads: its state stays as it is.
pub(super) fn elsewhere(stream: &StreamDef, states: &States) -> Opening {
    let state = states.get(&*stream.name).cloned().unwrap_or_else(no_cursor);
    Box::new(move |emitter, _| {
        emitter.finish(&state, true);
        std::future::ready(None).boxed()
    })
}

/// Opens a stream at the place where an earlier run ended.
pub(super) fn open(
    stream: &StreamDef,
    kept: Kept,
    config: &SourceConfig,
    states: &States,
    is_alone: bool,
) -> Result<Opening> {
    match kept {
        Kept::Spool => files::open::<Events>(stream, config, states, is_alone),
        Kept::Leads => files::open::<Leads>(stream, config, states, is_alone),
        Kept::Ledger => files::open::<Audiences>(stream, config, states, is_alone),
        Kept::Results => files::open::<Written>(stream, config, states, is_alone),
    }
}
