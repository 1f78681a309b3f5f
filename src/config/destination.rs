//! The destination's settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ads::AdsOptions;
use super::credentials::Credentials;
use super::fault::{self, Check, Checks};
use super::reject::RejectOptions;
use super::{Quota, spec};
use crate::error::Result;

/// TikTok Ads Destination
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(title = "TikTok Ads Destination", extend("additionalProperties" = true), transform = quota_of_destination)]
pub(crate) struct DestinationConfig {
    /// How to reach your advertiser accounts.
    #[schemars(title = "Authentication Method", extend("order" = 0))]
    pub credentials: Credentials,

    /// The advertiser that records go to. A record's own `advertiser_id` wins.
    #[serde(default)]
    #[schemars(title = "Advertiser ID", with = "String", regex(pattern = "^$|^[0-9]+$|[?&]aadvid=[0-9]+"), extend("order" = 1, "pattern_descriptor" = "digits, or an address of TikTok Ads Manager", "examples" = ["7011111111111111111"]))]
    pub advertiser_id: Option<String>,

    /// Which object each stream is, where the platform does not say. A stream that is called like an object needs
    /// no mapping.
    #[serde(default)]
    #[schemars(title = "Mappings", extend("order" = 2, "default" = []))]
    pub mappings: Vec<Mapping>,

    /// How members of audiences are prepared.
    #[serde(default)]
    #[schemars(title = "Audiences", extend("order" = 3))]
    pub audience: AudienceOptions,

    /// Where conversion events go.
    #[serde(default)]
    #[schemars(title = "Conversion Events", extend("order" = 9))]
    pub events: EventOptions,

    /// Guards of what is done to campaigns, ad groups, ads and split tests.
    #[serde(default)]
    #[schemars(title = "Ads", extend("order" = 10))]
    pub ads: AdsOptions,

    /// Files for ads.
    #[serde(default)]
    #[schemars(title = "Creatives", extend("order" = 12))]
    pub creatives: CreativeOptions,

    /// A local folder for the results: a line for each row that manages something, with what was done. Leave it empty
    /// for none.
    #[serde(default)]
    #[schemars(title = "Result Records", with = "String", extend("order" = 11))]
    pub result_records: Option<PathBuf>,

    /// A local folder for the rows that were refused, with reason and masked identifiers. Leave it empty for none.
    #[serde(default)]
    #[schemars(title = "Rejected Records", with = "String", extend("order" = 4))]
    pub rejected_records: Option<PathBuf>,

    /// How much may be refused.
    #[serde(default)]
    #[schemars(title = "Rejects", extend("order" = 13))]
    pub rejects: RejectOptions,

    /// Where refused rows go besides, in the form that Airbyte's platform links to.
    #[serde(default)]
    #[schemars(title = "Object Storage", extend("order" = 8))]
    pub object_storage_config: ObjectStorage,

    /// Do everything but the last request, to see what a sync would send.
    #[serde(default)]
    #[schemars(title = "Dry Run", extend("order" = 5, "default" = false))]
    pub dry_run: bool,

    #[serde(flatten)]
    pub quota: Quota,
}

/// Adapts the quota's fields to the destination's form: their order, and the fact that members do not count.
fn quota_of_destination(schema: &mut Schema) {
    let about =
        "The quota of your developer app, and the most that is tried. Members are sent on a quota of their own.";
    for (pointer, value) in [
        ("/properties/requests_per_second/description", json!(about)),
        ("/properties/requests_per_second/order", json!(6)),
        ("/properties/max_concurrent_requests/order", json!(7)),
    ] {
        if let Some(place) = schema.pointer_mut(pointer) {
            *place = value;
        }
    }
}

/// One stream of the platform and what it is to TikTok.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct Mapping {
    /// The stream's name.
    #[schemars(title = "Stream", extend("order" = 0))]
    pub stream: String,
    /// The stream's namespace, where the catalogue holds streams of that name in several.
    #[serde(default)]
    #[schemars(title = "Namespace", with = "String", extend("order" = 8))]
    pub namespace: Option<String>,
    /// The object its records are, such as audience_members.
    #[schemars(title = "Object", extend("order" = 1))]
    pub object: String,
    /// From TikTok's fields to the stream's, as in {"email": "email_address"}. Fields left out keep their names.
    #[serde(default)]
    #[schemars(title = "Fields", with = "BTreeMap<String, Value>", extend("order" = 2))]
    pub fields: BTreeMap<String, String>,
    /// The audience's name, where no column holds it.
    #[serde(default)]
    #[schemars(title = "Audience Name", with = "String", extend("order" = 3))]
    pub audience_name: Option<String>,
    /// The audience's id, where no column holds it.
    #[serde(default)]
    #[schemars(title = "Audience ID", with = "String", regex(pattern = "^$|^[0-9]+$"), extend("order" = 4, "pattern_descriptor" = "digits"))]
    pub audience_id: Option<String>,
    /// The event that the records are, where no column says it, such as Purchase.
    #[serde(default)]
    #[schemars(title = "Event", with = "String", extend("order" = 6))]
    pub event: Option<String>,
    /// The pixel, app or event set that the events go to, where no column says it.
    #[serde(default)]
    #[schemars(title = "Event Source ID", with = "String", extend("order" = 7))]
    pub event_source_id: Option<String>,
    /// What the records do, unless they say so themselves.
    #[serde(default)]
    #[schemars(title = "Operation", extend("order" = 5, "default" = "add"))]
    pub operation: Operation,
    /// Make the audience equal to the stream: who is not in it any more leaves. It needs `audience.ledger`, but not for audiences of files.
    #[serde(default)]
    #[schemars(title = "Mirror", extend("order" = 9, "default" = false))]
    pub mirror: bool,
}

