//! Removes identifiers from an audience, and tells identifiers that TikTok refuses from an audience that takes no removal.

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};

use super::batch::NOBODY;
use super::known::Known;
use super::mapping;
use super::row::{Cells, Hash, Row};
use crate::config::destination::Operation;
use crate::error::{Error, Kind, Result};
use crate::membership::entry::Id;
use crate::tiktok::endpoint::SEGMENT_MAPPING;
use crate::tiktok::envelope::Accepted;
use crate::tiktok::{Body, Call, Client};
use crate::words::counted;

/// Identifiers of one call that removes.
const IDS_PER_CALL: usize = 1_000;
/// Identifiers of a call that TikTok may refuse to remove before the call itself is at fault.
const REFUSED_MAX: u64 = 20;
/// Calls that remove side by side.
const CALLS_AT_ONCE: usize = 4;

/// What became of identifiers that were to be removed.
#[derive(Default)]
struct Removed {
    /// Whether TikTok took some removal.
    taken: bool,
    /// Identifiers that it refused alone.
    refused: u64,
}

/// The same where the audience may be gone, which nobody is in any more.
pub(super) fn remove_if<'a>(
    is_there: bool,
    client: &'a Client,
    known: &'a Known,
    ids: Vec<Id>,
) -> BoxFuture<'a, Result<()>> {
    if is_there { remove(client, known, ids) } else { std::future::ready(Ok(())).boxed() }
}

/// Removes identifiers from an audience; TikTok takes that of who is not in it, too.
pub(super) fn remove<'a>(client: &'a Client, known: &'a Known, ids: Vec<Id>) -> BoxFuture<'a, Result<()>> {
    async move {
        let calls = ids.chunks(IDS_PER_CALL).map(|ids| remove_some(client, known, ids.to_vec())).collect::<Vec<_>>();
        let mut calls = futures::stream::iter(calls).buffer_unordered(CALLS_AT_ONCE);
        let (mut all, mut failed) = (Removed::default(), Ok(()));
        while let Some(called) = calls.next().await {
            match called {
                Ok(Removed { taken, refused }) => {
                    all.taken |= taken;
                    all.refused += refused;
                }
                Err(error) => failed = failed.and(Err(error)),
            }
        }
        failed?;
        all.believe(client, known).await
    }
    .boxed()
}

impl Removed {
    /// What is refused while others are taken cannot be there. Where nothing was taken, the audience is asked first
    /// whether it takes removals: by removing nobody.
    async fn believe(self, client: &Client, known: &Known) -> Result<()> {
        let Self { taken, refused } = self;
        if refused == 0 {
            return Ok(());
        }
        let Known { name, id, .. } = known;
        if !taken {
            let nobody = Id { slot: 0, hash: NOBODY };
            remove_call(client, known, &[nobody]).await.map_err(|error| takes_none(error, known))?;
        }
        tracing::warn!(
            "TikTok refuses to remove {} from the audience {name:?} ({id}), and so it cannot have {}",
            counted(refused, "identifier"),
            if refused == 1 { "it" } else { "them" }
        );
        Ok(())
    }
}

/// It is the audience's fault, or the account's, and of no identifier.
fn takes_none(error: Error, known: &Known) -> Error {
    if error.kind() != Kind::Request {
        return error;
    }
    let Known { id, .. } = known;
    error.of(Kind::Config).with("audience_id", id).advise(
        "TikTok refuses every removal from it, and so the ledger keeps who was to leave. Look in Ads Manager whether it has \
         expired or is in use by something that forbids changes; the next run tries again.",
    )
}

/// What TikTok refuses is narrowed down to the identifiers that it refuses.
async fn remove_some(client: &Client, known: &Known, ids: Vec<Id>) -> Result<Removed> {
    let (mut waiting, mut removed) = (vec![ids], Removed::default());
    while let Some(ids) = waiting.pop() {
        match remove_call(client, known, &ids).await {
            Ok(()) => removed.taken = true,
            Err(error) if error.kind() != Kind::Request || removed.refused >= REFUSED_MAX => return Err(error),
            Err(_) if ids.len() < 2 => removed.refused += 1,
            Err(_) => {
                let (one, other) = ids.split_at(ids.len() / 2);
                waiting.extend([one.to_vec(), other.to_vec()]);
            }
        }
    }
    Ok(removed)
}

async fn remove_call(client: &Client, known: &Known, ids: &[Id]) -> Result<()> {
    let rows: Vec<Row> = ids
        .iter()
        .map(|id| {
            let mut cells: Cells = [None; 6];
            if let Some(cell) = cells.get_mut(usize::from(id.slot)) {
                *cell = Some(Hash(id.hash));
            }
            Row { audience: 0, operation: Operation::Delete, cells, record: 0 }
        })
        .collect();
    let rows: Vec<&Row> = rows.iter().collect();
    let body = mapping::body(&known.advertiser, Operation::Delete, &rows, |_| known.id.as_str());
    let call = Call { endpoint: &SEGMENT_MAPPING, advertiser: None, query: &[], body: Body::Json(&body), watch: &() };
    let called = client.for_target(&known.advertiser).call(&call, &Accepted).await;
    called.map_err(|error| {
        let Known { name, id, .. } = known;
        error.about(format!("Members could not be removed from the audience {name:?} ({id})"))
    })
}
