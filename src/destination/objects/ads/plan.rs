//! A wish and what is there → what is to be done. Pure.

use super::change::{Awaited, Change, Changed, Named, SCHEDULED, Status};
use super::field::Call;
use super::kind::{self, KindDef, Level};
use super::known::{Account, Found, Thing};
use super::value::{self, Held};
use super::wish::{Intent, ParentRef, Wish};
use crate::config::ads::Action;
use crate::destination::record::fault::Fault;

/// What is to be done for a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plan {
    /// Nothing: it is so already.
    Unchanged {
        id: Option<String>,
    },
    Change(Change),
}

/// Why nothing can be done yet, or at all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stop {
    Reject(Fault),
    /// A parent of this name is not there yet.
    Waits(Awaited),
}

/// Plans a row's change.
pub(crate) fn plan(wish: &Wish, account: &Account) -> Result<Plan, Stop> {
    let parent = match parent(wish, account)? {
        // What was in it is gone with it.
        Above::Gone if wish.id.is_none() => return Ok(Plan::Unchanged { id: None }),
        Above::Gone | Above::Unnamed => None,
        Above::Is(id) => Some(id),
    };
    match target(wish, account, parent.as_deref())? {
        Some(thing) if thing.is_pending => Err(Stop::Waits(Awaited::of(&wish.advertiser, wish.kind, thing.named()))),
        Some(thing) => change(wish, thing).map_err(Stop::Reject),
        None => absent(wish, account, parent).map_err(Stop::Reject),
    }
}

/// Plans a row's change, and notes the names above its object.
pub(crate) fn named(wish: &mut Wish, account: &Account) -> Result<Plan, Stop> {
    let plan = plan(wish, account)?;
    let level = wish.kind.level;
    let parent = match &plan {
        Plan::Change(change) => change.parent.as_deref(),
        Plan::Unchanged { id } => id.as_deref().and_then(|id| account.any(level, id)?.parent.as_deref()),
    };
    wish.above = parent.and_then(|parent| account.names_above(level, Some(parent)));
    Ok(plan)
}

fn reject(field: &'static str, reason: &'static str, message: String) -> Fault {
    Fault { field: Some(field), reason, message: message.into() }
}

/// The parent that a row names.
enum Above {
    Unnamed,
    /// It is not there, and the row deletes what would be in it.
    Gone,
    Is(String),
}

fn parent(wish: &Wish, account: &Account) -> Result<Above, Stop> {
    match wish.kind.parent() {
        Some(kind) if !wish.parents.is_empty() => find_parent(wish, account, kind, &wish.parents),
        _ => Ok(Above::Unnamed),
    }
}

fn find_parent(wish: &Wish, account: &Account, kind: &'static KindDef, named: &[ParentRef]) -> Result<Above, Stop> {
    let deletes = wish.intent == Intent::Delete;
    let (id_field, name_field) = kind.level.fields();
    let missing = |field, what: String| Stop::Reject(reject(field, "parent_missing", what));
    match named.split_first() {
        Some((ParentRef::Id(id), _)) => match account.of(kind).by_id(id) {
            Found::One(thing) => there(wish, kind, thing),
            Found::Gone if deletes => Ok(Above::Gone),
            Found::Gone => Err(missing(id_field, format!("The {} {id} was deleted.", kind.called))),
            _ => Err(missing(id_field, format!("Advertiser {} has no {} {id}.", wish.advertiser, kind.called))),
        },
        Some((ParentRef::Name(name), above)) => {
            let within = match kind.parent() {
                Some(above_kind) if !above.is_empty() => match find_parent(wish, account, above_kind, above)? {
                    Above::Is(id) => Some(id),
                    gone => return Ok(gone),
                },
                _ => None,
            };
            match account.of(kind).by_name(name, within.as_deref()) {
                Found::One(thing) => there(wish, kind, thing),
                Found::Several(count) => Err(Stop::Reject(ambiguous(name_field, kind, count))),
                _ if deletes => Ok(Above::Gone),
                _ => {
                    let named = Named::Name { parent: within, name: name.clone() };
                    Err(Stop::Waits(Awaited::of(&wish.advertiser, kind, named)))
                }
            }
        }
        None => Err(missing(id_field, format!("The row names no {}.", kind.called))),
    }
}

