//! What a postal code looks like: a US ZIP, a Canadian or British one, or something else.

/// A postal code by its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostalCode {
    /// There is none.
    Blank,
    /// A number that a ZIP could be, in the US.
    Zip(u32),
    /// Canadian, by its first letter, which is that of a province.
    Canada(u8),
    /// British.
    Britain,
    /// Anything else.
    Other,
}

impl PostalCode {
    /// Of raw text: `02139`, `2139` (a leading zero was lost), `02139-4307`, `021394307`, `M5V 2T6`, `SW1A 1AA`.
    pub fn of(text: &str) -> PostalCode {
        let text = text.trim();
        // What a spreadsheet's number column becomes elsewhere.
        let text = text.strip_suffix(".0").unwrap_or(text);
        if text.is_empty() {
            return PostalCode::Blank;
        }
        // What most of them are.
        if text.len() == 5 && is_number(text) {
            return PostalCode::Zip(text.bytes().fold(0, |number, digit| 10 * number + u32::from(digit - b'0')));
        }
        if text.bytes().any(|b| b.is_ascii_alphabetic()) {
            return letters(text);
        }
        let (first, rest) = match text.split_once(['-', ' ']) {
            Some((first, rest)) => (first, Some(rest.trim_start_matches('-').trim())),
            None => (text, None),
        };
        let Some(number) = number(first) else { return PostalCode::Other };
        match (first.len(), rest) {
            (3..=5, None) | (5, Some("")) => PostalCode::Zip(number),
            (4 | 5, Some(more)) if more.len() == 4 && is_number(more) => PostalCode::Zip(number),
            // With its four more digits run on.
            (7..=9, None) => PostalCode::Zip(number / 10_000),
            _ => PostalCode::Other,
        }
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| is_number(text))
}

/// Codes with letters.
fn letters(text: &str) -> PostalCode {
    let mut code = [0_u8; 8];
    let mut length = 0;
    for byte in text.bytes().filter(|b| !matches!(b, b' ' | b'-')) {
        if length == code.len() || !byte.is_ascii_alphanumeric() {
            return PostalCode::Other;
        }
        code[length] = byte.to_ascii_uppercase();
        length += 1;
    }
    let code = &code[..length];
    let shape = |shape: &[u8]| {
        let fits =
            |(byte, kind): (&u8, &u8)| if *kind == b'9' { byte.is_ascii_digit() } else { byte.is_ascii_uppercase() };
        code.len() == shape.len() && code.iter().zip(shape).all(fits)
    };
    if (shape(b"A9A9A9") || shape(b"A9A")) && !b"DFIOQUWZ".contains(&code[0]) {
        return PostalCode::Canada(code[0]);
    }
    let british: [&[u8]; 6] = [b"A99AA", b"A999AA", b"AA99AA", b"AA999AA", b"A9A9AA", b"AA9A9AA"];
    if british.into_iter().any(shape) { PostalCode::Britain } else { PostalCode::Other }
}

/// The Canadian province of a code's first letter, by its own code.
pub(crate) fn province(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'A' => "NL",
        b'B' => "NS",
        b'C' => "PE",
        b'E' => "NB",
        b'G' | b'H' | b'J' => "QC",
        b'K'..=b'N' | b'P' => "ON",
        b'R' => "MB",
        b'S' => "SK",
        b'T' => "AB",
        b'V' => "BC",
        b'X' => "NT",
        b'Y' => "YT",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart_by_their_shape() {
        use PostalCode::*;
        for (text, code) in [
            ("02139", Zip(2139)),
            (" 94107 ", Zip(94107)),
            ("2139", Zip(2139)),
            ("501", Zip(501)),
            ("02139-4307", Zip(2139)),
            ("2139-4307", Zip(2139)),
            ("02139 4307", Zip(2139)),
            ("02139 - 4307", Zip(2139)),
            ("02139-", Zip(2139)),
            ("021394307", Zip(2139)),
            ("21394307", Zip(2139)),
            ("5014307", Zip(501)),
            ("2139.0", Zip(2139)),
            ("", Blank),
            ("  ", Blank),
            // Japan, Portugal, Poland, Brazil, India.
            ("601-8001", Other),
            ("1000-001", Other),
            ("00-950", Other),
            ("01310-100", Other),
            ("560001", Other),
            ("12", Other),
            ("02139-43", Other),
            ("1234567890", Other),
            ("99999999999999999999", Other),
            ("+2139", Other),
            ("M5V 2T6", Canada(b'M')),
            ("m5v2t6", Canada(b'M')),
            ("K1A-0B1", Canada(b'K')),
            ("M5V", Canada(b'M')),
            ("SW1A 1AA", Britain),
            ("M1 1AE", Britain),
            ("ec1a1bb", Britain),
            ("W1A 0AX", Britain),
            ("CR2 6XH", Britain),
            // The Netherlands, Ireland, Argentina; and no Canadian code begins with Z.
            ("1012 AB", Other),
            ("D02 AF30", Other),
            ("C1425CLA", Other),
            ("Z5V 2T6", Other),
            ("n/a", Other),
            ("02139 Cambridge", Other),
        ] {
            assert_eq!(PostalCode::of(text), code, "{text:?}");
        }
    }
}
