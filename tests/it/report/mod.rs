//! The report says what the content says, to anybody, offline, whatever the names in the files.

mod demo;
mod figures;
mod markup;
mod verdict;
mod words;
