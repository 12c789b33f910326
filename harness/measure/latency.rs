//! Latencies, kept whole as HDR histograms.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Of fewer latencies the 99th percentile is the longest, and says nothing of a tail.
pub const ENOUGH_FOR_P99: u64 = 100;

/// The longest latency a histogram can hold, in nanoseconds (ten minutes). Longer ones are
/// recorded as this.
const LONGEST_NS: u64 = 600_000_000_000;

/// Latencies of one kind of operation, in nanoseconds, to three significant digits.
///
/// In a run file this is an HDR histogram in its standard form (V2, deflated, base64), which any
/// HDR library reads, with a few percentiles beside it for those who have none at hand.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(with = "LatenciesOnDisk")]
pub struct Latencies(Histogram<u64>);

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Latencies")]
#[serde(deny_unknown_fields)]
struct LatenciesOnDisk {
    /// How many latencies were recorded.
    count: u64,
    /// The median, in microseconds.
    p50_us: f64,
    /// The 95th percentile, in microseconds.
    p95_us: f64,
    /// The 99th percentile, in microseconds.
    p99_us: f64,
    /// The 99.9th percentile, in microseconds.
    p99_9_us: f64,
    /// The longest, in microseconds.
    max_us: f64,
    /// The whole HDR histogram of nanoseconds: V2, deflated, base64.
    hdr: String,
}

impl Default for Latencies {
    fn default() -> Self {
        // It grows as longer latencies come: most never need the range of minutes.
        Latencies(Histogram::new(3).expect("three digits are a valid precision"))
    }
}

impl Latencies {
    /// Records one latency in nanoseconds.
    pub fn record(&mut self, nanoseconds: u64) {
        self.0
            .record(nanoseconds.clamp(1, LONGEST_NS))
            .expect("the histogram grows");
    }

    /// Adds every latency of `other`.
    pub fn merge(&mut self, other: &Latencies) {
        self.0.add(&other.0).expect("the histogram grows");
    }

    /// How many latencies were recorded.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency in seconds below which `percent` per cent of all lie; `None` if there are none.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.value_at_percentile(percent) as f64 / 1e9)
    }

    /// The 99th percentile in seconds; `None` of fewer than [`ENOUGH_FOR_P99`], of which it would be the
    /// longest.
    pub fn p99(&self) -> Option<f64> {
        self.percentile(99.0)
            .filter(|_| self.count() >= ENOUGH_FOR_P99)
    }

    /// The mean latency in seconds; `None` if there are none.
    pub fn mean(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.mean() / 1e9)
    }

    /// The longest latency in seconds; `None` if there are none.
    pub fn max(&self) -> Option<f64> {
        (!self.0.is_empty()).then(|| self.0.max() as f64 / 1e9)
    }

    /// The share of latencies longer than so many seconds, from 0 to 1; `None` if there are none.
    pub fn share_above(&self, seconds: f64) -> Option<f64> {
        if self.0.is_empty() {
            return None;
        }
        let longer = match (seconds * 1e9) as u64 {
            bound if bound < self.0.max() => self.0.count_between(bound + 1, self.0.max()),
            _ => 0,
        };
        // Both ends of the histogram's cells count, the one that holds the bound among them.
        Some(longer.min(self.count()) as f64 / self.count() as f64)
    }

    /// The percentiles that stand beside the histogram in a run file, and the maximum, in
    /// microseconds; 0 if there are none.
    /// The latencies longer than this added up, in seconds.
    pub fn total_above(&self, seconds: f64) -> f64 {
        let bound = (seconds * 1e9) as u64;
        let longer = self.0.iter_recorded();
        let longer = longer.filter(|cell| cell.value_iterated_to() > bound);
        let nanoseconds =
            longer.map(|cell| cell.value_iterated_to() as f64 * cell.count_at_value() as f64);
        // The sum of nothing is -0.
        nanoseconds.fold(0.0, |sum, cell| sum + cell) / 1e9
    }

    fn beside(&self) -> [f64; 5] {
        let of = |percent| self.percentile(percent);
        let seconds = [of(50.0), of(95.0), of(99.0), of(99.9), self.max()];
        seconds.map(|seconds| seconds.unwrap_or(0.0) * 1e6)
    }
}

/// The share of all time in these operations, from 0 to 1, that went into those which took longer than this, in
/// seconds; `None` without any operation.
pub fn time_above(latencies: &[&Latencies], seconds: f64) -> Option<f64> {
    let above = |bound| {
        let each = latencies.iter().map(|l| l.total_above(bound));
        each.fold(0.0, |sum, one| sum + one)
    };
    let all = above(0.0);
    (all > 0.0).then(|| above(seconds) / all)
}

