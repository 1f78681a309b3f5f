//! Asks a person at the terminal; a script gives the same lines on stdin.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::Mutex;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;

use crate::lock::lock;

/// The terminal as it was, while it does not echo.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Asks for one line; none when stdin is at its end. Beside the runtime, so that Ctrl-C is heard meanwhile.
pub(super) async fn line(question: &'static str) -> Option<String> {
    tokio::task::spawn_blocking(move || read(question)).await.ok().flatten()
}

/// Asks for one line that the terminal does not show.
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

/// Gives the terminal its echo back; also when a signal ends the question.
pub(super) fn restore() {
    if let Some(before) = lock(&BEFORE).take() {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
    }
}
