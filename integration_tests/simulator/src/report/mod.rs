//! Reports: which rows there are and what is in them (`docs/tiktok-api.md` 4.1–4.3
//! [DOC 1740302848100353]).
//!
//! Every number follows from (ad, day): a day's activity is one of [`leaf::VARIANTS`] patterns.
//! Hours and audiences are shares of a day, higher levels are sums of ads, so everything adds up.

mod allowed;
mod attributes;
mod breakdown;
mod cache;
mod conditions;
mod expect;
mod gmv_max;
mod kind;
mod leaf;
mod ledger;
mod metrics;
mod query;
mod render;
mod rows;
mod texts;

pub(crate) use allowed::forbidden as forbidden_metric;
pub(crate) use breakdown::names as dimension_names;
pub(crate) use breakdown::{Bucket, buckets};
pub(crate) use cache::ReportCache;
pub(crate) use conditions::parse as parse_conditions;
pub(crate) use gmv_max::rule as gmv_max_rule;
pub(crate) use kind::Kind;
pub(crate) use leaf::Quantity;
pub(crate) use ledger::{Clock, Grid, Ledger, Moment, Source, Sums};
pub(crate) use metrics::{Metric, Rule};
pub(crate) use query::{Dimension, Parts};
pub use query::{Expected, ReportQuery};

pub(crate) use render::{Report, prepare, total};