/// Where conversion events go, unless their columns say so.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct EventOptions {
    /// What kind of source the id below is of. Leave it empty when one id serves all streams.
    #[schemars(title = "Event Source", with = "EventSource", extend("order" = 0))]
    pub event_source: Option<EventSource>,
    /// The pixel code (web), TikTok App ID (app), or id of the event set (offline, crm).
    #[schemars(title = "Event Source ID", with = "String", extend("order" = 1, "examples" = ["C5T8RAV7QGVGP8Q9BDOG"]))]
    pub event_source_id: Option<String>,
    /// Send the events as tests, seen only under Test Events in TikTok's Events Manager.
    #[schemars(title = "Test Event Code", with = "String", extend("order" = 2, "examples" = ["TEST12345"]))]
    pub test_event_code: Option<String>,
    /// Ask TikTok to limit what it does with web and app events, as some states of the US require.
    #[schemars(title = "Limited Data Use", extend("order" = 3))]
    pub limited_data_use: bool,
    /// Columns that differ from one load of a row to the next. They do not count for the id that is made of a whole
    /// row.
    #[schemars(title = "Ignored Columns", extend("order" = 4, "default" = []))]
    pub ignore_columns: Vec<String>,
}

/// Where files for ads come from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct CreativeOptions {
    /// The folder that `path` is below. Without it no file of this machine is read.
    #[schemars(title = "Folder", with = "String", extend("order" = 0))]
    pub folder: Option<PathBuf>,
    /// The most bytes of an image. TikTok takes 50 MB.
    #[schemars(title = "Most Bytes of an Image", range(min = 1, max = 52_428_800), extend("order" = 1, "default" = 31_457_280))]
    pub image_bytes_max: u64,
    /// What tells that a file is in the library already: its content, for which the library is listed once a run, or
    /// its name alone, for libraries that are too large to list.
    #[schemars(title = "Known By", extend("order" = 2, "default" = "content"))]
    pub reuse: Reuse,
}

impl Default for CreativeOptions {
    fn default() -> Self {
        Self { folder: None, image_bytes_max: 30 << 20, reuse: Reuse::Content }
    }
}

/// What files are known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Reuse {
    Content,
    Name,
}

/// Where a conversion happened (docs/tiktok-api.md 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum EventSource {
    Web,
    App,
    Offline,
    Crm,
}

impl EventSource {
    pub(crate) const ALL: [Self; 4] = [Self::Web, Self::App, Self::Offline, Self::Crm];

