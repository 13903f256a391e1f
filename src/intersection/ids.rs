//! Names for the parts of an intersection, and tables indexed by them.
//!
//! In: nothing. Out: [`PhaseId`], [`PhaseSet`], [`PerPhase`] and the typed indices of everything that
//! an intersection has many of. Indexing a [`PerPhase`] cannot fail; a [`Table`] is built once from the
//! validated site, together with the only ids that index it. Not here: what the parts are (`mod.rs`).

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

/// Most phases one intersection may have: NEMA knows 16.
pub const PHASES_MAX: usize = 16;

/// A phase, numbered 1 to [`PHASES_MAX`] as on the cabinet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct PhaseId(u8);

impl PhaseId {
    /// The phase with this number, if it is 1 to [`PHASES_MAX`].
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=PHASES_MAX)
            .contains(&usize::from(number))
            .then_some(Self(number))
    }

    /// 1 to [`PHASES_MAX`].
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// Every possible phase in ascending order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (1..=16).map(Self)
    }

    fn index(self) -> usize {
        usize::from(self.0 - 1)
    }
}

const _: () = assert!(PHASES_MAX == 16, "PhaseId::all and PhaseSet count to 16");

impl TryFrom<u8> for PhaseId {
    type Error = String;
    fn try_from(number: u8) -> Result<Self, String> {
        Self::new(number).ok_or_else(|| format!("phase {number} is not between 1 and {PHASES_MAX}"))
    }
}

impl From<PhaseId> for u8 {
    fn from(phase: PhaseId) -> Self {
        phase.0
    }
}

impl fmt::Display for PhaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for PhaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "φ{}", self.0)
    }
}

/// Any set of phases; when they are compatible, a *phase set* in the field's sense.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhaseSet(u16);

impl PhaseSet {
    /// No phase.
    pub const EMPTY: Self = Self(0);

    /// Just `phase`.
    #[must_use]
    pub fn only(phase: PhaseId) -> Self {
        Self(1 << phase.index())
    }

    /// Whether `phase` is in the set.
    #[must_use]
    pub fn contains(self, phase: PhaseId) -> bool {
        self.0 & Self::only(phase).0 != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set as bits, phase 1 lowest; for tables indexed by sets.
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0
    }

    /// Number of phases in the set.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Adds `phase`.
    pub fn insert(&mut self, phase: PhaseId) {
        *self = self.with(phase);
    }

    /// Removes `phase`.
    pub fn remove(&mut self, phase: PhaseId) {
        *self = self.without(phase);
    }

    /// The set and `phase`.
    #[must_use]
    pub fn with(self, phase: PhaseId) -> Self {
        Self(self.0 | Self::only(phase).0)
    }

    /// The set less `phase`.
    #[must_use]
    pub fn without(self, phase: PhaseId) -> Self {
        Self(self.0 & !Self::only(phase).0)
    }

    /// Phases in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Phases in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Phases in this set and not in `other`.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the sets share a phase.
    #[must_use]
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every phase of this set is in `other`.
    #[must_use]
    pub fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The lowest-numbered phase.
    #[must_use]
    pub fn first(self) -> Option<PhaseId> {
        self.iter().next()
    }

    /// The phases in ascending order.
    pub fn iter(self) -> impl Iterator<Item = PhaseId> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let number = u8::try_from(rest.trailing_zeros() + 1).ok()?;
            let phase = PhaseId::new(number)?;
            rest &= rest - 1;
            Some(phase)
        })
    }
}

impl FromIterator<PhaseId> for PhaseSet {
    fn from_iter<I: IntoIterator<Item = PhaseId>>(phases: I) -> Self {
        phases.into_iter().fold(Self::EMPTY, Self::with)
    }
}

