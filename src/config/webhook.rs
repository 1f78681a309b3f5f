//! The settings of web hooks: where call-backs are kept, and how they prove where they come from.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::destination::ObjectStorage;
use super::fault::{self, Checks};
use super::moment::{MOMENT, Moment};
use super::{kept, spec};
use crate::error::Result;

/// The fewest characters of a secret path: 16 of 64 kinds are 96 bits.
const PATH_TOKEN_CHARS_MIN: usize = 16;

/// What TikTok tells by itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct WebhookOptions {
    /// The folder that `tiktok-ads webhook serve` keeps call-backs in, and that the stream webhook_events reads.
    #[schemars(title = "Spool", with = "String", extend("order" = 0, "examples" = ["/var/lib/tiktok-ads/spool"]))]
    pub spool: Option<PathBuf>,
    /// A bucket in place of the folder.
    #[schemars(title = "Object Storage", extend("order" = 1))]
    pub object_storage_config: ObjectStorage,
    /// The key that call-backs are signed with: the secret of your developer app.
    #[schemars(title = "Signing Key", with = "String", extend("airbyte_secret" = true, "order" = 2))]
    pub signing_key: Option<SecretString>,
    /// The key before it, which is good until the moment below.
    #[schemars(title = "Previous Signing Key", with = "String", extend("airbyte_secret" = true, "order" = 3))]
    pub previous_signing_key: Option<SecretString>,
    /// Until when the previous key is good: seven days from now at most.
    #[schemars(title = "Previous Key Until", with = "String", regex(pattern = MOMENT), extend("order" = 4, "pattern_descriptor" = "2026-01-31T12:00:00Z", "examples" = ["2026-01-31T12:00:00Z"]))]
    pub previous_key_until: Option<Moment>,
    /// How many seconds the moment of a signature may differ from this machine's clock.
    #[schemars(title = "Tolerance", range(min = 1, max = 3600), extend("order" = 5, "default" = 300))]
    pub tolerance_seconds: u32,
    /// What a call-back without a valid signature comes to: required refuses it; observe keeps and counts it; none does
    /// not look. The last two need a secret path.
    #[schemars(title = "Signature", extend("order" = 6, "default" = "required"))]
    pub signature: SignatureMode,
    /// A secret part of the address that TikTok calls, of 16 letters, digits, - or _ at least.
    #[schemars(title = "Secret Path", with = "String", extend("airbyte_secret" = true, "order" = 7))]
    pub path_token: Option<SecretString>,
    /// Days that call-backs stay in the spool after they were read.
    #[schemars(title = "Days to Keep", range(min = 1, max = 3650), extend("order" = 8, "default" = 30))]
    pub keep_days: u32,
    /// The address that TikTok calls, without the secret path. With it `check` tells which subscriptions are gone.
    #[schemars(title = "Call-back URL", with = "String", extend("order" = 9, "examples" = ["https://hooks.example.com/tiktok"]))]
    pub callback_url: Option<String>,
    /// What subscriptions there should be of.
    #[schemars(title = "Subscriptions", extend("order" = 10, "default" = ["AD", "AD_GROUP", "AD_ACCOUNT_SUSPENSION"]))]
    pub entities: Vec<Entity>,
}

impl Default for WebhookOptions {
    fn default() -> Self {
        Self {
            spool: None,
            object_storage_config: ObjectStorage::None,
            signing_key: None,
            previous_signing_key: None,
            previous_key_until: None,
            tolerance_seconds: 300,
            signature: SignatureMode::Required,
            path_token: None,
            keep_days: 30,
            callback_url: None,
            entities: vec![Entity::Ad, Entity::AdGroup, Entity::AdAccountSuspension],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum SignatureMode {
    #[default]
    Required,
    Observe,
    None,
}

impl SignatureMode {
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Observe => "observe",
            Self::None => "none",
        }
    }
}

/// What a subscription is about (docs/tiktok-api.md 8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub(crate) enum Entity {
    Ad,
    AdGroup,
    AdAccountSuspension,
    CreativeFatigue,
    ReportDataChange,
    Lead,
    ApiServiceStatus,
}

