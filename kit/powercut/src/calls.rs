//! The functions of the C library that change files, as programs call them.

use std::ffi::CStr;

use libc::{c_char, c_int, c_long, c_uint, c_void, iovec, mode_t, off_t, size_t, ssize_t};

use crate::trace::{self, Kind, Turn, absolute, bytes_of, is_watched, known, path_of, settings};

/// Opening for one of these may change the disk.
const CHANGES: c_int = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;

fn refused(errno: c_int) -> c_long {
    // SAFETY: this thread's own number.
    unsafe { *libc::__errno_location() = errno };
    -1
}

fn int(done: c_long) -> c_int {
    c_int::try_from(done).unwrap_or(-1)
}

fn size(done: c_long) -> ssize_t {
    ssize_t::try_from(done).unwrap_or(-1)
}

unsafe fn opened(folder: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller gave a path.
    let wanted = settings().instead(unsafe { CStr::from_ptr(path) });
    // SAFETY: the caller's arguments.
    let open = || unsafe { libc::syscall(libc::SYS_openat, folder, wanted.as_ptr(), flags, mode) };
    if flags & CHANGES == 0 {
        let fd = int(open());
        trace::watch(fd, false);
        return fd;
    }
    let place = absolute(folder, wanted);
    if !settings().covers(&place) {
        let fd = int(open());
        trace::watch(fd, false);
        return fd;
    }
    let turn = Turn::take();
    if flags & libc::O_CREAT != 0 && settings().is_full() && !place.exists() {
        return int(refused(libc::ENOSPC));
    }
    let fd = int(open());
    if fd >= 0 {
        trace::watch(fd, true);
        let (number, _, _) = known(fd);
        let emptied = u64::from(flags & libc::O_TRUNC != 0);
        turn.note(Kind::Open, &[number, emptied], &[bytes_of(&path_of(fd))]);
    }
    fd
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { opened(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { opened(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn openat(
    folder: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { opened(folder, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn openat64(
    folder: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { opened(folder, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn close(fd: c_int) -> c_int {
    trace::watch(fd, false);
    // SAFETY: the caller's file.
    int(unsafe { libc::syscall(libc::SYS_close, fd) })
}

/// Writes `bytes` by `call`, which tells how many went; `at` is where, none for where the file stands.
unsafe fn written(
    fd: c_int,
    at: Option<off_t>,
    bytes: &[u8],
    call: impl Fn() -> c_long,
) -> ssize_t {
    let turn = Turn::take();
    if settings().is_full() {
        return size(refused(libc::ENOSPC));
    }
    let (number, length, _) = known(fd);
    // SAFETY: the caller's file.
    let stands = || unsafe {
        let flags = libc::syscall(libc::SYS_fcntl, fd, libc::F_GETFL);
        if int(flags) & libc::O_APPEND != 0 {
            length
        } else {
            let place = libc::syscall(libc::SYS_lseek, fd, 0, libc::SEEK_CUR);
            u64::try_from(place).unwrap_or_default()
        }
    };
    let at = at.map_or_else(stands, |at| u64::try_from(at).unwrap_or_default());
    let done = call();
    if let Ok(count @ 1..) = usize::try_from(done) {
        turn.note(
            Kind::Write,
            &[number, at],
            &[&bytes[..count.min(bytes.len())]],
        );
    }
    size(done)
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn write(fd: c_int, from: *const c_void, count: size_t) -> ssize_t {
    // SAFETY: the caller's arguments.
    let call = || unsafe { libc::syscall(libc::SYS_write, fd, from, count) };
    if !is_watched(fd) || count == 0 {
        return size(call());
    }
    // SAFETY: the caller's bytes.
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), count);
        written(fd, None, bytes, call)
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn pwrite(
    fd: c_int,
    from: *const c_void,
    count: size_t,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's arguments.
    let call = || unsafe { libc::syscall(libc::SYS_pwrite64, fd, from, count, at) };
    if !is_watched(fd) || count == 0 {
        return size(call());
    }
    // SAFETY: the caller's bytes.
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), count);
        written(fd, Some(at), bytes, call)
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn pwrite64(
    fd: c_int,
    from: *const c_void,
    count: size_t,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's arguments.
    unsafe { pwrite(fd, from, count, at) }
}

/// The bytes of several pieces, one after the other.
unsafe fn gathered(pieces: *const iovec, count: c_int) -> Vec<u8> {
    let count = usize::try_from(count).unwrap_or_default();
    // SAFETY: the caller's pieces, each with as many bytes as it says.
    unsafe {
        let pieces = std::slice::from_raw_parts(pieces, count);
        let bytes = |piece: &iovec| {
            std::slice::from_raw_parts(piece.iov_base.cast::<u8>(), piece.iov_len).to_vec()
        };
        pieces
            .iter()
            .filter(|piece| piece.iov_len > 0)
            .flat_map(bytes)
            .collect()
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn writev(fd: c_int, pieces: *const iovec, count: c_int) -> ssize_t {
    // SAFETY: the caller's arguments.
    let call = || unsafe { libc::syscall(libc::SYS_writev, fd, pieces, count) };
    if !is_watched(fd) {
        return size(call());
    }
    // SAFETY: the caller's pieces.
    unsafe { written(fd, None, &gathered(pieces, count), call) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn pwritev(
    fd: c_int,
    pieces: *const iovec,
    count: c_int,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's arguments; the upper half of the place is zero where a word has 64 bits.
    let call = || unsafe { libc::syscall(libc::SYS_pwritev, fd, pieces, count, at, 0) };
    if !is_watched(fd) {
        return size(call());
    }
    // SAFETY: the caller's pieces.
    unsafe { written(fd, Some(at), &gathered(pieces, count), call) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn pwritev64(
    fd: c_int,
    pieces: *const iovec,
    count: c_int,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's arguments.
    unsafe { pwritev(fd, pieces, count, at) }
}

/// A wish that a file or folder be durable. The disk below need not hear of it: what lasts is decided by the trace.
fn synced(fd: c_int, call: c_long) -> c_int {
    let place = path_of(fd);
    if !settings().covers(&place) {
        // SAFETY: the caller's file.
        return int(unsafe { libc::syscall(call, fd) });
    }
    let turn = Turn::take();
    match known(fd) {
        (_, _, true) => turn.note(Kind::SyncFolder, &[], &[bytes_of(&place)]),
        (number, _, false) => turn.note(Kind::Sync, &[number], &[]),
    }
    0
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    synced(fd, libc::SYS_fsync)
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    synced(fd, libc::SYS_fdatasync)
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ftruncate(fd: c_int, length: off_t) -> c_int {
    // SAFETY: the caller's file.
    let call = || int(unsafe { libc::syscall(libc::SYS_ftruncate, fd, length) });
    if !is_watched(fd) {
        return call();
    }
    let turn = Turn::take();
    let (number, was, _) = known(fd);
    let wanted = u64::try_from(length).unwrap_or_default();
    if wanted > was && settings().is_full() {
        return int(refused(libc::ENOSPC));
    }
    let done = call();
    if done == 0 {
        turn.note(Kind::Length, &[number, wanted], &[]);
    }
    done
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ftruncate64(fd: c_int, length: off_t) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { ftruncate(fd, length) }
}

/// Room at the end of a file, which then is longer. The answer is the system's: minus one and a number beside it.
fn allocated(fd: c_int, mode: c_int, at: off_t, length: off_t) -> c_int {
    // SAFETY: the caller's file.
    let call = || int(unsafe { libc::syscall(libc::SYS_fallocate, fd, mode, at, length) });
    if !is_watched(fd) {
        return call();
    }
    let turn = Turn::take();
    let (number, was, _) = known(fd);
    if settings().is_full() {
        return int(refused(libc::ENOSPC));
    }
    let done = call();
    let end = u64::try_from(at + length).unwrap_or_default();
    if done == 0 && mode == 0 && end > was {
        turn.note(Kind::Length, &[number, end], &[]);
    }
    done
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn fallocate(
    fd: c_int,
    mode: c_int,
    at: off_t,
    length: off_t,
) -> c_int {
    allocated(fd, mode, at, length)
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn posix_fallocate(fd: c_int, at: off_t, length: off_t) -> c_int {
    if allocated(fd, 0, at, length) == 0 {
        return 0;
    }
    let error = std::io::Error::last_os_error();
    error.raw_os_error().unwrap_or(libc::EIO)
}

unsafe fn renamed(
    (from_folder, from): (c_int, *const c_char),
    (to_folder, to): (c_int, *const c_char),
    flags: c_uint,
) -> c_int {
    // SAFETY: the caller's paths.
    let (was, is) = unsafe {
        (
            absolute(from_folder, CStr::from_ptr(from)),
            absolute(to_folder, CStr::from_ptr(to)),
        )
    };
    // SAFETY: the caller's arguments.
    let call =
        || unsafe { libc::syscall(libc::SYS_renameat2, from_folder, from, to_folder, to, flags) };
    if !settings().covers(&is) && !settings().covers(&was) {
        return int(call());
    }
    let turn = Turn::take();
    let done = int(call());
    if done == 0 {
        turn.note(Kind::Rename, &[], &[bytes_of(&was), &[0], bytes_of(&is)]);
    }
    done
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { renamed((libc::AT_FDCWD, from), (libc::AT_FDCWD, to), 0) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn renameat(
    from_folder: c_int,
    from: *const c_char,
    to_folder: c_int,
    to: *const c_char,
) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { renamed((from_folder, from), (to_folder, to), 0) }
}

unsafe fn removed(folder: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's arguments.
    let call = || int(unsafe { libc::syscall(libc::SYS_unlinkat, folder, path, flags) });
    // SAFETY: the caller's path.
    let place = absolute(folder, unsafe { CStr::from_ptr(path) });
    if !settings().covers(&place) {
        return call();
    }
    let turn = Turn::take();
    let done = call();
    if done == 0 {
        turn.note(Kind::Remove, &[], &[bytes_of(&place)]);
    }
    done
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { removed(libc::AT_FDCWD, path, 0) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn unlinkat(
    folder: c_int,
    path: *const c_char,
    flags: c_int,
) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { removed(folder, path, flags) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe { removed(libc::AT_FDCWD, path, libc::AT_REMOVEDIR) }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: the caller's arguments.
    let call = || int(unsafe { libc::syscall(libc::SYS_mkdirat, libc::AT_FDCWD, path, mode) });
    // SAFETY: the caller's path.
    let place = absolute(libc::AT_FDCWD, unsafe { CStr::from_ptr(path) });
    if !settings().covers(&place) {
        return call();
    }
    let turn = Turn::take();
    if settings().is_full() {
        return int(refused(libc::ENOSPC));
    }
    let done = call();
    if done == 0 {
        turn.note(Kind::Folder, &[], &[bytes_of(&place)]);
    }
    done
}
