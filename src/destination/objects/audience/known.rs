//! The audiences that a run has found or made.

/// Stands in for the id of an audience that a dry run does not create.
pub(crate) const NOT_CREATED: &str = "0";

/// Where members go: the place of an audience in the run's list.
pub(crate) type AudienceAt = u32;

/// An audience that members of this run go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub advertiser: String,
    pub id: String,
    pub name: String,
}
