//! The report as a whole.

mod support;

use support::run::Fixture;

#[test]
fn the_report_is_written_whole() {
    let out = tempfile::tempdir().unwrap();
    let files = contend::report::write(&Fixture::default().run(), out.path()).unwrap();
    let names: Vec<_> = files
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["index.html", "trials.csv"]);
    if let Some(keep) = std::env::var_os("CONTEND_KEEP_REPORT") {
        contend::report::write(&Fixture::default().run(), std::path::Path::new(&keep)).unwrap();
    }
}
