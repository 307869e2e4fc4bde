//! Under load: what is taken in, read and watched. Times are printed and not judged; `--example load` asks for more.

use super::calls::CARVE;
use carve_tests::load;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn submits_reads_and_watchers_are_all_answered() {
    let program = Path::new(CARVE);
    let submits = load::submits(program, 100, 10).await;
    let p99 = |rate: &load::Rate| rate.times[rate.times.len() * 99 / 100];
    println!("submits: {} answered, {} failed, p99 {:?}", submits.answered, submits.failed, p99(&submits));
    assert_eq!((submits.answered, submits.failed), (1_000, 0));
    let reads = load::reads(program, 1_000, 5).await;
    println!("reads: {} answered, {} failed, p99 {:?}", reads.answered, reads.failed, p99(&reads));
    assert_eq!((reads.answered, reads.failed), (5_000, 0));
    let (heard, last) = load::watchers(program, 200).await;
    println!("watchers: {heard} heard the end, the last after {last:?}");
    assert_eq!(heard, 200);
}
