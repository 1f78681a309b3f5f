//! A page of a list: its rows, what tells them apart, and what it says of the whole.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

use super::loose;
use crate::words::and_more;

/// Tells rows apart. What names a row, its primary key, is hashed wide enough never to meet another; the last bits,
/// which equality leaves out, are a print of all that the row says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key(u128);

/// Bits of the print.
const PRINT: u32 = 32;

impl Key {
    /// Of `name` the upper 96 bits count.
    #[must_use]
    pub(crate) fn new(name: u128, row: &[u8]) -> Self {
        Self(((name >> PRINT) << PRINT) | u128::from(crc32fast::hash(row)))
    }

    /// A row that is nothing but its id.
    #[must_use]
    pub(crate) fn of_id(id: u64) -> Self {
        Self(u128::from(id) << PRINT)
    }

    /// Without the print.
    #[must_use]
    pub(crate) fn name(self) -> u128 {
        self.0 >> PRINT
    }

    /// With the print.
    #[must_use]
    pub(crate) fn all(self) -> u128 {
        self.0
    }

    /// Whether the rows are the same to the byte.
    #[must_use]
    pub(crate) fn says_the_same(self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

/// `data.page_info`, as far as a reader cannot do without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct PageInfo {
    #[serde(deserialize_with = "loose::whole")]
    pub total_number: u64,
    /// Says no more than the total does.
    #[serde(default, deserialize_with = "loose::whole_or_zero")]
    pub total_page: u32,
}

/// A decoded page.
pub(crate) trait Page: Send {
    /// Absent where an endpoint does not page: then this page is all.
    fn info(&self) -> Option<PageInfo>;
    fn keys(&self) -> &[Key];

    /// Rows, with those that have no key.
    fn count(&self) -> usize {
        self.keys().len()
    }

    /// What a row is called, for a person.
    fn called(&self, _at: usize) -> String {
        "a row".to_owned()
    }
}

/// A page of what lists mostly hold: rows with a key each.
#[derive(Debug)]
pub(crate) struct Keyed<T> {
    pub rows: Vec<T>,
    pub keys: Vec<Key>,
    pub info: Option<PageInfo>,
    /// Rows, with those that were left out.
    pub count: usize,
}

impl<T> Keyed<T> {
    /// Rows with the key that each has.
    #[must_use]
    pub(crate) fn new(rows: Vec<T>, info: Option<PageInfo>, key: impl FnMut(&T) -> Key) -> Self {
        Self { keys: rows.iter().map(key).collect(), count: rows.len(), rows, info }
    }

    /// The rows that are `fresh`.
    pub(crate) fn fresh(self, fresh: Vec<bool>) -> impl Iterator<Item = T> {
        self.rows.into_iter().zip(fresh).filter(|(_, fresh)| *fresh).map(|(row, _)| row)
    }
}

impl<T: Send> Page for Keyed<T> {
    fn info(&self) -> Option<PageInfo> {
        self.info
    }

    fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn count(&self) -> usize {
        self.count
    }
}

/// `data` of a page whose list is called `list`. Where nothing is, TikTok may leave the list out.
pub(crate) struct Wire<T> {
    pub list: Vec<T>,
    pub page_info: Option<PageInfo>,
}

/// Whether a page without its list is one without rows.
#[must_use]
pub(crate) fn is_empty(info: Option<PageInfo>) -> bool {
    info.is_some_and(|info| info.total_number == 0)
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Wire<T> {
    fn deserialize<D: Deserializer<'de>>(data: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Data<T> {
            list: Option<Vec<T>>,
            page_info: Option<PageInfo>,
        }
        let Data { list, page_info } = Data::deserialize(data)?;
        let list = list.or_else(|| is_empty(page_info).then(Vec::new));
        Ok(Self { list: list.ok_or_else(|| D::Error::missing_field("list"))?, page_info })
    }
}

/// What is odd about a list that is the same each time it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// TikTok counts other rows than it gives.
    Count { told: u64, came: u64 },
    /// Rows with one key come more than once.
    Twice { rows: usize, named: Vec<String> },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { told, came } => {
                write!(f, "TikTok counts {told} rows and gives {came}, also when it is asked again")
            }
            Self::Twice { rows, named } => {
                let more = and_more(rows.saturating_sub(named.len()));
                write!(
                    f,
                    "TikTok gives more than one row of {}{more}, also when it is asked again; \
                     those that are equal count once, the others are all passed on",
                    named.join("; ")
                )
            }
        }
    }
}
