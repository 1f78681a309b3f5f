//! The members of an event's objects as they go out.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// What is sent for a field.
#[derive(Debug, PartialEq)]
pub(crate) enum Sent {
    Value(Value),
    Products(Vec<Product>),
}

impl From<Value> for Sent {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl Serialize for Sent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Products(products) => products.serialize(serializer),
        }
    }
}

/// The few members of an object, in order: a map would cost more than all the rest.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Members(pub Vec<(Cow<'static, str>, Sent)>);

impl Members {
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&Sent> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Adds a member, or replaces the one of that name.
    pub(crate) fn set(&mut self, name: Cow<'static, str>, value: Sent) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// One object of `contents`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Product {
    pub members: Members,
    /// How much of it, one where nothing is said; none where that cannot be read.
    pub amount: Option<f64>,
}

impl Serialize for Product {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members.serialize(serializer)
    }
}
