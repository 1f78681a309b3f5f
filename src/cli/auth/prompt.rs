//! Prompts at the terminal. A script passes the same lines on stdin.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::Mutex;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;

use crate::lock::lock;

/// The terminal's settings before the echo was turned off.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Prompts for one line; `None` at the end of stdin. It runs on a thread of its own, so that Ctrl-C works in the
/// meantime.
pub(super) async fn line(question: &'static str) -> Option<String> {
    tokio::task::spawn_blocking(move || read(question)).await.ok().flatten()
}

/// Prompts for one line that the terminal does not show.
pub(super) async fn secret(question: &'static str) -> Option<SecretString> {
    let quiet = || {
        silence();
        let line = read(question);
        restore();
        line
    };
    tokio::task::spawn_blocking(quiet).await.ok().flatten().map(SecretString::from)
}

fn read(question: &str) -> Option<String> {
    if std::io::stdin().is_terminal() {
        let mut stderr = std::io::stderr();
        let _ = stderr.write_all(format!("{question}: ").as_bytes()).and_then(|()| stderr.flush());
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok()?;
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

fn silence() {
    let stdin = std::io::stdin();
    let Ok(before) = tcgetattr(&stdin) else { return };
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    quiet.local_modes.insert(LocalModes::ECHONL);
    if tcsetattr(&stdin, OptionalActions::Now, &quiet).is_ok() {
        *lock(&BEFORE) = Some(before);
    }
}

/// Turns the echo on again, also when a signal ends the prompt.
pub(super) fn restore() {
    if let Some(before) = lock(&BEFORE).take() {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
    }
}
