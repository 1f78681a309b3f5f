//! Parses and checks settings. One error names all mistakes, each with its field, the value found and the fix, and
//! never with a secret.

pub(crate) mod ads;
pub(crate) mod connection;
pub(crate) mod credentials;
pub(crate) mod custom_report;
pub(crate) mod destination;
pub(crate) mod fault;
#[cfg(test)]
pub(crate) mod form;
mod kept;
pub(crate) mod leads;
pub(crate) mod ledger;
pub(crate) mod moment;
pub(crate) mod normal;
pub(crate) mod number;
pub(crate) mod quota;
mod reject;
pub(crate) mod reread;
pub(crate) mod results;
pub(crate) mod rotation;
pub(crate) mod secrets;
pub(crate) mod shape;
pub(crate) mod shard;
pub(crate) mod slips;
pub(crate) mod source;
pub mod spec;
pub(crate) mod start;
pub(crate) mod webhook;

pub(crate) use connection::ConnectionConfig;
pub(crate) use credentials::Credentials;
pub(crate) use destination::DestinationConfig;
pub(crate) use quota::Quota;
pub(crate) use reread::Reread;
pub(crate) use source::SourceConfig;
pub(crate) use start::StartDate;
pub(crate) use webhook::{WebhookConfig, WebhookOptions};
