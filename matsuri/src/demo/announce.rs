//! What the demo prints: where to look, whom to be, how to go live. And the one line that scripts wait for.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Whom one can be with one click: role, name, where it leads within the conference, what for.
const ROLES: [(&str, &str, &str, &str); 4] = [
    ("attendee", "Aoi", "/live/a", "watch and chat"),
    ("broadcast", "Ren", "/studio", "decide what is on air"),
    ("chair", "Towa", "/studio", "everything of the conference"),
    ("owner", "Yui", "", "everything of the site"),
];

/// What there is to announce.
pub(crate) struct Programme<'a> {
    /// How people on this machine reach the site, without a trailing slash.
    pub(crate) url: &'a str,
    /// What the main listener is bound to.
    pub(crate) http: SocketAddr,
    /// What the RTMP listener is bound to.
    pub(crate) rtmp: SocketAddr,
    pub(crate) conference: &'a str,
    /// The track that is free, and its fresh key.
    pub(crate) free_track: &'a str,
    pub(crate) key: &'a str,
}

impl Programme<'_> {
    /// Everything but the ready line.
    pub(crate) fn text(&self) -> String {
        let Self {
            url,
            conference,
            free_track,
            ..
        } = self;
        let mut text = String::new();
        let mut line = |label: &str, value: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {label:<12} {value}");
        };
        line("watch", &format!("{url}/{conference}/live/a"));
        line("timetable", &format!("{url}/{conference}/timetable"));
        line("mailbox", &format!("{url}/demo/mail"));
        for (role, name, next, purpose) in ROLES {
            let next = format!("/{conference}{next}");
            let link = format!("{url}/demo/sign-in?as={role}&name={name}&next={next}");
            line(&format!("as {role}"), &format!("{link}  ({purpose})"));
        }
        let host = reachable(self.rtmp);
        line(
            "go live",
            &format!("on track {free_track}, with OBS or anything that speaks RTMP:"),
        );
        line("  server", &format!("rtmp://{host}/live"));
        line("  key", self.key);
        line("  address", &format!("rtmp://{host}/live/{}", self.key));
        if let Some(lan) = self.lan() {
            line("from phones", &lan);
            text.push_str(&qr(&lan));
        }
        text
    }

    /// What scripts wait for: printed when the programmes can be played.
    pub(crate) fn ready(&self) -> String {
        format!("ready {}/{}", self.url, self.conference)
    }

    /// How other devices of the network reach the conference, when the listener lets them.
    fn lan(&self) -> Option<String> {
        let ip = match self.http.ip() {
            ip if ip.is_unspecified() => outward()?,
            ip if ip.is_loopback() => return None,
            ip => ip,
        };
        let addr = SocketAddr::new(ip, self.http.port());
        Some(format!("http://{addr}/{}", self.conference))
    }
}

/// The address under which a listener is reached from this machine, or from the network when it is open to it.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = bound.ip();
    let ip = if ip.is_unspecified() {
        outward().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
    } else {
        ip
    };
    SocketAddr::new(ip, bound.port())
}

/// The address under which a listener is reached from within.
pub(crate) fn local(bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        ip if !ip.is_unspecified() => bound,
        IpAddr::V4(_) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), bound.port()),
        IpAddr::V6(_) => SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), bound.port()),
    }
}

/// This machine's address in its network: the one that a packet to elsewhere would come from. None is sent.
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address for documentation (RFC 5737): only the route to it matters.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified()).then_some(ip)
}

/// A QR code of half blocks; on a terminal dark on light, whatever its colours.
fn qr(text: &str) -> String {
    let (begin, end) = if std::io::stdout().is_terminal() {
        ("\x1b[30;107m", "\x1b[0m")
    } else {
        ("", "")
    };
    let Ok(code) = qrcode::QrCode::new(text.as_bytes()) else {
        return String::new();
    };
    let width = code.width();
    let dark = |x: usize, y: usize| {
        // The quiet zone around it is part of the standard.
        let inside = (2..width + 2).contains(&x) && (2..width + 2).contains(&y);
        inside && code[(x - 2, y - 2)] == qrcode::Color::Dark
    };
    let mut drawn = String::new();
    for y in (0..width + 4).step_by(2) {
        drawn.push_str("  ");
        drawn.push_str(begin);
        for x in 0..width + 4 {
            drawn.push(match (dark(x, y), dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        drawn.push_str(end);
        drawn.push('\n');
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programme(http: &str) -> Programme<'_> {
        Programme {
            url: "http://127.0.0.1:8080",
            http: http.parse().expect("an address"),
            rtmp: "127.0.0.1:1935".parse().expect("an address"),
            conference: "matsuri-days",
            free_track: "c",
            key: "k3y",
        }
    }

    #[test]
    fn it_says_how_to_go_live_and_whom_to_be() {
        let text = programme("127.0.0.1:8080").text();
        assert!(text.contains("rtmp://127.0.0.1:1935/live/k3y\n"), "{text}");
        assert!(text.contains("/demo/sign-in?as=broadcast&name=Ren&next=/matsuri-days/studio"));
        assert!(!text.contains('█'), "nobody else could use the code");
    }

    #[test]
    fn a_listener_for_the_network_gets_a_code_for_phones() {
        let text = programme("192.168.7.9:8080").text();
        assert!(
            text.contains("http://192.168.7.9:8080/matsuri-days"),
            "{text}"
        );
        assert!(text.contains('█'));
    }

    #[test]
    fn the_ready_line_is_one_line_with_one_address() {
        let ready = programme("127.0.0.1:8080").ready();
        assert_eq!(ready, "ready http://127.0.0.1:8080/matsuri-days");
    }
}
