//! Currencies, by code and by sign.

use std::fmt;

/// A currency, or a sign that several share, such as `$`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Currency(&'static str);

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Codes of ISO 4217 that are in use, and those that the euro took the place of; in the order of their letters.
const CODES: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "ATS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BEF", "BGN",
    "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP",
    "CNH", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DEM", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ESP", "ETB",
    "EUR", "FIM", "FJD", "FKP", "FRF", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GRD", "GTQ", "GYD", "HKD", "HNL",
    "HRK", "HTG", "HUF", "IDR", "IEP", "ILS", "INR", "IQD", "IRR", "ISK", "ITL", "JMD", "JOD", "JPY", "KES", "KGS",
    "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LUF", "LYD", "MAD", "MDL",
    "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO",
    "NLG", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PTE", "PYG", "QAR", "RON", "RSD",
    "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP",
    "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED",
    "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
];

/// Signs and short names, with what they stand for.
const SIGNS: &[(&str, &str)] = &[
    ("$", "$"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "¥"),
    ("￥", "¥"),
    ("₹", "INR"),
    ("rs", "INR"),
    ("₩", "KRW"),
    ("₽", "RUB"),
    ("₺", "TRY"),
    ("₪", "ILS"),
    ("₫", "VND"),
    ("₴", "UAH"),
    ("฿", "THB"),
    ("₱", "PHP"),
    ("₦", "NGN"),
    ("us$", "USD"),
    ("$us", "USD"),
    ("a$", "AUD"),
    ("au$", "AUD"),
    ("c$", "CAD"),
    ("ca$", "CAD"),
    ("cdn$", "CAD"),
    ("nz$", "NZD"),
    ("s$", "SGD"),
    ("hk$", "HKD"),
    ("nt$", "TWD"),
    ("mx$", "MXN"),
    ("r$", "BRL"),
    ("r", "ZAR"),
    ("cn¥", "CNY"),
    ("jp¥", "JPY"),
    ("rmb", "CNY"),
    ("fr", "CHF"),
    ("sfr", "CHF"),
    ("kr", "kr"),
    ("zł", "PLN"),
    ("kč", "CZK"),
    ("ft", "HUF"),
    ("lei", "RON"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("dollar", "$"),
    ("dollars", "$"),
    ("s/", "PEN"),
    ("eur€", "EUR"),
];

/// Longest code or sign, in bytes.
const BYTES_MAX: usize = 7;

/// The currency that a code or sign stands for, whatever its case and a dot behind it.
pub(crate) fn known(text: &str) -> Option<Currency> {
    if text.len() > BYTES_MAX + 1 {
        return None;
    }
    if let &[a, b, c] = text.as_bytes() {
        let upper = [a, b, c].map(|byte| byte.to_ascii_uppercase());
        if let Ok(at) = CODES.binary_search_by(|code| code.as_bytes().cmp(&upper)) {
            return Some(Currency(CODES[at]));
        }
    }
    let text = text.trim_end_matches('.');
    SIGNS.iter().find(|sign| sign.0.eq_ignore_ascii_case(text)).map(|sign| Currency(sign.1))
}

/// Units that headings name for amounts in thousands or millions, with how they are shown.
const LARGE: &[(&str, &str)] = &[
    ("teur", "TEUR"),
    ("t€", "TEUR"),
    ("t eur", "TEUR"),
    ("tsd. eur", "TEUR"),
    ("tsd. €", "TEUR"),
    ("keur", "kEUR"),
    ("k€", "kEUR"),
    ("k eur", "kEUR"),
    ("mio. eur", "mEUR"),
    ("mio. €", "mEUR"),
    ("mio eur", "mEUR"),
    ("meur", "mEUR"),
    ("m€", "mEUR"),
    ("m €", "mEUR"),
    ("k$", "k$"),
    ("$k", "k$"),
    ("$000", "k$"),
    ("$000s", "k$"),
    ("$ 000s", "k$"),
    ("000s", "thousands"),
    ("thousands", "thousands"),
    ("kusd", "kUSD"),
    ("usd k", "kUSD"),
    ("$m", "m$"),
    ("$mm", "m$"),
    ("tchf", "TCHF"),
    ("£k", "kGBP"),
    ("£000", "kGBP"),
    ("£000s", "kGBP"),
    ("r$ mil", "kBRL"),
];

/// The unit that a heading names in parentheses for amounts in thousands or millions, such as `TEUR` or `$000s`.
pub(crate) fn large(text: &str) -> Option<Currency> {
    let lower = text.to_lowercase();
    LARGE.iter().find(|unit| unit.0 == lower.trim()).map(|unit| Currency(unit.1))
}

/// Whether the text is written like a code of ISO 4217.
pub(crate) fn is_like_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

impl Currency {
    /// Whether it is a sign that several currencies share, such as `$`.
    pub(crate) fn is_shared(self) -> bool {
        matches!(self.0, "$" | "¥" | "kr")
    }
}

/// Whether one may stand for the other in one column: `$` for US dollars alone. Who writes `$` beside `CA$`, or `kr` beside
/// `SEK`, means two currencies by them.
pub(crate) fn agree(one: Currency, other: Currency) -> bool {
    one == other || matches!((one.0, other.0), ("$", "USD") | ("USD", "$"))
}

/// What the smallest part of an amount with two decimals is called.
pub(crate) fn hundredths(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "$" | "USD" | "EUR" | "AUD" | "CAD" | "NZD" | "SGD" | "HKD" | "ZAR" => "cents",
        "GBP" => "pence",
        "CHF" => "rappen",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_signs_are_known() {
        let name = |text: &str| known(text).map(|currency| currency.to_string());
        for (text, currency) in
            [("USD", "USD"), ("eur", "EUR"), ("€", "EUR"), ("$", "$"), ("US$", "USD"), ("Fr.", "CHF"), ("zł", "PLN")]
        {
            assert_eq!(name(text).as_deref(), Some(currency), "{text}");
        }
        for text in ["", "ZZZ", "US", "x", "$$"] {
            assert_eq!(name(text), None, "{text}");
        }
        assert!(CODES.is_sorted() && SIGNS.iter().all(|sign| sign.0.len() <= BYTES_MAX));
        assert!(is_like_code("ZZZ") && !is_like_code("zzz"));
        assert!(agree(Currency("$"), Currency("USD")) && agree(Currency("CAD"), Currency("CAD")));
        for (one, other) in [("$", "CAD"), ("AUD", "$"), ("USD", "CAD"), ("¥", "CNY"), ("kr", "SEK")] {
            assert!(!agree(Currency(one), Currency(other)), "{one} {other}");
        }
    }
}
