//! A disk as its trace tells it: what lasts for certain, and what the power may take.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::ledger::Dice;

/// What a disk writes as one.
const SECTOR: usize = 512;

/// A change of a file that nobody asked to be durable yet.
#[derive(Clone)]
enum Change {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Bytes { at, bytes } => {
                let end = at + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*at..end].copy_from_slice(bytes);
            }
            Self::Length(length) => content.resize(*length, 0),
        }
    }

    /// The change, as much of it as reached the disk: all, nothing, or sectors from its beginning.
    fn torn(&self, dice: &mut Dice) -> Option<Self> {
        match (self, dice.below(3)) {
            (_, 0) => None,
            (Self::Bytes { at, bytes }, 1) => {
                let whole = bytes.len() / SECTOR;
                let kept = dice.below(u64::try_from(whole + 1).expect("short"));
                let kept = usize::try_from(kept).expect("short") * SECTOR;
                Some(Self::Bytes {
                    at: *at,
                    bytes: bytes[..kept].to_vec(),
                })
            }
            _ => Some(self.clone()),
        }
    }
}

#[derive(Default)]
struct File {
    safe: Vec<u8>,
    waiting: Vec<Change>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Folder,
    File(usize),
}

/// A change of names; durable once the folder of `path` is.
enum Naming {
    Put {
        path: PathBuf,
        node: Node,
    },
    Gone {
        path: PathBuf,
    },
    Moved {
        from: PathBuf,
        path: PathBuf,
        node: Node,
    },
}

impl Naming {
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Put { path, .. } | Self::Gone { path } | Self::Moved { path, .. } => {
                path.parent()
            }
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Put { path, node } => {
                names.insert(path.clone(), *node);
            }
            Self::Gone { path } => {
                names.remove(path);
            }
            Self::Moved { from, path, node } => {
                names.remove(from);
                names.insert(path.clone(), *node);
            }
        }
    }
}

/// What a disk says about wishes that something be durable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syncs {
    /// It is, and nothing else: a new file's name lasts once its folder is synced.
    Kept,
    /// The same, and with a new file its name, as the file systems of Linux do it: `PostgreSQL` rests on that.
    KeptWithName,
    /// It says so: this is how a program looks that forgets to wish it.
    Lied,
}

/// A disk at some moment.
pub(crate) struct Disk {
    syncs: Syncs,
    root: PathBuf,
    files: Vec<File>,
    by_number: HashMap<u64, usize>,
    now: BTreeMap<PathBuf, Node>,
    safe: BTreeMap<PathBuf, Node>,
    waiting: Vec<Naming>,
}

/// What a disk has after the power is back: folders, and files with their bytes.
pub(crate) type Image = BTreeMap<PathBuf, Option<Vec<u8>>>;

impl Disk {
    /// An empty folder.
    pub(crate) fn empty(root: &Path, syncs: Syncs) -> Self {
        let names = BTreeMap::from([(root.to_owned(), Node::Folder)]);
        Self {
            syncs,
            root: root.to_owned(),
            files: Vec::new(),
            by_number: HashMap::new(),
            now: names.clone(),
            safe: names,
            waiting: Vec::new(),
        }
    }

    /// With what lies in the folder already, which lasts.
    pub(crate) fn of(root: &Path, syncs: Syncs) -> Self {
        let mut disk = Self::empty(root, syncs);
        let mut ahead = vec![root.to_owned()];
        while let Some(folder) = ahead.pop() {
            for entry in std::fs::read_dir(&folder).expect("there").flatten() {
                disk.keep(&entry, &mut ahead);
            }
        }
        disk.safe.clone_from(&disk.now);
        disk
    }

    fn keep(&mut self, entry: &std::fs::DirEntry, ahead: &mut Vec<PathBuf>) {
        use std::os::unix::fs::MetadataExt as _;
        let (path, told) = (entry.path(), entry.metadata().expect("there"));
        if told.is_dir() {
            self.now.insert(path.clone(), Node::Folder);
            ahead.push(path);
        } else if told.is_file() {
            let safe = std::fs::read(&path).expect("readable");
            self.files.push(File {
                safe,
                waiting: Vec::new(),
            });
            self.by_number.insert(told.ino(), self.files.len() - 1);
            self.now.insert(path, Node::File(self.files.len() - 1));
        }
    }

    /// Goes on to the end of these lines; how many bytes were whole lines. One that is not whole has not happened yet.
    pub(crate) fn advance(&mut self, lines: &[u8]) -> usize {
        let mut left = lines;
        while let Some((length, rest)) = left.split_first_chunk::<4>() {
            let length = usize::try_from(u32::from_le_bytes(*length)).expect("64 bits");
            let Some((line, rest)) = rest.split_at_checked(length) else {
                break;
            };
            self.line(line);
            left = rest;
        }
        lines.len() - left.len()
    }

