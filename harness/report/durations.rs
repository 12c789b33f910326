//! Durations as PostgreSQL writes its settings.

/// The seconds of a setting such as `50ms` or `1s`; `None` if it is none.
pub fn postgres(setting: &str) -> Option<f64> {
    let digits = setting.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = setting.split_at(digits);
    let unit = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_with_their_units() {
        assert_eq!(postgres("50ms"), Some(0.05));
        assert_eq!(postgres("1s"), Some(1.0));
        assert_eq!(postgres("2min"), Some(120.0));
        for wrong in ["", "0", "s", "1 s", "1parsec", "é"] {
            assert_eq!(postgres(wrong), None, "{wrong}");
        }
    }
}
