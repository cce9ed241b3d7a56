//! People and programs who write down every acknowledgement, while the server is killed again and again: what is there
//! in the end is what they wrote down, nothing less, nothing more, nothing by halves.

mod book;
mod client;
mod crew;
mod editor;
mod office;
mod verdict;

pub(crate) use book::{Dice, Kind, Records, marker};
pub(crate) use client::{Answer, Client};
pub(crate) use crew::{Crew, Settings, Site};
pub(crate) use office::picture;
pub(crate) use verdict::judge;

use crate::process::folder;

/// Kills the server so often, at moments that the dice choose, and reads everything afterwards.
async fn killed(name: &str, kills: u64, seed: u64) {
    let addresses = kit::addresses(name).await;
    for (index, database) in addresses.into_iter().enumerate() {
        let settings = Settings {
            data: folder(&format!("{name}-{index}")),
            database,
            seed: seed + u64::try_from(index).expect("two"),
            more: Vec::new(),
            trace: None,
        };
        let told = tokio::task::spawn_blocking(move || {
            let mut crew = Crew::assemble(settings);
            let mut dice = Dice(seed);
            for _ in 0..kills {
                crew.work_until(crew.book.acks() + 3 + dice.below(12), dice.below(20));
                crew.kill_and_restart();
            }
            crew.rest();
            judge(&crew);
            (crew.book.acks(), crew.book.again())
        });
        let (acks, again) = told.await.expect("all is as it was acknowledged");
        println!("{name}: {kills} kills, {acks} acknowledgements, {again} of them heard late");
        assert!(acks > 3 * kills);
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_kills_and_nothing_was_done_twice() {
    killed("ledger", 5, 1_122).await;
}

#[tokio::test]
#[ignore = "long: a hundred kills on each store"]
async fn a_hundred_kills_lose_nothing_that_was_acknowledged() {
    killed("ledger hundred", 100, 20_261_122).await;
}
