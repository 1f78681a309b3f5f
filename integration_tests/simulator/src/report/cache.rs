//! What later pages need again: the rows of a question, and the text of repeated parts.

use super::kind::Kind;
use super::metrics::Metric;
use super::rows::Table;
use super::texts::Texts;
use crate::world::Level;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Questions kept; the oldest goes first.
const TABLES: usize = 64;
const TEXTS: usize = 32;

/// Whose objects of which level, and what about them.
pub(super) type TextsKey = (u64, Option<Level>, Kind, Vec<Metric>);

/// Newest last.
type Kept<K, V> = Mutex<VecDeque<(K, Arc<V>)>>;

#[derive(Debug, Default)]
pub(crate) struct ReportCache {
    tables: Kept<String, Table>,
    texts: Kept<TextsKey, Texts>,
}

impl ReportCache {
    pub(super) fn table(&self, key: String, build: impl FnOnce() -> Table) -> Arc<Table> {
        get(&self.tables, TABLES, key, build)
    }

    pub(super) fn texts(&self, key: TextsKey, build: impl FnOnce() -> Texts) -> Arc<Texts> {
        get(&self.texts, TEXTS, key, build)
    }

    pub(crate) fn clear(&self) {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn get<K: PartialEq, V>(cache: &Kept<K, V>, most: usize, key: K, build: impl FnOnce() -> V) -> Arc<V> {
    let mut kept = cache.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, value)) = kept.iter().find(|(known, _)| *known == key) {
        return value.clone();
    }
    let value = Arc::new(build());
    kept.push_back((key, value.clone()));
    if kept.len() > most {
        kept.pop_front();
    }
    value
}
