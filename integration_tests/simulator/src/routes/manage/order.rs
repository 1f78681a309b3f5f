//! A management call that is well formed, for an account that may be written to.

use super::form::{Body, Form};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::SMART_PLUS_IS_APART;
use crate::body;
use crate::call::Call;
use crate::lag::Lags;
use crate::options::{AdsOptions, FileOptions, Immutable, IndexLag, UniqueNames};
use crate::params;
use crate::state::{Shared, lock};
use crate::world::{Account, Draft, Entity, Level, State, World, template};
use serde_json::{Value, json};
use std::sync::Mutex;

/// Bytes that a body may have; `/ad/create/` with its texts is the longest.
const BODY: usize = 4 << 20;

pub(super) struct Order<'c> {
    pub(super) call: &'c Call,
    pub(super) options: &'c AdsOptions,
    pub(super) files: &'c FileOptions,
    pub(super) lags: &'c Mutex<Lags>,
    pub(super) advertiser: u64,
    pub(super) body: Body,
}

/// Reads the body by its form, looks whether the account may be written to, and acts.
pub(super) fn serve(
    shared: &Shared,
    call: &Call,
    form: &Form,
    act: impl FnOnce(&mut World, &Order<'_>) -> Outcome,
) -> Outcome {
    serve_body(shared, call, form, body::object(call, BODY)?, act)
}

/// The same with a body that was read.
pub(super) fn serve_body(
    shared: &Shared,
    call: &Call,
    form: &Form,
    body: Body,
    act: impl FnOnce(&mut World, &Order<'_>) -> Outcome,
) -> Outcome {
    form.check(&body)?;
    let advertiser = params::id("advertiser_id", body::text(&body, "advertiser_id")?)?;
    let options = &shared.options;
    let order = Order { call, options: &options.ads, files: &options.files, lags: &shared.lags, advertiser, body };
    shared.change(|world| {
        order.open(world)?;
        act(world, &order)
    })
}

impl Order<'_> {
    fn open(&self, world: &World) -> Result<(), Refusal> {
        let account = self.call.write_to(world, self.advertiser)?;
        if account.status == "STATUS_ENABLE" {
            return Ok(());
        }
        let text = format!("The advertiser {} is not available: {}.", account.id, account.status);
        Err(Refusal::new(self.options.closed_account_code, text))
    }

    /// Whether it is a call of Upgraded Smart+.
    fn is_smart_plus(&self) -> bool {
        self.call.path.starts_with("/smart_plus/")
    }

    pub(super) fn account<'w>(&self, world: &'w World) -> Result<&'w Account, Refusal> {
        world.account(self.advertiser).ok_or_else(|| Refusal::forbidden(self.advertiser))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.body.get(name) == Some(&Value::Bool(true))
    }

    /// The id in a field that must be there.
    pub(super) fn id(&self, name: &str) -> Result<u64, Refusal> {
        params::id(name, body::text(&self.body, name)?)
    }

    /// The ids in a list, in its order.
    pub(super) fn ids(&self, name: &str) -> Result<Vec<u64>, Refusal> {
        let list = self.body.get(name).and_then(Value::as_array).into_iter().flatten();
        list.enumerate().map(|(at, id)| params::id(&format!("{name}.{at}"), id.as_str().unwrap_or_default())).collect()
    }

    /// What a new object is to be: enabled unless it says otherwise.
    pub(super) fn state(&self) -> State {
        if self.text("operation_status") == Some("DISABLE") { State::Disabled } else { State::Enabled }
    }

    /// Refuses a twin, a taken name, and what is more than an account may have.
    pub(super) fn may_create(
        &self,
        world: &World,
        name: &str,
        level: Level,
        campaign: Option<u64>,
    ) -> Result<(), Refusal> {
        match self.key(level)? {
            Some(key) => self.no_twin(world, key)?,
            None => self.free(world, name, level, (campaign, None))?,
        }
        let account = self.account(world)?;
        let alive = account.all(level).iter().filter(|entity| entity.state != State::Deleted).count();
        if alive >= self.options.quota {
            return Err(Refusal::new(40502, format!("The number of {}s has reached the upper limit.", level.stem())));
        }
        Ok(())
    }

    /// Makes an object, and notes its key.
    pub(super) fn make(&self, world: &mut World, draft: Draft) -> Result<u64, Refusal> {
        let key = self.key(draft.level)?.map(str::to_owned);
        let draft = Draft { fields: self.stored(draft.fields), ..draft };
        let (level, ad) = (draft.level, draft.smart_plus_ad);
        let id = world.make(self.advertiser, draft, self.call.now).unwrap_or_default();
        self.hide(level.stem(), id);
        if let Some(ad) = ad {
            self.hide("smart_plus_ad", ad);
        }
        if let Some(key) = key {
            world.twins.note((self.advertiser, &self.call.path, &key), self.call.now);
        }
        Ok(id)
    }

    /// Keeps a new object out of lists for as long as the index lags.
    fn hide(&self, shelf: &'static str, id: u64) {
        let lag = self.options.index_lag;
        if lag != IndexLag::NONE {
            lock(self.lags).wait((self.advertiser, shelf), &id.to_string(), lag.lists, self.call.now + lag.time);
        }
    }

    /// `request_id`, if the call knows it: a 64-bit number in a text (`docs/tiktok-api.md` 7.1).
    fn key(&self, level: Level) -> Result<Option<&str>, Refusal> {
        let known = level != Level::AdGroup || self.options.adgroups_have_request_id || self.is_smart_plus();
        let key = self.text("request_id").filter(|_| known);
        match key {
            Some(key) if key.parse::<i64>().is_err() => Err(Refusal::param("request_id: Not a valid integer")),
            key => Ok(key),
        }
    }

    fn no_twin(&self, world: &World, key: &str) -> Result<(), Refusal> {
        let used = (self.advertiser, self.call.path.as_str(), key);
        if world.twins.has(used, self.call.now, self.options.twin_window) {
            return Err(Refusal::new(self.options.twin_code, "Duplicated request."));
        }
        Ok(())
    }

    /// Refuses a name that another object than `but` has.
    pub(super) fn free(
        &self,
        world: &World,
        name: &str,
        level: Level,
        (campaign, but): (Option<u64>, Option<u64>),
    ) -> Result<(), Refusal> {
        let account = self.account(world)?;
        // Ads may share a name.
        if level == Level::Ad {
            return Ok(());
        }
        let counts = |entity: &&Entity| {
            let deleted = account.secondary_status(entity).ends_with("_DELETE");
            let beside = match self.options.unique_names {
                UniqueNames::Account => true,
                UniqueNames::Parent => campaign.is_none_or(|campaign| entity.campaign == campaign),
                UniqueNames::Nowhere => false,
            };
            beside && Some(entity.id) != but && (!deleted || self.options.deleted_names_are_taken)
        };
        if account.all(level).iter().filter(counts).any(|entity| entity.name == name) {
            let text = format!("{}_name: The name already exists. Please use another name.", level.stem());
            return Err(Refusal::new(self.options.name_taken_code, text));
        }
        Ok(())
    }

    /// What is stored of fields: what was sent, or what TikTok makes of it.
    pub(super) fn stored(&self, mut fields: Body) -> Body {
        for rewrite in &self.options.rewrites {
            let here = rewrite.path.is_none_or(|path| path == self.call.path);
            if let Some(value) = fields.get_mut(rewrite.field).filter(|_| here) {
                *value = rewrite.value.clone();
            }
        }
        fields
    }

    /// An object that can be changed: there, alive, with living parents, and written by calls of this kind.
    pub(super) fn alive<'w>(&self, account: &'w Account, level: Level, id: u64) -> Result<&'w Entity, Refusal> {
        let stem = level.stem();
        let gone = || Refusal::param(format!("{stem}_id: The {stem} {id} doesn't exist."));
        let entity = account.find(level, id).ok_or_else(gone)?;
        if account.secondary_status(entity).ends_with("_DELETE") {
            return Err(Refusal::param(format!("This {stem} has been deleted.")));
        }
        if SMART_PLUS_IS_APART && entity.is_smart_plus() != self.is_smart_plus() {
            let text = format!("{stem}_id: The {stem} {id} is not supported by this endpoint.");
            return Err(Refusal::param(text));
        }
        if self.options.frozen.iter().any(|part| entity.name.contains(part)) {
            return Err(Refusal::param(format!("{stem}_id: The {stem} {id} cannot be changed at the moment.")));
        }
        Ok(entity)
    }

    /// Refuses fields that cannot be changed, if this TikTok does.
    pub(super) fn no_immutable(&self, record: &Body, level: Level, form: &Form) -> Result<(), Refusal> {
        let known: Vec<&str> = form.names().collect();
        let wrong = |(name, value): &(&String, &Value)| {
            let name = name.as_str();
            !known.contains(&name) && template(level).contains_key(name) && record.get(name) != Some(*value)
        };
        match self.body.iter().find(wrong).filter(|_| self.options.immutable == Immutable::Refused) {
            Some((name, _)) => Err(Refusal::param(format!("{name}: The field cannot be changed."))),
            None => Ok(()),
        }
    }

    /// The same without what the form does not know.
    pub(super) fn only(&self, form: &Form) -> Order<'_> {
        let known: Vec<&str> = form.names().collect();
        let mut body = self.body.clone();
        body.retain(|name, _| known.contains(&name.as_str()));
        Order { body, ..*self }
    }

    /// Changes an object by what was sent; its name, if it is there, is `{level}_name`.
    pub(super) fn edit(&self, world: &mut World, level: Level, id: u64) -> Outcome {
        let fields = self.stored(self.body.clone());
        let before = record(self.account(world)?, level, id);
        let now = self.call.now;
        world.edit(self.advertiser, (level, id), now, |entity| {
            if let Some(name) = fields.get(&format!("{}_name", level.stem())).and_then(Value::as_str) {
                name.clone_into(&mut entity.name);
            }
            entity.write(fields);
        });
        let after = record(self.account(world)?, level, id);
        let same = |one: &Body, other: &Body| {
            one.iter().all(|(name, value)| name == "modify_time" || other.get(name) == Some(value))
        };
        if self.options.no_update && same(&after, &before) {
            return Err(Refusal::new(40012, "No update."));
        }
        Ok(Value::Object(after).into())
    }
}

/// The record of an object as its get has it.
pub(super) fn record(account: &Account, level: Level, id: u64) -> Body {
    account.find(level, id).map(|entity| account.record(entity)).unwrap_or_default()
}

/// An id as an answer has it.
pub(super) fn shown(id: u64, numeric: bool) -> Value {
    if numeric { json!(id) } else { json!(id.to_string()) }
}
