//! The only owner of stdout: a thread that writes batches of finished lines in order.
//!
//! Everyone else sends through an [`Output`]. Record lines need [`Output::room`] first, which waits while
//! [`BYTES_WAITING_MAX`] bytes are queued and so bounds memory. Single messages are small and never wait, so a LOG can
//! be sent from anywhere. The writer never sends to its own queue. When stdout fails (closed pipe, full disk) the
//! writer keeps the reason, wakes [`Output::failed`], and drops everything that follows.

use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;

use serde_json::Value;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::Message;
use super::message::Status;
use super::redaction::Redaction;
use super::state_book::StateBook;
use crate::error::{Error, Kind, Result};
use crate::lock::lock;

/// The most bytes of record lines that wait for stdout.
pub(crate) const BYTES_WAITING_MAX: u32 = 6 << 20;

/// Fails if the process started without a stdout.
pub(crate) fn check_stdout() -> Result<()> {
    match opened::stdout_was_closed() {
        true => Err(Error::new(Kind::Local, "Standard output is closed")
            .advise("Send it to a file or a pipe, or to /dev/null where nobody needs it.")),
        false => Ok(()),
    }
}

/// Waits until what was written is on the disk, where stdout is a file.
pub(crate) fn sync_stdout() -> Result<()> {
    let synced = stdout().and_then(|file| file.sync_data());
    match synced.map_err(|error| (error.kind(), error)) {
        // Pipes and terminals have no disk.
        Ok(()) | Err((io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported, _)) => Ok(()),
        Err((_, error)) => Err(Error::new(Kind::Local, format!("Cannot write to standard output: {error}"))
            .advise("Run the command again once there is room for its output.")),
    }
}

/// What stdout is, where that is a file.
pub(crate) fn stdout_file() -> Option<Metadata> {
    stdout().and_then(|file| file.metadata()).ok().filter(Metadata::is_file)
}

