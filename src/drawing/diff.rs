//! Which lines of a text differ from another's.

use std::fmt;

/// Texts that differ in more lines than this squared are told as replaced as a whole.
const CELLS_MAX: usize = 4_000_000;

/// A line that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Only in the new text; otherwise only in the old one.
    pub is_new: bool,
    /// Its number in its text, counted from 1.
    pub number: usize,
    /// What it says.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_new { '+' } else { '-' };
        write!(f, "{sign}{:>5}  {}", self.number, self.text)
    }
}

/// The lines that differ, in order; as few as possible.
#[must_use]
pub fn diff(old: &str, new: &str) -> Vec<Line> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = old.iter().zip(&new).take_while(same).count();
    let left = old.len().min(new.len()) - head;
    let ends = old.iter().rev().zip(new.iter().rev()).take(left);
    let tail = ends.take_while(same).count();
    let a = old.get(head..old.len() - tail).unwrap_or_default();
    let b = new.get(head..new.len() - tail).unwrap_or_default();
    let line = |is_new, place: usize, text: &str| Line {
        is_new,
        number: head + place + 1,
        text: text.to_owned(),
    };
    let mut lines = Vec::new();
    let kept = common(a, b);
    let (mut from, mut to) = (0, 0);
    for (next_from, next_to) in kept.into_iter().chain([(a.len(), b.len())]) {
        for place in from..next_from {
            lines.push(line(false, place, a.get(place).unwrap_or(&"")));
        }
        for place in to..next_to {
            lines.push(line(true, place, b.get(place).unwrap_or(&"")));
        }
        (from, to) = (next_from + 1, next_to + 1);
    }
    slide(&mut lines, true, &new);
    slide(&mut lines, false, &old);
    lines
}

/// Where a run of lines could as well be one further down, as a list behind one that ends in the same way, it reads
/// better there, up to the blank line that sets it off.
fn slide(lines: &mut [Line], is_new: bool, text: &[&str]) {
    let mut runs = lines
        .chunk_by_mut(|a, b| a.is_new == is_new && b.is_new == is_new && a.number + 1 == b.number);
    let mut before = runs.next();
    while let Some(run) = before {
        let after = runs.next();
        let taken = after.as_ref().and_then(|next| Some(next.first()?.number));
        while let (Some(first), Some(last)) = (run.first(), run.last())
            && first.is_new == is_new
            && !first.text.trim().is_empty()
            && Some(last.number + 1) != taken
            && text.get(last.number) == Some(&first.text.as_str())
        {
            run.rotate_left(1);
            let length = run.len();
            let first = run.first().map_or(0, |line| line.number);
            if let Some(last) = run.last_mut() {
                last.number = first + length - 1;
            }
        }
        before = after;
    }
}

/// Places of the longest run of lines that both have, in order.
fn common(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    if a.len().saturating_mul(b.len()) > CELLS_MAX {
        return Vec::new();
    }
    // longest[i, j]: of a from i on and b from j on.
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    let at = |longest: &[u32], i: usize, j: usize| longest.get(i * width + j).copied().unwrap_or(0);
    for (i, left) in a.iter().enumerate().rev() {
        for (j, right) in b.iter().enumerate().rev() {
            let best = match left == right {
                true => at(&longest, i + 1, j + 1) + 1,
                false => at(&longest, i + 1, j).max(at(&longest, i, j + 1)),
            };
            if let Some(cell) = longest.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j, mut kept) = (0, 0, Vec::new());
    while let (Some(left), Some(right)) = (a.get(i), b.get(j)) {
        if left == right {
            kept.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if at(&longest, i + 1, j) >= at(&longest, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    kept
}
