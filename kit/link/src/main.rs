//! A bad network between two ends of one machine: packets, not requests, are slow, late and lost.
//!
//! A namespace of its own is the far end. Two TUN devices lead to here, one from each end, and what comes out of one goes
//! into the other when its time has come (`wire.rs`), if it comes at all. Whoever runs in the namespace (`nsenter
//! --net=…`) reaches the near end's address, and nothing else of the machine or beyond.
//!
//! It obeys its standard input, a line each (`rate=4000 delay=40 jitter=10 loss=2`, `down`, `up`, `move`), answers each
//! with `ok` or why not, and takes everything away when the input ends, however that comes.

mod place;
mod tun;
mod wire;

use std::fs::File;
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::Result;

use crate::place::Place;
use crate::wire::{Fate, Quality, Wire};

/// The largest packet that a device gives.
const PACKET_BYTES_MAX: usize = 2_048;
/// What a system without such namespaces or devices ends with, or one that does not allow them.
const NOT_HERE: u8 = 3;

/// What both directions share.
struct Link {
    quality: Mutex<Quality>,
    began: Instant,
}

impl Link {
    fn quality(&self) -> MutexGuard<'_, Quality> {
        self.quality.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A packet on its way, and when it arrives.
struct Packet {
    due_us: u64,
    bytes: Vec<u8>,
}

fn main() -> ExitCode {
    let place = match Place::make() {
        Ok(place) => place,
        Err(why) => {
            println!("cannot: {why:#}");
            return ExitCode::from(NOT_HERE);
        }
    };
    match serve(place) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(mut place: Place) -> Result<()> {
    let link = Arc::new(Link {
        quality: Mutex::default(),
        began: Instant::now(),
    });
    for (from, to, seed) in [(&place.near, &place.far, 1), (&place.far, &place.near, 2)] {
        carry(&link, from.try_clone()?, to.try_clone()?, seed);
    }
    println!(
        "ready {} {} {}",
        place.namespace,
        place.near_address(),
        place.far_address()
    );
    for line in io::stdin().lock().lines() {
        let said = obey(&line?, &link, &mut place);
        println!(
            "{}",
            said.map_or_else(|why| format!("cannot: {why:#}"), |()| "ok".to_owned())
        );
    }
    Ok(())
}

fn obey(line: &str, link: &Link, place: &mut Place) -> Result<()> {
    match line.trim() {
        "move" => place.move_away(),
        words => link.quality().obey(words),
    }
}

/// One direction: a thread that takes packets and a thread that gives them out again.
fn carry(link: &Arc<Link>, from: File, to: File, seed: u64) {
    let (sender, receiver) = mpsc::channel();
    let taking = Arc::clone(link);
    // They end with the process.
    thread::spawn(move || take(&taking, from, &sender, seed));
    let giving = Arc::clone(link);
    thread::spawn(move || give(&giving, to, &receiver));
}

fn now_us(link: &Link) -> u64 {
    u64::try_from(link.began.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn take(link: &Link, mut from: File, sender: &Sender<Packet>, seed: u64) {
    let (mut wire, mut space) = (Wire::new(seed), [0; PACKET_BYTES_MAX]);
    while let Ok(length) = from.read(&mut space) {
        let quality = *link.quality();
        if let Fate::ArrivesAt(due_us) = wire.send(now_us(link), length, quality) {
            let packet = Packet {
                due_us,
                bytes: space[..length].to_vec(),
            };
            if sender.send(packet).is_err() {
                return;
            }
        }
    }
}

fn give(link: &Link, mut to: File, receiver: &Receiver<Packet>) {
    while let Ok(packet) = receiver.recv() {
        wait_until(link, packet.due_us);
        // What is in the air when the link goes is gone too. A device that is being moved takes nothing.
        if link.quality().is_up {
            let _lost = to.write_all(&packet.bytes);
        }
    }
}

/// Packets arrive in the order in which they were sent, so that one may be waited for while the next ones queue.
fn wait_until(link: &Link, due_us: u64) {
    loop {
        let left_us = due_us.saturating_sub(now_us(link));
        if left_us == 0 {
            return;
        }
        thread::park_timeout(std::time::Duration::from_micros(left_us));
    }
}
