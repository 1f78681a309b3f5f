//! What an object is to the rest of the destination: one row, and what its lane is opened with.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::access::CheckReport;
use crate::config::DestinationConfig;
use crate::config::destination::Mapping;
use crate::destination::engines::changes::Changes;
use crate::destination::engines::library::Libraries;
use crate::destination::record::columns::Path;
use crate::destination::shell::any_lane::AnyLane;
use crate::destination::shell::ledger::{RouteAt, StreamAt};
use crate::destination::shell::streams::StreamName;
use crate::error::{Error, Result};
use crate::tiktok::Client;
use crate::tiktok::endpoint::Endpoint;

/// An object of `discover`: one row.
pub(crate) struct ObjectDef {
    pub name: &'static str,
    pub modes: &'static [&'static str],
    /// Each a set of fields that may name a record.
    pub matching_keys: &'static [&'static [&'static str]],
    pub schema: &'static str,
    /// What messages call the owner of its fields.
    pub called: &'static str,
    /// What its form in the config is called.
    pub title: &'static str,
    /// Keys of a mapping that mean something to it, beside those of every mapping.
    pub settings: &'static [&'static str],
    /// What a stream must have, so that not every row of it is rejected.
    pub fields: &'static [FieldNeed],
    /// What it calls, for `check` and the list of permissions.
    pub endpoints: &'static [&'static Endpoint],
    /// Whether the destination is of no use without these.
    pub essential: bool,
    /// Whether the config wants it, for objects that are off until it does; what is wanted must not fail.
    pub wanted: Option<fn(&DestinationConfig) -> bool>,
    /// For an object that an account has many of, each with its id in its name.
    pub each: Option<&'static Each>,
    /// Looks at what a mapping and the config say of a stream; the fields that they fill for all of its records.
    pub bind: fn(&Route, &DestinationConfig) -> Result<Vec<&'static str>>,
    /// Objects that are written alike share a lane.
    pub lane: &'static LaneDef,
}

impl fmt::Debug for ObjectDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for ObjectDef {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Fields of which a stream must fill one.
#[derive(Debug)]
pub(crate) struct FieldNeed {
    pub any_of: &'static [&'static str],
    /// What it is for, behind "no column that".
    pub what: &'static str,
    /// What to do about it, before an example.
    pub advice: &'static str,
}

/// Objects of an account that share a row.
pub(crate) struct Each {
    /// The id in an object's name.
    pub id: fn(&str) -> Option<&str>,
    /// The names of all that `discover` offers.
    pub names: ListNames,
}

/// Lists the names of an advertiser's objects.
pub(crate) type ListNames = for<'a> fn(&'a Client, &'a str) -> BoxFuture<'a, Result<Vec<String>>>;

/// What lanes are opened with.
pub(crate) struct Opening<'a> {
    pub config: &'a DestinationConfig,
    /// Files of ads, which creatives fill and ads name.
    pub libraries: Arc<Libraries>,
    /// What the run writes, bounded for all lanes together.
    pub changes: Arc<Changes>,
}

/// Opens the lane of routes, each with its place among those of the run.
pub(crate) type OpenLane = fn(&Opening<'_>, Vec<(RouteAt, Route)>) -> Result<Box<dyn AnyLane>>;

/// What `check` looks for at TikTok.
pub(crate) struct Looking<'a> {
    pub client: &'a Client,
    pub config: &'a DestinationConfig,
    pub advertiser: &'a str,
    /// The mappings to objects of the lane, as far as each is sound by itself.
    pub routes: &'a [Route],
}

/// What `check` found.
#[derive(Default)]
pub(crate) struct Looked {
    pub report: CheckReport,
    /// A path that was called, which shows its permission, too.
    pub answered: Option<&'static Endpoint>,
    /// What kept it from looking, and its topic; told where nothing else explains it.
    pub kept: Option<(&'static str, Error)>,
}

/// Looks whether the account has what config and mappings name.
pub(crate) type Look = for<'a> fn(&'a Looking<'a>) -> BoxFuture<'a, Looked>;

/// How objects are written.
pub(crate) struct LaneDef {
    pub name: &'static str,
    pub open: OpenLane,
    pub look: Look,
    /// Refuses routes that no stream alone shows to be wrong.
    pub check: fn(&[&Route], &DestinationConfig) -> Result<()>,
}

/// How a stream is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Append,
    Update,
    AppendDedup,
    /// What is not in the stream goes.
    Overwrite,
    /// Every record deletes.
    SoftDelete,
}

/// Which generation of a stream's rows a run brings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Generation {
    pub id: u64,
    /// Rows of an earlier one stay, as the platform says: the run brings only what is new.
    pub keeps: bool,
}

impl Mode {
    const ALL: [Self; 5] = [Self::Append, Self::Update, Self::AppendDedup, Self::Overwrite, Self::SoftDelete];

    /// The protocol's word.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Update => "update",
            Self::AppendDedup => "append_dedup",
            Self::Overwrite => "overwrite",
            Self::SoftDelete => "soft_delete",
        }
    }

    /// The mode of a word; others are none that an object knows.
    #[must_use]
    pub(crate) fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|mode| mode.word() == word).unwrap_or(Self::Append)
    }
}

/// What the records of a stream become. A stream that feeds several objects has several routes. What it means to its
/// object, the object reads from the mapping.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// Where the stream stands in the catalogue.
    pub at: StreamAt,
    pub stream: StreamName,
    /// What tells it from the other routes of its stream; none where it is the only one.
    pub part: Option<String>,
    pub object: &'static ObjectDef,
    /// The id in the object's name, if it has one.
    pub object_id: Option<String>,
    /// The stream's columns; none where the catalogue does not tell them.
    pub columns: Vec<String>,
    /// From the stream's field to TikTok's. A field that is not here keeps its name.
    pub fields: BTreeMap<String, String>,
    /// The fields that name a record, as the stream calls them.
    pub key: Vec<Path>,
    /// What its records do, unless they say so themselves.
    pub mode: Mode,
    pub generation: Generation,
    pub mapping: Option<Mapping>,
}

impl Route {
    /// TikTok's field that a column fills.
    #[must_use]
    pub(crate) fn field<'r>(&'r self, column: &'r str) -> &'r str {
        self.fields.get(column).map_or(column, String::as_str)
    }

    /// A text of the mapping, if it is set.
    #[must_use]
    pub(crate) fn set(&self, text: impl Fn(&Mapping) -> &Option<String>) -> Option<String> {
        let text = self.mapping.as_ref().and_then(|mapping| text(mapping).as_deref());
        text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }
}

/// What `check` calls a stream's mapping.
#[must_use]
pub(crate) fn topic(stream: &StreamName) -> String {
    format!("mapping of `{stream}`")
}

impl ObjectDef {
    /// Refuses a mode that the object lacks.
    pub(crate) fn check_mode(&self, stream: impl fmt::Display, mode: &str) -> Result<()> {
        let Self { name, modes, .. } = self;
        if modes.contains(&mode) {
            return Ok(());
        }
        let choose = match modes {
            [one] => format!("Choose {one}."),
            several => format!("Choose one of {}.", several.join(", ")),
        };
        Err(Error::config(format!("Stream `{stream}` is to be written as {mode}, which `{name}` does not know"))
            .advise(choose))
    }
}

/// The schema file of an object, in the binary.
macro_rules! schema {
    ($name:literal) => {
        include_str!(concat!("../../../../schemas/objects/", $name, ".json"))
    };
}
pub(crate) use schema;
