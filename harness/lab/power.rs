//! Whether the processors save power: governor, boost, battery. Linux tells in `/sys`.

use std::fs;
use std::path::Path;

/// The frequency governor of the first processor.
pub(super) fn governor(sys: &Path) -> Option<String> {
    line(&sys.join("devices/system/cpu/cpu0/cpufreq/scaling_governor"))
}

/// Whether processors may exceed their nominal frequency: Intel's driver tells the opposite, the
/// others the thing itself, for all processors or for each
/// (docs.kernel.org/admin-guide/pm/intel_pstate.html, …/pm/cpufreq.html).
pub(super) fn boost(sys: &Path) -> Option<bool> {
    let cpu = sys.join("devices/system/cpu");
    let says = |file: &str| match line(&cpu.join(file))?.as_str() {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    };
    says("intel_pstate/no_turbo")
        .map(|no_turbo| !no_turbo)
        .or_else(|| says("cpufreq/boost"))
        .or_else(|| says("cpufreq/policy0/boost"))
}

/// Whether a battery of the machine itself is being emptied; `None` without any power supply
/// (docs.kernel.org/power/power_supply_class.html).
pub(super) fn on_battery(sys: &Path) -> Option<bool> {
    let supplies: Vec<_> = fs::read_dir(sys.join("class/power_supply"))
        .ok()?
        .flatten()
        .map(|supply| supply.path())
        // The battery of a mouse says nothing about the machine.
        .filter(|supply| line(&supply.join("scope")).as_deref() != Some("Device"))
        .collect();
    let is_emptied = |supply: &std::path::PathBuf| {
        line(&supply.join("type")).as_deref() == Some("Battery")
            && line(&supply.join("status")).as_deref() == Some("Discharging")
    };
    (!supplies.is_empty()).then(|| supplies.iter().any(is_emptied))
}

/// The first line of a small file; `None` if there is none.
pub(super) fn line(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `/sys` with these files.
    fn sys(files: &[(&str, &str)]) -> tempfile::TempDir {
        let sys = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = sys.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        sys
    }

    #[test]
    fn a_machine_that_tells_nothing_is_not_known() {
        for sys in [Path::new("/nowhere/at/all"), sys(&[]).path()] {
            assert_eq!(governor(sys), None);
            assert_eq!(boost(sys), None);
            assert_eq!(on_battery(sys), None);
        }
    }

    #[test]
    fn boost_is_read_from_whichever_driver_tells_it() {
        let cpu = "devices/system/cpu";
        for (file, text, expected) in [
            ("intel_pstate/no_turbo", "0\n", Some(true)),
            ("intel_pstate/no_turbo", "1\n", Some(false)),
            ("cpufreq/boost", "1\n", Some(true)),
            ("cpufreq/policy0/boost", "0\n", Some(false)),
            ("cpufreq/boost", "perhaps\n", None),
            ("cpufreq/boost", "", None),
        ] {
            let sys = sys(&[(&format!("{cpu}/{file}"), text)]);
            assert_eq!(boost(sys.path()), expected, "{file} {text}");
        }
    }

    #[test]
    fn the_governor_is_that_of_the_first_processor() {
        let file = "devices/system/cpu/cpu0/cpufreq/scaling_governor";
        assert_eq!(
            governor(sys(&[(file, "schedutil\n")]).path()).unwrap(),
            "schedutil"
        );
    }

    #[test]
    fn a_battery_counts_while_it_is_emptied_and_that_of_a_mouse_never() {
        let battery = |status| {
            sys(&[
                ("class/power_supply/AC/type", "Mains\n"),
                ("class/power_supply/AC/online", "0\n"),
                ("class/power_supply/BAT0/type", "Battery\n"),
                ("class/power_supply/BAT0/status", status),
            ])
        };
        assert_eq!(on_battery(battery("Discharging\n").path()), Some(true));
        assert_eq!(on_battery(battery("Not charging\n").path()), Some(false));
        let mouse = sys(&[
            ("class/power_supply/hid/type", "Battery\n"),
            ("class/power_supply/hid/scope", "Device\n"),
            ("class/power_supply/hid/status", "Discharging\n"),
        ]);
        assert_eq!(on_battery(mouse.path()), None);
    }
}
