//! A page of a list: its rows, their keys, and its `page_info`.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

use super::loose;
use crate::words::and_more;

/// The identity of a row. The upper bits hash its primary key, wide enough never to collide. The lower bits are a
/// checksum of the whole row, which equality ignores.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowKey(u128);

/// Keys of rows, looked up in as few steps as what is hashed already needs.
pub(crate) type RowKeys = HashSet<RowKey, foldhash::fast::RandomState>;

/// Bits of the checksum.
const PRINT: u32 = 32;

impl RowKey {
    /// Only the upper 96 bits of `name` count.
    #[must_use]
    pub(crate) fn new(name: u128, row: &[u8]) -> Self {
        let print = FixedState::with_seed(2).hash_one(row) >> (u64::BITS - PRINT);
        Self(((name >> PRINT) << PRINT) | u128::from(print))
    }

    /// The key of a row that the parts of its primary key name.
    #[must_use]
    pub(crate) fn of<'b>(parts: impl Iterator<Item = &'b [u8]>, row: &[u8]) -> Self {
        let [mut first, mut second] = [0, 1].map(|seed| FixedState::with_seed(seed).build_hasher());
        for part in parts {
            part.hash(&mut first);
            part.hash(&mut second);
        }
        Self::new((u128::from(first.finish()) << 64) | u128::from(second.finish()), row)
    }

    /// The key of a row that consists of its id.
    #[must_use]
    pub(crate) fn of_id(id: u64) -> Self {
        Self(u128::from(id) << PRINT)
    }

    /// The key without the checksum.
    #[must_use]
    pub(crate) fn name(self) -> u128 {
        self.0 >> PRINT
    }

    /// The key with the checksum.
    #[must_use]
    pub(crate) fn all(self) -> u128 {
        self.0
    }

    /// Whether the rows are equal, byte for byte.
    #[must_use]
    pub(crate) fn says_the_same(self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl PartialEq for RowKey {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for RowKey {}

impl Hash for RowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

/// `data.page_info`, as far as paging needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct PageInfo {
    #[serde(deserialize_with = "loose::whole")]
    pub total_number: u64,
    /// Follows from the total.
    #[serde(default, deserialize_with = "loose::whole_or_zero")]
    pub total_page: u32,
}

/// A decoded page.
pub(crate) trait Page: Send {
    /// `None` where an endpoint does not page: then this page is the whole list.
    fn info(&self) -> Option<PageInfo>;
    fn keys(&self) -> &[RowKey];

    /// The number of rows, including those without a key.
    fn count(&self) -> usize {
        self.keys().len()
    }

    /// The name of a row in messages.
    fn called(&self, _at: usize) -> String {
        "a row".to_owned()
    }
}

/// A page of rows that each have a key.
#[derive(Debug)]
pub(crate) struct Keyed<T> {
    pub rows: Vec<T>,
    pub keys: Vec<RowKey>,
    pub info: Option<PageInfo>,
    /// The number of rows, including those that were left out.
    pub count: usize,
}

impl<T> Keyed<T> {
    /// Derives each row's key with `key`.
    #[must_use]
    pub(crate) fn new(rows: Vec<T>, info: Option<PageInfo>, key: impl FnMut(&T) -> RowKey) -> Self {
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

    fn keys(&self) -> &[RowKey] {
        &self.keys
    }

    fn count(&self) -> usize {
        self.count
    }
}

/// `data` of a page whose rows are in `list`. TikTok may leave an empty list out.
pub(crate) struct PageData<T> {
    pub list: Vec<T>,
    pub page_info: Option<PageInfo>,
}

/// Whether a page without its list is an empty page.
#[must_use]
pub(crate) fn is_empty(info: Option<PageInfo>) -> bool {
    info.is_some_and(|info| info.total_number == 0)
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for PageData<T> {
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

/// An oddity of a list that stays the same in each pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// TikTok's total differs from the number of rows.
    Count { told: u64, came: u64 },
    /// Several rows have the same key.
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
