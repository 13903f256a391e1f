//! Site files: the shipped ones load and mean what they say.

mod shipped;
