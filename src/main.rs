//! The `phasewise` command.

fn main() {}
