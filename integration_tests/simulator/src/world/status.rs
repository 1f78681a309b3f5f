//! Secondary and primary status of an object, seen with its parents
//! (`docs/tiktok-api.md` Appendix D [DOC 1757239620352002]).

use super::entity::{Level, State};

/// `SECONDARY PRIMARY` a line.
const TABLE: &str = include_str!("statuses.txt");

/// Names of `primary_status` in a filter.
pub(crate) const PRIMARY: &[&str] = &[
    "STATUS_DELETE",
    "STATUS_DELIVERY_OK",
    "STATUS_DISABLE",
    "STATUS_NOT_DELIVERY",
    "STATUS_TIME_DONE",
    "STATUS_RF_CLOSED",
    "STATUS_FROZEN",
    "STATUS_ALL",
    "STATUS_NOT_DELETE",
];

/// The states of an object and its parents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lineage {
    pub(crate) campaign: State,
    pub(crate) adgroup: Option<State>,
    pub(crate) own: State,
    pub(crate) level: Level,
}

/// The `secondary_status` an object shows: a parent's state wins over its own.
pub(crate) fn secondary(lineage: Lineage) -> &'static str {
    match lineage.level {
        Level::Campaign => match lineage.own {
            State::Deleted => "CAMPAIGN_STATUS_DELETE",
            State::Disabled => "CAMPAIGN_STATUS_DISABLE",
            State::Enabled => "CAMPAIGN_STATUS_ENABLE",
        },
        Level::AdGroup => adgroup(lineage),
        Level::Ad => ad(lineage),
    }
}

fn adgroup(lineage: Lineage) -> &'static str {
    match (lineage.campaign, lineage.own) {
        (State::Deleted, _) => "ADGROUP_STATUS_CAMPAIGN_DELETE",
        (_, State::Deleted) => "ADGROUP_STATUS_DELETE",
        (State::Disabled, _) => "ADGROUP_STATUS_CAMPAIGN_DISABLE",
        (_, State::Disabled) => "ADGROUP_STATUS_DISABLE",
        _ => "ADGROUP_STATUS_DELIVERY_OK",
    }
}

fn ad(lineage: Lineage) -> &'static str {
    let adgroup = lineage.adgroup.unwrap_or(State::Enabled);
    match (lineage.campaign, adgroup, lineage.own) {
        (State::Deleted, _, _) => "AD_STATUS_CAMPAIGN_DELETE",
        (_, State::Deleted, _) => "AD_STATUS_ADGROUP_DELETE",
        (_, _, State::Deleted) => "AD_STATUS_DELETE",
        (State::Disabled, _, _) => "AD_STATUS_CAMPAIGN_DISABLE",
        (_, State::Disabled, _) => "AD_STATUS_ADGROUP_DISABLE",
        (_, _, State::Disabled) => "AD_STATUS_DISABLE",
        _ => "AD_STATUS_DELIVERY_OK",
    }
}

/// The `primary_status` to which a secondary one belongs.
pub(crate) fn primary(secondary: &str) -> Option<&'static str> {
    TABLE
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(name, _)| *name == secondary)
        .map(|(_, primary)| primary)
}

/// Whether a status passes a `primary_status` filter.
pub(crate) fn passes_primary(secondary: &str, wanted: &str) -> bool {
    match wanted {
        "STATUS_ALL" => true,
        "STATUS_NOT_DELETE" => !secondary.ends_with("_DELETE"),
        _ => primary(secondary) == Some(wanted),
    }
}

/// Whether a status passes a `secondary_status` filter.
pub(crate) fn passes_secondary(secondary: &str, wanted: &str) -> bool {
    if wanted.ends_with("_STATUS_ALL") {
        return true;
    }
    if wanted.ends_with("_STATUS_NOT_DELETE") {
        return !secondary.ends_with("_DELETE");
    }
    secondary == wanted
}

/// The values `secondary_status` may have in a filter of a level.
pub(crate) fn secondary_names(level: Level) -> Vec<String> {
    let prefix = format!("{}_STATUS_", level.stem().to_uppercase());
    let known = TABLE.lines().filter_map(|line| line.split(' ').next());
    let mut names: Vec<String> =
        known.filter(|name| name.starts_with(&prefix) || name.starts_with("ADVERTISER_")).map(str::to_owned).collect();
    names.push(format!("{prefix}ALL"));
    names.push(format!("{prefix}NOT_DELETE"));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_campaign_marks_its_ads() {
        let lineage =
            Lineage { campaign: State::Deleted, adgroup: Some(State::Enabled), own: State::Disabled, level: Level::Ad };
        let status = secondary(lineage);
        assert_eq!(status, "AD_STATUS_CAMPAIGN_DELETE");
        assert!(!passes_primary(status, "STATUS_NOT_DELETE"));
        assert!(passes_primary(status, "STATUS_DELETE"));
        assert!(passes_secondary(status, "AD_STATUS_ALL"));
    }

    #[test]
    fn every_status_has_a_primary() {
        for name in ["CAMPAIGN_STATUS_ENABLE", "ADGROUP_STATUS_DELIVERY_OK", "AD_STATUS_DISABLE"] {
            assert!(primary(name).is_some(), "{name}");
        }
        assert!(secondary_names(Level::Ad).contains(&"AD_STATUS_ALL".to_owned()));
    }
}
