//! A row → which audience it wants connected to which ad group, or not. Pure.

use std::sync::LazyLock;

use crate::config::ads::Action;
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::def::{Mode, schema};
use crate::destination::objects::single::Row;
use crate::destination::record::columns::{Given, Record};
use crate::destination::record::fault::Fault;
use crate::destination::record::steer::{self, OPERATION};

pub(super) const SCHEMA: &str = schema!("audience_apply");
pub(super) static FIELDS: LazyLock<Fields> = LazyLock::new(|| Fields::of(SCHEMA));

/// What an ad group does with the people of an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    Include,
    Exclude,
}

impl Usage {
    /// TikTok's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Include => "Include",
            Self::Exclude => "Exclude",
        }
    }

    /// Where an ad group lists such audiences.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Include => "audience_ids",
            Self::Exclude => "excluded_audience_ids",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Include => Self::Exclude,
            Self::Exclude => Self::Include,
        }
    }
}

/// How a row names something.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    Id(String),
    Name(String),
}

impl Named {
    /// The id goes before the name.
    fn read(id: Option<&str>, name: Option<&str>) -> Option<Self> {
        let id = id.map(|id| Self::Id(id.to_owned()));
        id.or_else(|| name.map(|name| Self::Name(name.to_owned())))
    }

    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Id(shown) | Self::Name(shown) => shown,
        }
    }
}

/// What a row wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub row: Row,
    /// Create connects, delete disconnects.
    pub action: Action,
    pub audience: Named,
    pub ad_group: Named,
    pub campaign: Option<Named>,
    pub usage: Usage,
}

const KEY_MISSING: Fault = Fault::new(
    None,
    "key_missing",
    "The row names no audience or no ad group: fill `custom_audience_id` or `audience_name`, and `adgroup_id` or `adgroup_name`.",
);
const ODD: Fault = Fault::new(Some(OPERATION), "invalid_operation", "`_op` is neither create nor delete.");
const ODD_USAGE: Fault = Fault::new(Some("usage_mode"), "unknown_word", "`usage_mode` is neither Include nor Exclude.");

impl Wish {
    pub(crate) fn read(mode: Mode, record: &Record<'_>, target: Option<&str>) -> Result<Self, Fault> {
        let row = Row::read_any(&FIELDS, "custom_audience_id", record, target)?;
        let at = |name: &str| FIELDS.place(name).and_then(|place| record.at(place));
        let name = |field: &'static str| steer::named(field, at(field));
        let action = action(mode, row.is_gone, at(OPERATION))?;
        let audience = Named::read(row.id.as_deref(), name("audience_name")?);
        let ad_group = Named::read(name("adgroup_id")?, name("adgroup_name")?);
        let (Some(audience), Some(ad_group)) = (audience, ad_group) else { return Err(KEY_MISSING) };
        Ok(Self {
            action,
            audience,
            ad_group,
            campaign: Named::read(name("campaign_id")?, name("campaign_name")?),
            usage: usage(name("usage_mode")?)?,
            row,
        })
    }

    /// What names it in results.
    #[must_use]
    pub(crate) fn key(&self) -> String {
        let campaign = self.campaign.as_ref().filter(|_| matches!(self.ad_group, Named::Name(_)));
        let parts = [Some(&self.audience), campaign, Some(&self.ad_group)];
        let names = parts.into_iter().flatten().map(Named::shown);
        names.chain([self.usage.word()]).collect::<Vec<_>>().join(" / ")
    }
}

fn usage(word: Option<&str>) -> Result<Usage, Fault> {
    let Some(word) = word else { return Ok(Usage::Include) };
    let known = [Usage::Include, Usage::Exclude].into_iter().find(|usage| usage.word().eq_ignore_ascii_case(word));
    known.ok_or(ODD_USAGE)
}

/// A row's own word goes before the mode, and a row that the source deleted disconnects.
fn action(mode: Mode, is_gone: bool, operation: Option<&Given<'_>>) -> Result<Action, Fault> {
    let own = if is_gone || mode == Mode::SoftDelete { Action::Delete } else { Action::Create };
    let word = match operation {
        None => return Ok(own),
        Some(Given::Text(word)) => word.trim(),
        Some(_) => return Err(ODD),
    };
    match word.to_lowercase().as_str() {
        "" => Ok(own),
        "create" if is_gone => Ok(own),
        "create" => Ok(Action::Create),
        "delete" => Ok(Action::Delete),
        _ => Err(ODD),
    }
}