/// This process' stdout, once more.
fn stdout() -> io::Result<File> {
    #[expect(clippy::disallowed_methods, reason = "the one place that takes stdout")]
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// The most buffers that are kept for reuse, and the smallest size worth keeping.
const SPARE_MAX: usize = 3;
const SPARE_BYTES_MIN: usize = 1 << 20;

enum Queued {
    Lines(Vec<u8>, Option<Room>),
    /// Answered when everything before it is written.
    Mark(oneshot::Sender<()>),
    End,
}

/// Permission to queue some bytes of lines. It is returned when they are written.
pub(crate) struct Room(#[expect(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit);

/// A handle to stdout. Clones share it.
#[derive(Clone)]
pub(crate) struct Output {
    queue: mpsc::UnboundedSender<Queued>,
    space: Arc<Semaphore>,
    broken: Arc<OutputFailure>,
    spare: Arc<Spare>,
    redaction: Arc<Redaction>,
    book: Arc<OnceLock<Arc<StateBook>>>,
}

/// Used buffers: fresh memory for a page costs more than writing the page.
type Spare = Mutex<Vec<Vec<u8>>>;

/// Why stdout failed.
#[derive(Default)]
struct OutputFailure {
    reason: OnceLock<io::Error>,
    told: Notify,
}

/// The thread behind an [`Output`]. Join it last.
pub(crate) struct OutputWriter {
    thread: JoinHandle<()>,
    ended: oneshot::Receiver<()>,
    queue: mpsc::UnboundedSender<Queued>,
    broken: Arc<OutputFailure>,
}

impl Output {
    /// Starts the thread that owns this process' stdout.
    pub(crate) fn stdout() -> Result<(Self, OutputWriter)> {
        let file = stdout().map_err(|error| Error::new(Kind::Local, "Standard output is closed").because(error))?;
        Ok(Self::new(file))
    }

    /// Starts a thread that owns `sink`.
    pub(crate) fn new(sink: impl Write + Send + 'static) -> (Self, OutputWriter) {
        let (queue, batches) = mpsc::unbounded_channel();
        let broken = Arc::new(OutputFailure::default());
        let spare = Arc::new(Spare::default());
        let (end, ended) = oneshot::channel();
        let thread = std::thread::spawn({
            let (broken, spare) = (broken.clone(), spare.clone());
            move || {
                write_all(sink, batches, &broken, &spare);
                let _ = end.send(());
            }
        });
        let space = Arc::new(Semaphore::new(BYTES_WAITING_MAX as usize));
        let output = Self {
            queue: queue.clone(),
            space,
            broken: broken.clone(),
            spare,
            redaction: Arc::default(),
            book: Arc::default(),
        };
        (output, OutputWriter { thread, ended, queue, broken })
    }

    /// Waits until `bytes` more may be queued.
    pub(crate) async fn room(&self, bytes: usize) -> Option<Room> {
        let share = u32::try_from(bytes).unwrap_or(u32::MAX).min(BYTES_WAITING_MAX);
        self.space.clone().acquire_many_owned(share).await.ok().map(Room)
    }

    /// An empty buffer for lines, reused if possible.
    #[must_use]
    pub(crate) fn buffer(&self) -> Vec<u8> {
        lock(&self.spare).pop().unwrap_or_default()
    }

    /// Sends finished, newline-terminated lines.
    pub(crate) fn lines(&self, lines: Vec<u8>, room: Option<Room>) {
        if !lines.is_empty() {
            self.push(Queued::Lines(escape_separators(lines), room));
        }
    }

    /// Waits until everything sent so far is written. Returns false if that fails.
    pub(crate) async fn written(&self) -> bool {
        let (mark, written) = oneshot::channel();
        self.push(Queued::Mark(mark));
        written.await.is_ok()
    }

    /// Sends one message. It masks secrets in texts for people, whoever wrote them.
    pub(crate) fn message(&self, message: &Message<'_>) {
        if let Ok(mut line) = serde_json::to_string(message) {
            if matches!(message, Message::Log { .. } | Message::Trace { .. } | Message::ConnectionStatus { .. }) {
                line = self.redaction.mask(line);
            }
            line.push('\n');
            self.lines(line.into_bytes(), None);
        }
    }

    /// From now on what STATEs say is entered there, too.
    pub(crate) fn keep_states(&self, book: Arc<StateBook>) {
        let _ = self.book.set(book);
    }

    /// Sends a STATE, and enters what it says.
    pub(crate) fn state(&self, stream: &str, state: &Value, text: String, records: u64) {
        let say = || self.message(&Message::state(stream, state, records));
        match self.book.get() {
            Some(book) => book.enter(stream, text, say),
            None => say(),
        }
    }

    /// Sends that a stream is complete, and enters it.
    pub(crate) fn complete(&self, stream: &str) {
        let say = || self.message(&Message::stream_status(stream, Status::Complete));
        match self.book.get() {
            Some(book) => book.complete(stream, say),
            None => say(),
        }
    }

    /// The secrets that must never be printed.
    #[must_use]
    pub(crate) fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// Returns when stdout has failed.
    pub(crate) async fn failed(&self) {
        let told = self.broken.told.notified();
        tokio::pin!(told);
        told.as_mut().enable();
        if self.broken.reason.get().is_none() {
            told.await;
        }
    }

    fn push(&self, batch: Queued) {
        // The receiver is gone only after the end, or with its thread. Then nothing can be written anyway.
        let _ = self.queue.send(batch);
    }
}

impl OutputWriter {
    /// Waits until everything sent so far is written. Later messages are dropped.
    pub(crate) fn join(self) -> Result<()> {
        let _ = self.queue.send(Queued::End);
        let panicked = self.thread.join().is_err();
        result(&self.broken, panicked)
    }

    /// Like [`OutputWriter::join`], but without blocking a thread.
    pub(crate) async fn close(&mut self) -> Result<()> {
        let _ = self.queue.send(Queued::End);
        let panicked = (&mut self.ended).await.is_err();
        result(&self.broken, panicked)
    }
}

fn result(broken: &OutputFailure, panicked: bool) -> Result<()> {
    match broken.reason.get() {
        Some(reason) => Err(Error::new(Kind::Local, format!("Cannot write to standard output: {reason}"))
            .because(io::Error::from(reason.kind()))
            .advise("What was not written is lost; run the command again once there is room for its output.")),
        None if panicked => Err(Error::new(Kind::Local, "The writer of standard output stopped")),
        None => Ok(()),
    }
}

/// Writes batch after batch, and flushes whenever the queue is empty.
fn write_all(
    mut sink: impl Write,
    mut batches: mpsc::UnboundedReceiver<Queued>,
    broken: &OutputFailure,
    spare: &Spare,
) {
    loop {
        let (mut lines, _room) = match batches.blocking_recv() {
            Some(Queued::Lines(lines, room)) => (lines, room),
            Some(Queued::Mark(written)) => {
                if broken.reason.get().is_none() && sink.flush().is_ok() {
                    let _ = written.send(());
                }
                continue;
            }
            Some(Queued::End) | None => return,
        };
        if broken.reason.get().is_some() {
            continue;
        }
        let mut done = sink.write_all(&lines);
        if done.is_ok() && batches.is_empty() {
            done = sink.flush();
        }
        if let Err(error) = done {
            let _ = broken.reason.set(error);
            broken.told.notify_waiters();
        }
        let mut spare = lock(spare);
        if lines.capacity() >= SPARE_BYTES_MIN && spare.len() < SPARE_MAX {
            lines.clear();
            spare.push(lines);
        }
    }
}

/// Escapes U+0085, U+2028 and U+2029, because readers that split lines as Python does break at them. They can only
/// occur inside strings.
#[must_use]
pub(crate) fn escape_separators(text: Vec<u8>) -> Vec<u8> {
    let Some(first) = next_separator(&text, 0) else { return text };
    let mut escaped = Vec::with_capacity(text.len() + 64);
    let (mut from, mut at) = (0, Some(first));
    while let Some((start, length, escape)) = at {
        escaped.extend_from_slice(text.get(from..start).unwrap_or_default());
        escaped.extend_from_slice(escape);
        from = start + length;
        at = next_separator(&text, from);
    }
    escaped.extend_from_slice(text.get(from..).unwrap_or_default());
    escaped
}

/// The next separator: its start, its length in bytes, and its escape.
fn next_separator(text: &[u8], from: usize) -> Option<(usize, usize, &'static [u8])> {
    let rest = text.get(from..)?;
    memchr::memchr2_iter(0xE2, 0xC2, rest).find_map(|at| match rest.get(at..)? {
        [0xE2, 0x80, 0xA8, ..] => Some((from + at, 3, br"\u2028".as_slice())),
        [0xE2, 0x80, 0xA9, ..] => Some((from + at, 3, br"\u2029".as_slice())),
        [0xC2, 0x85, ..] => Some((from + at, 2, br"\u0085".as_slice())),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;
    use secrecy::SecretString;

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    /// Takes three bytes at a time, as a slow pipe may.
    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(3);
            self.0.lock().unwrap().extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn lines_arrive_whole_and_in_order() {
        let memory = Memory::default();
        let (output, writer) = Output::new(memory.clone());
        output.lines(b"one\n".to_vec(), None);
        output.message(&Message::log(crate::protocol::message::LogLevel::Info, "two"));
        let room = output.room(BYTES_WAITING_MAX as usize + 1).await;
        output.lines(vec![b'x'; BYTES_WAITING_MAX as usize + 1], room);
        writer.join().unwrap();
        let written = memory.0.lock().unwrap();
        assert!(written.starts_with(b"one\n{\"type\":\"LOG\",\"log\":{\"level\":\"INFO\",\"message\":\"two\"}}\nxxx"));
        assert_eq!(written.iter().filter(|byte| **byte == b'x').count(), BYTES_WAITING_MAX as usize + 1);
    }

    #[tokio::test]
    async fn secrets_are_told_in_control_alone() {
        let memory = Memory::default();
        let (output, writer) = Output::new(memory.clone());
        output.redaction().add(&[SecretString::from("0123456789abcdef")]);
        let words = "TikTok says: “0123456789abcdef is no token”";
        let error = Error::new(Kind::Token, words).with("starts", words);
        let config = serde_json::json!({"access_token": "0123456789abcdef"});
        output.message(&Message::log(crate::protocol::message::LogLevel::Info, words));
        output.message(&Message::error(&error, None));
        output.message(&Message::connection_status(crate::protocol::message::CheckStatus::Failed, Some(words)));
        output.message(&Message::control(&config));
        writer.join().unwrap();
        let text = String::from_utf8(memory.0.lock().unwrap().clone()).unwrap();
        let telling: Vec<&str> = text.lines().filter(|line| line.contains("0123456789abcdef")).collect();
        assert!(matches!(telling[..], [line] if line.contains("CONTROL")), "{telling:?}");
        assert_eq!(text.matches("***").count(), 4);
    }

    #[tokio::test]
    async fn what_was_sent_can_be_waited_for() {
        let memory = Memory::default();
        let (output, _writer) = Output::new(memory.clone());
        output.lines(b"one\n".to_vec(), None);
        assert!(output.written().await);
        assert_eq!(*memory.0.lock().unwrap(), b"one\n");
        let (output, _writer) = Output::new(Full);
        output.lines(b"one\n".to_vec(), None);
        assert!(!output.written().await);
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_nothing_hangs() {
        let (output, writer) = Output::new(Full);
        output.lines(b"one\n".to_vec(), None);
        output.failed().await;
        for _ in 0..3 {
            let room = output.room(BYTES_WAITING_MAX as usize).await;
            output.lines(vec![b'x'; BYTES_WAITING_MAX as usize], room);
        }
        let error = writer.join().unwrap_err();
        assert!(error.to_string().starts_with("Cannot write to standard output: "), "{error}");
    }

    #[test]
    fn line_separators_are_escaped_and_neighbours_kept() {
        let text = "\"a\u{2028}b\u{2029}\u{85}–é\u{2028}\"".as_bytes().to_vec();
        let escaped = String::from_utf8(escape_separators(text)).unwrap();
        assert_eq!(escaped, "\"a\\u2028b\\u2029\\u0085–é\\u2028\"");
    }

    proptest! {
        #[test]
        fn escaping_never_changes_what_is_said(text in ".*") {
            let line = serde_json::to_vec(&text).unwrap();
            let escaped = escape_separators(line);
            prop_assert_eq!(serde_json::from_slice::<String>(&escaped).unwrap(), text);
            let escaped = String::from_utf8(escaped).unwrap();
            let separators = ['\u{2028}', '\u{2029}', '\u{85}'];
            prop_assert!(!escaped.contains(separators));
        }
    }
}
