//! Clients that speak HTTP/2 by hand, frame by frame, and gRPC with whatever bytes for messages.

use prost::bytes::{Buf, BufMut};
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http;
use tonic::transport::Channel;

/// What a client sends first.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Kinds of frames.
pub const DATA: u8 = 0;
/// See [`DATA`].
pub const HEADERS: u8 = 1;
/// See [`DATA`].
pub const RST_STREAM: u8 = 3;
/// See [`DATA`].
pub const SETTINGS: u8 = 4;
/// See [`DATA`].
pub const PING: u8 = 6;
/// See [`DATA`].
pub const WINDOW_UPDATE: u8 = 8;
/// See [`DATA`].
pub const CONTINUATION: u8 = 9;
/// Flags: the stream ends here; the headers do.
pub const END_STREAM: u8 = 1;
/// See [`END_STREAM`].
pub const END_HEADERS: u8 = 4;
/// See [`END_STREAM`]: of a ping, that it is an answer.
pub const ACK: u8 = 1;

/// A frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Headers as HPACK has them, each a literal that is not kept.
pub fn headers(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            // Lengths are numbers of seven bits and more.
            match text.len() {
                short @ 0..127 => block.push(short as u8),
                long => {
                    block.push(127);
                    let mut rest = long - 127;
                    while rest >= 128 {
                        block.push((rest % 128) as u8 | 128);
                        rest /= 128;
                    }
                    block.push(rest as u8);
                }
            }
            block.extend(text.as_bytes());
        }
    }
    block
}

/// The headers of a call.
pub fn call(path: &str) -> Vec<u8> {
    request("POST", path, "application/grpc")
}

/// The headers of a request.
pub fn request(method: &str, path: &str, content_type: &str) -> Vec<u8> {
    headers(&[
        (":method", method),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("content-type", content_type),
        ("te", "trailers"),
    ])
}

/// A message with its head, which claims `length` bytes.
pub fn claiming(length: u32, message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0];
    bytes.extend(length.to_be_bytes());
    bytes.extend(message);
    bytes
}

/// A connection.
pub struct Raw {
    stream: TcpStream,
}

impl Raw {
    /// Opens one, with these settings.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn open(addr: SocketAddr, settings: &[(u16, u32)]) -> io::Result<Raw> {
        let mut raw = Raw { stream: TcpStream::connect(addr).await? };
        raw.send(PREFACE).await?;
        let setting = |(name, value): &(u16, u32)| [&name.to_be_bytes()[..], &value.to_be_bytes()[..]].concat();
        let payload: Vec<u8> = settings.iter().flat_map(setting).collect();
        raw.send(&frame(SETTINGS, 0, 0, &payload)).await?;
        Ok(raw)
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The next frame: kind, flags, stream and payload.
    ///
    /// # Errors
    /// When the connection ends.
    pub async fn next(&mut self) -> io::Result<(u8, u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).await?;
        let [a, b, c, kind, flags, rest @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.stream.read_exact(&mut payload).await?;
        Ok((kind, flags, u32::from_be_bytes(rest), payload))
    }

    /// Waits until the server has seen all that was sent: it answers a ping in its turn.
    ///
    /// # Errors
    /// When the connection ends before.
    pub async fn seen(&mut self) -> io::Result<()> {
        self.send(&frame(PING, 0, 0, b"are here")).await?;
        loop {
            let (kind, flags, _, payload) = self.next().await?;
            if kind == PING && flags & ACK != 0 && payload == b"are here" {
                return Ok(());
            }
        }
    }

    /// The next headers that the server sends.
    ///
    /// # Errors
    /// When the connection ends before.
    pub async fn answered(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let (HEADERS, _, _, block) = self.next().await? {
                return Ok(block);
            }
        }
    }

    /// Waits until the server has closed the connection.
    pub async fn closed(&mut self) {
        while self.next().await.is_ok() {}
    }
}

/// Bytes for messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsBytes;

impl Codec for AsBytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = AsBytes;
    type Decoder = AsBytes;

    fn encoder(&mut self) -> AsBytes {
        AsBytes
    }

    fn decoder(&mut self) -> AsBytes {
        AsBytes
    }
}

impl Encoder for AsBytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(&item);
        Ok(())
    }
}

impl Decoder for AsBytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = from.remaining();
        Ok(Some(from.copy_to_bytes(length).to_vec()))
    }
}

/// Sends these messages to a call and gives its answer, encoded.
///
/// # Errors
/// What the server answers with.
pub async fn send(channel: Channel, method: &str, messages: Vec<Vec<u8>>) -> Result<Vec<u8>, Status> {
    send_to(channel, &format!("/carve.v1.CarveService/{method}"), messages).await
}

/// As [`send`], to any path.
///
/// # Errors
/// Whatever the server answers.
pub async fn send_to(channel: Channel, path: &str, messages: Vec<Vec<u8>>) -> Result<Vec<u8>, Status> {
    let path: http::uri::PathAndQuery = path.parse().expect("a path");
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
    let messages = tonic::Request::new(tokio_stream::iter(messages));
    client.client_streaming(messages, path, AsBytes).await.map(tonic::Response::into_inner)
}
