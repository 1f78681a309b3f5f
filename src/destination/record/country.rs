//! The country that the config names, for phone numbers that tell none. Pure.

use serde_json::Value;

use crate::config::destination::AudienceOptions;
use crate::error::Error;
use crate::identity::Country;

/// The country of phone numbers that tell none.
pub(crate) fn default_country(options: &AudienceOptions) -> Result<Option<Country>, Error> {
    let Some(code) = options.default_country.as_deref() else { return Ok(None) };
    Country::parse(code).map(Some).ok_or_else(|| Error::config(no_country(code)))
}

/// The same among the other faults of a config.
#[must_use]
pub(crate) fn country_faults(config: &Value) -> Vec<String> {
    let code = config.pointer("/audience/default_country").and_then(Value::as_str);
    code.filter(|code| Country::parse(code).is_none()).map(no_country).into_iter().collect()
}

fn no_country(code: &str) -> String {
    format!("`audience.default_country` is {code:?}, which is no country; write its code, such as US or GB")
}
