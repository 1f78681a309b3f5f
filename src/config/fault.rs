//! Finds the mistakes in a config and describes them in sentences.

use std::borrow::Cow;

use chrono::NaiveDate;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{normal, secrets, shape, slips};
use crate::error::{Error, Result};
use crate::words::nearest;

/// A check for mistakes that a schema cannot express.
pub(crate) type Check = fn(&Value) -> Vec<String>;

/// Such checks, by what they look at.
#[derive(Clone, Copy, Default)]
pub(crate) struct Checks<'c> {
    /// The config as it was given: blank texts still stand in it.
    pub as_given: &'c [Check],
    /// The config in its present form.
    pub as_declared: &'c [Check],
}

/// Parses the text of `--config`: brings it into its present form, checks it against its schema and by `checks`, and
/// then deserializes it. Unknown keys that do no harm are logged as WARN.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, schema: &Value, checks: Checks<'_>) -> Result<T> {
    let given: Value =
        serde_json::from_str(text).map_err(|cause| error(&[format!("the config is not JSON: {cause}")]))?;
    if !given.is_object() {
        return Err(error(&["the config must be a JSON object".to_owned()]));
    }
    let blanks: Vec<String> = checks.as_given.iter().flat_map(|check| check(&given)).collect();
    let value = normal::form(given, schema);
    for slip in slips::of(&value, schema) {
        tracing::warn!("{slip}");
    }
    let mut faults = structure(&value, schema);
    faults.extend(secrets::faults(&value));
    faults.extend(blanks);
    faults.extend(checks.as_declared.iter().flat_map(|check| check(&value)));
    if !faults.is_empty() {
        return Err(error(&faults));
    }
    // The schema accepted it, so this fails only where schema and types differ. The error names no values.
    serde_json::from_value(value).map_err(|_| {
        Error::config("The config does not fit its specification")
            .advise("Compare it with `tiktok-ads spec`, and please report which field it was.")
    })
}

/// One error that names every mistake.
#[must_use]
pub(crate) fn error(faults: &[String]) -> Error {
    Error::config(format!("The config has {}: {}", count(faults.len()), faults.join("; ")))
        .advise("Mend the config and run the command again; `tiktok-ads spec` describes every field.")
}

fn count(faults: usize) -> String {
    if faults == 1 { "a fault".to_owned() } else { format!("{faults} faults") }
}

/// Checks against the specification. An object with several forms is checked against the form that it names, so that a
/// missing token does not read as "fits none of the forms". What an item of a list is that names no known form, its
/// reader says better.
#[must_use]
pub(crate) fn structure(config: &Value, schema: &Value) -> Vec<String> {
    let mut schema = schema.clone();
    let mut faults = Vec::new();
    let wanted = schema.pointer("/properties/credentials").is_none_or(Value::is_object);
    if wanted && config.get("credentials").is_none() {
        faults.push("`credentials` is missing".to_owned());
    }
    for (name, declared) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        if let Some(given) = config.get(name).filter(|_| shape::is_choice(declared)) {
            *declared = form(name, declared, given).unwrap_or_else(|fault| {
                faults.push(fault);
                Value::Bool(true)
            });
        }
        if let Some(Cow::Owned(items)) = shape::items(declared) {
            declared["items"] = items;
        }
    }
    let Ok(validator) = jsonschema::validator_for(&schema) else { return faults };
    // The only formats are dates and times, which `dates` and `secrets` explain better.
    let elsewhere = |error: &ValidationError<'_>| match error.kind() {
        Kind::Format { .. } => true,
        Kind::Pattern { .. } => error.instance_path().as_str().ends_with("_expires_at"),
        _ => false,
    };
    let errors = validator.iter_errors(config).filter(|error| !elsewhere(error));
    faults.extend(errors.map(|error| sentence(&error)));
    faults
}

