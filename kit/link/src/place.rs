//! The two ends: a device here, a device in a namespace of its own, and their addresses.

use std::fs::File;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::tun;

/// What a browser takes for a network: devices that are called otherwise are tunnels to it, and no way to anywhere.
const DEVICE: &str = "eth0";

/// Both ends. The devices go with their files, the namespace when this is dropped.
pub(crate) struct Place {
    /// The namespace of the far end, by its name.
    pub(crate) namespace: String,
    /// This machine's end.
    pub(crate) near: File,
    /// The namespace's end.
    pub(crate) far: File,
    /// Of 198.18.0.0/15, which is kept for trials of this kind (RFC 2544): the third number, and the far end's last.
    net: u32,
    host: u32,
}

impl Place {
    /// Makes them; fails where the system has nothing of the kind, or does not allow it.
    pub(crate) fn make() -> Result<Self> {
        let id = std::process::id();
        let namespace = format!("matsuri-{id}");
        let (near_name, far_name) = (format!("mn{id}"), format!("mf{id}"));
        let near = tun::open(&near_name)?;
        let far = tun::open(&far_name)?;
        ip(&["netns", "add", &namespace])?;
        let place = Self {
            namespace,
            near,
            far,
            net: id % 256,
            host: 2,
        };
        let near_address = format!("{}/24", place.near_address());
        ip(&["address", "add", &near_address, "dev", &near_name])?;
        ip(&["link", "set", &near_name, "up"])?;
        ip(&[
            "link",
            "set",
            &far_name,
            "netns",
            &place.namespace,
            "name",
            DEVICE,
        ])?;
        place.inside(&["link", "set", "lo", "up"])?;
        place.connect()?;
        Ok(place)
    }

    /// Where servers listen for the far end.
    pub(crate) fn near_address(&self) -> String {
        format!("198.18.{}.1", self.net)
    }

    /// Where clients come from.
    pub(crate) fn far_address(&self) -> String {
        format!("198.18.{}.{}", self.net, self.host)
    }

    /// The far end is on another network from now on: its address is gone, and it has another one.
    pub(crate) fn move_away(&mut self) -> Result<()> {
        self.inside(&["address", "flush", "dev", DEVICE])?;
        self.inside(&["link", "set", DEVICE, "down"])?;
        self.host = if self.host < 250 { self.host + 1 } else { 2 };
        self.connect()
    }

    fn connect(&self) -> Result<()> {
        let far_address = format!("{}/24", self.far_address());
        self.inside(&["link", "set", DEVICE, "up"])?;
        self.inside(&["address", "add", &far_address, "dev", DEVICE])?;
        self.inside(&["route", "add", "default", "via", &self.near_address()])
    }

    fn inside(&self, arguments: &[&str]) -> Result<()> {
        ip(&[&["-n", &self.namespace], arguments].concat())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone_already = ip(&["netns", "delete", &self.namespace]);
    }
}

fn ip(arguments: &[&str]) -> Result<()> {
    let output = Command::new("ip")
        .args(arguments)
        .output()
        .context("ip, of iproute2")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "ip {}: {}",
        arguments.join(" "),
        said.trim()
    );
    Ok(())
}
