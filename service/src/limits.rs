//! Named limits of the files that the program reads beside accounts. docs/limits.md lists them.

/// Bytes of a plan file: it is held as a tree of its values, some fifty times as large.
pub const PLAN_FILE_BYTES_MAX: u64 = 67_108_864;
/// Bytes of any file of an answer that is read again.
pub const ANSWER_FILE_BYTES_MAX: u64 = 1_073_741_824;