    /// TikTok's name for it.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::App => "app",
            Self::Offline => "offline",
            Self::Crm => "crm",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Operation {
    #[default]
    Add,
    Delete,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct AudienceOptions {
    /// Create an audience that does not exist yet.
    #[schemars(title = "Create Missing", extend("order" = 0))]
    pub create_missing: bool,
    /// Audiences that one run may create. A column that is no audience's name would make hundreds.
    #[schemars(title = "Most Audiences Created", range(min = 1, max = 400), extend("order" = 4, "default" = 20))]
    pub max_created: u32,
    /// What is done to an e-mail address before it is hashed: tiktok_dmp drops everything from the first `+` and all
    /// dots of the local part, plus_only keeps the dots, lowercase_only keeps both.
    #[schemars(title = "E-mail Rule", extend("order" = 1, "default" = "tiktok_dmp"))]
    pub email_rule: EmailRule,
    /// How a phone number is written before it is hashed: +16577770000 or 16577770000.
    #[schemars(title = "Phone Form", extend("order" = 2, "default" = "e164_plus"))]
    pub phone_hash_form: PhoneForm,
    /// The country of phone numbers without one, as a code or in English. Without it they are refused, never guessed.
    #[schemars(title = "Default Country", with = "String", extend("order" = 3, "examples" = ["US"]))]
    pub default_country: Option<String>,
    /// Where it is kept what was sent to each audience, in hashes only: a local folder, or object_storage for the bucket
    /// of Object Storage. A mirror needs it; with it changed identifiers leave, too.
    #[schemars(title = "Ledger", with = "String", extend("order" = 5, "examples" = ["object_storage"]))]
    pub ledger: Option<String>,
    /// When the stream of a mirror is whole: complete takes the word of the platform or of the source; eof takes the end
    /// of the input for it, which is the same when a source fails.
    #[schemars(title = "Finish", extend("order" = 6, "default" = "complete"))]
    pub finish: Finish,
    /// How many per cent of an audience's members a mirror may remove in one run, and how many of its rows may be
    /// rejected.
    #[schemars(title = "Most Shrinking in Per Cent", range(min = 0, max = 100), extend("order" = 7, "default" = 20))]
    pub max_shrink_percent: u64,
    /// Let a mirror without a single row empty its audience.
    #[schemars(title = "Allow Empty", extend("order" = 8, "default" = false))]
    pub allow_empty: bool,
    /// The generation that may remove more than that, in one run.
    #[schemars(title = "Confirm Shrinking of Generation", with = "u64", extend("order" = 9))]
    pub confirm_shrink: Option<u64>,
    /// Days that an audience lives which is made of files (audience_file), from its making. Without it TikTok keeps it
    /// for 365 days after its last use.
    #[schemars(title = "Retention in Days", with = "u32", range(min = 1, max = 365), extend("order" = 10))]
    pub retention_in_days: Option<u32>,
}

/// When a stream is known to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Finish {
    #[default]
    Complete,
    Eof,
}

/// What `audience.ledger` says where the ledger is in the bucket of `object_storage_config`.
pub(crate) const LEDGER_IN_BUCKET: &str = "object_storage";

impl Default for AudienceOptions {
    fn default() -> Self {
        Self {
            create_missing: true,
            max_created: 20,
            email_rule: EmailRule::default(),
            phone_hash_form: PhoneForm::default(),
            default_country: None,
            ledger: None,
            finish: Finish::default(),
            max_shrink_percent: 20,
            allow_empty: false,
            confirm_shrink: None,
            retention_in_days: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum EmailRule {
    #[default]
    TiktokDmp,
    PlusOnly,
    LowercaseOnly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum PhoneForm {
    #[default]
    E164Plus,
    Digits,
}

/// Airbyte's own block.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(tag = "storage_type")]
#[schemars(inline)]
pub(crate) enum ObjectStorage {
    /// Nothing is kept.
    #[default]
    #[schemars(title = "None")]
    None,
    /// A bucket of S3, or of what speaks like it.
    #[schemars(title = "S3")]
    S3(Bucket),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct Bucket {
    /// The bucket.
    #[schemars(title = "S3 Bucket Name", extend("order" = 1))]
    pub s3_bucket_name: String,
    /// Its region, such as eu-west-1.
    #[schemars(title = "S3 Bucket Region", extend("order" = 2))]
    pub s3_bucket_region: String,
    /// The folder within it.
    #[schemars(title = "Bucket Path", extend("order" = 3))]
    pub bucket_path: String,
    /// Another S3's address. Leave it empty for Amazon's.
    #[serde(default)]
    #[schemars(title = "Endpoint", with = "String", extend("order" = 4))]
    pub s3_endpoint: Option<String>,
    /// Leave both keys empty to take the machine's own role.
    #[serde(default)]
    #[schemars(title = "Access Key ID", with = "String", extend("airbyte_secret" = true, "order" = 5))]
    pub access_key_id: Option<SecretString>,
    /// The secret of the access key.
    #[serde(default)]
    #[schemars(title = "Secret Access Key", with = "String", extend("airbyte_secret" = true, "order" = 6))]
    pub secret_access_key: Option<SecretString>,
}

impl ObjectStorage {
    /// All secrets, which must never be printed.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        let keys = match self {
            Self::None => [None, None],
            Self::S3(bucket) => [bucket.access_key_id.as_ref(), bucket.secret_access_key.as_ref()],
        };
        keys.into_iter().flatten()
    }
}

impl DestinationConfig {
    /// Parses the text of `--config`.
    #[cfg(test)]
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::parse_with(text, Checks::default())
    }

    /// Parses it with checks that only the destination knows, so that one error names all mistakes.
    pub(crate) fn parse_with(text: &str, more: Checks<'_>) -> Result<Self> {
        let as_declared = [fault::columns as Check, fault::folder, fault::homes];
        let as_declared: Vec<Check> = as_declared.iter().chain(more.as_declared).copied().collect();
        fault::parse(text, &spec::schema_of(spec::DESTINATION), Checks { as_declared: &as_declared, ..more })
    }

    /// The advertiser of records that name none.
    #[must_use]
    pub(crate) fn target(&self) -> Option<&str> {
        self.advertiser_id.as_deref().or_else(|| self.credentials.advertiser_id())
    }
}
