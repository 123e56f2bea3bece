//! Reading ahead: a source that takes work is read on a thread of its own, while what it gave is taken apart.

use std::io::{Error, Read};
use std::sync::mpsc::{Receiver, sync_channel};

/// Bytes that are handed over at once.
const CHUNK: usize = 1 << 18;

/// Chunks that wait at most.
const WAITING_MAX: usize = 4;

/// Runs `take` on the bytes of `source`, which come from another thread. They and the error at their end are the same as
/// without it.
pub fn read_ahead<T>(mut source: impl Read + Send, take: impl FnOnce(Ahead) -> T) -> T {
    std::thread::scope(|scope| {
        let (send, chunks) = sync_channel(WAITING_MAX);
        scope.spawn(move || {
            loop {
                let mut chunk = Vec::with_capacity(CHUNK);
                let ended = source.by_ref().take(CHUNK as u64).read_to_end(&mut chunk);
                let is_last = ended.is_err() || chunk.is_empty();
                // The other end is gone once nothing more is wanted.
                if send.send((chunk, ended.err())).is_err() || is_last {
                    return;
                }
            }
        });
        take(Ahead { chunks, chunk: Vec::new(), at: 0, error: None })
    })
}

/// What another thread has read.
pub struct Ahead {
    chunks: Receiver<(Vec<u8>, Option<Error>)>,
    chunk: Vec<u8>,
    at: usize,
    error: Option<Error>,
}

impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.chunk.len() {
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            // A thread that is gone has ended its source, or panicked, which the scope tells.
            let Ok((chunk, error)) = self.chunks.recv() else { return Ok(0) };
            (self.chunk, self.at, self.error) = (chunk, 0, error);
            if self.chunk.is_empty() {
                return self.error.take().map_or(Ok(0), Err);
            }
        }
        let count = into.len().min(self.chunk.len() - self.at);
        into[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    /// A source of so many bytes that may fail after them.
    struct Source(usize, bool);

    impl Read for Source {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            match (self.0, self.1) {
                (0, true) => Err(Error::from(ErrorKind::InvalidData)),
                (left, _) => {
                    let count = into.len().min(left).min(1000);
                    into[..count].iter_mut().enumerate().for_each(|(at, byte)| *byte = (left - at) as u8);
                    self.0 -= count;
                    Ok(count)
                }
            }
        }
    }

    #[test]
    fn bytes_and_error_are_those_of_the_source() {
        let check = |length: usize, fails: bool| {
            let read = |source: &mut dyn Read| {
                let mut bytes = Vec::new();
                let ended = source.read_to_end(&mut bytes).map_err(|error| error.kind());
                (bytes, ended)
            };
            let ahead = read_ahead(Source(length, fails), |mut ahead| read(&mut ahead));
            assert!(ahead == read(&mut Source(length, fails)), "{length} {fails}");
        };
        for length in [0, 1, 999, CHUNK, CHUNK + 1, 9 * CHUNK + 7] {
            check(length, false);
            check(length, true);
        }
    }

    #[test]
    fn who_has_enough_may_stop() {
        let first = read_ahead(Source(100 * CHUNK, false), |mut ahead| {
            let mut byte = [0];
            ahead.read(&mut byte).map_err(|error| error.kind())
        });
        assert_eq!(first, Ok(1));
    }
}
