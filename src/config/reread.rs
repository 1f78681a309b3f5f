//! What of the attribution window is read again.

use schemars::JsonSchema;
use serde::Deserialize;

/// Which days of the attribution window an incremental sync reads again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reread {
    #[default]
    All,
    // Those whose sums have moved.
    Changed,
}
