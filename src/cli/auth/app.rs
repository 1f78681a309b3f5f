//! The developer app's id and secret, from the environment, the config or a prompt. The secret never comes from the
//! command line, which every process of the machine may read.

use secrecy::SecretString;

use super::file::ConfigFile;
use super::prompt;
use crate::cli::console::Console;
use crate::error::{Error, Result};
use crate::tiktok::token::grant;

/// The variable with the app's id.
const APP_ID: &str = "TIKTOK_ADS_APP_ID";
/// The variable with the app's secret.
const APP_SECRET: &str = "TIKTOK_ADS_APP_SECRET";

/// A developer app. Its id is no secret: it appears in the address of the consent page.
pub(super) struct DeveloperApp {
    pub(super) id: String,
    pub(super) secret: SecretString,
}

impl DeveloperApp {
    /// Finds id and secret, and prompts for a missing one.
    pub(super) async fn find(flag: Option<&str>, file: &ConfigFile, console: &Console) -> Result<Self> {
        let id = match flag.map(str::to_owned).or_else(|| environment(APP_ID)).or_else(|| file.credential("app_id")) {
            Some(id) => id,
            None => prompt::line("App ID").await.ok_or_else(|| missing("app id", "--app-id", APP_ID))?,
        };
        let secret = match environment(APP_SECRET).or_else(|| file.credential("secret")) {
            Some(secret) => secret.into(),
            None => prompt::secret("Secret (not shown)")
                .await
                .ok_or_else(|| missing("app's secret", "a line on standard input", APP_SECRET))?,
        };
        console.redaction.add([&secret]);
        let app = Self { id: id.trim().to_owned(), secret };
        app.check().map(|()| app)
    }

    /// Detects swapped values and values that were damaged by copying.
    fn check(&self) -> Result<()> {
        let credentials = serde_json::json!({"credentials": {
            "app_id": self.id, "secret": secrecy::ExposeSecret::expose_secret(&self.secret),
        }});
        match crate::config::secrets::faults(&credentials).into_iter().next() {
            Some(fault) => Err(Error::config(fault.replace("credentials.", ""))
                .advise("Both are on the app's page in TikTok's portal for developers.")),
            None => Ok(()),
        }
    }

    pub(super) fn granted(&self) -> grant::App {
        grant::App { id: self.id.clone().into(), secret: self.secret.clone() }
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn missing(what: &str, way: &str, variable: &str) -> Error {
    Error::config(format!("The {what} is missing"))
        .advise(format!("Give it in {variable}, in the config that `--config` names, or by {way}."))
}
