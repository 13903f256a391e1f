//! Site files: the shipped ones load and mean what they say, broken ones say everything that is wrong.

mod broken;
mod command;
mod files;
mod garbage;
mod limits;
mod schema;
mod shipped;
mod twenty;
