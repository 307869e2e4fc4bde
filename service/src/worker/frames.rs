//! What server and worker say to each other: a tag, a length (4 bytes, little-endian) and a message.

use carve_proto::v1 as proto;
use prost::Message;
use std::io::{self, ErrorKind, Read, Write};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The largest message that is read; more is a worker that went mad.
pub const FRAME_BYTES_MAX: usize = 1 << 30;
const HEADER_BYTES: usize = 5;
/// The tag of an improved plan.
const IMPROVED: u8 = b'I';
/// The tag of how far a worker is.
const PROGRESS: u8 = b'P';

/// One message.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "frames are moved once, and there are few")]
pub enum Frame {
    /// Server to worker: solve this.
    Request(proto::SolveRequest),
    /// Server to worker: explain an account.
    Account(proto::ExplainAccountRequest),
    /// Server to worker: explain what rules cost.
    Rules(proto::ExplainRulesRequest),
    /// Server to worker: explain why there is no plan.
    Infeasible(proto::ExplainInfeasibleRequest),
    /// Worker to server: the answer to one of those three, encoded; the last frame.
    Explained(Vec<u8>),
    /// Worker to server: how far it is.
    Progress(proto::RunProgress),
    /// Worker to server: the best plan so far.
    Improved(proto::Plan),
    /// Worker to server: the answer; the last frame.
    Final(proto::Plan),
    /// Worker to server: what is wrong with the request; the last frame.
    Refused(proto::ValidateResponse),
}

impl Frame {
    /// The frame's bytes.
    ///
    /// # Errors
    /// When the message is larger than [`FRAME_BYTES_MAX`].
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        let (tag, message) = match self {
            Frame::Request(m) => (b'R', m.encode_to_vec()),
            Frame::Account(m) => (b'A', m.encode_to_vec()),
            Frame::Rules(m) => (b'L', m.encode_to_vec()),
            Frame::Infeasible(m) => (b'N', m.encode_to_vec()),
            Frame::Explained(m) => (b'X', m.clone()),
            Frame::Progress(m) => (PROGRESS, m.encode_to_vec()),
            Frame::Improved(m) => (IMPROVED, m.encode_to_vec()),
            Frame::Final(m) => (b'F', m.encode_to_vec()),
            Frame::Refused(m) => (b'E', m.encode_to_vec()),
        };
        framed(tag, &[&message])
    }

    /// The bytes of a request whose accounts are encoded already, as a SolveRequest of their own: two messages one after the
    /// other are one message.
    ///
    /// # Errors
    /// When they are larger than [`FRAME_BYTES_MAX`].
    pub fn request_of(accounts: &[u8], rest: &[u8]) -> io::Result<Vec<u8>> {
        framed(b'R', &[accounts, rest])
    }

    /// Writes the frame and flushes.
    ///
    /// # Errors
    /// When `out` fails or the message is too large.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.bytes()?)?;
        out.flush()
    }

    /// Reads one frame.
    ///
    /// # Errors
    /// When the stream ends or holds anything but a frame.
    pub fn read(from: &mut impl Read) -> io::Result<Frame> {
        let mut header = [0; HEADER_BYTES];
        from.read_exact(&mut header)?;
        let mut message = Vec::new();
        from.take(length(&header)?).read_to_end(&mut message)?;
        parse(&header, &message)
    }
}

/// A frame as it came, not decoded yet: that takes long for a large one, and of improved plans most are never looked at.
#[derive(Debug)]
pub struct Packed {
    header: [u8; HEADER_BYTES],
    message: Vec<u8>,
}

impl Packed {
    /// Reads one frame without blocking.
    ///
    /// # Errors
    /// When the stream ends or holds anything but a frame.
    pub async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Packed> {
        let mut header = [0; HEADER_BYTES];
        from.read_exact(&mut header).await?;
        let mut message = Vec::new();
        from.take(length(&header)?).read_to_end(&mut message).await?;
        Ok(Packed { header, message })
    }

