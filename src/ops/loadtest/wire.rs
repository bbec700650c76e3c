//! As much of a WebSocket as a load test needs, counted byte by byte, frame headers included. The generator shares the machine with
//! the server, so it must cost little: a socket with nothing half-read keeps no buffer.

use std::{io, net::SocketAddr, rc::Rc};

use tokio::{io::AsyncReadExt, net::TcpStream};

use super::shared::Test;

/// Bytes read at a time.
const AT_A_TIME: usize = 512;
/// The longest message accepted, in bytes.
const LONGEST: usize = 64 * 1024;

/// A frame from the server.
pub(super) enum Frame {
    /// A message.
    Text(String),
    /// A ping with its payload, which must be answered.
    Ping(Vec<u8>),
    /// The server hangs up.
    Close,
    /// Anything else.
    Other,
}

/// The client's side of a WebSocket.
pub(super) struct Wire {
    stream: TcpStream,
    test: Rc<Test>,
    /// Bytes that have arrived but are not parsed yet.
    unread: Vec<u8>,
}

impl Wire {
    /// Connects and does the handshake.
    pub async fn connect(test: Rc<Test>, address: SocketAddr, request: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut wire = Self { stream, test, unread: Vec::new() };
        wire.write(request.as_bytes()).await?;
        loop {
            if let Some(end) = wire.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                if !wire.unread.starts_with(b"HTTP/1.1 101") {
                    let status = String::from_utf8_lossy(wire.unread.get(..12).unwrap_or_default()).into_owned();
                    return Err(io::Error::other(format!("refused: {status}")));
                }
                wire.unread.drain(..end + 4);
                return Ok(wire);
            }
            wire.fill().await?;
        }
    }

    /// The next frame. It is safe to cancel.
    pub async fn next(&mut self) -> io::Result<Frame> {
        loop {
            if let Some((frame, length)) = parse(&self.unread)? {
                if length == self.unread.len() {
                    self.unread = Vec::new();
                } else {
                    self.unread.drain(..length);
                }
                return Ok(frame);
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> io::Result<()> {
        // Not `try_read`: after a short read, this call knows that nothing is left without asking the kernel again.
        let mut bytes = [0; AT_A_TIME];
        let read = self.stream.read(&mut bytes).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.test.measured.borrow_mut().down += u64::try_from(read).unwrap_or(0);
        self.unread.extend_from_slice(bytes.get(..read).unwrap_or_default());
        Ok(())
    }

    /// Sends a message.
    pub async fn text(&mut self, text: &str) -> io::Result<()> {
        self.frame(0x1, text.as_bytes()).await
    }

    /// Answers a ping.
    pub async fn pong(&mut self, payload: &[u8]) -> io::Result<()> {
        self.frame(0xa, payload).await
    }

    /// Our messages are short: one byte of length is enough. Clients must mask; a mask of zeros changes nothing.
    async fn frame(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126);
        let length = length.ok_or_else(|| io::Error::other("message too long"))?;
        let mut bytes = Vec::with_capacity(6 + payload.len());
        bytes.extend_from_slice(&[0x80 | kind, 0x80 | length, 0, 0, 0, 0]);
        bytes.extend_from_slice(payload);
        self.write(&bytes).await
    }

    async fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(written) => {
                    self.test.measured.borrow_mut().up += u64::try_from(written).unwrap_or(0);
                    bytes = bytes.get(written..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.stream.writable().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The first frame in these bytes and its length, once it is complete.
fn parse(bytes: &[u8]) -> io::Result<Option<(Frame, usize)>> {
    let &[kind, short, ref rest @ ..] = bytes else { return Ok(None) };
    let (length, header) = match (short & 0x7f, rest) {
        (126, [high, low, ..]) => (usize::from(u16::from_be_bytes([*high, *low])), 4),
        (126, _) => return Ok(None),
        (127, _) => return Err(io::Error::other("message too long")),
        (length, _) => (usize::from(length), 2),
    };
    if length > LONGEST {
        return Err(io::Error::other("message too long"));
    }
    let Some(payload) = bytes.get(header..header + length) else { return Ok(None) };
    let frame = match kind & 0x0f {
        0x1 => Frame::Text(String::from_utf8_lossy(payload).into_owned()),
        0x8 => Frame::Close,
        0x9 => Frame::Ping(payload.to_vec()),
        _ => Frame::Other,
    };
    Ok(Some((frame, header + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_one_by_one_when_they_are_whole() {
        let bytes = [&[0x81, 2][..], b"{}", &[0x89, 1, 7], &[0x81, 126, 0, 1], b"x"].concat();
        assert!(matches!(parse(&bytes), Ok(Some((Frame::Text(text), 4))) if text == "{}"));
        assert!(matches!(parse(&bytes[4..]), Ok(Some((Frame::Ping(payload), 3))) if payload == [7]));
        assert!(matches!(parse(&bytes[7..]), Ok(Some((Frame::Text(_), 5)))));
        assert!((0..4).all(|cut| matches!(parse(&bytes[..cut]), Ok(None))));
    }
}
