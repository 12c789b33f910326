//! How much memory is left, from `/proc/meminfo`.

/// What `/proc/meminfo` says, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Memory {
    /// What programs can get without swapping.
    pub(super) available: Option<u64>,
    /// What is swapped out.
    pub(super) swapped: Option<u64>,
}

/// Reads `/proc/meminfo` (proc(5)), whose "kB" are of 1,024 bytes.
pub(super) fn parse(meminfo: &str) -> Memory {
    let field = |name: &str| {
        let line = meminfo.lines().find(|line| line.starts_with(name))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        kilobytes.checked_mul(1_024)
    };
    let swap = field("SwapTotal:").zip(field("SwapFree:"));
    Memory {
        available: field("MemAvailable:"),
        swapped: swap.map(|(total, free)| total.saturating_sub(free)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_and_swap_are_read_in_bytes() {
        let text = "MemTotal:  24684096 kB\nMemFree: 1 kB\nMemAvailable:  2048 kB\n\
                    SwapCached: 7 kB\nSwapTotal:  100 kB\nSwapFree:  40 kB\n";
        let expected = Memory {
            available: Some(2_097_152),
            swapped: Some(61_440),
        };
        assert_eq!(parse(text), expected);
    }

    #[test]
    fn what_is_not_told_is_not_known() {
        assert_eq!(parse(""), Memory::default());
        assert_eq!(parse("MemAvailable: many kB\n"), Memory::default());
        assert_eq!(parse("SwapTotal: 1 kB\nMemAvailable:"), Memory::default());
    }
}
