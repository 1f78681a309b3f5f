//! The config file, the only place that a token is written to. It is written whole or not at all, and only its owner
//! may read it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use futures::future::BoxFuture;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;

use crate::cli::connect;
use crate::config::{normal, rotation, spec};
use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use crate::tiktok::token::grant::App;
use crate::tiktok::token::{TokenStore, Tokens};

/// A config file, which may not exist yet.
pub(super) struct ConfigFile {
    /// The path as the person wrote it.
    named: PathBuf,
    path: PathBuf,
    config: Value,
}

/// Where a new token goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenSlot {
    /// It replaces the existing token.
    First,
    /// It is added to the existing tokens.
    Additional,
}

/// A granted token, with the values that belong to it.
pub(super) struct NewToken<'a> {
    pub(super) app: &'a App,
    pub(super) tokens: &'a Tokens,
    /// The ids of the permissions that were granted with it.
    pub(super) scope: &'a [u64],
    pub(super) slot: TokenSlot,
    /// The only advertiser to use, if any.
    pub(super) advertiser: Option<&'a str>,
}

impl ConfigFile {
    /// Reads the file, which must be a config of this connector or absent. It also checks now that the file can be
    /// written: otherwise a token could be granted and not stored.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let config = match std::fs::read_to_string(path) {
            Ok(text) => known(path, &text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => json!({}),
            Err(error) => return Err(unreadable(path, &error)),
        };
        // Writes go to the target of a link, not to the link.
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let file = Self { named: path.to_owned(), path: target, config };
        file.temporary()?;
        Ok(file)
    }

    /// Reads a file that must exist.
    pub(super) fn existing(path: &Path) -> Result<Self> {
        match std::fs::metadata(path) {
            Ok(_) => Self::open(path),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    pub(super) fn named(&self) -> &Path {
        &self.named
    }

    pub(super) fn text(&self) -> String {
        self.config.to_string()
    }

    /// A string among the credentials.
    pub(super) fn credential(&self, name: &str) -> Option<String> {
        let form = normal::form(self.config.clone(), &spec::schema_of(spec::SOURCE));
        form.get("credentials")?.get(name)?.as_str().map(str::to_owned)
    }

    /// Refuses a config with a sandbox token: a login cannot get one, because TikTok shows it on a page.
    pub(super) fn refuse_sandbox(&self) -> Result<()> {
        if self.credential("auth_type").is_none_or(|kind| kind != "sandbox_access_token") {
            return Ok(());
        }
        Err(Error::config(format!(
            "{} holds a token of TikTok's sandbox, which is no token of a login",
            self.named.display()
        ))
        .advise("Name another file with `--config`; the sandbox's token is on the app's page in TikTok's portal."))
    }

    /// Puts a granted token and its app into the config. All other keys stay as they are.
    pub(super) fn put(&mut self, new: &NewToken<'_>) {
        let mut number = 0;
        let additional = new.slot == TokenSlot::Additional && self.credential("access_token").is_some();
        self.change(|credentials| {
            credentials.insert("app_id".to_owned(), new.app.id.expose_secret().into());
            credentials.insert("secret".to_owned(), new.app.secret.expose_secret().into());
            if additional {
                number = one_more(credentials);
            } else {
                OF_A_TOKEN.iter().for_each(|gone| drop(credentials.shift_remove(*gone)));
                if !new.scope.is_empty() {
                    // As strings, because some JSON readers round numbers of this size.
                    let ids: Vec<String> = new.scope.iter().map(u64::to_string).collect();
                    credentials.insert("scope".to_owned(), ids.into());
                }
            }
            if let Some(advertiser) = new.advertiser {
                credentials.insert("advertiser_id".to_owned(), advertiser.into());
            }
        });
        rotation::renew(&mut self.config, number, connect::renewed(new.tokens));
    }

    /// Removes all tokens, which are revoked.
    pub(super) fn drop_tokens(&mut self) {
        self.change(|credentials| {
            let gone = OF_A_TOKEN.iter().chain(&["access_token", "additional_authorizations"]);
            gone.for_each(|gone| drop(credentials.shift_remove(*gone)));
        });
    }

    /// Changes the credentials, after bringing them into their present form.
    fn change(&mut self, change: impl FnOnce(&mut Map<String, Value>)) {
        let Some(config) = self.config.as_object_mut() else { return };
        normal::credentials_of_old(config);
        let credentials = config.entry("credentials").or_insert_with(|| json!({"auth_type": "oauth2.0"}));
        if !credentials.is_object() {
            *credentials = json!({"auth_type": "oauth2.0"});
        }
        credentials.as_object_mut().map(change);
    }

    /// Replaces the file with the current config.
    pub(super) fn write(&self) -> Result<()> {
        let mut file = self.temporary()?;
        let text = format!("{:#}\n", self.config);
        file.write_all(text.as_bytes())
            .and_then(|()| file.as_file().sync_all())
            .map_err(|error| unwritable(&self.named, &error))?;
        file.persist(&self.path).map_err(|error| unwritable(&self.named, &error.error))?;
        Ok(())
    }

    /// A temporary file in the same folder, which only its owner may read (mode 0600).
    fn temporary(&self) -> Result<NamedTempFile> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        NamedTempFile::new_in(folder).map_err(|error| unwritable(&self.named, &error))
    }
}

