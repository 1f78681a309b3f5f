//! A person's hashed identifiers, as they wait to be sent.

use super::known::AudienceAt;
use crate::config::destination::Operation;
use crate::identity;

/// The bytes of a hashed identifier; an MD5 fills the first half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Hash(pub [u8; 32]);

impl From<&identity::Hash> for Hash {
    fn from(hash: &identity::Hash) -> Self {
        Self(hash.bytes())
    }
}

/// A person's identifiers by their slot, at most one in each.
pub(crate) type Cells = [Option<Hash>; 6];

/// One person's identifiers, at most one of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub audience: AudienceAt,
    pub operation: Operation,
    pub cells: Cells,
    /// Which record of the batch it came from.
    pub record: usize,
}

impl Row {
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.cells.iter().all(Option::is_none)
    }
}
