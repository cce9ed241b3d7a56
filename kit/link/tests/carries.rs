//! Packets go through a real namespace, where the system allows one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

struct Link {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Link {
    /// Starts it; what it says first.
    fn start() -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_link"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it is built");
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it was asked for"));
        let mut link = Self {
            child,
            orders,
            answers,
        };
        let said = link.hear();
        (link, said)
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .expect("it says something");
        line.trim().to_owned()
    }

    fn order(&mut self, words: &str) {
        let orders = self.orders.as_mut().expect("until the end");
        writeln!(orders, "{words}").expect("it listens");
        assert_eq!(self.hear(), "ok", "{words}");
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.child.wait();
    }
}

/// What a client in the namespace says to us, and how long one word there and back takes.
fn there_and_back(namespace: &str, address: &str) -> Duration {
    let listener = TcpListener::bind((address, 0)).expect("the device has this address");
    let port = listener.local_addr().expect("bound").port();
    // Sends back whatever it gets.
    let echo = format!(
        "exec 3<>/dev/tcp/{address}/{port}; while read -r word <&3; do echo $word >&3; done"
    );
    let mut client = Command::new("nsenter")
        .arg(format!("--net=/var/run/netns/{namespace}"))
        .args(["bash", "-c", &echo])
        .spawn()
        .expect("util-linux");
    let (mut stream, _): (TcpStream, _) = listener.accept().expect("it comes");
    stream.set_nodelay(true).expect("a socket");
    let began = Instant::now();
    stream.write_all(b"word\n").expect("it reads");
    let mut back = [0; 5];
    stream.read_exact(&mut back).expect("it answers");
    let took = began.elapsed();
    drop(stream);
    client.wait().expect("it ends");
    took
}

#[test]
fn packets_are_late_and_the_far_end_can_move_and_everything_is_gone_afterwards() {
    let (mut link, said) = Link::start();
    let words: Vec<&str> = said.split(' ').collect();
    let ["ready", namespace, near, far] = words[..] else {
        assert!(said.starts_with("cannot"), "{said}");
        println!("not tried here: {said}");
        return;
    };
    let quick = there_and_back(namespace, near);
    link.order("delay=40 rate=4000");
    let slow = there_and_back(namespace, near);
    assert!(
        slow >= Duration::from_millis(80) && slow > quick,
        "{quick:?}, {slow:?}"
    );
    link.order("move");
    let shown = Command::new("ip")
        .args(["-n", namespace, "address"])
        .output()
        .expect("iproute2");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        !shown.contains(&format!("{far}/")) && shown.contains("198.18."),
        "{shown}"
    );
    assert!(there_and_back(namespace, near) >= Duration::from_millis(80));
    let place = format!("/var/run/netns/{namespace}");
    assert!(std::path::Path::new(&place).exists());
    drop(link);
    assert!(
        !std::path::Path::new(&place).exists(),
        "it takes everything away"
    );
}
