//! What an account has, as it was listed and as this run changed it. Pure.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::change::{Change, Named, Status};
use super::field::Call;
use super::kind::{KindDef, Level};
use super::read;
use super::value::Held;

/// An object of an account.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub id: String,
    pub name: String,
    /// Its parent's id; a campaign has none.
    pub parent: Option<String>,
    pub is_enabled: bool,
    /// Whether it is of the Smart+ kind, whatever list showed it.
    pub is_smart: bool,
    /// Whether a change of it is on its way.
    pub is_pending: bool,
    /// Whether this run made it paused although its row wants it to deliver.
    pub is_held: bool,
    /// What the row's fields hold.
    pub fields: HashMap<&'static str, Held>,
}

impl Thing {
    /// Reads a record of TikTok's; `None` if it has no id.
    #[must_use]
    pub(crate) fn read(kind: &KindDef, record: &Map<String, Value>) -> Option<(Self, bool)> {
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        let fields = kind.fields().of_tiktok().filter(|(_, def)| def.is_on(Call::Read));
        let fields = fields.filter_map(|(_, def)| Some((def.name, read::told(def, record.get(def.name)?)?)));
        let thing = Self {
            id: text(kind.id)?.to_owned(),
            name: text(kind.name).unwrap_or_default().to_owned(),
            parent: kind.level.above().and_then(|level| text(level.fields().0)).map(str::to_owned),
            is_enabled: text("operation_status") != Some("DISABLE"),
            is_smart: kind.is_smart() || text("campaign_automation_type") == Some(SMART_PLUS),
            is_pending: false,
            is_held: false,
            fields: fields.collect(),
        };
        let is_deleted = text("secondary_status").is_some_and(|status| status.ends_with("_DELETE"));
        Some((thing, is_deleted))
    }

    /// The object as a change makes it. What is not made yet has a number for an id.
    #[must_use]
    pub(crate) fn after(change: &Change, before: Option<&Self>, id: String) -> Self {
        let mut fields = before.map(|before| before.fields.clone()).unwrap_or_default();
        fields.extend(change.fields.iter().map(|changed| (changed.field, changed.after.clone())));
        let was_enabled = before.is_some_and(|before| before.is_enabled);
        Self {
            id,
            name: change.name_after().to_owned(),
            parent: change.parent.clone(),
            is_enabled: change.status.map_or(was_enabled, |status| status == Status::Enable),
            is_smart: change.kind.is_smart(),
            is_pending: false,
            is_held: change.is_held || before.is_some_and(|before| before.is_held && change.status.is_none()),
            fields,
        }
    }

    /// What finds it for those who wait for it.
    #[must_use]
    pub(crate) fn named(&self) -> Named {
        if self.id.starts_with(NEW) {
            Named::Name { parent: self.parent.clone(), name: self.name.clone() }
        } else {
            Named::Id(self.id.clone())
        }
    }

    #[must_use]
    pub(crate) fn number(&self, field: &str) -> Option<Decimal> {
        self.fields.get(field)?.number()
    }

    #[must_use]
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.text()
    }
}

/// What the ids of objects begin with that are not made yet.
pub(crate) const NEW: &str = "(new ";

/// The automation of Smart+ objects that have calls of their own (docs/tiktok-api.md 3.1).
const SMART_PLUS: &str = "UPGRADED_SMART_PLUS";

/// The objects of one level that an account has.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    by_id: HashMap<String, Thing>,
    by_name: HashMap<String, Vec<String>>,
    /// Deleted ones, which have no name any more.
    gone: HashSet<String>,
}

/// What was found.
#[derive(Debug)]
pub(crate) enum Found<'l> {
    One(&'l Thing),
    /// Several have the name.
    Several(usize),
    /// It was there.
    Gone,
    None,
}

impl Listing {
    /// Adds a record of TikTok's.
    pub(crate) fn add(&mut self, kind: &KindDef, record: &Map<String, Value>) {
        match Thing::read(kind, record) {
            Some((thing, true)) => drop(self.gone.insert(thing.id)),
            Some((thing, false)) => self.put(thing),
            None => {}
        }
    }

    /// Takes in an object as it is now.
    pub(crate) fn put(&mut self, thing: Thing) {
        self.forget(&thing.id);
        self.by_name.entry(thing.name.clone()).or_default().push(thing.id.clone());
        self.by_id.insert(thing.id.clone(), thing);
    }

    #[must_use]
    pub(crate) fn get(&self, id: &str) -> Option<&Thing> {
        self.by_id.get(id)
    }

    /// A change of the object at `id` came back: it was done, then to the object of the id `made`, or it was not.
    pub(crate) fn settle(&mut self, change: &Change, id: &str, before: Option<Thing>, made: Option<&str>) {
        match (made, before) {
            (Some(made), before) => {
                self.forget(id);
                match change.status {
                    Some(Status::Delete) => self.delete(made),
                    _ => self.put(Thing::after(change, before.as_ref(), made.to_owned())),
                }
            }
            (None, Some(before)) => self.put(before),
            (None, None) => self.forget(id),
        }
    }

    /// An object was deleted.
    pub(crate) fn delete(&mut self, id: &str) {
        self.forget(id);
        self.gone.insert(id.to_owned());
    }

    fn forget(&mut self, id: &str) {
        if let Some(before) = self.by_id.remove(id)
            && let Some(same) = self.by_name.get_mut(&before.name)
        {
            same.retain(|known| known != id);
        }
    }

