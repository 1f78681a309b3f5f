//! Judges a call-back that somebody saved.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use super::open;
use crate::cli::args::VerifyArgs;
use crate::cli::console::Console;
use crate::clock;
use crate::config::moment;
use crate::error::{Error, Result};
use crate::webhook::verify::{Keys, SIGNATURE_HEADER};

/// The largest file that is read.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Says what the signature of a saved call-back comes to: exit code 0 if it is valid.
pub(super) fn verify(args: &VerifyArgs, console: &Console) -> Result<ExitCode> {
    let config = open(&args.config.config, console)?.webhooks;
    if config.signing_key.is_none() {
        return Err(
            Error::config("`webhooks.signing_key` is missing").advise("Without it no signature can be verified.")
        );
    }
    let saved = Saved::of(read(&args.file)?);
    let at = match &args.at {
        Some(text) => moment::parse(text).map(|moment| moment.0).ok_or_else(|| {
            Error::config("`--at` is no moment").advise("Write it as 2026-01-31T12:00:00Z, or leave it out.")
        })?,
        None => clock::now(),
    };
    let signature = args.signature.as_deref().or(saved.signature.as_deref());
    let verdict = Keys::of(&config, clock::now())?.judge(signature, &saved.body, at);
    if verdict.is_valid() {
        console.line(format!("Valid: {}.", verdict.told()));
        return Ok(ExitCode::SUCCESS);
    }
    console.line(format!("Not valid: {}.", verdict.told()));
    Ok(ExitCode::FAILURE)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let fault = |error: std::io::Error| Error::config(format!("Cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(fault)?;
    } else {
        std::fs::File::open(path).map_err(fault)?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(fault)?;
    }
    Ok(bytes)
}

/// A saved call-back: its body alone, or the whole request with its headers.
struct Saved {
    signature: Option<String>,
    body: Vec<u8>,
}

impl Saved {
    fn of(bytes: Vec<u8>) -> Self {
        let blank = ["\r\n\r\n", "\n\n"].iter().find_map(|blank| {
            let at = memchr::memmem::find(&bytes, blank.as_bytes())?;
            Some((at, at + blank.len()))
        });
        let head = |end: usize| std::str::from_utf8(bytes.get(..end)?).ok().filter(|head| is_head(head));
        let Some((head, body)) = blank.and_then(|(end, body)| Some((head(end)?, body))) else {
            return Self { signature: None, body: bytes };
        };
        let header = head.lines().filter_map(|line| line.split_once(':'));
        let mut signatures = header.filter(|(name, _)| name.trim().eq_ignore_ascii_case(SIGNATURE_HEADER));
        let signature = signatures.next().map(|(_, value)| value.trim().to_owned());
        Self { signature, body: bytes.get(body..).unwrap_or_default().to_vec() }
    }
}

/// A body of JSON has no such first line.
fn is_head(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    !first.trim_start().starts_with(['{', '[']) && (first.contains("HTTP/") || first.contains(':'))
}
