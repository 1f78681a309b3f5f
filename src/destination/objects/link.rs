//! Rows that link an audience with something: how they name the two, and whether they link or part them. Pure.

use super::audience::listed::Listed;
use super::def::Mode;
use crate::config::ads::Action;
use crate::destination::record::columns::Given;
use crate::destination::record::fault::Fault;
use crate::destination::record::steer::OPERATION;

/// How a row names something.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    Id(String),
    Name(String),
}

impl Named {
    /// The id goes before the name.
    #[must_use]
    pub(crate) fn read(id: Option<&str>, name: Option<&str>) -> Option<Self> {
        let id = id.map(|id| Self::Id(id.to_owned()));
        id.or_else(|| name.map(|name| Self::Name(name.to_owned())))
    }

    #[must_use]
    pub(crate) fn shown(&self) -> &str {
        match self {
            Self::Id(shown) | Self::Name(shown) => shown,
        }
    }
}

const ODD: Fault = Fault::new(Some(OPERATION), "invalid_operation", "`_op` is neither create nor delete.");

/// Create links, delete parts. A row's own word goes before the mode, and a row that the source deleted parts.
pub(crate) fn action(mode: Mode, is_gone: bool, operation: Option<&Given<'_>>) -> Result<Action, Fault> {
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

/// The id of the one audience that a row names. Who parts by an id may part from what is gone.
pub(crate) fn audience(named: &Named, action: Action, advertiser: &str, all: &[Listed]) -> Result<String, Fault> {
    let of = |is: &dyn Fn(&Listed) -> bool| all.iter().filter(|one| is(one)).collect::<Vec<_>>();
    let (field, found) = match named {
        Named::Id(id) if action == Action::Delete => return Ok(id.clone()),
        Named::Id(id) => ("custom_audience_id", of(&|one| one.audience_id == *id)),
        Named::Name(name) => ("audience_name", of(&|one| one.name == *name)),
    };
    let fault = |reason, what: String| Err(Fault { field: Some(field), reason, message: what.into() });
    match found[..] {
        [one] => Ok(one.audience_id.clone()),
        [] => fault("audience_not_found", format!("Advertiser {advertiser} has no audience of this id or name.")),
        _ => fault("ambiguous", format!("{} audiences have the name: name the one by its id.", found.len())),
    }
}
