//! What people read: the HTML report with its charts, and the exports.