    fn line(&mut self, line: &[u8]) {
        let (kind, rest) = line.split_first().expect("a kind");
        match kind {
            b'O' => {
                let (number, rest) = number_of(rest);
                let (emptied, path) = number_of(rest);
                self.opened(number, emptied == 1, path_of(path));
            }
            b'W' => {
                let (number, rest) = number_of(rest);
                let (at, bytes) = number_of(rest);
                let at = usize::try_from(at).expect("64 bits");
                let bytes = bytes.to_vec();
                self.change(number, Change::Bytes { at, bytes });
            }
            b'T' => {
                let (number, rest) = number_of(rest);
                let length = usize::try_from(number_of(rest).0).expect("64 bits");
                self.change(number, Change::Length(length));
            }
            b'S' => self.sync(number_of(rest).0),
            b'D' => self.sync_folder(&path_of(rest)),
            b'R' => {
                let mut paths = rest.split(|byte| *byte == 0);
                let from = path_of(paths.next().expect("a path"));
                let path = path_of(paths.next().expect("a path"));
                // What was made by other means than the watched ones is not ours to judge.
                if let Some(node) = self.now.get(&from).copied() {
                    self.name(Naming::Moved { from, path, node });
                }
            }
            b'U' => self.name(Naming::Gone {
                path: path_of(rest),
            }),
            b'M' => self.name(Naming::Put {
                path: path_of(rest),
                node: Node::Folder,
            }),
            other => panic!("a line of kind {other}"),
        }
    }

    fn opened(&mut self, number: u64, emptied: bool, path: PathBuf) {
        let known = self.by_number.get(&number).copied();
        let is_same = known.is_some_and(|index| self.now.get(&path) == Some(&Node::File(index)));
        if !is_same {
            // A number may be that of a file which is gone.
            self.files.push(File::default());
            self.by_number.insert(number, self.files.len() - 1);
            let node = Node::File(self.files.len() - 1);
            self.name(Naming::Put { path, node });
        }
        if emptied {
            self.change(number, Change::Length(0));
        }
    }

    fn change(&mut self, number: u64, change: Change) {
        if let Some(index) = self.by_number.get(&number) {
            self.files[*index].waiting.push(change);
        }
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.now);
        self.waiting.push(naming);
    }

    fn sync(&mut self, number: u64) {
        let Some(index) = self.by_number.get(&number).copied() else {
            return;
        };
        if self.syncs == Syncs::Lied {
            return;
        }
        let file = &mut self.files[index];
        for change in file.waiting.drain(..) {
            change.apply(&mut file.safe);
        }
        if self.syncs == Syncs::KeptWithName {
            let own = Node::File(index);
            let is_own =
                |naming: &mut Naming| matches!(naming, Naming::Put { node, .. } if *node == own);
            for naming in self.waiting.extract_if(.., is_own) {
                naming.apply(&mut self.safe);
            }
        }
    }

    fn sync_folder(&mut self, folder: &Path) {
        if self.syncs == Syncs::Lied {
            return;
        }
        let waiting = std::mem::take(&mut self.waiting);
        for naming in waiting {
            if naming.folder() == Some(folder) {
                naming.apply(&mut self.safe);
            } else {
                self.waiting.push(naming);
            }
        }
    }

    /// What is there after the power went at this moment: what is safe, and of the rest whatever the dice leave.
    pub(crate) fn cut(&self, dice: &mut Dice) -> Image {
        let mut names = self.safe.clone();
        // Names go to the disk in their order, as a journal of a file system writes them.
        let kept = dice.pick(self.waiting.len() + 1).unwrap_or_default();
        for naming in &self.waiting[..kept] {
            naming.apply(&mut names);
        }
        let luck = dice.below(3);
        let mut image = Image::new();
        for (path, node) in &names {
            let mut folders = path.ancestors().skip(1);
            let is_reachable = folders
                .by_ref()
                .take_while(|folder| folder.starts_with(&self.root))
                .all(|folder| names.get(folder) == Some(&Node::Folder));
            if !is_reachable {
                continue;
            }
            let place = path.strip_prefix(&self.root).expect("below it").to_owned();
            let content = match node {
                Node::Folder => None,
                Node::File(index) => Some(Self::left(&self.files[*index], luck, dice)),
            };
            image.insert(place, content);
        }
        image
    }

    fn left(file: &File, luck: u64, dice: &mut Dice) -> Vec<u8> {
        let mut content = file.safe.clone();
        for change in &file.waiting {
            let kept = match luck {
                0 => None,
                1 => Some(change.clone()),
                _ => change.torn(dice),
            };
            if let Some(change) = kept {
                change.apply(&mut content);
            }
        }
        content
    }
}

/// Puts what is left into a folder that is empty or missing.
pub(crate) fn put(image: &Image, folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(folder).expect("made");
    for (path, content) in image {
        let place = folder.join(path);
        match content {
            None => std::fs::create_dir_all(&place).expect("made"),
            Some(content) => std::fs::write(&place, content).expect("written"),
        }
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).expect("ours");
}

fn number_of(line: &[u8]) -> (u64, &[u8]) {
    let (number, rest) = line.split_first_chunk::<8>().expect("a number");
    (u64::from_le_bytes(*number), rest)
}

fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}
