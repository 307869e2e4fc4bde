//! Amounts as people write them.

/// A whole number of 10^-decimals, with every digit.
pub(crate) fn digits(amount: i64, decimals: u8) -> String {
    let places = usize::from(decimals);
    let sign = if amount < 0 { "-" } else { "" };
    let plain = format!("{:0>width$}", amount.unsigned_abs(), width = places + 1);
    match plain.split_at(plain.len() - places) {
        (whole, "") => format!("{sign}{whole}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn large_amounts_keep_every_digit() {
        for (amount, decimals, said) in [
            (i64::MAX, 0, "9223372036854775807"),
            (i64::MAX, 2, "92233720368547758.07"),
            (-5, 2, "-0.05"),
            (0, 6, "0.000000"),
            (i64::MIN, 1, "-922337203685477580.8"),
        ] {
            assert_eq!(digits(amount, decimals), said);
        }
    }
}
