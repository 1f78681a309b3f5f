//! Whether leads are read, and how plain.

use schemars::JsonSchema;
use serde::Deserialize;

/// Answers of people to forms.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct LeadOptions {
    /// Offer the stream leads. Whoever chooses every stream reads no persons by accident.
    #[schemars(title = "Read Leads", extend("order" = 0, "default" = false))]
    pub read: bool,
    /// Answers as people gave them. Otherwise personal ones are hashed, and an unknown field counts as personal.
    #[schemars(title = "Plain Answers", extend("order" = 1, "default" = false))]
    pub plain: bool,
    /// Fields of your forms that ask for nothing personal: their answers are plain.
    #[schemars(title = "Plain Fields", extend("order" = 2, "default" = [], "examples" = [["Which model?"]]))]
    pub plain_fields: Vec<String>,
}