/// A parent's id, once it is made.
fn there(wish: &Wish, kind: &KindDef, thing: &Thing) -> Result<Above, Stop> {
    match thing.is_pending {
        false => Ok(Above::Is(thing.id.clone())),
        true => Err(Stop::Waits(Awaited::of(&wish.advertiser, kind, thing.named()))),
    }
}

fn ambiguous(field: &'static str, kind: &KindDef, count: usize) -> Fault {
    let what = format!("The account has {count} {}s of this name; name the one by its id.", kind.called);
    reject(field, "ambiguous", what)
}

/// The object that a row is about, if it is there.
fn target<'a>(wish: &Wish, account: &'a Account, parent: Option<&str>) -> Result<Option<&'a Thing>, Stop> {
    let (kind, called) = (wish.kind, wish.kind.called);
    if let Some(id) = &wish.id {
        return match account.of(kind).by_id(id) {
            Found::One(thing) => Ok(Some(thing)),
            Found::Gone if wish.intent == Intent::Delete => Ok(None),
            Found::Gone => Err(not_found(kind.id, format!("The {called} {id} was deleted."))),
            _ => Err(not_found(kind.id, format!("Advertiser {} has no {called} {id}.", wish.advertiser))),
        };
    }
    match account.of(kind).by_name(wish.name.as_deref().unwrap_or_default(), parent) {
        Found::One(thing) => Ok(Some(thing)),
        Found::Several(count) => Err(Stop::Reject(ambiguous(kind.name, kind, count))),
        _ => Ok(None),
    }
}

fn not_found(field: &'static str, message: String) -> Stop {
    Stop::Reject(reject(field, "not_found", message))
}

/// What becomes of an object that is not there.
fn absent(wish: &Wish, account: &Account, parent: Option<String>) -> Result<Plan, Fault> {
    let kind = wish.kind;
    match wish.intent {
        Intent::Delete => return Ok(Plan::Unchanged { id: wish.id.clone() }),
        Intent::Change | Intent::Pause | Intent::Resume => {
            let what = format!("Advertiser {} has no {} of this name.", wish.advertiser, kind.called);
            return Err(reject(kind.name, "not_found", what));
        }
        Intent::Exist | Intent::ExistAsGiven => {}
    }
    let name = wish.name.clone().unwrap_or_default();
    check_twin(wish, account, &name)?;
    if let (Some(above), None) = (kind.parent(), &parent) {
        let (id, name) = above.level.fields();
        let what = format!("A new {} needs its {}: fill `{id}` or `{name}`.", kind.called, above.called);
        return Err(reject(id, "parent_missing", what));
    }
    if wish.field(SCHEDULED).is_some() {
        let what = format!(
            "A new {} has no budget that could wait for midnight: leave the column empty until it is made.",
            kind.called
        );
        return Err(reject(SCHEDULED, "contradiction", what));
    }
    let lacks = |field: &&&str| **field != kind.name && wish.field(field).is_none() && !is_spared(wish, field);
    if let Some(field) = kind.required.iter().find(lacks) {
        let what = format!("A new {} needs `{field}`.", kind.called);
        return Err(reject(field, "field_missing", what));
    }
    let fields = wish.fields.iter().filter(|(def, _)| def.is_on(Call::Create));
    let fields = fields.map(|(def, held)| Changed { field: def.name, before: None, after: held.clone() });
    Ok(Plan::Change(Change {
        kind,
        listed: kind,
        advertiser: wish.advertiser.clone(),
        id: None,
        name,
        parent,
        action: Action::Create,
        fields: fields.collect(),
        status: wish.is_enabled.map(Status::of),
        is_held: false,
        was_enabled: None,
        mode_before: None,
    }))
}

/// The plain list shows Smart+ campaigns, too: two of one name could not be told apart by it.
fn check_twin(wish: &Wish, account: &Account, name: &str) -> Result<(), Fault> {
    let is_smart_campaign = wish.kind.is_smart() && wish.kind.level == Level::Campaign;
    match account.of(&kind::CAMPAIGN).by_name(name, None) {
        Found::One(other) if is_smart_campaign && !other.is_smart => {
            let what = format!("Campaign {} has this name and is no Smart+ campaign; take another name.", other.id);
            Err(reject(wish.kind.name, "ambiguous", what))
        }
        _ => Ok(()),
    }
}

/// A required field that this object may leave out.
fn is_spared(wish: &Wish, field: &str) -> bool {
    match field {
        "location_ids" => wish.field("saved_audience_id").is_some() || wish.field("zipcode_ids").is_some(),
        "promotion_type" => wish.field("shopping_ads_type").is_some(),
        _ => false,
    }
}