/// The form that an object names.
fn form(at: &str, declared: &Value, given: &Value) -> Result<Value, String> {
    let words: Vec<&Value> = shape::forms(declared).filter_map(shape::chooser).map(|(_, word)| word).collect();
    let chooser = shape::forms(declared).find_map(shape::chooser).map_or("", |(name, _)| name);
    let Some(named) = given.get(chooser) else {
        return Err(format!("`{at}` must be an object with {} `{chooser}`", article(chooser)));
    };
    if let Some(form) = given.as_object().and_then(|given| shape::chosen(declared, given)) {
        return Ok(form.clone());
    }
    // A long value is not shown, because it may be a token in the wrong field.
    const WORD_CHARS_MAX: usize = 24;
    let found = named
        .as_str()
        .filter(|word| word.len() <= WORD_CHARS_MAX)
        .map_or("something else".to_owned(), |word| format!("{word:?}"));
    let words: Vec<String> = words.into_iter().map(Value::to_string).collect();
    Err(format!("`{at}.{chooser}` is {found}; it must be {}", words.join(" or ")))
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn sentence(error: &ValidationError<'_>) -> String {
    let at = field(error.instance_path().as_str());
    let found = found(&at, error.instance());
    match error.kind() {
        Kind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            format!("`{}` is missing", if at.is_empty() { property.to_owned() } else { format!("{at}.{property}") })
        }
        Kind::Type { .. } if at.contains("_id") && error.instance().is_number() => {
            format!(
                "`{at}` is {found}, a number that a program has rounded; write the id in quotes, as TikTok shows it"
            )
        }
        Kind::Type { kind: TypeKind::Single(kind) } => format!("`{at}` is {found}; it must be of type {kind}"),
        Kind::Minimum { limit } => format!("`{at}` is {found}; it must be at least {limit}"),
        Kind::Maximum { limit } => format!("`{at}` is {found}; it must be at most {limit}"),
        Kind::Pattern { .. } if at == "start_date" => {
            format!(
                "`{at}` is {found}; write a day as YYYY-MM-DD, or -1d to -3650d for so many days before today, such as -90d"
            )
        }
        Kind::Pattern { .. } if at.ends_with("_date") => format!("`{at}` is {found}; write a day as YYYY-MM-DD"),
        Kind::Pattern { .. } if at.ends_with("_id") && is_float(error.instance()) => {
            format!(
                "`{at}` is {found}, a number that a program has rounded; write the id in digits, as TikTok shows it"
            )
        }
        Kind::Pattern { .. } if at.contains("advertiser_id") => {
            format!("`{at}` is {found}; write the id in digits, without spaces")
        }
        Kind::Pattern { .. } => format!("`{at}` is {found}, which does not look as it should"),
        Kind::Enum { options } => format!("`{at}` is {found}; it must be {}", choice(options, error.instance())),
        _ => format!("`{at}` is {found}, which is not allowed"),
    }
}

/// Whether text is a number with a point or an exponent, which is how spreadsheets write long ids.
fn is_float(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains(['e', 'E', '.']) && text.parse::<f64>().is_ok())
}

/// The allowed words, and the likeliest one if one is alike.
fn choice(options: &Value, found: &Value) -> String {
    let words: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match nearest(found.as_str().unwrap_or_default(), words.iter().copied()) {
        Some(near) => format!("one of {}; did you mean {near}?", words.join(", ")),
        None => format!("one of {}", words.join(", ")),
    }
}

/// `/advertiser_ids/0` → `advertiser_ids[0]`
fn field(pointer: &str) -> String {
    let mut name = String::new();
    for part in pointer.split('/').skip(1) {
        if part.parse::<usize>().is_ok() {
            name.push_str(&format!("[{part}]"));
        } else {
            name.push_str(if name.is_empty() { "" } else { "." });
            name.push_str(part);
        }
    }
    name
}

/// Describes a value. Inside objects that hold secrets it shows the advertiser only.
fn found(at: &str, value: &Value) -> String {
    if (at.starts_with("credentials") && !at.ends_with("advertiser_id"))
        || at.starts_with("object_storage_config")
        || at.starts_with("audience_ledger")
        || at.starts_with("write_results")
        || is_hidden_of_webhooks(at)
    {
        return match value {
            Value::Object(_) => "an object",
            Value::Array(_) => "a list",
            Value::Bool(_) => "true or false",
            _ => "something else",
        }
        .to_owned();
    }
    if value.as_str().is_some_and(secrets::may_be_secret) {
        return "something long that is not shown, for it may be a secret".to_owned();
    }
    value.to_string().chars().take(60).collect()
}

