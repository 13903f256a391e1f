//! Black and white pictures, small ones: what lies close together, what hangs together.
//!
//! In: bits in rows. Out: bits, and connected regions with their boxes. Not here: what they mean.
#![expect(
    clippy::indexing_slicing,
    reason = "every index is a place within rows × columns"
)]

/// Rows of bits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid {
    pub(super) rows: usize,
    pub(super) columns: usize,
    bits: Vec<bool>,
}

/// Bits that touch each other along their sides.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Region {
    /// First row, and the one after the last.
    pub(super) rows: [usize; 2],
    /// First column, and the one after the last.
    pub(super) columns: [usize; 2],
    /// Places of the bits, row and column.
    pub(super) bits: Vec<[usize; 2]>,
}

impl Region {
    pub(super) fn height(&self) -> usize {
        self.rows[1] - self.rows[0]
    }

    pub(super) fn width(&self) -> usize {
        self.columns[1] - self.columns[0]
    }
}

impl Grid {
    pub(super) fn from_fn(rows: usize, columns: usize, bit: impl Fn(usize, usize) -> bool) -> Self {
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let bits = places.map(|(row, column)| bit(row, column)).collect();
        Self {
            rows,
            columns,
            bits,
        }
    }

    pub(super) fn empty(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            bits: vec![false; rows * columns],
        }
    }

    pub(super) fn set(&mut self, row: usize, column: usize) {
        self.bits[row * self.columns + column] = true;
    }

    /// Row and column of every bit that is set.
    pub(super) fn places(&self) -> impl Iterator<Item = [usize; 2]> {
        let set = self.bits.iter().enumerate().filter(|(_, bit)| **bit);
        set.map(|(at, _)| [at / self.columns, at % self.columns])
    }

    pub(super) fn at(&self, row: usize, column: usize) -> bool {
        self.bits[row * self.columns + column]
    }

    /// Every bit that has one within so many rows and columns.
    pub(super) fn grown(&self, rows: usize, columns: usize) -> Self {
        self.spread(rows, columns, true)
    }

    /// Every bit that has none missing within so many rows and columns; beyond the edge nothing is missing.
    pub(super) fn shrunk(&self, rows: usize, columns: usize) -> Self {
        self.spread(rows, columns, false)
    }

    fn spread(&self, rows: usize, columns: usize, value: bool) -> Self {
        // One direction at a time: a box is both, one after the other.
        let near =
            |at: usize, reach: usize, end: usize| at.saturating_sub(reach)..end.min(at + reach + 1);
        let along = Self::from_fn(self.rows, self.columns, |row, column| {
            near(column, columns, self.columns).any(|column| self.at(row, column) == value) == value
        });
        Self::from_fn(self.rows, self.columns, |row, column| {
            near(row, rows, self.rows).any(|row| along.at(row, column) == value) == value
        })
    }

    /// Holes of at most so many bits are filled; what is open to the edge is no hole.
    pub(super) fn filled(&self, most: usize) -> Self {
        let mut filled = self.clone();
        for hole in self.regions(false) {
            let at_edge = hole.rows[0] == 0
                || hole.columns[0] == 0
                || hole.rows[1] == self.rows
                || hole.columns[1] == self.columns;
            if !at_edge && hole.bits.len() <= most {
                for [row, column] in hole.bits {
                    filled.set(row, column);
                }
            }
        }
        filled
    }

    /// Regions of bits that are `value`, by row and column of their first bit.
    pub(super) fn regions(&self, value: bool) -> Vec<Region> {
        let mut seen = vec![false; self.bits.len()];
        let mut found = Vec::new();
        for start in 0..self.bits.len() {
            if seen[start] || self.bits[start] != value {
                continue;
            }
            seen[start] = true;
            found.push(self.region_from(start, value, &mut seen));
        }
        found
    }

    fn region_from(&self, start: usize, value: bool, seen: &mut [bool]) -> Region {
        let (row, column) = (start / self.columns, start % self.columns);
        let mut region = Region {
            rows: [row, row + 1],
            columns: [column, column + 1],
            bits: Vec::new(),
        };
        let mut waiting = vec![[row, column]];
        while let Some([row, column]) = waiting.pop() {
            region.bits.push([row, column]);
            region.rows = [region.rows[0].min(row), region.rows[1].max(row + 1)];
            region.columns = [
                region.columns[0].min(column),
                region.columns[1].max(column + 1),
            ];
            let sides = [
                [row.wrapping_sub(1), column],
                [row + 1, column],
                [row, column.wrapping_sub(1)],
                [row, column + 1],
            ];
            for [row, column] in sides {
                if row < self.rows && column < self.columns {
                    let at = row * self.columns + column;
                    if !seen[at] && self.bits[at] == value {
                        seen[at] = true;
                        waiting.push([row, column]);
                    }
                }
            }
        }
        region
    }
}
