//! The audiences of a run: found by id or exact name over all pages, created when missing, never twice.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use foldhash::fast::RandomState;

use super::audiences::{create, list};
use super::bound::Audience;
use super::choose::{self, Count};
use super::known::{AudienceAt, Known, NOT_CREATED};
use super::listed::{Filled, Listed};
use crate::clock;
use crate::config::destination::AudienceOptions;
use crate::destination::record::fault::Fault;
use crate::destination::record::steer;
use crate::error::{Error, Kind, Result};
use crate::tiktok::requester::may_be_done;
use crate::tiktok::{Client, advertisers};

/// Times that an audience is created while no answer comes and the list does not hold it.
const CREATES_MAX: usize = 5;
/// How old a list may be before an audience that it lacks is created: another run may have done it since.
const LIST_AGE_MAX: Duration = Duration::from_secs(30);
/// What is asked of an account to see whether there is one.
const ASKED: &str = r#"["advertiser_id"]"#;
/// An advertiser's audiences, and when they were listed.
struct List {
    all: Vec<Listed>,
    since: Instant,
}

/// The audiences of this run.
pub(crate) struct Directory {
    options: AudienceOptions,
    dry_run: bool,
    filled: Filled,
    listed: HashMap<String, List>,
    refused: HashMap<String, (Kind, String)>,
    /// By advertiser: an audience's place, or why a record that names it must be rejected.
    found: HashMap<String, HashMap<Audience, Result<AudienceAt, Fault>, RandomState>, RandomState>,
    /// Audiences that are not there, which rows delete from.
    absent: HashSet<(String, Audience)>,
    /// Advertisers whose audiences cannot be listed, and whether TikTok knows none of that id.
    strangers: HashMap<String, bool>,
    /// Audiences that this run created, or would have.
    created: usize,
    /// By their place.
    pub known: Arc<[Known]>,
}

impl Directory {
    #[must_use]
    pub(crate) fn new(options: AudienceOptions, dry_run: bool) -> Self {
        Self {
            options,
            dry_run,
            filled: Filled::Streaming,
            listed: HashMap::new(),
            refused: HashMap::new(),
            found: HashMap::default(),
            absent: HashSet::new(),
            strangers: HashMap::new(),
            created: 0,
            known: Arc::default(),
        }
    }

    /// Of audiences that files fill. What is missing is made of its files later, and has no id until then.
    #[must_use]
    pub(crate) fn of_files(options: AudienceOptions, dry_run: bool) -> Self {
        Self { filled: Filled::Files, ..Self::new(options, dry_run) }
    }

    /// What TikTok lists of an audience of this run.
    #[must_use]
    pub(crate) fn look(&self, known: &Known) -> Option<&Listed> {
        self.all(&known.advertiser).iter().find(|one| one.audience_id == known.id)
    }

    /// What was found out of an audience before.
    #[must_use]
    pub(crate) fn get(&self, advertiser: &str, audience: &Audience) -> Option<Result<AudienceAt, &Fault>> {
        let found = self.found.get(advertiser)?.get(audience)?;
        Some(found.as_ref().copied())
    }

    /// Remembers why a row that names an audience is rejected.
    pub(crate) fn refuse(&mut self, advertiser: String, audience: Audience, fault: Fault) {
        self.found.entry(advertiser).or_default().insert(audience, Err(fault));
    }

    /// Whether an audience was looked for that is not there. Rows that delete from it have nothing to do.
    #[must_use]
    pub(crate) fn is_absent(&self, advertiser: &str, audience: &Audience) -> bool {
        !self.absent.is_empty() && self.absent.contains(&(advertiser.to_owned(), audience.clone()))
    }

    /// Finds an audience that rows delete from, which makes none.
    pub(crate) async fn find_to_delete(
        &mut self,
        client: &Client,
        advertiser: &str,
        audience: &Audience,
    ) -> Result<Option<AudienceAt>> {
        let found = self.find_named(client, advertiser, audience).await?;
        if let (None, Audience::Id(name) | Audience::Name(name)) = (found, audience) {
            tracing::warn!(
                "Advertiser {advertiser} has no audience {name:?}: rows that delete from it have nothing to do, and it is not made"
            );
        }
        Ok(found)
    }

    /// The same of rejected rows, which say nothing of an audience that is not there.
    pub(crate) async fn find_named(
        &mut self,
        client: &Client,
        advertiser: &str,
        audience: &Audience,
    ) -> Result<Option<AudienceAt>> {
        let found = self.find_old(client, advertiser, audience).await?;
        if found.is_none() {
            self.absent.insert((advertiser.to_owned(), audience.clone()));
        }
        Ok(found)
    }

