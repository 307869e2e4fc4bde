//! Headings as exports write them, by meaning; the files beside this one hold them.
//!
//! A row is a family of spellings from one origin with its rank: of two columns for one meaning the lower rank is taken.
//! Rank 0 is kept for the names of plan files. Spellings are compared by [`super::spelling::normal`].

use super::known::Known;

/// Spellings of one meaning from one origin.
pub(crate) struct Family {
    pub known: Known,
    pub rank: u8,
    /// Which system writes them so.
    #[cfg_attr(not(test), allow(dead_code, reason = "says where a row comes from; a test wants every row to say it"))]
    pub origin: &'static str,
    pub spellings: &'static [&'static str],
}

pub(crate) const fn family(known: Known, rank: u8, origin: &'static str, spellings: &'static [&'static str]) -> Family {
    Family { known, rank, origin, spellings }
}