impl Entity {
    pub(crate) const ALL: [Self; 7] = [
        Self::Ad,
        Self::AdGroup,
        Self::AdAccountSuspension,
        Self::CreativeFatigue,
        Self::ReportDataChange,
        Self::Lead,
        Self::ApiServiceStatus,
    ];

    /// TikTok's name for it.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ad => "AD",
            Self::AdGroup => "AD_GROUP",
            Self::AdAccountSuspension => "AD_ACCOUNT_SUSPENSION",
            Self::CreativeFatigue => "CREATIVE_FATIGUE",
            Self::ReportDataChange => "REPORT_DATA_CHANGE",
            Self::Lead => "LEAD",
            Self::ApiServiceStatus => "API_SERVICE_STATUS",
        }
    }
}

impl WebhookOptions {
    /// Whether there is a place for call-backs.
    #[must_use]
    pub(crate) fn has_spool(&self) -> bool {
        self.spool.is_some() || matches!(self.object_storage_config, ObjectStorage::S3(_))
    }

    /// All secrets, which must never be printed.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        let own = [&self.signing_key, &self.previous_signing_key, &self.path_token];
        own.into_iter().flatten().chain(self.object_storage_config.secrets())
    }
}

/// A config of either role, reduced to its web hooks.
#[derive(Debug, Deserialize)]
pub(crate) struct WebhookConfig {
    #[serde(default)]
    pub webhooks: WebhookOptions,
}

impl WebhookConfig {
    /// Parses the text of `--config`. A mistake elsewhere concerns its own role.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut properties = Map::new();
        for role in [spec::DESTINATION, spec::SOURCE] {
            let schema = spec::schema_of(role);
            for (name, declared) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let declared = if name == "webhooks" { declared.clone() } else { Value::Bool(true) };
                properties.insert(name.clone(), declared);
            }
        }
        fault::parse(
            text,
            &json!({"type": "object", "properties": properties}),
            Checks { as_declared: &[faults, super::fault::homes], ..Checks::default() },
        )
    }
}

/// The mistakes that the schema cannot express. No sentence shows a secret.
#[must_use]
pub(crate) fn faults(config: &Value) -> Vec<String> {
    let Some(webhooks) = config.get("webhooks").and_then(Value::as_object) else { return Vec::new() };
    let mut faults: Vec<String> = ["signing_key", "previous_signing_key"]
        .into_iter()
        .filter(|name| text(webhooks, name).is_some_and(|key| key.chars().any(|c| c.is_whitespace() || c.is_control())))
        .map(|name| format!("`webhooks.{name}` holds spaces or line breaks; paste it again"))
        .collect();
    faults.extend(of_keys(webhooks));
    faults.extend(of_path(webhooks));
    faults.extend(of_place(webhooks));
    faults
}

fn text<'w>(webhooks: &'w Map<String, Value>, name: &str) -> Option<&'w str> {
    webhooks.get(name).and_then(Value::as_str)
}

fn of_keys(webhooks: &Map<String, Value>) -> Vec<String> {
    let (previous, until) = (text(webhooks, "previous_signing_key"), text(webhooks, "previous_key_until"));
    let mut faults = Vec::new();
    match (previous, until) {
        (Some(_), None) => faults.push(
            "`webhooks.previous_signing_key` needs `webhooks.previous_key_until`, seven days from now at most"
                .to_owned(),
        ),
        (None, Some(_)) => {
            faults.push("`webhooks.previous_key_until` says until when `webhooks.previous_signing_key` is good, which is missing".to_owned());
        }
        _ => {}
    }
    if previous.is_some() && text(webhooks, "signing_key").is_none() {
        faults
            .push("`webhooks.previous_signing_key` stands beside `webhooks.signing_key`, which is missing".to_owned());
    }
    if previous.is_some() && previous == text(webhooks, "signing_key") {
        faults.push("`webhooks.signing_key` and `webhooks.previous_signing_key` are the same".to_owned());
    }
    faults
}

