//! How much of what is written may be refused.

use schemars::JsonSchema;
use serde::Deserialize;

/// How much may be refused.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct RejectOptions {
    /// The most percent of a stream's rows that may be refused. If more are, the run ends with an error, after what was
    /// accepted is acknowledged: early from a thousand rows on, else at the end. 100 never ends it.
    #[schemars(title = "Most Percent of Rejected Rows", range(min = 0, max = 100), extend("order" = 0, "default" = 100))]
    pub max_percent: u64,
}

impl Default for RejectOptions {
    fn default() -> Self {
        Self { max_percent: 100 }
    }
}
