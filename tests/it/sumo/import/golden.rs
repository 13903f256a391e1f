use std::fs;

use super::{imported, net_file};

fn assert_same(imported: &str, golden: &str) {
    let file = net_file(golden);
    // After a change: REWRITE=1 cargo test --test it golden, and read the difference.
    if std::env::var_os("REWRITE").is_some() {
        fs::write(&file, imported).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    let lines = imported.lines().zip(expected.lines());
    for (at, (is, should)) in lines.enumerate() {
        assert_eq!(is, should, "line {} of {}", at + 1, file.display());
    }
    assert_eq!(imported.lines().count(), expected.lines().count());
}

#[test]
fn a_signal_with_a_pocket_and_a_protected_permissive_left() {
    assert_same(
        &imported("street.net.xml", "Oak_Main").text,
        "oak-main.toml",
    );
}

#[test]
fn a_signal_with_right_turn_on_red_and_a_cycle_lane() {
    assert_same(&imported("street.net.xml", "elm_1").text, "elm-1.toml");
}

#[test]
fn a_cityflow_intersection() {
    assert_same(&imported("roadnet.json", "left").text, "cityflow-left.toml");
}
