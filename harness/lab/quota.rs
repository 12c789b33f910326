//! How much of the processors this process may use: its affinity, and the quota of its control
//! groups.

use std::fs;
use std::path::Path;

/// How many processors the scheduler may give to a process, from its `/proc/self/status`
/// (proc(5)): the bits of `Cpus_allowed`, in hexadecimal groups.
pub(super) fn cpus_allowed(status: &str) -> Option<u32> {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed:"))?;
    mask.chars()
        .filter(|character| character.is_ascii_hexdigit())
        .map(|digit| digit.to_digit(16).map(u32::count_ones))
        .sum::<Option<u32>>()
        .filter(|cpus| *cpus > 0)
}

/// How many processors' time a process may use: the least of what its control group and those
/// above it allow. `root` is where cgroup v2 is mounted, `cgroup` the text of `/proc/self/cgroup`.
/// `None` without a limit.
pub(super) fn cpu_quota(root: &Path, cgroup: &str) -> Option<f64> {
    let own = cgroup
        .lines()
        .find_map(|line| line.strip_prefix("0::"))?
        .trim_start_matches('/');
    root.join(own)
        .ancestors()
        .take_while(|group| group.starts_with(root))
        .filter_map(|group| parse(&fs::read_to_string(group.join("cpu.max")).ok()?))
        .min_by(f64::total_cmp)
}

/// Reads `cpu.max`: `max 100000`, or microseconds of CPU time in each period of so many
/// (docs.kernel.org/admin-guide/cgroup-v2.html).
fn parse(text: &str) -> Option<f64> {
    let (quota, period) = text.trim().split_once(' ')?;
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_the_bits_of_the_mask() {
        for (mask, cpus) in [
            ("3", Some(2)),
            ("ff,ffffffff", Some(40)),
            ("f", Some(4)),
            ("0", None),
        ] {
            let status = format!("Name:\tcontend\nCpus_allowed:\t{mask}\nCpus_allowed_list:\t?\n");
            assert_eq!(cpus_allowed(&status), cpus, "{mask}");
        }
        assert_eq!(cpus_allowed(""), None);
    }

    #[test]
    fn the_least_quota_on_the_way_to_the_root_counts() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("a/b");
        fs::create_dir_all(&own).unwrap();
        let quota = || cpu_quota(root.path(), "1:cpu:/x\n0::/a/b\n");
        assert_eq!(quota(), None, "no file, no limit");
        fs::write(own.join("cpu.max"), "max 100000\n").unwrap();
        assert_eq!(quota(), None);
        fs::write(root.path().join("a/cpu.max"), "150000 100000\n").unwrap();
        assert_eq!(quota(), Some(1.5));
        fs::write(own.join("cpu.max"), "400000 100000\n").unwrap();
        assert_eq!(quota(), Some(1.5));
        fs::write(own.join("cpu.max"), "50000 100000\n").unwrap();
        assert_eq!(quota(), Some(0.5));
    }

    #[test]
    fn a_text_that_is_no_quota_is_none() {
        for text in [
            "",
            "max",
            "max 100000",
            "-1 100000",
            "1 0",
            "NaN 1",
            "one two",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(cpu_quota(Path::new("/nowhere"), "4:memory:/x\n"), None);
    }
}