    /// Looks whether TikTok knows an advertiser that only rows name; why they are rejected, if not.
    pub(crate) async fn stranger(&mut self, client: &Client, advertiser: &str) -> Option<Fault> {
        let refused = self.learn(client, advertiser).await.err().filter(is_of_account)?;
        if !self.strangers.contains_key(advertiser) {
            // The app may lack the permission to list audiences, which is no row's fault.
            let looked = advertisers::infos(client, &[advertiser.to_owned()], Some(ASKED)).await;
            let is_unknown = looked.is_ok_and(|looked| {
                looked.infos.is_empty() && looked.refused.iter().all(|(_, error)| is_of_account(error))
            });
            tracing::debug!("Advertiser {advertiser} is {}. {refused}", if is_unknown { "unknown" } else { "known" });
            self.strangers.insert(advertiser.to_owned(), is_unknown);
        }
        let is_unknown = self.strangers.get(advertiser).copied().unwrap_or_default();
        is_unknown.then(|| steer::unknown_advertiser(advertiser))
    }

    /// Finds an audience, or creates it.
    pub(crate) async fn find(&mut self, client: &Client, advertiser: &str, audience: &Audience) -> Result<AudienceAt> {
        self.learn(client, advertiser).await?;
        let known = match (self.look_up(advertiser, audience)?, audience) {
            (Some(known), _) => known,
            (None, Audience::Name(name)) => self.make(client, advertiser, name).await?,
            (None, Audience::Id(_)) => {
                return Err(Error::config("An audience without a name cannot be created"));
            }
        };
        let at = match self.known.iter().position(|one| *one == known) {
            Some(at) => at,
            None => {
                self.known = self.known.iter().cloned().chain([known]).collect();
                self.known.len() - 1
            }
        };
        let at = AudienceAt::try_from(at).unwrap_or(AudienceAt::MAX);
        self.found.entry(advertiser.to_owned()).or_default().insert(audience.clone(), Ok(at));
        Ok(at)
    }

    /// Finds an audience that is there; none is created.
    pub(crate) async fn find_old(
        &mut self,
        client: &Client,
        advertiser: &str,
        audience: &Audience,
    ) -> Result<Option<AudienceAt>> {
        self.learn(client, advertiser).await?;
        match self.look_up(advertiser, audience)? {
            Some(_) => self.find(client, advertiser, audience).await.map(Some),
            None => Ok(None),
        }
    }

    /// Lists an advertiser's audiences once; a refusal is remembered, too.
    pub(crate) async fn learn(&mut self, client: &Client, advertiser: &str) -> Result<()> {
        if let Some((kind, message)) = self.refused.get(advertiser) {
            return Err(Error::new(*kind, message.clone()));
        }
        if self.listed.contains_key(advertiser) {
            return Ok(());
        }
        self.list(client, advertiser).await.inspect_err(|error| {
            self.refused.insert(advertiser.to_owned(), (error.kind(), error.to_string()));
        })
    }

    async fn list(&mut self, client: &Client, advertiser: &str) -> Result<()> {
        let since = Instant::now();
        let all = list(client, advertiser).await?;
        self.listed.insert(advertiser.to_owned(), List { all, since });
        Ok(())
    }

    fn all(&self, advertiser: &str) -> &[Listed] {
        self.listed.get(advertiser).map(|list| list.all.as_slice()).unwrap_or_default()
    }

    /// Whether a dry run would create it.
    #[must_use]
    pub(crate) fn is_planned(&self, at: AudienceAt) -> bool {
        let known = usize::try_from(at).ok().and_then(|at| self.known.get(at));
        known.is_some_and(|known| known.id == NOT_CREATED)
    }

    /// An audience as TikTok listed it last.
    #[must_use]
    pub(crate) fn listed(&self, known: &Known) -> Option<&Listed> {
        self.all(&known.advertiser).iter().find(|one| one.audience_id == known.id)
    }

    /// Whether TikTok calls an audience so; none if nobody asked it yet, or it lists none of this id.
    #[must_use]
    pub(crate) fn is_called(&self, advertiser: &str, id: &str, name: &str) -> Option<bool> {
        self.all(advertiser).iter().find(|one| one.audience_id == id).map(|one| one.name == name)
    }

    /// Looks among what is listed, and tells what is doubtful about it.
    fn look_up(&self, advertiser: &str, audience: &Audience) -> Result<Option<Known>> {
        let found = choose::find(self.all(advertiser), advertiser, audience, now(), self.filled)?;
        for doubt in found.doubts {
            tracing::warn!("{doubt}");
        }
        Ok(found.one.map(|one| known(advertiser, one)))
    }

