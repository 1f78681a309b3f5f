//! Accepted calls of `/segment/mapping/`, in the order in which they took effect.

use super::World;
use super::members::{Digest, IdType};

/// What a mapping does with its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Add,
    Delete,
}

impl Action {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Action::Add => "add",
            Action::Delete => "delete",
        }
    }
}

/// An identifier that was sent, and where it was to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    pub id_type: IdType,
    /// Lower-case hex.
    pub hash: String,
    pub audiences: Vec<u64>,
}

/// The same in few bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) row: u32,
    /// Into [`Mapping::lists`].
    pub(crate) list: u32,
    pub(crate) column: u8,
    pub(crate) digest: Digest,
}

/// An accepted call.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub action: Action,
    pub advertisers: Vec<u64>,
    pub schema: Vec<IdType>,
    /// Rows it had.
    pub count: usize,
    /// The different lists of audiences that its cells have.
    pub(crate) lists: Vec<Vec<u64>>,
    pub(crate) cells: Vec<Cell>,
}

impl Mapping {
    /// Its rows, one place for each column of the schema. Empty when the world remembers as
    /// many rows as it was told to; the counts go on.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<Option<Identifier>>> {
        if self.cells.is_empty() {
            return Vec::new();
        }
        let mut rows = vec![vec![None; self.schema.len()]; self.count];
        for cell in &self.cells {
            let place = rows.get_mut(cell.row as usize).and_then(|row| row.get_mut(usize::from(cell.column)));
            if let (Some(place), Some(id_type)) = (place, self.schema.get(usize::from(cell.column))) {
                let hash = cell.digest.hex(*id_type);
                let audiences = self.lists.get(cell.list as usize).cloned().unwrap_or_default();
                *place = Some(Identifier { id_type: *id_type, hash, audiences });
            }
        }
        rows
    }
}

impl World {
    /// Makes a checked call true.
    pub(crate) fn apply(&mut self, mut mapping: Mapping) {
        let there = mapping.action == Action::Add;
        for cell in &mapping.cells {
            let Some(id_type) = mapping.schema.get(usize::from(cell.column)) else {
                continue;
            };
            for id in mapping.lists.get(cell.list as usize).into_iter().flatten() {
                // Deleted since the check: nothing to do.
                if let Some(audience) = self.audience_mut(*id) {
                    audience.members.put(*id_type, cell.digest, there);
                }
            }
        }
        let (now, name) = (self.now, mapping.action.name());
        let mut touched: Vec<u64> = mapping.lists.iter().flatten().copied().collect();
        touched.sort_unstable();
        touched.dedup();
        for audience in touched {
            if let Some(audience) = self.audience_mut(audience) {
                audience.note(name, mapping.count.to_string(), now);
            }
        }
        match self.remember_rows.checked_sub(mapping.count) {
            Some(left) => self.remember_rows = left,
            None => mapping.cells = Vec::new(),
        }
        self.mappings.push(mapping);
    }

    pub(crate) fn has_poison(&self) -> bool {
        !self.poisoned.is_empty()
    }

    pub(crate) fn is_poisoned(&self, digest: &Digest) -> bool {
        self.has_poison() && self.poisoned.contains(digest)
    }

    /// Makes `/segment/mapping/` refuse every call that holds one of these hashes, and
    /// `/event/track/` every event.
    ///
    /// # Errors
    /// When a text is neither a SHA-256 nor an MD5 in hex.
    pub fn poison<T: AsRef<str>>(&mut self, hashes: impl IntoIterator<Item = T>) -> Result<(), String> {
        for hash in hashes {
            let digest = Digest::parse(hash.as_ref());
            let digest = digest.ok_or_else(|| format!("{:?} is neither a SHA-256 nor an MD5 in hex", hash.as_ref()))?;
            self.poisoned.insert(digest);
        }
        Ok(())
    }
}
