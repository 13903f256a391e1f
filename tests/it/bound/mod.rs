//! How far from perfect a run was: what better sight would be worth.

mod sight;