    /// Whether it is the best plan so far, and not the last frame.
    pub fn is_improved(&self) -> bool {
        self.header[0] == IMPROVED
    }

    /// Whether it tells how far the worker is, and is not the last frame.
    pub fn is_progress(&self) -> bool {
        self.header[0] == PROGRESS
    }

    /// How far the worker is; a few bytes.
    pub fn progress(&self) -> Option<proto::RunProgress> {
        proto::RunProgress::decode(self.message.as_slice()).ok()
    }

    /// The frame, decoded on a thread for it.
    ///
    /// # Errors
    /// When it is none.
    pub async fn open(self) -> io::Result<Frame> {
        let opened = tokio::task::spawn_blocking(move || parse(&self.header, &self.message));
        opened.await.unwrap_or_else(|_| Err(ErrorKind::InvalidData.into()))
    }
}

fn framed(tag: u8, parts: &[&[u8]]) -> io::Result<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    if length > FRAME_BYTES_MAX {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::with_capacity(HEADER_BYTES + length);
    bytes.push(tag);
    bytes.extend((length as u32).to_le_bytes());
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    Ok(bytes)
}

fn length(header: &[u8; HEADER_BYTES]) -> io::Result<u64> {
    let [_, length @ ..] = *header;
    let length = u32::from_le_bytes(length) as usize;
    if length > FRAME_BYTES_MAX { Err(ErrorKind::InvalidData.into()) } else { Ok(length as u64) }
}

fn parse(header: &[u8; HEADER_BYTES], message: &[u8]) -> io::Result<Frame> {
    if message.len() as u64 != length(header)? {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let frame = match header[0] {
        b'R' => Frame::Request(proto::SolveRequest::decode(message)?),
        b'A' => Frame::Account(proto::ExplainAccountRequest::decode(message)?),
        b'L' => Frame::Rules(proto::ExplainRulesRequest::decode(message)?),
        b'N' => Frame::Infeasible(proto::ExplainInfeasibleRequest::decode(message)?),
        b'X' => Frame::Explained(message.to_vec()),
        PROGRESS => Frame::Progress(proto::RunProgress::decode(message)?),
        IMPROVED => Frame::Improved(proto::Plan::decode(message)?),
        b'F' => Frame::Final(proto::Plan::decode(message)?),
        b'E' => Frame::Refused(proto::ValidateResponse::decode(message)?),
        _ => return Err(ErrorKind::InvalidData.into()),
    };
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(summary: &str) -> proto::Plan {
        proto::Plan { summary: summary.into(), ..Default::default() }
    }

    #[test]
    fn frames_come_back_as_they_went() {
        let frames = [
            Frame::Request(proto::SolveRequest { families: 2, ..Default::default() }),
            Frame::Account(proto::ExplainAccountRequest { account_id: "a".into(), ..Default::default() }),
            Frame::Rules(proto::ExplainRulesRequest { rule_id: "r".into(), ..Default::default() }),
            Frame::Infeasible(proto::ExplainInfeasibleRequest::default()),
            Frame::Explained(vec![1, 2, 3]),
            Frame::Progress(proto::RunProgress { tier: 1, ..Default::default() }),
            Frame::Improved(plan("better")),
            Frame::Final(proto::Plan::default()),
            Frame::Refused(proto::ValidateResponse { findings_omitted: 3, ..Default::default() }),
        ];
        let bytes: Vec<u8> = frames.iter().flat_map(|f| f.bytes().expect("small")).collect();
        let mut from = bytes.as_slice();
        for frame in &frames {
            assert_eq!(&Frame::read(&mut from).expect("a frame"), frame);
        }
        assert_eq!(Frame::read(&mut from).expect_err("the end").kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn rubbish_is_refused() {
        for bytes in [&b""[..], b"F", b"F\x05\0\0\0ab", b"?\0\0\0\0", b"F\xff\xff\xff\xff", b"F\x02\0\0\0\xff\xff"] {
            assert!(Frame::read(&mut &bytes[..]).is_err(), "{bytes:?}");
        }
    }
}