fn of_path(webhooks: &Map<String, Value>) -> Vec<String> {
    let mut faults = Vec::new();
    let token = text(webhooks, "path_token");
    if let Some(mode @ ("observe" | "none")) = text(webhooks, "signature")
        && token.is_none()
    {
        faults.push(format!(
            "`webhooks.signature` is \"{mode}\", so `webhooks.path_token` must keep strangers out; set it, or take \
             \"required\""
        ));
    }
    let odd = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if token.is_some_and(|token| token.len() < PATH_TOKEN_CHARS_MIN || token.contains(odd)) {
        faults.push(format!(
            "`webhooks.path_token` must be {PATH_TOKEN_CHARS_MIN} letters, digits, - or _ at least; `openssl rand -hex \
             16` makes one"
        ));
    }
    faults
}

fn of_place(webhooks: &Map<String, Value>) -> Vec<String> {
    let mut faults = kept::SPOOL.faults(webhooks);
    let url = text(webhooks, "callback_url");
    if url.is_some_and(|url| !url.starts_with("https://") || url.contains(['?', '#', ' '])) {
        faults.push("`webhooks.callback_url` must be an https address without a query".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(webhooks: &Value) -> String {
        let text = json!({"webhooks": webhooks}).to_string();
        WebhookConfig::parse(&text).map_or_else(|error| error.to_string(), |_| "fine".to_owned())
    }

    #[test]
    fn a_spool_is_a_folder_or_a_bucket() {
        let bucket = json!({"storage_type": "S3", "s3_bucket_name": "b", "s3_bucket_region": "r", "bucket_path": "p"});
        for text in [
            json!({"webhooks": {"spool": bucket}}),
            json!({"webhooks": {"spool": {"object_storage_config": bucket}}}),
            json!({"webhooks": {"spool": "object_storage_config"}, "object_storage_config": bucket}),
            json!({"webhooks": {"object_storage_config": bucket}}),
        ] {
            let config = WebhookConfig::parse(&text.to_string()).unwrap();
            assert!(matches!(config.webhooks.object_storage_config, ObjectStorage::S3(_)), "{text}");
        }
        let config = WebhookConfig::parse(r#"{"webhooks": {"spool": "/s"}}"#).unwrap();
        assert_eq!(config.webhooks.spool, Some(PathBuf::from("/s")));
    }

    #[test]
    fn every_mistake_has_a_sentence_without_a_secret() {
        let secret = "sssssssssssssssssssssssssssssssss";
        let cases = [
            json!({"signature": "observe"}),
            json!({"signature": "none"}),
            json!({"signature": "maybe"}),
            json!({"path_token": "short"}),
            json!({"path_token": "with/slash/and/more/of/it"}),
            json!({"tolerance_seconds": 0}),
            json!({"tolerance_seconds": "many"}),
            json!({"keep_days": 0}),
            json!({"signing_key": "two words"}),
            json!({"signing_key": [secret]}),
            json!({"signing_key": "a", "previous_signing_key": secret}),
            json!({"previous_signing_key": secret, "previous_key_until": "2026-01-01T00:00:00Z"}),
            json!({"previous_key_until": "2026-01-01T00:00:00Z"}),
            json!({"previous_key_until": "soon", "signing_key": "a", "previous_signing_key": secret}),
            json!({"signing_key": secret, "previous_signing_key": secret, "previous_key_until": "2026-01-01T00:00:00Z"}),
            json!({"spool": "s3://bucket"}),
            json!({"callback_url": "http://plain"}),
            json!({"entities": ["ADS"]}),
            json!(secret),
        ];
        let mut all = String::new();
        for case in cases {
            let said = told(&case);
            assert_ne!(said, "fine", "{case}");
            assert!(!said.contains(secret), "{said}");
            all += &format!("{}\n  {said}\n", case.to_string().replace(secret, "…"));
        }
        insta::assert_snapshot!(all);
    }
}
