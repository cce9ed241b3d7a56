//! `matsuri import dreamkast`: reads a folder and hands it over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use data_encoding::BASE64;
use program::dreamkast::{FILES, Map};

use super::ask::ask;
use super::failed;
use super::flags::Where;
use crate::command::{Command, Dreamkast};

#[derive(Args)]
pub(super) struct FromDreamkast {
    /// Folder with `talks.csv`, `speakers.csv`, `talks_speakers.csv`, `proposals.csv`, `proposal_items.csv`.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Name of the conference in addresses; it is made where there is none.
    #[arg(long, value_name = "CONF")]
    conference: String,
    /// What the numbers of days mean: CSV with the header `day_id,date`, dates as in 2026-11-22.
    #[arg(long, value_name = "FILE")]
    days: Option<PathBuf>,
    /// What the numbers of tracks mean: CSV with the header `track_id,name,slug`; slug may be left out.
    #[arg(long, value_name = "FILE")]
    tracks: Option<PathBuf>,
    /// What the numbers of categories mean: CSV with the header `category_id,name`.
    #[arg(long, value_name = "FILE")]
    categories: Option<PathBuf>,
    /// What the numbers of levels mean, there called difficulties: CSV with the header `level_id,name`.
    #[arg(long, value_name = "FILE")]
    levels: Option<PathBuf>,
    /// What the numbers of answers mean: CSV with the header `item_id,text,key,value`; key and value may be left out.
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// IANA zone of a conference that is made; one that is there has its own.
    #[arg(long, value_name = "ZONE", default_value = "Asia/Tokyo")]
    zone: String,
    /// Say what would happen, and change nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Where,
}

pub(super) fn import(what: FromDreamkast) -> ExitCode {
    match gather(&what) {
        Ok(request) => ask(&what.place.into(), Command::ImportDreamkast(request)),
        Err(error) => failed(&error),
    }
}

fn gather(what: &FromDreamkast) -> Result<Dreamkast> {
    let (mut export, mut others) = (BTreeMap::new(), Vec::new());
    let cannot = || format!("cannot read {}", what.folder.display());
    for entry in std::fs::read_dir(&what.folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if FILES.contains(&name) {
            export.insert(name.to_owned(), encoded(&path)?);
        } else if Path::new(name)
            .extension()
            .is_some_and(|kind| kind == "csv")
        {
            others.push(name.to_owned());
        }
    }
    others.sort();
    let given = [
        (Map::Days, &what.days),
        (Map::Tracks, &what.tracks),
        (Map::Categories, &what.categories),
        (Map::Levels, &what.levels),
        (Map::Items, &what.items),
    ];
    let mut maps = Vec::new();
    for (map, path) in given {
        if let Some(path) = path {
            // Lying in the folder of the export it was read after all.
            others.retain(|other| path.file_name().is_none_or(|name| name != other.as_str()));
            maps.push((map, path.display().to_string(), encoded(path)?));
        }
    }
    Ok(Dreamkast {
        conference: what.conference.clone(),
        zone: what.zone.clone(),
        dry_run: what.dry_run,
        export,
        others,
        maps,
    })
}

fn encoded(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(BASE64.encode(&bytes))
}
