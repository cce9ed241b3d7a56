//! The two places from which a channel takes its media, and which of them viewers get.

use kernel::word_enum;

word_enum! {
    /// One of a channel's two inputs. Each has its own encoder, stream key and health.
    pub enum Seat {
        /// The one that is on air while it is well.
        Primary = "primary",
        /// The one that takes over.
        Backup = "backup",
    }
}

word_enum! {
    /// What viewers of a channel get.
    pub enum On {
        /// Nothing: nobody has sent, or it is long over.
        Nothing = "nothing",
        /// The primary input, or its last picture.
        Primary = "primary",
        /// The backup input, or its last picture.
        Backup = "backup",
        /// The slate.
        Slate = "slate",
        /// Clips, one after the other.
        Clips = "clips",
    }
}

impl Seat {
    /// Its place where things are kept by seat.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Primary => Self::Backup,
            Self::Backup => Self::Primary,
        }
    }
}

impl From<Seat> for On {
    fn from(seat: Seat) -> Self {
        match seat {
            Seat::Primary => Self::Primary,
            Seat::Backup => Self::Backup,
        }
    }
}

impl On {
    /// The input that is on air, if it is one.
    pub const fn seat(self) -> Option<Seat> {
        match self {
            Self::Primary => Some(Seat::Primary),
            Self::Backup => Some(Seat::Backup),
            Self::Nothing | Self::Slate | Self::Clips => None,
        }
    }
}
