//! Reads whole lines of stdin in chunks, on a thread of its own.

use std::io::{BufRead, BufReader, Read};

use tokio::sync::mpsc;

use crate::error::{Error, Kind};

/// The size of a chunk while more input waits.
const CHUNK_BYTES: usize = 256 << 10;
/// The most chunks in the queue.
const CHUNKS_MAX: usize = 4;
/// The longest line. A longer one is an error.
pub(crate) const LINE_BYTES_MAX: usize = 64 << 20;

/// Why the input ended early.
#[derive(Debug)]
pub(crate) enum InputCut {
    TooLong,
    Unreadable(std::io::Error),
}

impl InputCut {
    /// The error at the line with this number.
    #[must_use]
    pub(crate) fn at(self, line: u64) -> Error {
        let error = |what: &str| Error::new(Kind::Local, format!("Line {line} of standard input {what}"));
        match self {
            Self::TooLong => error(&format!("is longer than {LINE_BYTES_MAX} bytes")).advise(
                "Nothing from it on was written; make the record smaller, and send those since the last STATE again.",
            ),
            Self::Unreadable(io) => error(&format!("cannot be read: {io}")).because(io),
        }
    }
}

/// Reads `input` on a thread of its own. Each chunk holds whole lines; text after the last newline counts as a line. A
/// chunk is sent as soon as `input` has no more data waiting, and lines before a broken one are not lost.
pub(crate) fn read(input: impl Read + Send + 'static) -> mpsc::Receiver<Result<Vec<u8>, InputCut>> {
    let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
    std::thread::spawn(move || {
        let mut input = BufReader::with_capacity(CHUNK_BYTES, input);
        loop {
            let mut chunk = Vec::new();
            let end = fill(&mut input, &mut chunk);
            if !chunk.is_empty() && sender.blocking_send(Ok(chunk)).is_err() {
                return;
            }
            match end {
                Ok(true) => {}
                Ok(false) => return,
                Err(cut) => {
                    // If the receiver is gone, nobody needs to know.
                    let _ = sender.blocking_send(Err(cut));
                    return;
                }
            }
        }
    });
    receiver
}

/// Fills a chunk with whole lines. Returns whether more input may come.
fn fill(input: &mut BufReader<impl Read>, chunk: &mut Vec<u8>) -> Result<bool, InputCut> {
    loop {
        let before = chunk.len();
        let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
        let read = input.by_ref().take(limit).read_until(b'\n', chunk);
        let cut = match read {
            Ok(LINE_BYTES_MAX) if !chunk.ends_with(b"\n") => InputCut::TooLong,
            Ok(0) => return Ok(false),
            Ok(_) if input.buffer().is_empty() || chunk.len() >= CHUNK_BYTES => return Ok(true),
            Ok(_) => continue,
            Err(error) => InputCut::Unreadable(error),
        };
        chunk.truncate(before);
        return Err(cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as a slow pipe does.
    struct Drips(Vec<&'static [u8]>);

    impl Read for Drips {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let drip = self.0.remove(0);
            buffer[..drip.len()].copy_from_slice(drip);
            Ok(drip.len())
        }
    }

    #[tokio::test]
    async fn lines_are_handed_on_as_soon_as_they_are_whole() {
        let mut chunks = read(Drips(vec![b"one\ntw", b"o\n", b"three"]));
        let mut all = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            all.push(String::from_utf8(chunk.unwrap()).unwrap());
        }
        assert_eq!(all, ["one\ntwo\n", "three"]);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_costs_none_before_it() {
        let input = std::io::Cursor::new(b"one\ntwo\n".to_vec()).chain(std::io::repeat(b'x'));
        let mut chunks = read(input);
        assert_eq!(chunks.recv().await.unwrap().unwrap(), b"one\ntwo\n");
        let cut = chunks.recv().await.unwrap().unwrap_err();
        let told = cut.at(3).to_string();
        assert!(told.starts_with("Line 3 of standard input is longer than 67108864 bytes."), "{told}");
        assert!(chunks.recv().await.is_none());
    }

    #[tokio::test]
    async fn many_lines_come_together() {
        let mut chunks = read(std::io::Cursor::new(b"line\n".repeat(200_000)));
        let mut bytes = 0;
        let mut count = 0;
        while let Some(chunk) = chunks.recv().await {
            let chunk = chunk.unwrap();
            assert!(chunk.ends_with(b"\n"));
            bytes += chunk.len();
            count += 1;
        }
        assert_eq!(bytes, 1_000_000);
        assert!(count <= 8, "{count}");
    }
}