/// `2+6`, or `none`.
impl fmt::Display for PhaseSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (i, phase) in self.iter().enumerate() {
            if i > 0 {
                f.write_str("+")?;
            }
            write!(f, "{phase}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PhaseSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

/// One `T` for every possible phase; indexing cannot fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PerPhase<T>([T; PHASES_MAX]);

impl<T> PerPhase<T> {
    /// The table whose entry for each phase is `make(phase)`.
    pub fn from_fn(mut make: impl FnMut(PhaseId) -> T) -> Self {
        let mut number = 0;
        Self(std::array::from_fn(|_| {
            number += 1;
            make(PhaseId(number))
        }))
    }

    /// Phases with their entries, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (PhaseId, &T)> {
        PhaseId::all().zip(self.0.iter())
    }
}

impl<T> Index<PhaseId> for PerPhase<T> {
    type Output = T;
    #[expect(
        clippy::indexing_slicing,
        reason = "a PhaseId is 1 to PHASES_MAX by construction"
    )]
    fn index(&self, phase: PhaseId) -> &T {
        &self.0[phase.index()]
    }
}

impl<T> IndexMut<PhaseId> for PerPhase<T> {
    #[expect(
        clippy::indexing_slicing,
        reason = "a PhaseId is 1 to PHASES_MAX by construction"
    )]
    fn index_mut(&mut self, phase: PhaseId) -> &mut T {
        &mut self.0[phase.index()]
    }
}

/// An index into a [`Table`].
pub trait Id: Copy {
    /// The id of the `index`-th entry.
    fn from_index(index: usize) -> Self;
    /// Position in the table.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(u16);

        impl Id for $name {
            fn from_index(index: usize) -> Self {
                // Tables are checked against their _MAX at load, all far below 65,536.
                Self(u16::try_from(index).unwrap_or(u16::MAX))
            }
            fn index(self) -> usize {
                usize::from(self.0)
            }
        }
    )*};
}

ids! {
    /// An approach of one intersection.
    ApproachId;
    /// A lane of one intersection.
    LaneId;
    /// A movement of one intersection.
    MovementId;
    /// An exit of one intersection.
    ExitId;
    /// A crosswalk of one intersection.
    CrosswalkId;
    /// A detector of one intersection (its place in the table, not its cabinet channel).
    DetectorId;
    /// A camera view of one intersection.
    ViewId;
    /// A camera of one intersection.
    CameraId;
}

/// A list indexed by its own kind of id. Only ids of the same site may index it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Table<I, T> {
    entries: Vec<T>,
    #[serde(skip)]
    id: PhantomData<fn(I) -> I>,
}

impl<I: Id, T> Table<I, T> {
    /// A table of these entries, in this order.
    #[must_use]
    pub fn new(entries: Vec<T>) -> Self {
        Self {
            entries,
            id: PhantomData,
        }
    }

    /// A table of the same length as this one, filled by `make`.
    pub fn map<U>(&self, mut make: impl FnMut(I, &T) -> U) -> Table<I, U> {
        Table::new(self.iter().map(|(id, entry)| make(id, entry)).collect())
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All ids in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + use<I, T> {
        (0..self.entries.len()).map(I::from_index)
    }

    /// Ids with entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> {
        self.entries
            .iter()
            .enumerate()
            .map(|(i, entry)| (I::from_index(i), entry))
    }

    /// Ids with entries, in order, for changing them.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (I, &mut T)> {
        self.entries
            .iter_mut()
            .enumerate()
            .map(|(i, entry)| (I::from_index(i), entry))
    }

    /// The entry, if the id is within the table; for ids that come from outside (a journal, a wire).
    /// Not called `get`: clippy takes that name as a hint that indexing may fail.
    #[must_use]
    pub fn find(&self, id: I) -> Option<&T> {
        self.entries.get(id.index())
    }
}

impl<I: Id, T> Index<I> for Table<I, T> {
    type Output = T;
    #[expect(
        clippy::indexing_slicing,
        reason = "ids are made together with their table"
    )]
    fn index(&self, id: I) -> &T {
        &self.entries[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for Table<I, T> {
    #[expect(
        clippy::indexing_slicing,
        reason = "ids are made together with their table"
    )]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.entries[id.index()]
    }
}