    /// Creates what is missing, unless another run has done so in the meantime.
    async fn make(&mut self, client: &Client, advertiser: &str, name: &str) -> Result<Known> {
        let count = |this: &Self| Count { there: this.all(advertiser).len(), created: this.created };
        choose::may_create(&self.options, count(self), advertiser, name)?;
        if self.listed.get(advertiser).is_none_or(|list| list.since.elapsed() > LIST_AGE_MAX) {
            self.list(client, advertiser).await?;
            let audience = Audience::Name(name.to_owned());
            if let Some(one) = choose::find(self.all(advertiser), advertiser, &audience, now(), self.filled)?.one {
                return Ok(known(advertiser, one));
            }
            choose::may_create(&self.options, count(self), advertiser, name)?;
        }
        self.created += 1;
        if self.dry_run {
            tracing::info!("Dry run: the audience {name:?} would be created");
        }
        if self.dry_run || self.filled == Filled::Files {
            return Ok(Known { advertiser: advertiser.to_owned(), id: NOT_CREATED.to_owned(), name: name.to_owned() });
        }
        self.create(client, advertiser, name).await
    }

    /// Creates an audience and looks who did so, too: runs side by side settle on the same one.
    async fn create(&mut self, client: &Client, advertiser: &str, name: &str) -> Result<Known> {
        let mut tries = 1;
        loop {
            let created = match create(client, advertiser, name).await {
                // The answer was lost: the audience may be there now, and asking again would make a twin.
                Err(error) if may_be_done(&error) => Err(error),
                created => Ok(created?),
            };
            self.list(client, advertiser).await?;
            let (oldest, doubt) = choose::settle(&choose::called(self.all(advertiser), name), advertiser);
            if let Some(doubt) = doubt {
                tracing::warn!("{doubt}");
            }
            match (oldest, created) {
                (Some(oldest), _) => return Ok(known(advertiser, oldest)),
                // The list is not as fresh as the answer.
                (None, Ok(id)) => return Ok(Known { advertiser: advertiser.to_owned(), id, name: name.to_owned() }),
                (None, Err(error)) if tries >= CREATES_MAX => return Err(error),
                (None, Err(_)) => tries += 1,
            }
        }
    }
}

/// Whether TikTok does not know an account, or not for this token.
fn is_of_account(error: &Error) -> bool {
    matches!(error.kind(), Kind::Gone | Kind::Permission)
}

fn known(advertiser: &str, listed: &Listed) -> Known {
    Known { advertiser: advertiser.to_owned(), id: listed.audience_id.clone(), name: listed.name.clone() }
}

/// Now, on UTC's clock.
#[must_use]
pub(crate) fn now() -> NaiveDateTime {
    clock::now().naive_utc()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use serde_json::{Value, json};

    use super::*;
    use crate::tiktok::scripted::Scripted;

    fn one(id: &str, name: &str) -> Value {
        json!({"audience_id": id, "name": name, "audience_type": "Partner", "create_time": format!("2026-01-01 00:00:0{id}")})
    }

    fn list(script: &Scripted, all: &[Value]) {
        let info = json!({"page": 1, "page_size": 100, "total_number": all.len(), "total_page": 1});
        script.answer(200, &json!({"code": 0, "data": {"list": all, "page_info": info}}).to_string());
    }

    fn create(script: &Scripted, id: &str) {
        script.answer(200, &json!({"code": 0, "data": {"audience_id": id}}).to_string());
    }

    /// The id that members of "VIP" go to, the number of requests being that of the script.
    async fn found(script: &Scripted) -> Result<String> {
        let ten = NonZeroU32::new(10).unwrap_or(NonZeroU32::MIN);
        let client = Client::new(Box::new(script.clone()), ten, ten);
        let mut directory = Directory::new(AudienceOptions::default(), false);
        let audience = Audience::Name("VIP".to_owned());
        let at = directory.find(&client, "7", &audience).await?;
        assert_eq!(directory.get("7", &audience), Some(Ok(at)));
        Ok(directory.known[at as usize].id.clone())
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_created_first_has_the_audience_of_all() {
        for (there, settled) in [(["3", "5"], "3"), (["5", "9"], "5")] {
            let script = Scripted::default();
            list(&script, &[one("1", "vip")]);
            create(&script, "5");
            list(&script, &[one("1", "vip"), one(there[1], "VIP"), one(there[0], "VIP")]);
            assert_eq!(found(&script).await.unwrap(), settled);
            assert_eq!(script.sent(), 3);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_is_late_does_not_hide_what_was_created() {
        let script = Scripted::default();
        list(&script, &[]);
        create(&script, "5");
        list(&script, &[]);
        assert_eq!(found(&script).await.unwrap(), "5");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_lost_is_looked_for_and_given_up_in_the_end() {
        let script = Scripted::default();
        list(&script, &[]);
        script.error(Kind::Network);
        list(&script, &[]);
        script.error(Kind::Network);
        list(&script, &[one("6", "VIP")]);
        assert_eq!(found(&script).await.unwrap(), "6");
        let never = Scripted::default();
        list(&never, &[]);
        for _ in 0..CREATES_MAX {
            never.error(Kind::Network);
            list(&never, &[]);
        }
        assert_eq!(found(&never).await.unwrap_err().kind(), Kind::Network);
    }
}
