//! The names of files, and the one that says whom the open generation named.

use super::files::{self, framed};
use super::manifest::Manifest;
use crate::error::Result;
use crate::store::Store;

/// Bytes of a file that are read at once; they fit into a core's own cache.
pub(super) const PART: usize = 1 << 18;

pub(super) fn log_name(epoch: u64, number: u64) -> String {
    format!("log-{epoch}-{number}")
}

pub(super) fn run_name(epoch: u64, number: usize) -> String {
    format!("run-{epoch}-{number}")
}

pub(super) fn note_name(epoch: u64, number: u64) -> String {
    format!("note-{epoch}-{number}")
}

pub(super) fn seen_name(epoch: u64) -> String {
    format!("seen-{epoch}")
}

/// It is there while members are removed at TikTok whom the generation did not name.
pub(super) fn leaving_name(epoch: u64) -> String {
    format!("leaving-{epoch}")
}

pub(super) fn segment_name(epoch: u64, number: usize) -> String {
    format!("segment-{epoch}-{number}")
}

/// The epoch that a file belongs to, and its kind.
pub(super) fn read_name(name: &str) -> Option<(&str, u64)> {
    let mut parts = name.split('-');
    Some((parts.next()?, parts.next()?.parse().ok()?))
}

/// Whether there are files of members, which a manifest ought to name.
pub(super) async fn holds_members(store: &Store) -> Result<bool> {
    Ok(store.list().await?.iter().any(|name| matches!(read_name(name), Some(("segment" | "run" | "log", _)))))
}

/// Whom the open generation named, a bit for each member.
pub(super) async fn read_seen(store: &Store, manifest: &Manifest) -> Result<Vec<u64>> {
    let name = seen_name(manifest.epoch);
    if manifest.open.is_none() || store.read(name.clone()).await?.is_none() {
        return Ok(Vec::new());
    }
    files::all(store, &name, PART).await
}

pub(super) async fn write_seen(store: &Store, epoch: u64, seen: &[u64]) -> Result<()> {
    store.put(seen_name(epoch), framed(&seen_body(seen))).await
}

pub(super) fn seen_body(seen: &[u64]) -> Vec<u8> {
    seen.iter().flat_map(|word| word.to_le_bytes()).collect()
}
