//! Numbers by which programs are scaled and shifted.

/// The multiplier and the two shifts that spread a number over 64 bits (splitmix64, Steele et al. 2014).
const SPREAD: [u64; 3] = [0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB];

/// A number from 0 to 1 for each number, without any pattern, the same in every program.
pub(in crate::engine::relax) fn irregular(number: usize) -> f64 {
    let spread = (number as u64).wrapping_add(1).wrapping_mul(SPREAD[0]);
    let spread = (spread ^ spread >> 30).wrapping_mul(SPREAD[1]);
    let spread = (spread ^ spread >> 27).wrapping_mul(SPREAD[2]);
    (spread ^ spread >> 31) as f64 / u64::MAX as f64
}

/// The power of 2 that brings the mean of those coefficients that are not 0 near 1.
pub(super) fn scale_of<'a>(coefficients: impl Iterator<Item = &'a f64>) -> f64 {
    let finite = coefficients.map(|k| k.abs()).filter(|k| k.is_finite() && *k > 0.0);
    let (sum, count) = finite.fold((0.0, 0_u32), |(sum, count), k| (sum + k, count + 1));
    if count == 0 { 1.0 } else { (-(sum / f64::from(count)).log2().round()).exp2() }
}