/// What becomes of an object that is there.
fn change(wish: &Wish, thing: &Thing) -> Result<Plan, Fault> {
    let unchanged = || Ok(Plan::Unchanged { id: Some(thing.id.clone()) });
    let (fields, status) = match wish.intent {
        Intent::Exist => return unchanged(),
        Intent::Delete => (Vec::new(), Some(Status::Delete)),
        Intent::Pause => (Vec::new(), thing.is_enabled.then_some(Status::Disable)),
        Intent::Resume => (Vec::new(), (!thing.is_enabled).then_some(Status::Enable)),
        Intent::Change | Intent::ExistAsGiven => {
            // What this run holds paused is not started by the same word of another row.
            let differs = |wanted: &bool| *wanted != thing.is_enabled && !(*wanted && thing.is_held);
            let status = wish.is_enabled.filter(differs).map(Status::of);
            (differences(wish, thing)?, status)
        }
    };
    if fields.is_empty() && status.is_none() {
        return unchanged();
    }
    let action = status.filter(|_| fields.is_empty()).map_or(Action::Update, Status::action);
    Ok(Plan::Change(Change {
        kind: written_as(wish.kind, thing),
        listed: wish.kind,
        advertiser: wish.advertiser.clone(),
        id: Some(thing.id.clone()),
        name: thing.name.clone(),
        parent: thing.parent.clone(),
        action,
        fields,
        status,
        is_held: false,
        was_enabled: Some(thing.is_enabled),
        mode_before: thing.text("budget_mode").map(str::to_owned),
    }))
}

/// The kind whose calls write an object: Smart+ objects have their own, whatever list showed them.
fn written_as(kind: &'static KindDef, thing: &Thing) -> &'static KindDef {
    if !thing.is_smart || kind.is_smart() {
        return kind;
    }
    kind::KINDS.iter().copied().find(|other| other.level == kind.level && other.is_smart()).unwrap_or(kind)
}

/// The fields that a row wants otherwise.
fn differences(wish: &Wish, thing: &Thing) -> Result<Vec<Changed>, Fault> {
    let mut all = Vec::new();
    if let Some(name) = wish.name.as_ref().filter(|name| wish.id.is_some() && **name != thing.name) {
        let before = Some(Held::Text(thing.name.clone()));
        all.push(Changed { field: wish.kind.name, before, after: Held::Text(name.clone()) });
    }
    for (def, held) in &wish.fields {
        let before = thing.fields.get(def.name);
        // What TikTok does not show cannot be compared, and is not written again and again.
        if !def.is_on(Call::Read) || before.is_some_and(|before| before.says(held)) || says_nothing(before, held) {
            continue;
        }
        if !def.is_on(Call::Update) && def.name != SCHEDULED {
            let what = format!("`{}` cannot be changed once the {} is made.", def.name, wish.kind.called);
            return Err(reject(def.name, "immutable", what));
        }
        check_whole(def.name, before, held)?;
        all.push(Changed { field: def.name, before: before.cloned(), after: held.clone() });
    }
    Ok(all)
}

/// A default that TikTok does not store.
fn says_nothing(before: Option<&Held>, wanted: &Held) -> bool {
    let is_default = match wanted {
        Held::Flag(flag) => !flag,
        Held::Texts(all) => all.is_empty(),
        Held::Text(text) => text == "UNSET",
        Held::Json(json) => value::covers(&serde_json::Value::Null, json),
        Held::Number(_) => false,
    };
    before.is_none() && is_default
}

/// TikTok replaces an object whole: what a row leaves out of it would be gone.
fn check_whole(field: &'static str, before: Option<&Held>, after: &Held) -> Result<(), Fault> {
    let (Some(Held::Json(serde_json::Value::Object(before))), Held::Json(after)) = (before, after) else {
        return Ok(());
    };
    let lost = |(name, value): &(&String, &serde_json::Value)| {
        after.get(name.as_str()).is_none() && !value::covers(&serde_json::Value::Null, value)
    };
    match before.iter().find(lost) {
        None => Ok(()),
        Some((name, _)) => Err(reject(
            field,
            "would_remove",
            format!(
                "TikTok replaces `{field}` whole, and the row leaves out `{name}`, which it has now; give all of it."
            ),
        )),
    }
}