/// The fields of web hooks that may be shown.
const SHOWN_OF_WEBHOOKS: [&str; 5] = [
    "webhooks.tolerance_seconds",
    "webhooks.signature",
    "webhooks.keep_days",
    "webhooks.entities",
    "webhooks.previous_key",
];

fn is_hidden_of_webhooks(at: &str) -> bool {
    at.starts_with("webhooks") && !SHOWN_OF_WEBHOOKS.iter().any(|shown| at.starts_with(shown))
}

/// Checks that the columns of mappings are strings.
#[must_use]
pub(crate) fn columns(config: &Value) -> Vec<String> {
    let mappings = config.get("mappings").and_then(Value::as_array).into_iter().flatten();
    let fields = |mapping: &Value| mapping.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    let of = |(at, mapping): (usize, &Value)| {
        let odd = fields(mapping).into_iter().filter(|(_, column)| !column.is_string());
        let told = odd.map(move |(field, column)| {
            let at = format!("mappings[{at}].fields.{field}");
            format!("`{at}` is {}; it must be the name of a column", found(&at, &column))
        });
        told.collect::<Vec<_>>()
    };
    mappings.enumerate().flat_map(of).collect()
}

/// Checks that the folders of rejected rows and of results are no addresses.
#[must_use]
pub(crate) fn folder(config: &Value) -> Vec<String> {
    let told = [("rejected_records", "rejected rows"), ("result_records", "results")].map(|(key, what)| {
        let folder = config.get(key).and_then(Value::as_str).filter(|folder| folder.contains("://"))?;
        Some(format!(
            "`{key}` is \"{folder}\", but it names a local folder; fill `object_storage_config` to store {what} in S3"
        ))
    });
    told.into_iter().flatten().collect()
}

/// Where configs name local folders.
const FOLDERS: [&str; 8] = [
    "/rejected_records",
    "/result_records",
    "/audience/ledger",
    "/creatives/folder",
    "/webhooks/spool",
    "/audience_ledger/folder",
    "/write_results/result_records",
    "/write_results/rejected_records",
];

/// Checks that no folder begins with what only a shell makes a path of: a folder of that name would be made.
#[must_use]
pub(crate) fn homes(config: &Value) -> Vec<String> {
    let is_home = |place: &&&str| {
        config.pointer(place).and_then(Value::as_str).is_some_and(|folder| folder.trim_start().starts_with('~'))
    };
    let told = |place: &&str| {
        let key = place.trim_start_matches('/').replace('/', ".");
        format!("`{key}` begins with ~, which only a shell understands; write the whole path")
    };
    FOLDERS.iter().filter(is_home).map(told).collect()
}

/// Checks that dates exist and that the end is not before the start.
#[must_use]
pub(crate) fn dates(config: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut day = |name: &str| {
        let text = config.get(name)?.as_str()?;
        let looks = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let parsed = text.parse::<NaiveDate>().ok();
        if looks && parsed.is_none() {
            faults.push(format!("`{name}` is \"{text}\", which is no day of the calendar; write a day as YYYY-MM-DD"));
        }
        parsed.filter(|_| looks)
    };
    if let (Some(start), Some(end)) = (day("start_date"), day("end_date"))
        && start > end
    {
        faults.push(format!("`start_date` ({start}) is after `end_date` ({end}); swap them or leave `end_date` empty"));
    }
    faults
}

/// Checks that advertisers are named or can be looked up, which needs app id and secret.
#[must_use]
pub(crate) fn unnamed_advertisers(config: &Value) -> Vec<String> {
    let Some(credentials) = config.get("credentials").and_then(Value::as_object) else { return Vec::new() };
    let has = |name: &str| config.get(name).and_then(Value::as_array).is_some_and(|ids| !ids.is_empty());
    let named = credentials.contains_key("advertiser_id") || has("advertiser_ids") || has("bc_ids");
    let app = credentials.contains_key("app_id") && credentials.contains_key("secret");
    let oauth = credentials.get("auth_type").is_some_and(|kind| kind == "oauth2.0");
    let fault = "no advertiser is named, and to look them up `credentials.app_id` and `credentials.secret` are needed; \
                 add both, or list `advertiser_ids`";
    (oauth && !named && !app).then(|| fault.to_owned()).into_iter().collect()
}
