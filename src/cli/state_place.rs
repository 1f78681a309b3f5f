//! Where a run finds its state and leaves it: a file, or an object of a bucket, one a shard where `{index}` stands in its
//! name.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::Path;

use super::text_file::text;
use crate::config::SourceConfig;
use crate::config::destination::{Bucket, ObjectStorage};
use crate::error::{Error, Result};
use crate::protocol::state::{self, States};
use crate::source::plan::joined::joined;
use crate::store::{Purpose, Store, folder_of, target};

const PURPOSE: Purpose = Purpose {
    what: "the state",
    setting: "--state-out",
    otherwise: "What is newer than the state that is kept is read again by the next run.",
};
/// What stands between the scheme of an address and the rest.
const SCHEME_ENDS: &str = "://";
/// The scheme of S3, in any case.
const S3: &str = "s3";
/// What stands for a shard's number in a name.
pub(super) const INDEX: &str = "{index}";
/// Where S3 is, what region a bucket has, as the environment says to everybody who speaks to S3.
const ENDPOINT_VARIABLES: [&str; 3] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"];
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];
/// The region where none is named.
const REGION: &str = "us-east-1";

/// A place for states.
pub(super) struct StatePlace {
    store: Store,
    /// The file's name, where `{index}` may stand.
    name: String,
    /// As it was written.
    shown: String,
}

impl StatePlace {
    /// Opens the place that a flag names.
    pub(super) fn open(given: &Path, flag: &'static str, config: &SourceConfig) -> Result<Self> {
        let shown = given.to_string_lossy().into_owned();
        let (_, last) = shown.rsplit_once('/').unwrap_or(("", &shown));
        if shown.matches(INDEX).count() > usize::from(last.contains(INDEX)) {
            return Err(misplaced(&shown, flag));
        }
        let purpose = Purpose { setting: flag, ..PURPOSE };
        if let Some((scheme, address)) = shown.split_once(SCHEME_ENDS) {
            if !scheme.eq_ignore_ascii_case(S3) {
                return Err(no_s3(&shown, flag));
            }
            let (bucket, folder, name) = parts(address).ok_or_else(|| no_object(&shown, flag))?;
            let store = Store::bucket(&bucket_of(bucket, config), folder, purpose)
                .map_err(|error| error.about(format!("`{flag}`")))?;
            return Ok(Self { store, name: name.to_owned(), shown });
        }
        let name = given.file_name().filter(|_| !shown.ends_with('/')).and_then(|name| name.to_str());
        let name = name.ok_or_else(|| no_file(&shown, flag))?.to_owned();
        Ok(Self { store: Store::folder(folder_of(given), purpose)?, name, shown })
    }

    /// The states that are there: that of every shard where `{index}` stands in the name. `None`: there is none.
    async fn states(&self) -> Result<Option<States>> {
        let mut all = Vec::new();
        for name in self.names().await? {
            if let Some(bytes) = self.bytes(&name).await? {
                all.push(parse(&bytes).map_err(|error| error.about(format!("In {}", self.shown_as(&name))))?);
            }
        }
        Ok((!all.is_empty()).then(|| joined(all)))
    }

    /// The same, but of the streams that are read `whole` what this shard left alone.
    async fn states_of(&self, shard: u32, whole: &HashSet<String>) -> Result<Option<States>> {
        let Some(mut all) = self.states().await? else { return Ok(None) };
        if self.name.contains(INDEX) && whole.iter().any(|stream| all.contains_key(stream)) {
            let own = self.bytes(&self.name_of(shard)).await?.map(|bytes| parse(&bytes)).transpose()?;
            let mut own = own.unwrap_or_default();
            all.retain(|stream, _| !whole.contains(stream));
            all.extend(whole.iter().filter_map(|stream| own.remove_entry(stream)));
        }
        Ok(Some(all))
    }

