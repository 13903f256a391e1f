//! Turns a signal of a net into a site file.
