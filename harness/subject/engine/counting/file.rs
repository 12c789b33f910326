//! An open file: hands every call on to the real one, which lies behind it in memory.

use std::ffi::{c_int, c_void};

use rusqlite::ffi;

use super::Counters;
use crate::measure::FileKind;

/// What SQLite gets as a file; the real file follows it.
#[repr(C)]
pub struct File {
    base: ffi::sqlite3_file,
    counters: &'static Counters,
    kind: FileKind,
    /// Whether the layer below will sync the directory when this file is synced next.
    directory_waits: bool,
}

// The real file begins where ours ends, and holds pointers and 64-bit integers.
const _: () = assert!(size_of::<File>().is_multiple_of(8));

/// The real file behind ours.
///
/// # Safety
/// `file` must point to memory for a [`File`] and a real file behind it.
pub unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: the caller promises that the memory goes on behind our file.
    unsafe { file.byte_add(size_of::<File>()) }
}

impl File {
    /// Makes the file that SQLite sees, after the real one behind it was opened, or was not: a file
    /// that is not open has no methods, and SQLite does not close it.
    ///
    /// # Safety
    /// `file` must point to memory for a `File` and a real file behind it, which the real `xOpen`
    /// has seen.
    pub unsafe fn init(
        file: *mut ffi::sqlite3_file,
        counters: &'static Counters,
        kind: FileKind,
        directory_waits: bool,
    ) {
        // SAFETY: by the caller's promise. Methods that are not null are valid while a file is open.
        unsafe {
            let methods = (*real(file)).pMethods;
            let methods = match methods.as_ref().map(|methods| methods.iVersion) {
                None => std::ptr::null(),
                Some(version) => &raw const METHODS[version.clamp(1, 3) as usize - 1],
            };
            file.cast::<File>().write(File {
                base: ffi::sqlite3_file { pMethods: methods },
                counters,
                kind,
                directory_waits,
            });
        }
    }
}

/// The methods of files whose real ones have those of version 1, 2 and 3. A file must not seem to
/// have shared memory if the real one has none.
static METHODS: [ffi::sqlite3_io_methods; 3] = [methods(1), methods(2), methods(3)];

const fn methods(version: c_int) -> ffi::sqlite3_io_methods {
    ffi::sqlite3_io_methods {
        iVersion: version,
        xClose: Some(close),
        xRead: Some(read),
        xWrite: Some(write),
        xTruncate: Some(truncate),
        xSync: Some(sync),
        xFileSize: Some(file_size),
        xLock: Some(lock),
        xUnlock: Some(unlock),
        xCheckReservedLock: Some(check_reserved_lock),
        xFileControl: Some(file_control),
        xSectorSize: Some(sector_size),
        xDeviceCharacteristics: Some(device_characteristics),
        xShmMap: Some(shm_map),
        xShmLock: Some(shm_lock),
        xShmBarrier: Some(shm_barrier),
        xShmUnmap: Some(shm_unmap),
        xFetch: Some(fetch),
        xUnfetch: Some(unfetch),
    }
}

/// Calls a method of the real file; without one, the value after `else` comes back.
macro_rules! call {
    ($file:ident.$method:ident($($argument:expr),*) else $otherwise:expr) => {
        // SAFETY: SQLite calls our methods with files that `File::init` made and whose real file is
        // open. The real method gets its own file and SQLite's arguments.
        unsafe {
            let real = real($file);
            match (*(*real).pMethods).$method {
                Some(method) => method(real, $($argument),*),
                None => $otherwise,
            }
        }
    };
}

/// Makes methods that only hand on.
macro_rules! hand_on {
    ($($name:ident = $method:ident($($argument:ident: $type:ty),*);)+) => {
        $(
            unsafe extern "C" fn $name(
                file: *mut ffi::sqlite3_file,
                $($argument: $type),*
            ) -> c_int {
                call!(file.$method($($argument),*) else ffi::SQLITE_IOERR)
            }
        )+
    };
}

hand_on! {
    close = xClose();
    read = xRead(to: *mut c_void, length: c_int, offset: i64);
    truncate = xTruncate(size: i64);
    file_size = xFileSize(size: *mut i64);
    lock = xLock(level: c_int);
    unlock = xUnlock(level: c_int);
    check_reserved_lock = xCheckReservedLock(found: *mut c_int);
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, to: *mut *mut c_void);
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int);
    shm_unmap = xShmUnmap(delete: c_int);
    fetch = xFetch(offset: i64, length: c_int, to: *mut *mut c_void);
    unfetch = xUnfetch(offset: i64, page: *mut c_void);
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    call!(file.xShmBarrier() else ());
}

/// 0 lets SQLite assume its default.
unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    call!(file.xSectorSize() else 0)
}

/// 0 promises nothing.
unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    call!(file.xDeviceCharacteristics() else 0)
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    offset: i64,
) -> c_int {
    let code = call!(file.xWrite(from, length, offset) else ffi::SQLITE_IOERR_WRITE);
    if code == ffi::SQLITE_OK {
        // SAFETY: SQLite calls our methods with files that `File::init` made.
        let file = unsafe { &*file.cast::<File>() };
        file.counters.of(file.kind).write(length);
    }
    code
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    let code = call!(file.xSync(flags) else ffi::SQLITE_IOERR_FSYNC);
    if code == ffi::SQLITE_OK {
        // SAFETY: SQLite calls our methods with files that `File::init` made, and with each from
        // one thread at a time.
        let file = unsafe { &mut *file.cast::<File>() };
        file.counters.of(file.kind).sync();
        if std::mem::take(&mut file.directory_waits) {
            file.counters.of(FileKind::Directory).sync();
        }
    }
    code
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    if operation == ffi::SQLITE_FCNTL_CKPT_DONE {
        // SAFETY: SQLite calls our methods with files that `File::init` made.
        let file = unsafe { &*file.cast::<File>() };
        let checkpoints = &file.counters.checkpoints;
        checkpoints.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
    call!(file.xFileControl(operation, argument) else ffi::SQLITE_NOTFOUND)
}
