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

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_all_kinds_beside_each_other_are_answered_as_they_must_be() {
    let mixed = load::mixed(Path::new(CARVE), 5).await;
    for (kind, calls, failed) in &mixed.calls {
        println!("{kind}: {calls} calls, {failed} failed");
        assert!(*calls > 0 && *failed == 0, "{kind}: {failed} of {calls} failed");
    }
    assert_eq!(mixed.calls.len(), 6);
}

#[test]
fn memory_that_grows_is_told_by_how_much_an_hour() {
    let memory = (0..100).map(|at| (f64::from(at) * 36.0, 1_000_000 + at * 10)).map(|(at, bytes)| (at, bytes as u64));
    let mixed = load::Mixed { memory: memory.collect(), ..Default::default() };
    assert!((mixed.slope() - 1_000.0).abs() < 1e-6, "{}", mixed.slope());
}
