//! Ledgers of audiences: opened when the first row comes, settled when all rows are there.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::guard::{Came, Guard};
use super::known::{AudienceAt, Known};
use super::listed::Listed;
use super::removal::remove;
use super::row::{Cells, Hash};
use crate::config::DestinationConfig;
use crate::config::destination::{AudienceOptions, LEDGER_IN_BUCKET, ObjectStorage};
use crate::destination::shell::ledger::RouteAt;
use crate::destination::shell::streams::StreamName;
use crate::error::{Error, Kind, Result};
use crate::membership::entry::{Id, Key, key_of};
use crate::membership::manifest::{Manifest, Told};
use crate::membership::place::Place;
use crate::membership::settlement::{Survey, Wish};
use crate::membership::{Audience, Ledger};
use crate::tiktok::Client;
use crate::words::counted;

/// The key of the config that says where the ledger is.
const SETTING: &str = "audience.ledger";

/// Where the config wants the ledger; none where it does not.
pub(crate) fn place(config: &DestinationConfig) -> Result<Option<Place>> {
    let named = config.audience.ledger.as_deref().map(str::trim).filter(|named| !named.is_empty());
    match (named, &config.object_storage_config) {
        (None, _) => Ok(None),
        (Some(LEDGER_IN_BUCKET), ObjectStorage::S3(bucket)) => Ok(Some(Place::bucket(bucket.clone(), SETTING))),
        (Some(LEDGER_IN_BUCKET), ObjectStorage::None) => {
            Err(Error::config("`audience.ledger` is object_storage, but `object_storage_config` names no bucket")
                .advise("Fill `object_storage_config`, or name a folder in `audience.ledger`."))
        }
        (Some(folder), _) if folder.contains("://") => {
            Err(Error::config(format!("`audience.ledger` is {folder:?}, but it names a local folder"))
                .advise("Write object_storage to keep the ledger in the bucket of `object_storage_config`."))
        }
        (Some(folder), _) => Ok(Some(Place::folder(PathBuf::from(folder), SETTING))),
    }
}

/// A mirror without a ledger would not know who has left.
pub(super) fn check_config(stream: &StreamName, config: &DestinationConfig) -> Result<()> {
    match place(config)? {
        Some(_) => Ok(()),
        None => Err(Error::config(format!(
            "Stream `{stream}` is to be mirrored, and without a ledger nobody knows who has left it"
        ))
        .advise("Set `audience.ledger` to a folder that outlives the run, or to object_storage for the bucket of `object_storage_config`.")),
    }
}

/// The hashed identifiers of rows.
#[must_use]
pub(super) fn ids(rows: &[Cells]) -> Vec<Id> {
    let mut ids = Vec::with_capacity(2);
    for cells in rows {
        for (slot, cell) in (0..).zip(cells) {
            ids.extend(cell.map(|Hash(hash)| Id { slot, hash }));
        }
    }
    ids
}

/// The key of a row without an external id.
#[must_use]
pub(super) fn key_by_ids(ledger: &Ledger, ids: &[Id]) -> Key {
    key_of(ledger.salt(), ids)
}

/// Ledgers of a run by their audience.
#[derive(Default)]
pub(super) struct Ledgers {
    pub place: Option<Place>,
    pub open: BTreeMap<AudienceAt, Opened>,
    /// The same, for batches on their way.
    pub shared: Arc<BTreeMap<AudienceAt, Arc<Ledger>>>,
    /// Per cent of the members of a kind of identifiers that may lose it.
    pub lose: u64,
}

/// A ledger, and which routes of the run write to its audience.
pub(super) struct Opened {
    pub ledger: Arc<Ledger>,
    pub routes: BTreeSet<RouteAt>,
    /// The route whose stream the audience is to equal.
    pub mirror: Option<RouteAt>,
    /// Whether a second stream wants that, too.
    pub contested: bool,
}

/// Which mirror's generation is to be opened.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    pub route: RouteAt,
    /// The generation, where the audience is to equal it.
    pub generation: Option<u64>,
    pub dry_run: bool,
}

impl Ledgers {
    /// The ledger of an audience, if it is open for a route.
    #[must_use]
    pub(super) fn of(&self, audience: AudienceAt, route: RouteAt) -> Option<&Arc<Ledger>> {
        self.open.get(&audience).filter(|opened| opened.routes.contains(&route)).map(|opened| &opened.ledger)
    }

