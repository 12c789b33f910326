//! The VFS itself: of its methods only those that open and delete files are our own.

use std::ffi::{CStr, c_char, c_int};
use std::sync::{Mutex, PoisonError};

use rusqlite::ffi;

use super::file::{self, File};
use super::{Counters, kind_of};
use crate::measure::{FileKind, Outcome};
use crate::subject::session::DbError;

/// What SQLite gets as the VFS. A copy of the default one with two methods replaced: the others
/// belong to the default one and find in the copy what they expect, its application data included.
#[repr(C)]
struct Vfs {
    base: ffi::sqlite3_vfs,
    real: *mut ffi::sqlite3_vfs,
    counters: &'static Counters,
}

/// Registers a VFS that stands before the default one. It stays registered until the process ends.
pub fn register(name: &'static CStr, counters: &'static Counters) -> Result<(), DbError> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: a null name asks for the default VFS, which stays registered and in place.
    let real = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    if real.is_null() {
        return Err(refused("SQLite has no default VFS".to_owned()));
    }
    // SAFETY: `sqlite3_vfs_find` returned a valid VFS. It is plain data, and only registering
    // another one, which nobody else does meanwhile, writes to it.
    let mut base = unsafe { *real };
    base.pNext = std::ptr::null_mut();
    base.zName = name.as_ptr();
    base.szOsFile = c_int::try_from(size_of::<File>())
        .ok()
        .and_then(|own| own.checked_add(base.szOsFile))
        .ok_or_else(|| refused("SQLite's default VFS has files of an absurd size".to_owned()))?;
    base.xOpen = Some(open);
    base.xDelete = Some(delete);
    let vfs = Box::leak(Box::new(Vfs {
        base,
        real,
        counters,
    }));
    // SAFETY: the VFS is valid and never moves or ends. The pointer is to the whole of it, of which
    // `base` is the beginning. 0: it does not become the default.
    let code = unsafe { ffi::sqlite3_vfs_register(std::ptr::from_mut(vfs).cast(), 0) };
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(refused(format!(
            "SQLite refuses the counting VFS (code {code})"
        ))),
    }
}

fn refused(message: String) -> DbError {
    DbError {
        class: Outcome::Other,
        code: "vfs".to_owned(),
        message,
    }
}

/// `xOpen`: the real file lies behind ours in the memory that SQLite provides.
unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let vfs = vfs.cast::<Vfs>();
    // SAFETY: SQLite calls this with the VFS that was registered, which is a `Vfs`, and nobody
    // writes to what is behind its `base`.
    let (vfs, counters) = unsafe { ((*vfs).real, (*vfs).counters) };
    let kind = kind_of(flags);
    let new_log =
        flags & ffi::SQLITE_OPEN_CREATE != 0 && matches!(kind, FileKind::Journal | FileKind::Wal);
    // SAFETY: `file` points to `szOsFile` bytes, which hold our file and the real one behind it, and
    // the default VFS gets its own `self`, name and flags.
    unsafe {
        let real = file::real(file);
        // Should the method be missing or not touch the file, it is not open.
        (*real).pMethods = std::ptr::null();
        let code = match (*vfs).xOpen {
            Some(open) => open(vfs, name, real, flags, out_flags),
            None => ffi::SQLITE_CANTOPEN,
        };
        File::init(file, counters, kind, new_log);
        code
    }
}

/// `xDelete`: with `sync` the layer below syncs the directory, if there was a file to delete.
unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let vfs = vfs.cast::<Vfs>();
    // SAFETY: as in `open`.
    let (vfs, counters) = unsafe { ((*vfs).real, (*vfs).counters) };
    // SAFETY: the default VFS stays valid.
    let code = match unsafe { (*vfs).xDelete } {
        // SAFETY: it gets its own `self` and the arguments of SQLite.
        Some(delete) => unsafe { delete(vfs, name, sync) },
        None => ffi::SQLITE_IOERR,
    };
    if code == ffi::SQLITE_OK && sync & 1 != 0 {
        counters.of(FileKind::Directory).sync();
    }
    code
}
