//! Legends: which colour and shape is which subject, and which tier it is of. Never over data.

use anyhow::Result;

use super::canvas::{At, Canvas, INK, PLAIN, Paint, SMALL};
use super::{marks, reference};
use crate::measure::SubjectInfo;

/// How high one line of a legend is, in pixels.
const LINE: i32 = 21;

/// About how wide a text of 13 pixels is: fonts differ, so this errs on the wide side.
pub fn width(text: &str) -> i32 {
    (text.chars().count() as f64 * 7.6).ceil() as i32
}

/// Words in lines that are no wider than so many pixels. A word that is wider than that by itself
/// is broken.
pub fn wrapped(text: &str, wide: i32) -> Vec<String> {
    let most = (f64::from(wide) / 7.6) as usize;
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for piece in letters.chunks(most.max(1)) {
            let piece: String = piece.iter().collect();
            let length = line.chars().count() + 1 + piece.chars().count();
            if !line.is_empty() && length > most {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&piece);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// How high the legend of these subjects is.
pub fn height(subjects: usize) -> i32 {
    subjects.div_ceil(2) as i32 * LINE + 8
}

/// Draws the legend of subjects in two columns, each with the durability tier.
pub fn draw(canvas: &Canvas, (left, top): At, wide: i32, subjects: &[&SubjectInfo]) -> Result<()> {
    let lines = subjects.len().div_ceil(2);
    let longest = subjects.iter().map(|s| width(&s.name)).max().unwrap_or(0);
    for (index, subject) in subjects.iter().enumerate() {
        let x = left + (index / lines) as i32 * wide / 2;
        let y = top + (index % lines) as i32 * LINE + LINE / 2;
        marks::shape(
            canvas,
            (x + 7, y),
            subject.tier,
            Paint::hex(&subject.colour),
        )?;
        canvas.text((x + 20, y), &subject.name, PLAIN)?;
        canvas.text((x + 28 + longest, y), &subject.tier.to_string(), SMALL)?;
    }
    Ok(())
}

/// A label that wants to stand at a height and must not touch its neighbours.
pub struct EndLabel<'a> {
    /// The height it wants.
    pub wanted: i32,
    /// Where the line ends that it belongs to; `None` without a line to lead to it.
    pub leader: Option<At>,
    /// The subject; `None` for the reference line.
    pub subject: Option<&'a SubjectInfo>,
    /// The first line.
    pub name: String,
    /// The second line.
    pub below: String,
}

/// How high an end label is, in pixels.
pub const END_LABEL: i32 = 38;

/// Heights at which labels of the given size stand as near as can be to those wanted (which
/// ascend), without touching, between `top` and `bottom` if they fit there.
pub fn spread(wanted: &[i32], size: i32, top: i32, bottom: i32) -> Vec<i32> {
    let mut placed: Vec<i32> = Vec::new();
    for want in wanted {
        let least = placed.last().map_or(top + size / 2, |last| last + size);
        placed.push((*want).max(least));
    }
    let mut most = bottom - size / 2;
    for place in placed.iter_mut().rev() {
        *place = (*place).min(most);
        most = *place - size;
    }
    placed
}

/// Draws labels at the right end of lines.
pub fn end_labels(
    canvas: &Canvas,
    left: i32,
    (top, bottom): (i32, i32),
    labels: &mut [EndLabel],
) -> Result<()> {
    labels.sort_by_key(|label| label.wanted);
    let wanted: Vec<i32> = labels.iter().map(|label| label.wanted).collect();
    for (label, y) in labels.iter().zip(spread(&wanted, END_LABEL, top, bottom)) {
        let paint = label
            .subject
            .map_or(INK, |subject| Paint::hex(&subject.colour));
        if let Some(end) = label.leader {
            canvas.line(&[end, (left - 6, y)], paint.faded(0.45), 1)?;
        }
        let (from, to) = ((left, y), (left + 30, y));
        match label.subject {
            Some(subject) => {
                canvas.dashed(&[from, to], paint, 2, marks::dashes(subject.tier))?;
                marks::shape(canvas, (left + 15, y), subject.tier, paint)?;
            }
            None => reference::line(canvas, from, to)?,
        }
        canvas.text((left + 38, y - 8), &label.name, PLAIN)?;
        canvas.text((left + 38, y + 8), &label.below, SMALL)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn labels_never_touch(mut wanted in prop::collection::vec(0i32..400, 0..10)) {
            wanted.sort_unstable();
            let placed = spread(&wanted, 36, 0, 400);
            prop_assert!(placed.windows(2).all(|pair| pair[1] - pair[0] >= 36));
            prop_assert!(placed.iter().all(|y| (18..=382).contains(y)));
        }
    }

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        assert_eq!(wrapped("one two three", 60), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghijklm", 50), ["abcdef", "ghijkl", "m"]);
        assert!(wrapped("", 50).is_empty());
    }

    #[test]
    fn labels_with_room_stand_where_they_want() {
        assert_eq!(spread(&[100, 200], 36, 0, 400), [100, 200]);
    }
}
