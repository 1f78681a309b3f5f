//! The files that a command line names are apart: nothing a run writes takes the place of what it reads or of what
//! else it writes.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::protocol::output;
use crate::store::{folder_of, target};

/// Where a flag leads.
#[derive(Clone, Copy)]
pub(super) struct Flag<'a> {
    pub name: &'static str,
    pub path: &'a Path,
}

/// One flag, if it is given.
pub(super) fn flag<'a>(name: &'static str, path: Option<&'a PathBuf>) -> Option<Flag<'a>> {
    path.map(|path| Flag { name, path })
}

/// Refuses files to be written that are named twice, or are read, too. `--state` and `--state-out` may be one.
pub(super) fn check(written: &[Flag<'_>], read: &[Flag<'_>]) -> Result<()> {
    for (at, one) in written.iter().enumerate() {
        check_name(one)?;
        let others = written.iter().skip(at + 1).chain(read).filter(|other| !(is_state(one) && is_state(other)));
        for other in others {
            if place(one.path) == place(other.path) {
                return Err(Error::config(format!("`{}` and `{}` name one file", one.name, other.name))
                    .advise(format!("Name another file in `{}`.", one.name)));
            }
        }
        if is_stdout(one.path) {
            return Err(Error::config(format!("`{}` names the file that standard output goes to", one.name))
                .advise("Name another file."));
        }
    }
    Ok(())
}

fn is_state(flag: &Flag<'_>) -> bool {
    flag.name.starts_with("--state")
}

/// What looks like more than a file is none.
fn check_name(flag: &Flag<'_>) -> Result<()> {
    let shown = flag.path.to_string_lossy();
    let told = |what: &str| Error::config(format!("`{}` is {shown}, {what}", flag.name));
    if shown == "-" {
        return Err(told("but standard output carries the messages of the run").advise("Name a file."));
    }
    if shown.contains("://") && !is_state(flag) {
        return Err(told("which is an address, but it names a local file").advise("Name a local file."));
    }
    Ok(())
}

/// The file that a path leads to, whatever its name; an address is one place whatever is there.
fn place(path: &Path) -> PathBuf {
    let real = target(path).unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(&real).canonicalize();
    match (folder, real.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => real,
    }
}

fn is_stdout(path: &Path) -> bool {
    let same = |one: &Metadata, other: &Metadata| (one.dev(), one.ino()) == (other.dev(), other.ino());
    let stdout = output::stdout_file();
    stdout.is_some_and(|stdout| path.metadata().is_ok_and(|there| same(&there, &stdout)))
}
