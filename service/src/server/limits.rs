//! Named limits of the server. docs/limits.md lists them.

use std::time::Duration;

/// Bytes of a request.
pub const MESSAGE_BYTES_MAX: usize = 67_108_864;
/// Bytes that a request may take once it is decoded, estimated from its bytes before.
pub const DECODED_BYTES_MAX: u64 = 2_147_483_648;
/// Messages inside each other.
pub const MESSAGE_DEPTH_MAX: usize = 96;
/// A request of more bytes is decoded and read among the large ones, behind which small ones never wait.
pub const SMALL_MESSAGE_BYTES_MAX: usize = 262_144;
/// Time that the bytes of a message have to arrive.
pub const MESSAGE_TIME_MAX: Duration = Duration::from_secs(30);
/// Time before the rate of its bytes counts.
pub const MESSAGE_RATE_GRACE: Duration = Duration::from_secs(5);
/// Bytes a second that a message must arrive with, on average.
pub const MESSAGE_RATE_MIN: u64 = 16_384;
/// Bytes of an answer that are handed on at a time: what its client does not take is held here, where it is counted.
pub const ANSWER_PIECE_BYTES: usize = 16_384;
/// Calls at one time on one connection.
pub const STREAMS_PER_CONNECTION_MAX: u32 = 64;
/// Bytes of the headers of one call.
pub const HEADER_LIST_BYTES_MAX: u32 = 8_192;
/// Silence after which a connection is pinged.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
/// Time that it has to answer the ping.
pub const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Age at which a connection takes no more calls; those under way end.
pub const CONNECTION_AGE_MAX: Duration = Duration::from_secs(3600);
/// Time a call other than Solve has when its client sets none.
pub const UNARY_TIMEOUT: Duration = Duration::from_secs(30);
