//! What the page holds in few letters: gzip, five letters for four bytes; and digests. The one door to `flate2` and `sha2`.

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// How hard gzip tries, of 9; and with more bytes than so many.
const LEVEL: u32 = 9;
const LARGE: (usize, u32) = (500_000, 6);
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes, packed by gzip, with how many these are before them, in letters. The same bytes are the same text.
pub(super) fn packed(bytes: &[u8]) -> io::Result<String> {
    let level = if bytes.len() > LARGE.0 { LARGE.1 } else { LEVEL };
    let mut gzip: GzEncoder<Vec<u8>> = GzBuilder::new().mtime(0).write(vec![0; 4], Compression::new(level));
    gzip.write_all(bytes)?;
    let mut packed = gzip.finish()?;
    let size = u32::try_from(packed.len() - 4).map_err(io::Error::other)?;
    packed[..4].copy_from_slice(&size.to_le_bytes());
    Ok(letters(&packed))
}

/// Five letters for four bytes, zeros filling up the last four: a quarter more, where base64 takes a third. The letters are
/// those of ASCII from `#` on without `<` and `\`, so that no text of them ends a script or is escaped.
fn letters(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(4) * 5);
    for four in bytes.chunks(4) {
        let mut word = [0_u8; 4];
        word[..four.len()].copy_from_slice(four);
        let word = u32::from_be_bytes(word);
        for power in [52_200_625, 614_125, 7_225, 85, 1] {
            let digit = (word / power % 85) as u8;
            let letter = digit + b'#';
            out.push(char::from(letter + u8::from(letter >= b'<') + u8::from(letter + 1 >= b'\\')));
        }
    }
    out
}

/// The digest of a text as a content security policy names it.
pub(super) fn source(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// The SHA-256 of bytes as `sha256sum` prints it.
pub fn sha256_hex(mut bytes: impl io::Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match bytes.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// As RFC 4648 says, with padding.
fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let mut word = [0_u8; 4];
        word[1..=three.len()].copy_from_slice(three);
        let word = u32::from_be_bytes(word);
        for place in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= three.len() { letter as char } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_letters_are_four_bytes_and_end_no_script() {
        assert_eq!(letters(&[0; 4]), "#####");
        let all: Vec<u8> = (0..=u8::MAX).flat_map(|byte| [byte, byte ^ 0x5A, 255 - byte, byte / 3]).collect();
        let text = letters(&all);
        assert_eq!(text.len(), all.len() / 4 * 5);
        assert!(text.bytes().all(|letter| (b'#'..=b'y').contains(&letter) && !b"<\\".contains(&letter)));
        let digit = |letter: u8| u32::from(letter - b'#' - u8::from(letter > b'<') - u8::from(letter > b'\\'));
        let word =
            |five: &[u8]| five.iter().fold(0_u32, |word, &letter| word.wrapping_mul(85).wrapping_add(digit(letter)));
        let back: Vec<u8> = text.as_bytes().chunks(5).flat_map(|five| word(five).to_be_bytes()).collect();
        assert_eq!(back, all);
    }

    #[test]
    fn base64_and_digests_are_what_their_standards_say() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(source(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        let hex = sha256_hex(&b"abc"[..]).expect("memory is read");
        assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
