//! Bytes → checked, typed settings. All faults are told at once, each with its field, what was found and what
//! to do; never with a secret.

pub mod connection;
pub mod credentials;
pub mod custom_report;
pub mod destination;
pub mod fault;
pub mod moment;
pub mod normal;
pub mod number;
pub mod rotation;
pub mod secrets;
pub mod shape;
pub mod slips;
pub mod source;
pub mod spec;

pub use connection::ConnectionConfig;
pub use credentials::Credentials;
pub use destination::DestinationConfig;
pub use source::SourceConfig;
