//! What a stream's mapping says of the audience that its members go to. Pure.

use crate::config::destination::Operation;
use crate::destination::objects::def::{Mode, Route};

/// What the objects are called that ask for a mirror.
pub(crate) const SNAPSHOT: &str = "audience_snapshot";

/// The audience of a whole stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    Id(String),
    Name(String),
}

/// What a whole stream of members is.
#[derive(Debug)]
pub(crate) struct Bound {
    pub audience: Option<Audience>,
    /// Whether the object itself is one audience, whatever a record names.
    pub is_one: bool,
    pub operation: Operation,
    /// Every record deletes, whatever it says itself.
    pub soft_delete: bool,
    /// Whether the audience is to equal the stream.
    pub mirror: bool,
}

impl Bound {
    #[must_use]
    pub(crate) fn of(route: &Route) -> Self {
        let named = || {
            let id = route.set(|mapping| &mapping.audience_id).map(Audience::Id);
            id.or_else(|| route.set(|mapping| &mapping.audience_name).map(Audience::Name))
        };
        let soft_delete = route.mode == Mode::SoftDelete;
        let operation = route.mapping.as_ref().map_or(Operation::Add, |mapping| mapping.operation);
        Self {
            audience: route.object_id.clone().map(Audience::Id).or_else(named),
            is_one: route.object_id.is_some(),
            operation: if soft_delete { Operation::Delete } else { operation },
            soft_delete,
            mirror: route.object.name.starts_with(SNAPSHOT)
                || route.mode == Mode::Overwrite
                || route.mapping.as_ref().is_some_and(|mapping| mapping.mirror),
        }
    }
}
