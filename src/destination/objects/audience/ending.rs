//! The end of a run of members: every ledger is settled.

use std::collections::BTreeSet;

use super::guard::Came;
use super::known::Known;
use super::mirror::{self, Opened, Opening};
use super::{Audience, Members, Stream, people, truth};
use crate::clock;
use crate::config::destination::Finish;
use crate::destination::shell::ledger::RouteAt;
use crate::error::Result;
use crate::membership::recovery;
use crate::tiktok::Client;
use crate::words::counted;

impl Members {
    /// Settles every ledger, and those of mirrors that no row came for.
    pub(super) async fn settle(&mut self, client: &Client, is_whole: bool) -> Result<()> {
        let mut settled = self.open_silent(client, is_whole).await;
        settled = settled.and(self.tell_unnamed(client, is_whole).await);
        settled = settled.and(self.end_killed(client).await);
        for (at, Opened { ledger, routes, contested, .. }) in std::mem::take(&mut self.ledgers.open) {
            let Some(known) = usize::try_from(at).ok().and_then(|at| self.directory.known.get(at)) else { continue };
            let told = self.directory.listed(known).map(mirror::told);
            let came = self.came(&routes, is_whole);
            let came = Came { told, whole: came.whole && !contested, ..came };
            if let Some(generation) = came.generation.filter(|_| !came.whole) {
                tracing::warn!(
                    "Generation {generation} of the audience {:?} ({}) is not known to be whole: nobody was removed for not being in it",
                    known.name,
                    known.id
                );
            }
            let ended = if ledger.is_broken() {
                Ok(())
            } else if self.dry_run {
                mirror::rehearse(&ledger, known, came, &self.options).await
            } else {
                mirror::settle(client, &ledger, known, came, &self.options).await.and_then(|(manifest, refused)| {
                    mirror::tell(known, &manifest);
                    let covered = told.and_then(|told| told.cover_num).unwrap_or_default();
                    if let Some(doubt) = truth::outgrown(&manifest, covered, clock::now()) {
                        tracing::warn!("{doubt}");
                    }
                    self.settled.push(manifest);
                    refused.map_or(Ok(()), Err)
                })
            };
            settled = settled.and(ended);
            let close = ledger.close().await;
            settled = settled.and(close);
        }
        settled
    }

    /// What is known of the rows of some routes.
    fn came(&self, routes: &BTreeSet<RouteAt>, is_whole: bool) -> Came {
        let mut came = Came { whole: true, ..Came::default() };
        for stream in routes.iter().filter_map(|route| self.streams.get(route)) {
            came.rows += stream.came.rows;
            came.rejected += stream.came.rejected;
            if let Some(generation) = stream.mirrors() {
                let at_end = is_whole && self.options.finish == Finish::Eof;
                came.generation = Some(generation);
                came.whole &= (stream.came.whole || at_end) && !stream.failed;
            }
        }
        came.whole &= came.generation.is_some();
        came
    }

    /// Opens the ledgers of mirrors whose streams are whole and brought no row.
    async fn open_silent(&mut self, client: &Client, is_whole: bool) -> Result<()> {
        let silent = self.streams.iter().filter_map(|(route, stream)| {
            let opening = Opening { route: *route, generation: Some(stream.mirrors()?), dry_run: self.dry_run };
            let is_open = self.ledgers.open.values().any(|opened| opened.routes.contains(route));
            let came = self.came(&BTreeSet::from([*route]), is_whole);
            Some((stream.bound.audience.clone().filter(|_| came.whole && !is_open)?, opening))
        });
        for (audience, opening) in silent.collect::<Vec<_>>() {
            let Some(advertiser) = self.target.clone() else { continue };
            if let Some(at) = self.directory.find_old(client, &advertiser, &audience).await? {
                self.open_ledger(client, at, opening).await?;
            }
        }
        Ok(())
    }

    /// Tells of audiences that a stream of several mirrored before, and of which no row says anything any more: whether
    /// nobody is to be in them is for people to say.
    async fn tell_unnamed(&mut self, client: &Client, is_whole: bool) -> Result<()> {
        let (Some(place), Some(advertiser)) = (self.ledgers.place.clone(), self.target.clone()) else { return Ok(()) };
        let is_several = |(route, stream): (&RouteAt, &Stream)| {
            let whole = self.came(&BTreeSet::from([*route]), is_whole).whole;
            (stream.bound.audience.is_none() && stream.mirrors().is_some() && whole).then(|| stream.name.to_string())
        };
        let streams: BTreeSet<String> = self.streams.iter().filter_map(is_several).collect();
        if streams.is_empty() {
            return Ok(());
        }
        for manifest in place.readable(&advertiser).await? {
            let Some(stream) = manifest.stream.as_ref().filter(|stream| streams.contains(*stream)) else { continue };
            let known = people::known(&manifest);
            if self.is_open(&known) || manifest.members == 0 {
                continue;
            }
            self.directory.learn(client, &advertiser).await?;
            if self.directory.listed(&known).is_some() {
                let Known { name, id, .. } = &known;
                tracing::warn!(
                    "No row of stream `{stream}` names the audience {name:?} ({id}) any more, so its {} stay in it: if nobody is to \
                     be in it, delete it in TikTok Ads Manager; if it is this stream's no more, remove {advertiser}/{id} from the ledger",
                    counted(manifest.members, "member")
                );
            }
        }
        Ok(())
    }

    /// Whether a row opened the ledger of an audience.
    fn is_open(&self, known: &Known) -> bool {
        let open = self.ledgers.open.keys().filter_map(|at| self.directory.known.get(usize::try_from(*at).ok()?));
        open.into_iter().any(|one| one.id == known.id && one.advertiser == known.advertiser)
    }

    /// Ends what a killed run left undone in ledgers that no row opened: deletions that it acknowledged among it.
    async fn end_killed(&self, client: &Client) -> Result<()> {
        let (Some(place), false) = (&self.ledgers.place, self.dry_run) else { return Ok(()) };
        let Some(advertiser) = self.target.as_deref() else { return Ok(()) };
        for manifest in recovery::undone(place, advertiser, &|id| self.may_write_to(advertiser, id)).await {
            let known = people::known(&manifest);
            if self.writes_to(&known) && !self.is_open(&known) {
                mirror::end_killed(place, client, &known, self.options.max_shrink_percent).await?;
            }
        }
        Ok(())
    }

    /// Whether a stream of the run may write to an audience of this id, as far as it is known what audiences are called.
    fn may_write_to(&self, advertiser: &str, id: &str) -> bool {
        let names = |stream: &Stream| match &stream.bound.audience {
            Some(Audience::Id(own)) => own == id,
            Some(Audience::Name(name)) => self.directory.is_called(advertiser, id, name).unwrap_or(true),
            None => true,
        };
        self.streams.values().any(names)
    }

    /// Whether a stream of the run may write to an audience.
    fn writes_to(&self, known: &Known) -> bool {
        let names = |stream: &Stream| match &stream.bound.audience {
            Some(Audience::Id(id)) => *id == known.id,
            Some(Audience::Name(name)) => *name == known.name,
            None => true,
        };
        self.target.as_deref() == Some(&*known.advertiser) && self.streams.values().any(names)
    }
}
