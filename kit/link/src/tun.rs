//! A network device whose other side is a file.
#![allow(
    unsafe_code,
    reason = "the system names a device by a call that only C knows"
)]

use std::fs::File;
use std::os::fd::AsRawFd as _;

use anyhow::{Context as _, Result, ensure};

/// Makes a device of this name; it is gone when the last file of it is closed. Reading gives the packets that the system
/// sends to it, writing a packet makes the system receive it.
pub(crate) fn open(name: &str) -> Result<File> {
    let file = File::options()
        .read(true)
        .write(true)
        .open("/dev/net/tun")
        .context("/dev/net/tun")?;
    ensure!(
        name.len() < libc::IFNAMSIZ,
        "{name:?} is too long for a device"
    );
    // SAFETY: a request without a name and with no flags is one of zeros.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_TUN | libc::IFF_NO_PI)?;
    // SAFETY: the file is open, and the request lives and has the size that this call reads and writes.
    let made = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
    ensure!(
        made == 0,
        "a TUN device: {}",
        std::io::Error::last_os_error()
    );
    Ok(file)
}
