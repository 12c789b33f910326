//! What people read: the HTML report with its charts, and the exports.
/// stub
pub fn write(_run: &crate::measure::Run, _out: &std::path::Path) -> anyhow::Result<()> {
    Ok(())
}