    /// The names of the states that may be there, the lowest shard first.
    async fn names(&self) -> Result<Vec<String>> {
        let Some((before, behind)) = self.name.split_once(INDEX) else { return Ok(vec![self.name.clone()]) };
        let index = |name: &str| name.strip_prefix(before)?.strip_suffix(behind)?.parse::<u32>().ok();
        let names = self.store.list().await.map_err(|error| self.unread(&error))?;
        let mut names: Vec<(u32, String)> = names.into_iter().filter_map(|name| Some((index(&name)?, name))).collect();
        names.sort_unstable();
        Ok(names.into_iter().map(|(_, name)| name).collect())
    }

    async fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.store.read(name.to_owned()).await.map_err(|error| self.unread(&error))
    }

    /// Puts a state there, in place of the one before.
    pub(super) async fn put(&self, shard: u32, text: String) -> Result<()> {
        self.store.put(self.name_of(shard), text.into_bytes()).await.map_err(|error| self.explained(&error))
    }

    /// Tries out whether a state can be kept there: what is there stays, else `first` is put.
    pub(super) async fn try_out(&self, shard: u32, first: String) -> Result<()> {
        let there = self.bytes(&self.name_of(shard)).await?;
        let bytes = there.unwrap_or_else(|| first.into_bytes());
        self.store.put(self.name_of(shard), bytes).await.map_err(|error| self.explained(&error))
    }

    fn name_of(&self, shard: u32) -> String {
        self.name.replace(INDEX, &shard.to_string())
    }

    fn shown_as(&self, name: &str) -> String {
        self.shown.strip_suffix(&self.name).map_or_else(|| name.to_owned(), |folder| format!("{folder}{name}"))
    }

    fn unread(&self, error: &Error) -> Error {
        let error = error.reworded(|text| text.replacen("Cannot store", "Cannot read", 1));
        // What the user must mend is there again at the next run.
        let error = if error.kind().is_users() { error } else { error.advise(OTHERWISE) };
        self.explained(&error)
    }

    /// The config may name no bucket, so what mends it are the variables.
    fn explained(&self, error: &Error) -> Error {
        let explained = error.reworded(str::to_owned).with("place", &self.shown);
        if is_address(&self.shown) && error.kind().is_users() { explained.advise(ADVICE) } else { explained }
    }
}

/// What to do about a place that does not answer for now.
const OTHERWISE: &str = "Run the command again.";
const ADVICE: &str = "Check the bucket's name and your keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and \
                      AWS_ENDPOINT_URL, or an `object_storage_config` of that bucket in the config.";

/// The states that `--state` leads to. One that is not there is a first run, if `--state-out` will put it there.
///
/// Of the streams that are read `whole` only what this shard left counts: what another says of its advertisers may be
/// older than the run that completed them.
pub(super) async fn given(
    state: Option<&Path>,
    out: Option<&Path>,
    config: &SourceConfig,
    whole: &HashSet<String>,
) -> Result<States> {
    const FLAG: &str = "--state";
    let Some(path) = state else { return Ok(States::default()) };
    let shown = path.to_string_lossy();
    let is_kept = out == Some(path);
    let is_plain = !is_address(&shown) && !shown.contains(INDEX);
    // Pipes and links are read as they are.
    if is_plain && (path.exists() || !is_kept) {
        return state::parse(&text(path, FLAG)?);
    }
    // Who only reads makes no folder.
    let is_away = !is_kept && !is_address(&shown) && path.parent().is_some_and(|folder| !folder.join(".").exists());
    let place = if is_away { None } else { Some(StatePlace::open(path, FLAG, config)?) };
    let found = match &place {
        Some(place) if is_kept => place.states_of(config.shard().index, whole).await?,
        Some(place) => place.states().await?,
        None => None,
    };
    match found {
        Some(states) => Ok(states),
        None if is_kept => {
            tracing::info!("There is no state at {shown} yet, so this is the first run: it reads from `start_date` on");
            Ok(States::default())
        }
        None => Err(Error::config(format!("There is no state at {shown} (`{FLAG}`)"))
            .advise("Check the name; a first run takes none, or names the same place in `--state-out`.")),
    }
}

