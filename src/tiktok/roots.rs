//! The user's own root certificates. The files that SSL_CERT_FILE and SSL_CERT_DIR name must exist, because they
//! replace all other roots.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

const FILE: &str = "SSL_CERT_FILE";
/// Separates several folders.
const FOLDERS: &str = "SSL_CERT_DIR";
/// Marks a certificate in a file.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Checks the variables of this process.
pub(super) fn check() -> Result<()> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let folders = given(FOLDERS).map(|all| std::env::split_paths(&all).collect());
    let useless = of(given(FILE).map(PathBuf::from), folders)?;
    useless.iter().for_each(|fault| tracing::warn!("{fault}"));
    Ok(())
}

/// One valid file is enough. Otherwise returns all faults.
fn of(file: Option<PathBuf>, folders: Option<Vec<PathBuf>>) -> Result<Vec<Error>> {
    let file = file.map(|path| certificates(&path).map_err(|what| fault(FILE, &path, &what)));
    let folders = folders.into_iter().flatten().map(|path| match std::fs::read_dir(&path) {
        Ok(_) => Ok(()),
        Err(error) => Err(fault(FOLDERS, &path, &format!("cannot be read: {error}"))),
    });
    let all: Vec<Result<()>> = file.into_iter().chain(folders).collect();
    let any = all.is_empty() || all.iter().any(Result::is_ok);
    let mut faults = all.into_iter().filter_map(Result::err);
    if any { Ok(faults.collect()) } else { Err(faults.next().unwrap_or_else(|| Error::config("No certificates"))) }
}

fn certificates(path: &Path) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    match memchr::memmem::find(&bytes, CERTIFICATE) {
        Some(_) => Ok(()),
        None => Err("holds no certificate in PEM form (“-----BEGIN CERTIFICATE-----”)".to_owned()),
    }
}

fn fault(name: &str, path: &Path, what: &str) -> Error {
    Error::config(format!("{name} names {}, which {what}", path.display())).advise(format!(
        "Let {name} name root certificates that are there (inside the container, where there is one), or unset it."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_must_be_there_unless_another_place_is() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("good.pem"), "# mine\n-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n")
            .unwrap();
        std::fs::write(at("key.pem"), "-----BEGIN PRIVATE KEY-----\n").unwrap();
        let told = |file: Option<&str>, folders: Option<&[&str]>| {
            let folders = folders.map(|all| all.iter().map(|name| at(name)).collect());
            match of(file.map(at), folders) {
                Ok(useless) => format!("{} useless", useless.len()),
                Err(error) => error.to_string().replace(dir.path().to_str().unwrap(), ""),
            }
        };
        for (file, folders, useless) in [
            (None, None, 0),
            (Some("good.pem"), None, 0),
            (Some("good.pem"), Some(&["nowhere"] as &[&str]), 1),
            (Some("nowhere.pem"), Some(&["nowhere", "."]), 2),
        ] {
            assert_eq!(told(file, folders), format!("{useless} useless"), "{file:?} {folders:?}");
        }
        let all = [
            told(Some("nowhere.pem"), None),
            told(Some("key.pem"), None),
            told(Some("."), None),
            told(None, Some(&["nowhere"])),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
