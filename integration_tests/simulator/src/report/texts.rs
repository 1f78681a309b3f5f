//! Parts of rows that are rendered once.

use super::leaf::VARIANTS;
use super::metrics::{Metric, Rule};
use crate::world::{Account, Level};
use std::sync::OnceLock;

pub(super) type Slot = OnceLock<Box<[u8]>>;

/// Metrics that stand together in the request: attributes or numbers.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) attributes: bool,
    pub(super) metrics: Vec<Metric>,
    /// By the first ad of the row for attributes, by pattern for numbers.
    pub(super) texts: Vec<Slot>,
}

/// The rendered parts of rows.
#[derive(Debug)]
pub(super) struct Texts(pub(super) Vec<Run>);

impl Texts {
    pub(super) fn new(account: &Account, metrics: &[Metric]) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for metric in metrics {
            let attributes = metric.rule == Rule::Attribute;
            match runs.last_mut().filter(|run| run.attributes == attributes) {
                Some(run) => run.metrics.push(*metric),
                None => runs.push(Run { attributes, metrics: vec![*metric], texts: Vec::new() }),
            }
        }
        let ads = account.all(Level::Ad).len();
        let patterns = usize::try_from(VARIANTS).unwrap_or(0);
        for run in &mut runs {
            let count = if run.attributes { ads } else { patterns };
            run.texts.resize_with(count, OnceLock::new);
        }
        Self(runs)
    }
}
