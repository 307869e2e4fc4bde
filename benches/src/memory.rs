//! How much memory a process holds, as the kernel counts it. Where there is no such count, nothing is known.

use std::fs;

/// The most that was held at once, MB.
pub fn peak_mb() -> Option<f64> {
    status("self", "VmHWM:")
}

/// The most that another process of ours has held at once so far, MB.
pub fn peak_mb_of(process: u32) -> Option<f64> {
    status(&process.to_string(), "VmHWM:")
}

/// What is held now, MB.
pub fn held_mb() -> Option<f64> {
    status("self", "VmRSS:")
}

/// Counts the peak anew from what is held now, where the kernel lets a process do so.
pub fn forget_peak() {
    // Where it does not, the peak stays that of the whole process: never less than what is asked for.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

fn status(process: &str, name: &str) -> Option<f64> {
    read(&fs::read_to_string(format!("/proc/{process}/status")).ok()?, name)
}

fn read(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_count_is_read_in_kilobytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 512 kB\n";
        assert_eq!((read(status, "VmHWM:"), read(status, "VmRSS:")), (Some(2.0), Some(0.5)));
        assert_eq!(read("", "VmHWM:"), None);
    }
}
