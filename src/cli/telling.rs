//! Where a run is told of when it ends: the page of `--report` and the numbers of `--summary`.
//!
//! What happens to these files changes nothing of the run: a place that cannot be written is a WARN, before the run where
//! that shows by then.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::args::ToldArgs;
use crate::error::{Error, Kind};
use crate::protocol::Output;
use crate::report::{self, Ended, Notes};
use crate::store::{folder_of, target};
use crate::waits;

/// How long a disk may take. A signal's sender waits meanwhile.
const WRITE_WAIT_MAX: Duration = Duration::from_secs(5);
/// What the umask takes from.
const MODE: u32 = 0o666;

/// The notes of the run, and the files that tell them.
#[derive(Default)]
pub(super) struct Telling {
    notes: Arc<Notes>,
    files: OnceLock<Vec<Place>>,
}

/// A file to be written.
#[derive(Clone)]
struct Place {
    path: PathBuf,
    flag: &'static str,
    is_page: bool,
}

impl Telling {
    pub(super) fn notes(&self) -> &Arc<Notes> {
        &self.notes
    }

    /// Takes the places of the command line, and says of those that cannot be written that it is so.
    pub(super) fn begin(&self, args: &ToldArgs) {
        let page = args.report.iter().map(|path| Place { path: path.clone(), flag: "--report", is_page: true });
        let numbers = args.summary.iter().map(|path| Place { path: path.clone(), flag: "--summary", is_page: false });
        let places: Vec<Place> = page.chain(numbers).collect();
        for place in &places {
            if let Err(error) = place.open() {
                place.complain(&error, "it is tried again when the run ends, which goes on without it");
            }
        }
        let _ = self.files.set(places);
    }

    /// Writes what the run did.
    pub(super) async fn end(&self, ended: Ended, error: Option<&Error>, output: &Output) {
        let Some(places) = self.files.get().filter(|places| !places.is_empty()).cloned() else { return };
        if let Some(error) = error {
            self.notes.failed(None, error);
        }
        if ended == Ended::Broken && self.notes.tells_no_failure() {
            self.notes
                .failed(None, &Error::new(Kind::Local, "Standard output was closed before the run came to its end"));
        }
        let summary = self.notes.summary(ended, &waits::book());
        let summary = summary.with_texts(&|text| output.redaction().mask(text));
        let write = move || {
            for place in places {
                let text = if place.is_page { report::page(&summary) } else { summary.to_json() };
                if let Err(error) = place.write(&text) {
                    place.complain(&error, "the run is as it was");
                }
            }
        };
        if tokio::time::timeout(WRITE_WAIT_MAX, tokio::task::spawn_blocking(write)).await.is_err() {
            tracing::warn!("What the run did could not be written within {} s", WRITE_WAIT_MAX.as_secs());
        }
    }
}

impl Place {
    /// A file beside it that takes its place when it is whole.
    fn open(&self) -> io::Result<(NamedTempFile, PathBuf)> {
        let real = target(&self.path)?;
        let file = tempfile::Builder::new().permissions(Permissions::from_mode(MODE)).tempfile_in(folder_of(&real))?;
        Ok((file, real))
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let (mut file, real) = self.open()?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&real).map(drop).map_err(|error| error.error)
    }

    fn complain(&self, error: &io::Error, so: &str) {
        tracing::warn!("{} (`{}`) cannot be written: {error}; {so}", self.path.display(), self.flag);
    }
}
