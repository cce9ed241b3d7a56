//! What a slate says, and how it is drawn: title and time over a calm film, coded like the input that it stands for.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use media_core::Shape;

use crate::tool::{COLOURS, MATRIX};

/// The lines of a slate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Card {
    /// Whose slate it is: conference and track.
    pub brand: String,
    /// What it says about what comes: that it comes.
    pub state: String,
    /// What comes.
    pub title: String,
    /// With whom.
    pub people: String,
    /// When.
    pub time: String,
}

/// Letters of the title in a line, in widths of a Japanese one.
const TITLE_WIDTH: f32 = 18.0;
const TITLE_LINES: usize = 3;
/// The same for everything else.
const LINE_WIDTH: f32 = 34.0;
/// Japanese that must not begin a line.
const NOT_FIRST: &str =
    "、。，．・：；？！ー」』）】〉》］｝ぁぃぅぇぉっゃゅょァィゥェォッャュョ々…,.!?:;)]}";

/// Breaks a text into lines of a width, at most so many; what is left out is said by an ellipsis.
pub fn wrap(text: &str, width: f32, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut line, mut wide) = (String::new(), 0.0_f32);
    for word in pieces(text) {
        let needs: f32 = word.chars().map(breadth).sum();
        let is_first = !word.starts_with(|letter| NOT_FIRST.contains(letter));
        if wide + needs > width && is_first && !line.trim().is_empty() {
            lines.push(line.trim().to_owned());
            (line, wide) = (String::new(), 0.0);
        }
        // A word that no line has room for is broken anywhere.
        for letter in word.chars() {
            if wide + breadth(letter) > width + 1.0 {
                lines.push(line.trim().to_owned());
                (line, wide) = (String::new(), 0.0);
            }
            line.push(letter);
            wide += breadth(letter);
        }
    }
    lines.push(line.trim().to_owned());
    lines.retain(|line| !line.is_empty());
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            last.pop();
            last.push('…');
        }
    }
    lines
}

/// Words of letters that belong together, and every other letter alone.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut joins = false;
    for letter in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        let is_word =
            letter.is_ascii_graphic() || (letter.is_alphabetic() && breadth(letter) < 1.0);
        match pieces.last_mut() {
            Some(last) if joins && is_word => last.push(letter),
            _ => pieces.push(letter.to_string()),
        }
        joins = is_word;
    }
    pieces
}

fn breadth(letter: char) -> f32 {
    match letter {
        ' ' | 'i' | 'l' | 'j' | 't' | 'f' | '.' | ',' | ':' | ';' | '!' | '\'' | '|' => 0.3,
        'm' | 'w' | 'M' | 'W' | '@' => 0.9,
        'A'..='Z' => 0.68,
        letter if u32::from(letter) < 0x2e80 => 0.58,
        _ => 1.0,
    }
}

/// One text and how it is set: letters as a share of the picture's height, colour, lines.
struct Set<'a> {
    text: &'a str,
    share: f32,
    colour: &'static str,
    width: f32,
    lines: usize,
}

impl Card {
    /// The filter that draws it over a film of any size. The texts are written into files beside it, so that nothing in them is
    /// taken for an instruction.
    pub(crate) async fn filter(
        &self,
        shape: &Shape,
        font: &Path,
        scratch: &Path,
    ) -> io::Result<String> {
        let (width, height) = (shape.width, shape.height);
        let mut filter = format!(
            "scale={width}:{height}:force_original_aspect_ratio=increase:{MATRIX},crop={width}:{height},setsar=1,fps={},\
             drawbox=0:0:iw:ih:0x000000@0.42:fill",
            rate(shape.milli_fps)
        );
        let small = |text, share, colour| Set {
            text,
            share,
            colour,
            width: LINE_WIDTH,
            lines: 1,
        };
        let sets = [
            small(&self.brand, 0.036, "0xD8DCE8"),
            small(&self.state, 0.045, "0xFFC98B"),
            Set {
                text: &self.title,
                share: 0.078,
                colour: "white",
                width: TITLE_WIDTH,
                lines: TITLE_LINES,
            },
            small(&self.people, 0.045, "0xEEF0F6"),
            small(&self.time, 0.06, "white"),
        ];
        let mut lines = Vec::new();
        for set in &sets {
            let wrapped = wrap(set.text, set.width, set.lines);
            lines.extend(wrapped.into_iter().map(|line| (line, set)));
        }
        let step = |share: f32| share * 1.5;
        let all: f32 = lines.iter().map(|(_, set)| step(set.share)).sum();
        let mut at = (1.0 - all) / 2.0;
        for (place, (line, set)) in lines.iter().enumerate() {
            let file = scratch.join(format!("{place}.txt"));
            tokio::fs::write(&file, line).await?;
            let (share, colour) = (set.share, set.colour);
            let _ = write!(
                filter,
                ",drawtext=fontfile={}:textfile={}:expansion=none:fontcolor={colour}:fontsize=h*{share:.4}:\
                 x=(w-text_w)/2:y=h*{at:.4}:shadowcolor=black@0.6:shadowx=2:shadowy=2",
                escaped(font),
                escaped(&file),
            );
            at += step(set.share);
        }
        filter.push(',');
        filter.push_str(COLOURS);
        Ok(filter)
    }
}