fn parse(bytes: &[u8]) -> Result<States> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| Error::config("The state is not UTF-8"))?;
    state::parse(text)
}

/// `bucket/folders/name` → its parts.
fn parts(address: &str) -> Option<(&str, &str, &str)> {
    let (bucket, key) = address.split_once('/')?;
    let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
    (!bucket.is_empty() && !name.is_empty()).then_some((bucket, folder, name))
}

/// The bucket as the config describes it, where it does, else as the environment does.
fn bucket_of(name: &str, config: &SourceConfig) -> Bucket {
    let places = [
        &config.audience_ledger.object_storage_config,
        &config.webhooks.object_storage_config,
        &config.write_results.object_storage_config,
    ];
    let known = places.into_iter().find_map(|place| match place {
        ObjectStorage::S3(bucket) if bucket.s3_bucket_name == name => Some(bucket.clone()),
        _ => None,
    });
    if let Some(known) = known {
        return Bucket { bucket_path: String::new(), ..known };
    }
    let first =
        |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    Bucket {
        s3_bucket_name: name.to_owned(),
        s3_bucket_region: first(&REGION_VARIABLES).unwrap_or_else(|| REGION.to_owned()),
        bucket_path: String::new(),
        s3_endpoint: first(&ENDPOINT_VARIABLES),
        access_key_id: None,
        secret_access_key: None,
    }
}

fn no_object(shown: &str, flag: &str) -> Error {
    Error::config(format!("`{flag}` is {shown}, which names no object of a bucket"))
        .advise("Write it as s3://bucket/folder/state.json.")
}

fn no_s3(shown: &str, flag: &str) -> Error {
    Error::config(format!("`{flag}` is {shown}, which is no address of S3"))
        .advise("Name a local file, or an object of S3 or of what speaks like it: s3://bucket/folder/state.json.")
}

fn is_address(shown: &str) -> bool {
    shown.contains(SCHEME_ENDS)
}

/// Refuses a place for states that no file can take, or where one shard's takes the place of another's.
pub(super) fn check(out: &Path, config: &SourceConfig) -> Result<()> {
    let shown = out.to_string_lossy();
    let shard = config.shard();
    if shard.is_part() && !shown.contains(INDEX) {
        return Err(Error::config(format!(
            "`--state-out` is {shown} for each of {} shards, which would put their states in place of each other",
            shard.count
        ))
        .advise("Write it with the shard's number, such as state-{index}.json."));
    }
    let real = shown.replace(INDEX, &shard.index.to_string());
    if is_address(&shown) || shown.ends_with('/') {
        return Ok(());
    }
    // A folder that is not there, or is none, is told where it is opened.
    match target(Path::new(&real)) {
        Err(error) if error.kind() == ErrorKind::Other => {
            Err(Error::config(format!("`--state-out` is {shown}, but {error}"))
                .advise("Name a file, such as state.json."))
        }
        _ => Ok(()),
    }
}

fn misplaced(shown: &str, flag: &str) -> Error {
    Error::config(format!("`{flag}` is {shown}, but {INDEX} may stand once, in the name of the file"))
        .advise("Write it as folder/state-{index}.json.")
}

fn no_file(shown: &str, flag: &str) -> Error {
    Error::config(format!("`{flag}` is {shown}, which names no file")).advise("Name a file, such as state.json.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_bucket_and_object() {
        assert_eq!(parts("b/state.json"), Some(("b", "", "state.json")));
        assert_eq!(parts("b/a/c/{index}.json"), Some(("b", "a/c", "{index}.json")));
        for none in ["", "b", "b/", "/state.json", "b/folder/"] {
            assert_eq!(parts(none), None, "{none}");
        }
    }
}