/// The keys that belong to one token and are removed with it.
const OF_A_TOKEN: [&str; 4] = ["refresh_token", "access_token_expires_at", "refresh_token_expires_at", "scope"];

/// Adds an empty authorization and returns its number.
fn one_more(credentials: &mut Map<String, Value>) -> usize {
    let list = credentials.entry("additional_authorizations").or_insert_with(|| json!([]));
    if !list.is_array() {
        *list = json!([]);
    }
    list.as_array_mut().map_or(0, |list| {
        list.push(json!({}));
        list.len()
    })
}

/// Parses a config of this connector or an empty file. It refuses another program's file.
fn known(path: &Path, text: &str) -> Result<Value> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let foreign = |what: &str| {
        Error::config(format!("{} {what}, so it is left as it is", path.display()))
            .advise("Name another file with `--config`; it is made when it is not there.")
    };
    if text.is_empty() {
        return Ok(json!({}));
    }
    let config: Value = serde_json::from_str(text).map_err(|_| foreign("is no JSON"))?;
    let Some(fields) = config.as_object() else { return Err(foreign("is no config of this connector")) };
    let ours = ["credentials", "access_token", "environment"].iter().any(|name| fields.contains_key(*name));
    if ours || fields.is_empty() { Ok(config) } else { Err(foreign("is no config of this connector")) }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let advice = match error.kind() {
        std::io::ErrorKind::NotFound => "Name the config with `--config`; `tiktok-ads auth login` makes one.",
        _ => "Check the path and its permissions.",
    };
    Error::config(format!("Cannot read the config file {}: {error}", path.display())).advise(advice)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    // The library's error names the temporary file, which means nothing to the person.
    let why = error.to_string();
    let why = why.split(" at path ").next().unwrap_or_default();
    Error::new(Kind::Local, format!("The config file {} cannot be written: {why}", path.display()))
        .advise("Name another file with `--config`, in a folder that you may write to.")
}

/// Stores renewed tokens in the file, before they are used.
pub(super) struct FileStore(pub(super) Mutex<ConfigFile>);

impl TokenStore for FileStore {
    fn store<'a>(&'a self, authorization: usize, tokens: &'a Tokens) -> BoxFuture<'a, Result<()>> {
        let mut file = lock(&self.0);
        rotation::renew(&mut file.config, authorization, connect::renewed(tokens));
        Box::pin(std::future::ready(file.write()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::tiktok::token::expiry::Times;

    const APP_SECRET: &str = "s3";

    fn put(before: Option<&str>, slot: TokenSlot) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        if let Some(text) = before {
            std::fs::write(&path, text).unwrap();
        }
        let mut file = ConfigFile::open(&path).unwrap();
        let app = App { id: "7".into(), secret: APP_SECRET.into() };
        let tokens = Tokens { access: "NEW".into(), refresh: None, times: Times::default() };
        let scope = &[4, 7_043_626_160_646_946_818];
        file.put(&NewToken { app: &app, tokens: &tokens, scope, slot, advertiser: Some("12") });
        file.write().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        let written: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        written.to_string()
    }

    #[test]
    fn a_new_file_holds_the_credentials() {
        let expected = r#"{"credentials":{"auth_type":"oauth2.0","app_id":"7","secret":"s3","scope":["4","7043626160646946818"],"advertiser_id":"12","access_token":"NEW"}}"#;
        for (before, slot) in
            [(None, TokenSlot::First), (Some(""), TokenSlot::First), (Some("{}"), TokenSlot::Additional)]
        {
            assert_eq!(put(before, slot), expected);
        }
    }

    #[test]
    fn other_keys_stay_and_what_belonged_to_the_old_token_goes() {
        let before = r#"{"x": 1, "credentials": {"access_token": "OLD", "refresh_token": "R", "own": [2], "access_token_expires_at": "2026-01-01"}, "start_date": "2024-01-01"}"#;
        assert_eq!(
            put(Some(before), TokenSlot::First),
            r#"{"x":1,"credentials":{"access_token":"NEW","own":[2],"app_id":"7","secret":"s3","scope":["4","7043626160646946818"],"advertiser_id":"12"},"start_date":"2024-01-01"}"#
        );
        let old_form = r#"{"access_token": "OLD", "environment": {"app_id": "1", "secret": "2"}}"#;
        assert_eq!(
            put(Some(old_form), TokenSlot::First),
            r#"{"credentials":{"app_id":"7","secret":"s3","access_token":"NEW","auth_type":"oauth2.0","scope":["4","7043626160646946818"],"advertiser_id":"12"}}"#
        );
    }

    #[test]
    fn a_colleagues_token_stands_beside() {
        let before = r#"{"credentials": {"access_token": "OLD", "refresh_token": "R"}}"#;
        assert_eq!(
            put(Some(before), TokenSlot::Additional),
            r#"{"credentials":{"access_token":"OLD","refresh_token":"R","app_id":"7","secret":"s3","additional_authorizations":[{"access_token":"NEW"}],"advertiser_id":"12"}}"#
        );
    }

    #[test]
    fn another_programs_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("package.json");
        for (text, what) in [("{\"name\": 1}", "is no config"), ("[1]", "is no config"), ("name: x", "is no JSON")] {
            std::fs::write(&path, text).unwrap();
            let error = ConfigFile::open(&path).err().unwrap();
            assert!(error.to_string().contains(what), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
