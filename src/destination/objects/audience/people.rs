//! What people ask of ledgers: what differs from TikTok, and to forget somebody.

use std::collections::BTreeSet;

use super::known::Known;
use super::{audiences, directory, mirror, removal, truth};
use crate::config::DestinationConfig;
use crate::error::{Error, Result};
use crate::identity::Rules;
use crate::membership::manifest::Manifest;
use crate::membership::place::Place;
use crate::membership::settlement::Wish;
use crate::membership::{Audience, Fate, Ledger};
use crate::tiktok::Client;
use crate::words::counted;

/// Ids that are forgotten in one run.
const FORGOTTEN_MAX: usize = 100_000;

fn place(config: &DestinationConfig) -> Result<Place> {
    mirror::place(config)?.ok_or_else(|| {
        Error::config("The config has no ledger of audiences").advise("Set `audience.ledger` as the syncs have it.")
    })
}

/// What a command says of each audience. What fails for one is told in its place, and hides no other.
pub(crate) struct Said {
    pub text: String,
    /// Whether something failed.
    pub failed: bool,
}

impl Said {
    fn add(&mut self, said: Result<String>) {
        match said {
            Ok(text) => self.text += &text,
            Err(error) => {
                self.failed = true;
                self.text += &format!("{error}\n");
            }
        }
    }
}

/// The audience that a ledger is of.
pub(super) fn known(ledger: &Manifest) -> Known {
    let Manifest { advertiser_id: advertiser, audience_id: id, name, .. } = ledger.clone();
    Known { advertiser, id, name }
}

/// What the ledger and TikTok say of each audience, and what to do.
pub(crate) async fn audit(client: &Client, config: &DestinationConfig) -> Result<Said> {
    let mut said = Said { text: String::new(), failed: false };
    let place = place(config)?;
    for ledger in place.each().await? {
        said.add(audit_one(client, &place, ledger).await);
    }
    if said.text.is_empty() {
        "The ledger holds no audience yet.\n".clone_into(&mut said.text);
    }
    Ok(said)
}

async fn audit_one(client: &Client, place: &Place, ledger: Result<Manifest>) -> Result<String> {
    let ledger = ledger?;
    if let Err(error) = place.read_through(&ledger).await {
        // A run may have written it anew meanwhile.
        let now = place.manifest(&ledger.advertiser_id, &ledger.audience_id).await?;
        if now.is_none_or(|now| now.epoch == ledger.epoch) {
            return Err(error);
        }
    }
    let listed = audiences::list(client, &ledger.advertiser_id).await;
    let listed = listed.map_err(|error| error.about(format!("TikTok does not tell of {}", ledger.whose())))?;
    let one = listed.iter().find(|one| one.audience_id == ledger.audience_id);
    Ok(truth::audit(&ledger, one, directory::now()))
}

/// Removes people from every audience of the ledger and from the ledger itself; `ids` has an external id a line.
pub(crate) async fn forget(client: &Client, config: &DestinationConfig, ids: &str) -> Result<Said> {
    if config.dry_run {
        return Err(Error::config("`dry_run` is true in the config, and whoever is forgotten is removed for good")
            .advise("Nobody was removed. Set `dry_run` to false for this command."));
    }
    let ids: BTreeSet<&str> = ids.lines().map(str::trim).filter(|id| !id.is_empty()).collect();
    if ids.len() > FORGOTTEN_MAX {
        return Err(Error::config(format!("More than {FORGOTTEN_MAX} ids are to be forgotten at once"))
            .advise("Give them in several runs."));
    }
    let mut said = Said { text: String::new(), failed: false };
    let nobody = ids.iter().filter(|id| !Rules::is_member_id(id)).count();
    if nobody > 0 {
        let ids = counted(nobody as u64, "id");
        return Err(Error::config(format!(
            "Of the ids on standard input {ids} can be nobody's, such as 0, null or unknown"
        ))
        .advise("Nobody was removed. No ledger knows people by such ids: leave these lines out."));
    }
    for ledger in place(config)?.each().await? {
        said.add(forget_one(client, config, ledger, &ids).await);
    }
    if said.text.is_empty() {
        return Err(Error::config("The ledger that `audience.ledger` names holds no audience, so nobody was removed")
            .advise("Name the place that the syncs use."));
    }
    Ok(said)
}

async fn forget_one(
    client: &Client,
    config: &DestinationConfig,
    ledger: Result<Manifest>,
    ids: &BTreeSet<&str>,
) -> Result<String> {
    let ledger = ledger?;
    let Manifest { name, audience_id, advertiser_id, .. } = &ledger;
    let forgotten = async {
        let listed = audiences::list(client, advertiser_id).await?;
        let is_there = listed.iter().any(|one| one.audience_id == *audience_id);
        forget_in(client, config, &ledger, is_there, ids).await
    };
    let gone = forgotten.await.map_err(|error| error.about(format!("Nobody was forgotten in {}", ledger.whose())))?;
    Ok(format!("{name:?} ({audience_id}) of advertiser {advertiser_id}: {} forgotten\n", counted(gone, "member")))
}

/// Members of one audience that were forgotten.
async fn forget_in(
    client: &Client,
    config: &DestinationConfig,
    manifest: &Manifest,
    is_there: bool,
    ids: &BTreeSet<&str>,
) -> Result<u64> {
    let known = known(manifest);
    let Known { advertiser, id, name } = &known;
    let lose = config.audience.max_shrink_percent;
    let audience = Audience { advertiser, id, name, dry_run: false, lose };
    let Some(place) = mirror::place(config)? else { return Ok(0) };
    let remove = |ids| removal::remove_if(is_there, client, &known, ids);
    let ledger = Ledger::open(&place, &audience, &remove).await?;
    // What an earlier call could not finish was done as it was opened.
    let before = ledger.manifest().members.max(manifest.members);
    let keys = ids.iter().filter_map(|id| Rules::member_key(ledger.salt(), id));
    let changes: Vec<_> = keys.map(|key| ledger.is_none(Some(key), key, Vec::new())).collect();
    let log = ledger.log(changes.iter()).await?;
    ledger.settled(log, changes.into_iter().map(|change| (change, Fate::Taken)).collect()).await?;
    let settled = ledger.settle(&Wish::KEEP, &remove).await.map(drop);
    settled.and(ledger.close().await)?;
    Ok(before.saturating_sub(ledger.manifest().members))
}