    pub(super) async fn open(
        &mut self,
        client: &Client,
        at: AudienceAt,
        known: &Known,
        opening: Opening,
    ) -> Result<()> {
        let Some(place) = &self.place else { return Ok(()) };
        if let Entry::Vacant(vacant) = self.open.entry(at) {
            let Known { advertiser, id, name } = known;
            let audience = Audience { advertiser, id, name, dry_run: opening.dry_run, lose: self.lose };
            let ledger = Arc::new(Ledger::open(place, &audience, &|ids| remove(client, known, ids)).await?);
            vacant.insert(Opened { ledger, routes: BTreeSet::new(), mirror: None, contested: false });
            self.shared = Arc::new(self.open.iter().map(|(at, opened)| (*at, opened.ledger.clone())).collect());
        }
        let Some(opened) = self.open.get_mut(&at) else { return Ok(()) };
        if let Some(generation) = opening.generation {
            if *opened.mirror.get_or_insert(opening.route) != opening.route {
                let Known { name, id, .. } = known;
                opened.contested = true;
                return Err(Error::config(format!("Two streams are to be mirrored by the audience {name:?} ({id})"))
                    .advise("Each would remove the other's members. Bring them together in one stream, or name another audience."));
            }
            opened.ledger.begin(generation).await?;
        }
        opened.routes.insert(opening.route);
        Ok(())
    }

    pub(super) async fn keep(&self) -> Result<()> {
        for opened in self.open.values() {
            opened.ledger.keep().await?;
        }
        Ok(())
    }
}

/// TikTok's word on an audience, as the ledger keeps it.
#[must_use]
pub(super) fn told(one: &Listed) -> Told {
    Told {
        cover_num: one.cover_num,
        match_rate: None,
        is_valid: one.is_valid,
        expired_time: one.expires().map(|end| end.and_utc()),
    }
}

/// Ends the run of one audience, and tells what became of its members.
pub(super) async fn settle(
    client: &Client,
    ledger: &Ledger,
    known: &Known,
    came: Came,
    options: &AudienceOptions,
) -> Result<(Manifest, Option<Error>)> {
    let Manifest { confirmed: used, open, .. } = ledger.manifest();
    let Came { rows, rejected, .. } = came;
    let came = came.of_generation(open);
    let judge = |survey: &Survey| Guard { known, came, options, used }.judge(survey);
    let unconfirms =
        came.generation.is_some() && used.is_some_and(|used| options.confirm_shrink != Some(used.generation));
    let wish = Wish { whole: came.whole, rows, rejected, told: came.told, judge: &judge, unconfirms };
    let settled = ledger.settle(&wish, &|ids| remove(client, known, ids)).await?;
    let empty = came.is_empty(&settled.survey);
    match settled.refused {
        Some(error) if empty => {
            tracing::warn!("{error}");
            Ok((ledger.manifest(), None))
        }
        refused => Ok((ledger.manifest(), refused)),
    }
}

/// Ends what a killed run left; another run that has the ledger now does it itself.
pub(super) async fn end_killed(place: &Place, client: &Client, known: &Known, lose: u64) -> Result<()> {
    let Known { advertiser, id, name } = known;
    let audience = Audience { advertiser, id, name, dry_run: false, lose };
    match Ledger::open(place, &audience, &|ids| remove(client, known, ids)).await {
        Ok(ledger) => {
            tracing::info!("An earlier run left changes of the audience {name:?} ({id}) undone; they are done now");
            ledger.close().await
        }
        Err(error) if error.kind() == Kind::Unavailable => Ok(()),
        Err(error) => Err(error),
    }
}

/// Tells what a run did to an audience's members.
pub(super) fn tell(known: &Known, manifest: &Manifest) {
    let Some(sync) = manifest.syncs.last() else { return };
    let Known { name, id, .. } = known;
    tracing::info!(
        "Members of the audience {name:?} ({id}): {} added, {} unchanged, {} removed, {} now by the ledger",
        sync.added,
        sync.unchanged,
        counted(sync.removed, "identifier"),
        manifest.members
    );
}

/// Tells what the end of a dry run's generation would do, and what a guard says to it.
pub(super) async fn rehearse(ledger: &Ledger, known: &Known, came: Came, options: &AudienceOptions) -> Result<()> {
    let survey = ledger.rehearse().await?;
    let Manifest { confirmed: used, open, .. } = ledger.manifest();
    let came = came.of_generation(open);
    let Known { name, id, .. } = known;
    let Survey { before, unnamed, .. } = survey;
    if !came.whole {
        return Ok(());
    }
    match (Guard { known, came, options, used }).judge(&survey).refused {
        Some(error) if came.is_empty(&survey) => tracing::warn!("{error}"),
        Some(error) => return Err(error),
        None => tracing::info!("Dry run: {unnamed} of {before} members would leave the audience {name:?} ({id})"),
    }
    Ok(())
}
