//! The end of a run, as its ledger sees it.

use super::Ledger;
use super::manifest::{Confirmed, Open, Told};
use super::merge::Sources;
use super::names::{leaving_name, write_seen};
use super::place::MANIFEST;
use super::settlement::{Remove, Settled, Wish, settle, write};
use super::state::Work;
use crate::clock;
use crate::error::Result;
use crate::lock::lock;

impl Ledger {
    /// Ends a run: removes who leaves, and writes down who is there. What a guard refuses is told, and nobody leaves
    /// whom rows did not change or delete themselves.
    pub(crate) async fn settle(&self, wish: &Wish<'_>, remove: Remove<'_>) -> Result<Settled> {
        self.keep().await?;
        // The digests make room for the passes.
        let Work { mut manifest, mut sync, seen, runs, fresh, files, said } = lock(&self.state).take_work()?;
        let segments = manifest.segments.clone();
        let epoch = manifest.epoch;
        let sources = Sources { epoch, segments: &segments, seen: &seen, runs: &runs, fresh: &fresh, said: &said };
        let settled = settle(&self.store, sources, manifest.members, wish, remove).await?;
        sync.at = clock::now();
        sync.removed = settled.removed;
        sync.rejected = sync.rejected.max(wish.rejected);
        sync.complete = settled.whole;
        sync.message = settled.refused.as_ref().map(|error| error.message().to_owned());
        sync.told = wish.told.map(|told| {
            let match_rate = told.cover_num.and_then(|covered| manifest.match_rate(covered, sync.at));
            Told { match_rate, ..told }
        });
        let survey = settled.survey;
        if let Some(generation) = settled.confirmed.filter(|_| settled.whole) {
            manifest.confirmed = Some(Confirmed { generation, at: sync.at, members: survey.unnamed });
        } else if wish.unconfirms {
            manifest.confirmed = None;
        }
        sync.members = survey.named + if settled.whole { 0 } else { survey.unnamed };
        let of_open = |open: &&mut Open| sync.generation == Some(open.generation);
        if let Some(open) = manifest.open.as_mut().filter(of_open) {
            open.count(wish.rows, wish.rejected);
        }
        manifest.remember(sync);
        self.renew().await?;
        if runs.is_empty() && fresh.is_empty() && (!settled.whole || survey.unnamed == 0) {
            if settled.whole {
                manifest.open = None;
            } else if manifest.open.is_some() {
                write_seen(&self.store, manifest.epoch, &seen).await?;
            }
            self.store.put(MANIFEST.to_owned(), manifest.bytes()).await?;
        } else {
            write(&self.store, sources, &settled, &mut manifest).await?;
            if let Some(place) = &self.place {
                place.mark(&manifest).await?;
            }
        }
        for name in files.into_iter().chain([leaving_name(epoch)]) {
            self.store.remove(name).await?;
        }
        lock(&self.state).manifest = manifest;
        Ok(settled)
    }
}