    #[must_use]
    pub(crate) fn by_id(&self, id: &str) -> Found<'_> {
        match self.by_id.get(id) {
            Some(thing) => Found::One(thing),
            None if self.gone.contains(id) => Found::Gone,
            None => Found::None,
        }
    }

    /// Finds by the exact name; within a parent, if one is known.
    #[must_use]
    pub(crate) fn by_name(&self, name: &str, parent: Option<&str>) -> Found<'_> {
        let same = self.by_name.get(name).into_iter().flatten().filter_map(|id| self.by_id.get(id));
        let mut same = same.filter(|thing| parent.is_none() || thing.parent.as_deref() == parent);
        match (same.next(), same.count()) {
            (None, _) => Found::None,
            (Some(one), 0) => Found::One(one),
            (Some(_), more) => Found::Several(more + 1),
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Thing> {
        self.by_id.values()
    }
}

/// An account as far as it was looked at.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub currency: String,
    levels: HashMap<(Level, bool), Listing>,
}

impl Account {
    #[must_use]
    pub(crate) fn new(currency: String) -> Self {
        Self { currency, levels: HashMap::new() }
    }

    #[must_use]
    pub(crate) fn has(&self, kind: &KindDef) -> bool {
        self.levels.contains_key(&(kind.level, kind.is_smart()))
    }

    pub(crate) fn listed(&mut self, kind: &KindDef, listing: Listing) {
        self.levels.insert((kind.level, kind.is_smart()), listing);
    }

    /// The objects of a kind; empty where they were not listed.
    #[must_use]
    pub(crate) fn of(&self, kind: &KindDef) -> &Listing {
        static NONE: std::sync::LazyLock<Listing> = std::sync::LazyLock::new(Listing::default);
        self.levels.get(&(kind.level, kind.is_smart())).unwrap_or(&NONE)
    }

    pub(crate) fn of_mut(&mut self, kind: &KindDef) -> &mut Listing {
        self.levels.entry((kind.level, kind.is_smart())).or_default()
    }

    /// An object of a level, whichever list showed it: the plain ones show Smart+ objects, too.
    #[must_use]
    pub(crate) fn any(&self, level: Level, id: &str) -> Option<&Thing> {
        [true, false].iter().find_map(|is_smart| self.levels.get(&(level, *is_smart))?.get(id))
    }

    /// The names above an object of a level, from the top; none where one of them is not known.
    #[must_use]
    pub(crate) fn names_above(&self, level: Level, parent: Option<&str>) -> Option<Vec<String>> {
        let (Some(above), Some(parent)) = (level.above(), parent) else { return Some(Vec::new()) };
        let parent = self.any(above, parent)?;
        let mut names = self.names_above(above, parent.parent.as_deref())?;
        names.push(parent.name.clone());
        Some(names)
    }

    /// The campaign that a change is in.
    #[must_use]
    pub(crate) fn campaign_of(&self, change: &Change) -> Option<&Thing> {
        let above = |parent: &Option<String>, level| self.any(level, parent.as_deref()?);
        match change.kind.level {
            Level::Campaign => above(&change.id, Level::Campaign),
            Level::AdGroup => above(&change.parent, Level::Campaign),
            Level::Ad => above(&above(&change.parent, Level::AdGroup)?.parent, Level::Campaign),
        }
    }

    #[must_use]
    pub(crate) fn one(&self, kind: &KindDef, id: &str) -> Option<&Thing> {
        match self.of(kind).by_id(id) {
            Found::One(thing) => Some(thing),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::kind::{AD_GROUP, CAMPAIGN};
    use super::*;

    fn listing(kind: &KindDef, records: &[Value]) -> Listing {
        let mut listing = Listing::default();
        records.iter().for_each(|record| listing.add(kind, record.as_object().unwrap()));
        listing
    }

    #[test]
    fn objects_are_found_by_id_and_by_exact_name() {
        let listing = listing(
            &AD_GROUP,
            &[
                json!({"adgroup_id": "1", "adgroup_name": "A", "campaign_id": "7", "budget": 50.5}),
                json!({"adgroup_id": "2", "adgroup_name": "A", "campaign_id": "8", "operation_status": "DISABLE"}),
                json!({"adgroup_id": "3", "adgroup_name": "A", "campaign_id": "8", "secondary_status": "ADGROUP_STATUS_DELETE"}),
                json!({"adgroup_name": "no id"}),
            ],
        );
        let found = |found: Found<'_>| match found {
            Found::One(thing) => thing.id.clone(),
            other => format!("{other:?}"),
        };
        assert_eq!(found(listing.by_id("1")), "1");
        assert_eq!(found(listing.by_id("3")), "Gone");
        assert_eq!(found(listing.by_id("4")), "None");
        assert_eq!(found(listing.by_name("A", None)), "Several(2)");
        assert_eq!(found(listing.by_name("A", Some("8"))), "2");
        assert_eq!(found(listing.by_name("a", Some("8"))), "None");
        let Found::One(first) = listing.by_id("1") else { panic!() };
        assert_eq!(first.number("budget").unwrap().to_string(), "50.5");
    }

    #[test]
    fn what_was_renamed_or_deleted_is_not_found_as_before() {
        let mut listing = listing(&CAMPAIGN, &[json!({"campaign_id": "1", "campaign_name": "A"})]);
        let Found::One(thing) = listing.by_id("1") else { panic!() };
        let renamed = Thing { name: "B".into(), ..thing.clone() };
        listing.put(renamed);
        assert!(matches!(listing.by_name("A", None), Found::None));
        assert!(matches!(listing.by_name("B", None), Found::One(_)));
        listing.delete("1");
        assert!(matches!(listing.by_name("B", None), Found::None));
        assert!(matches!(listing.by_id("1"), Found::Gone));
    }
}