/// A path as a filter's option takes it.
fn escaped(path: &Path) -> String {
    let mut text = String::new();
    for letter in path.to_string_lossy().chars() {
        if ['\\', '\'', ':', ',', ';', '[', ']', ' '].contains(&letter) {
            // Once for the option and once for the graph that it stands in.
            text.push_str("\\\\\\");
        }
        text.push(letter);
    }
    text
}

/// A rate as a fraction; those of television are no whole thousandths.
fn rate(milli_fps: u64) -> String {
    match milli_fps {
        23_976 => "24000/1001".to_owned(),
        29_970 => "30000/1001".to_owned(),
        59_940 => "60000/1001".to_owned(),
        0 => "30".to_owned(),
        other => format!("{other}/1000"),
    }
}

/// How the loop is coded: like the input that it stands for, so that players see one change at most.
pub(crate) fn coding(shape: &Shape) -> impl Iterator<Item = String> + use<> {
    let profile = match shape.profile {
        66 => "baseline",
        77 => "main",
        _ => "high",
    };
    let pictures = (shape.milli_fps.max(1_000) * 2).div_ceil(1_000).to_string();
    let level = format!("{}.{}", shape.level / 10, shape.level % 10);
    let mut words = vec!["-c:v".to_owned(), "libx264".into()];
    let mut say = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    say("-profile:v", profile);
    // 1b, below the first level, is for nobody here.
    if shape.level >= 10 {
        say("-level:v", &level);
    }
    // Faster ones leave out what makes the profile.
    say("-preset", "veryfast");
    say("-tune", "stillimage");
    say("-crf", "23");
    say("-bf", "0");
    say("-g", &pictures);
    say("-keyint_min", &pictures);
    say("-sc_threshold", "0");
    say("-threads", "1");
    let sound = shape.sound.as_ref();
    say(
        "-c:a",
        if sound.is_some_and(|sound| sound.is_opus) {
            "libopus"
        } else {
            "aac"
        },
    );
    say("-b:a", "96k");
    let (rate, channels) = sound.map_or((48_000, 2), |sound| (sound.rate, sound.channels));
    say("-ar", &rate.to_string());
    say("-ac", &channels.to_string());
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_broken_between_words_and_japanese_between_letters() {
        assert_eq!(wrap("Opening", 18.0, 3), ["Opening"]);
        let english = wrap(
            "Running a conference on one small box, for everybody",
            18.0,
            3,
        );
        assert!(
            english.len() == 2 && english[0].ends_with(|c: char| c.is_alphanumeric() || c == ',')
        );
        let japanese = wrap(
            "小さな一台で全員のための会議を動かす、その方法と限界について",
            18.0,
            3,
        );
        assert_eq!(japanese.concat().chars().count(), 30);
        assert!(
            japanese.iter().all(|line| !line.starts_with('、')),
            "{japanese:?}"
        );
    }

    #[test]
    fn what_has_no_room_is_left_out_and_says_so() {
        let long = wrap(&"祭".repeat(200), 18.0, 3);
        assert_eq!(long.len(), 3);
        assert!(long[2].ends_with('…'));
        let word = wrap(&"x".repeat(500), 18.0, 2);
        assert!(word.len() == 2 && word.iter().all(|line| line.chars().count() < 40));
        assert!(wrap(" \n\t ", 18.0, 3).is_empty());
    }

    #[test]
    fn a_path_is_no_instruction() {
        assert_eq!(
            escaped(Path::new("/a:b/c'd.txt")),
            "/a\\\\\\:b/c\\\\\\'d.txt"
        );
    }
}
