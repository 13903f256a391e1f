//! "Did you mean": the known name nearest to what was written.

/// The name among `known` that `written` is most likely a slip of the pen for.
pub(super) fn nearest<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let slips_max = (written.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .map(|name| (slips(written, name), name))
        .filter(|(slips, name)| *slips <= slips_max || is_beginning(written, name))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, name)| name)
}

/// `min_green` for `min_green_s`: the unit was forgotten.
fn is_beginning(written: &str, name: &str) -> bool {
    written.len() >= 3 && name.starts_with(written)
}

/// "did you mean `name`?" where a known name is near.
pub(super) fn did_you_mean<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<String> {
    nearest(written, known).map(|name| format!("did you mean `{name}`?"))
}

/// Edit distance (Levenshtein, letters of either case alike).
fn slips(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().flat_map(char::to_lowercase).enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (above, other) in row.windows(2).zip(&b) {
            let &[diagonal, above] = above else { continue };
            left = (left + 1)
                .min(above + 1)
                .min(diagonal + usize::from(letter != *other));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}
