//! Writing to a connection from outside the task that owns it.
//!
//! Otherwise a message for a player waits twice: for the sender's task and, once woken, for the task that owns the player's socket.
//! Most messages fit into the socket's send buffer at once, so the first task may write them itself.

use std::{
    io::{self, IoSlice},
    net::Shutdown,
    sync::Arc,
    task::{Context, Poll, ready},
};

use parking_lot::Mutex;
use socket2::SockRef;
use tokio::net::{TcpStream, tcp::OwnedWriteHalf};

/// The writing side of a connection, shared by the task that owns it and by those that write directly.
#[derive(Clone, Debug)]
pub struct DirectWriter {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    half: OwnedWriteHalf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The part of a direct write that the socket did not take; it goes out before anything else.
    rest: Vec<u8>,
    /// The owner has begun a write that it has not finished: nothing may be written into the middle of it.
    owner_is_writing: bool,
}

impl DirectWriter {
    pub(super) fn new(half: OwnedWriteHalf) -> Self {
        Self { shared: Arc::new(Shared { half, state: Mutex::default() }) }
    }

    /// Writes a whole frame now, unless something is waiting to be written first; returns what became of it. When the socket took
    /// only a part, the rest goes out with the owner's next flush, which the caller must then trigger.
    #[must_use]
    pub fn write(&self, frame: &[u8]) -> Written {
        let mut state = self.shared.state.lock();
        if state.owner_is_writing || !state.rest.is_empty() {
            return Written::No;
        }
        match self.shared.half.try_write(frame) {
            Ok(written) if written == frame.len() => Written::Whole,
            Ok(written) => {
                state.rest.extend_from_slice(frame.get(written..).unwrap_or_default());
                Written::Partly
            }
            // The owner will meet the same failure and deal with it.
            Err(_) => Written::No,
        }
    }

    fn stream(&self) -> &TcpStream {
        self.shared.half.as_ref()
    }

    fn poll_rest(&self, state: &mut State, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !state.rest.is_empty() {
            let written = ready!(self.poll_try(cx, || self.stream().try_write(&state.rest)))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            state.rest.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_try(&self, cx: &mut Context<'_>, write: impl Fn() -> io::Result<usize>) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream().poll_write_ready(cx))?;
            match write() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    /// The owner's write, from `AsyncWrite`.
    pub(super) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let mut state = self.shared.state.lock();
        ready!(self.poll_rest(&mut state, cx))?;
        let wanted: usize = bytes.iter().map(|some| some.len()).sum();
        let written = self.poll_try(cx, || self.stream().try_write_vectored(bytes));
        state.owner_is_writing = !matches!(written, Poll::Ready(Ok(written)) if written == wanted);
        written
    }

    /// The owner's flush, from `AsyncWrite`.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_rest(&mut self.shared.state.lock(), cx)
    }

    /// The owner has nothing more to write.
    pub(super) fn shutdown(&self) -> io::Result<()> {
        match SockRef::from(self.stream()).shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            done => done,
        }
    }
}

/// What became of a direct write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// All of it is in the socket's buffer.
    Whole,
    /// A part of it is; the owner must flush.
    Partly,
    /// None of it is: something is waiting to be written first, or the connection has failed.
    No,
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::{
        io::AsyncReadExt,
        net::{TcpListener, tcp::OwnedReadHalf},
    };

    use super::*;

    async fn pair() -> (DirectWriter, OwnedReadHalf, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let there = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (here, _) = listener.accept().await.unwrap();
        SockRef::from(&here).set_send_buffer_size(4096).unwrap();
        let (read, write) = here.into_split();
        (DirectWriter::new(write), read, there)
    }

    #[tokio::test]
    async fn a_frame_that_the_socket_takes_in_part_is_never_torn() {
        let (writer, _read, mut there) = pair().await;
        // More than any socket buffer takes at once.
        let frame: Vec<u8> = (0..16_000_000_u32).map(|n| n.to_be_bytes()[3]).collect();
        assert_eq!(writer.write(&frame), Written::Partly);
        assert_eq!(writer.write(b"too early"), Written::No, "the rest comes first");
        let owner = poll_fn(|cx| writer.poll_write(cx, &[IoSlice::new(b"owner")]));
        let mut heard = vec![0; frame.len() + 5];
        let (wrote, read) = tokio::join!(owner, there.read_exact(&mut heard));
        assert_eq!((wrote.unwrap(), read.unwrap()), (5, heard.len()));
        assert!(heard == [&frame[..], b"owner"].concat());
        assert_eq!(writer.write(b"again"), Written::Whole);
    }

    #[tokio::test]
    async fn nothing_is_written_into_the_middle_of_what_the_owner_says() {
        let (writer, _read, mut there) = pair().await;
        let long = vec![7; 16_000_000];
        let first = poll_fn(|cx| writer.poll_write(cx, &[IoSlice::new(&long)])).await.unwrap();
        assert!(first < long.len());
        assert_eq!(writer.write(b"beside"), Written::No);
        let rest = async {
            let mut done = first;
            while done < long.len() {
                done += poll_fn(|cx| writer.poll_write(cx, &[IoSlice::new(&long[done..])])).await.unwrap();
            }
        };
        let mut heard = vec![0; long.len()];
        let ((), read) = tokio::join!(rest, there.read_exact(&mut heard));
        assert_eq!(read.unwrap(), long.len());
        assert!(heard == long);
        assert_eq!(writer.write(b"after"), Written::Whole);
    }
}
