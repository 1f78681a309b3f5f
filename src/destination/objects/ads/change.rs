//! A change of one object. Pure.

use super::kind::{KindDef, Level};
use super::value::Held;
use crate::config::ads::Action;

/// A daily budget that waits for the account's midnight has a call of its own.
pub(crate) const SCHEDULED: &str = "scheduled_budget";

/// What is to be done to an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Whose calls do it.
    pub kind: &'static KindDef,
    /// Whose list shows it.
    pub listed: &'static KindDef,
    pub advertiser: String,
    /// The object's id, if it is there.
    pub id: Option<String>,
    pub name: String,
    /// Its parent's id; a campaign has none.
    pub parent: Option<String>,
    pub action: Action,
    /// Fields that become otherwise, or that it is made with.
    pub fields: Vec<Changed>,
    /// What becomes of its status.
    pub status: Option<Status>,
    /// Whether it is made paused although its row wants it to deliver.
    pub is_held: bool,
    /// Whether it delivered before, if it was there.
    pub was_enabled: Option<bool>,
    /// What its budget was of before.
    pub mode_before: Option<String>,
}

/// A field that becomes otherwise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changed {
    pub field: &'static str,
    pub before: Option<Held>,
    pub after: Held,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    Enable,
    Disable,
    Delete,
}

impl Status {
    /// TikTok's word.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Enable => "ENABLE",
            Self::Disable => "DISABLE",
            Self::Delete => "DELETE",
        }
    }

    #[must_use]
    pub(crate) fn of(is_enabled: bool) -> Self {
        if is_enabled { Self::Enable } else { Self::Disable }
    }

    #[must_use]
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Enable => Action::Resume,
            Self::Disable => Action::Pause,
            Self::Delete => Action::Delete,
        }
    }
}

impl Change {
    /// The value that a field has after the change, as far as the change says.
    #[must_use]
    pub(crate) fn after(&self, field: &str) -> Option<&Held> {
        self.fields.iter().find(|changed| changed.field == field).map(|changed| &changed.after)
    }

    /// All that it does.
    pub(crate) fn actions(&self) -> impl Iterator<Item = Action> {
        let status = self.status.filter(|_| self.action != Action::Create).map(Status::action);
        std::iter::once(self.action).chain(status.filter(|action| *action != self.action))
    }

    /// The name that the object has afterwards.
    #[must_use]
    pub(crate) fn name_after(&self) -> &str {
        self.after(self.listed.name).and_then(Held::text).unwrap_or(&self.name)
    }

    /// What others may call it that wait for it.
    #[must_use]
    pub(crate) fn awaited(&self) -> Vec<Awaited> {
        let named = |parent: Option<String>| Named::Name { parent, name: self.name.clone() };
        let id = self.id.clone().map(Named::Id);
        let all = [Some(named(self.parent.clone())), self.parent.as_ref().map(|_| named(None)), id];
        all.into_iter().flatten().map(|named| Awaited::of(&self.advertiser, self.listed, named)).collect()
    }
}

/// An object that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Awaited {
    advertiser: String,
    level: Level,
    is_smart: bool,
    named: Named,
}

/// How it is named: by its name within a parent, or whatever parent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Named {
    Id(String),
    Name { parent: Option<String>, name: String },
}

impl Awaited {
    #[must_use]
    pub(crate) fn of(advertiser: &str, kind: &KindDef, named: Named) -> Self {
        Self { advertiser: advertiser.to_owned(), level: kind.level, is_smart: kind.is_smart(), named }
    }
}
