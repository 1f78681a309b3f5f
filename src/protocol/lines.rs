//! Whole lines of stdin, many at a time, read beside everything else.

use std::io::{BufRead, BufReader, Read};

use tokio::sync::mpsc;

use crate::error::{Error, Kind, Result};

/// Bytes that are handed on at once while more is waiting.
const CHUNK_BYTES: usize = 256 << 10;
/// Chunks on their way.
const CHUNKS_MAX: usize = 4;
/// A longer line is no line.
pub const LINE_BYTES_MAX: usize = 64 << 20;

/// Reads `input` on a thread of its own. Each chunk holds whole lines; what stands behind the last newline at the
/// end counts as a line. Nothing is held back once `input` has nothing more to give.
pub fn read(input: impl Read + Send + 'static) -> mpsc::Receiver<Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(CHUNKS_MAX);
    std::thread::spawn(move || {
        let mut input = BufReader::with_capacity(CHUNK_BYTES, input);
        loop {
            let chunk = next(&mut input).transpose();
            let Some(chunk) = chunk else { return };
            let failed = chunk.is_err();
            if sender.blocking_send(chunk).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

fn next(input: &mut BufReader<impl Read>) -> Result<Option<Vec<u8>>> {
    let mut chunk = Vec::new();
    loop {
        let before = chunk.len();
        let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
        let count = input.by_ref().take(limit).read_until(b'\n', &mut chunk).map_err(unreadable)?;
        if count == LINE_BYTES_MAX && !chunk.ends_with(b"\n") {
            return Err(Error::new(
                Kind::Local,
                format!("A line of standard input is longer than {LINE_BYTES_MAX} bytes"),
            ));
        }
        if count == 0 || input.buffer().is_empty() || chunk.len() >= CHUNK_BYTES {
            return Ok((count > 0 || before > 0).then_some(chunk));
        }
    }
}

fn unreadable(error: std::io::Error) -> Error {
    Error::new(Kind::Local, format!("Cannot read standard input: {error}")).because(error)
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