impl Serialize for Latencies {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&self.0, &mut bytes)
            .map_err(serde::ser::Error::custom)?;
        let [p50_us, p95_us, p99_us, p99_9_us, max_us] = self.beside();
        LatenciesOnDisk {
            count: self.count(),
            p50_us,
            p95_us,
            p99_us,
            p99_9_us,
            max_us,
            hdr: BASE64.encode(bytes),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let disk = LatenciesOnDisk::deserialize(deserializer)?;
        let bytes = BASE64.decode(&disk.hdr).map_err(Error::custom)?;
        let histogram: Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|e| Error::custom(format!("not an HDR histogram: {e}")))?;
        let mut latencies = Latencies::default();
        latencies.0.add(&histogram).map_err(Error::custom)?;
        if latencies.count() != disk.count {
            return Err(Error::custom(format!(
                "the histogram holds {} latencies, but its count says {}",
                latencies.count(),
                disk.count
            )));
        }
        let beside = [
            disk.p50_us,
            disk.p95_us,
            disk.p99_us,
            disk.p99_9_us,
            disk.max_us,
        ];
        // Another program that wrote the file may have rounded the last of sixteen digits.
        let same = |(a, b): (f64, f64)| (a - b).abs() <= 1e-9 * b.abs();
        if !beside.into_iter().zip(latencies.beside()).all(same) {
            return Err(Error::custom(format!(
                "the histogram's percentiles are {:?} microseconds, but those beside it are {beside:?}",
                latencies.beside()
            )));
        }
        Ok(latencies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles_are_those_of_what_was_recorded() {
        let mut latencies = Latencies::default();
        for microsecond in 1..=1000 {
            latencies.record(microsecond * 1000);
        }
        for (percent, expected) in [
            (50.0, 500e-6),
            (95.0, 950e-6),
            (99.0, 990e-6),
            (99.9, 999e-6),
        ] {
            let found = latencies.percentile(percent).unwrap();
            assert!((found / expected - 1.0).abs() < 2e-3, "p{percent}: {found}");
        }
        assert!((latencies.max().unwrap() / 1e-3 - 1.0).abs() < 2e-3);
    }

    #[test]
    fn the_run_file_has_each_percentile_under_its_name_and_swapped_ones_are_refused() {
        let mut latencies = Latencies::default();
        for microsecond in 1..=1000 {
            latencies.record(microsecond * 1000);
        }
        let json = serde_json::to_value(&latencies).unwrap();
        for (name, expected) in [
            ("p50_us", 500.0),
            ("p95_us", 950.0),
            ("p99_us", 990.0),
            ("p99_9_us", 999.0),
            ("max_us", 1000.0),
        ] {
            let found = json[name].as_f64().unwrap();
            assert!((found / expected - 1.0).abs() < 2e-3, "{name}: {found}");
        }
        let mut swapped = json.clone();
        swapped["p50_us"] = json["p99_us"].clone();
        swapped["p99_us"] = json["p50_us"].clone();
        let error = serde_json::from_value::<Latencies>(swapped).unwrap_err();
        assert!(error.to_string().contains("percentiles"), "{error}");
    }

    #[test]
    fn the_share_above_a_bound_is_that_of_what_is_longer() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.share_above(1.0), None);
        for millisecond in [10, 20, 30, 40] {
            latencies.record(millisecond * 1_000_000);
        }
        for (bound, share) in [
            (0.0, 1.0),
            (0.015, 0.75),
            (0.025, 0.5),
            (0.05, 0.0),
            (1e9, 0.0),
        ] {
            assert_eq!(latencies.share_above(bound), Some(share), "{bound}");
        }
    }

    #[test]
    fn what_is_longer_than_a_bound_adds_up() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.total_above(0.0), 0.0);
        for millisecond in [10, 20, 20, 400] {
            latencies.record(millisecond * 1_000_000);
        }
        for (bound, seconds) in [(0.0, 0.45), (0.015, 0.44), (0.1, 0.4), (1.0, 0.0)] {
            let found = latencies.total_above(bound);
            assert!((found - seconds).abs() < 1e-3, "{bound}: {found}");
        }
    }

    #[test]
    fn nothing_recorded_has_no_percentile() {
        assert_eq!(Latencies::default().percentile(50.0), None);
        assert_eq!(Latencies::default().max(), None);
    }

    #[test]
    fn a_count_that_disagrees_with_its_histogram_is_refused() {
        let mut latencies = Latencies::default();
        latencies.record(5);
        let mut json = serde_json::to_value(&latencies).unwrap();
        json["count"] = 2.into();
        let error = serde_json::from_value::<Latencies>(json).unwrap_err();
        assert!(error.to_string().contains("holds 1 latencies"), "{error}");
    }

    proptest! {
        #[test]
        fn a_histogram_survives_the_run_file(values in prop::collection::vec(0u64..2_000_000_000_000, 0..200)) {
            let mut latencies = Latencies::default();
            for value in &values {
                latencies.record(*value);
            }
            let json = serde_json::to_string(&latencies).unwrap();
            prop_assert_eq!(serde_json::from_str::<Latencies>(&json).unwrap(), latencies);
        }

        #[test]
        fn merging_loses_nothing(a in prop::collection::vec(1u64..1_000_000, 0..100),
                                 b in prop::collection::vec(1u64..1_000_000, 0..100)) {
            let record = |values: &[u64]| {
                let mut latencies = Latencies::default();
                values.iter().for_each(|value| latencies.record(*value));
                latencies
            };
            let mut merged = record(&a);
            merged.merge(&record(&b));
            let both: Vec<u64> = a.iter().chain(&b).copied().collect();
            prop_assert_eq!(merged, record(&both));
        }
    }
}
