use std::fs;
use std::path::PathBuf;

use crate::sites::command::phasewise;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("phasewise-{name}-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    folder
}

#[test]
fn import_writes_one_site_per_signal_and_says_what_it_left_out() {
    let folder = folder("import");
    let out = folder.display().to_string();
    let net = "tests/it/sumo/nets/street.net.xml";
    let output = phasewise(&["import", "sumo", net, "-o", &out]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("2 of 2 signals imported"), "{text}");
    assert!(text.contains("rails or bicycles"), "{text}");
    let sites =
        ["oak-main", "elm-1"].map(|site| folder.join(site).join("site.toml").display().to_string());
    let checked = phasewise(&["check", &sites[0], &sites[1]]);
    assert_eq!(checked.status.code(), Some(0));
    // What somebody has edited since is not lost.
    fs::write(&sites[0], "edited").unwrap();
    let again = phasewise(&["import", "sumo", net, "-o", &out]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("--force"));
    assert_eq!(fs::read_to_string(&sites[0]).unwrap(), "edited");
    let forced = phasewise(&["import", "sumo", net, "-o", &out, "--force"]);
    assert_eq!(forced.status.code(), Some(0));
    assert_ne!(fs::read_to_string(&sites[0]).unwrap(), "edited");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn import_of_cityflow_and_of_what_cannot_be_imported() {
    let folder = folder("import-cityflow");
    let out = folder.display().to_string();
    let output = phasewise(&[
        "import",
        "cityflow",
        "tests/it/sumo/nets/roadnet.json",
        "-o",
        &out,
    ]);
    assert_eq!(output.status.code(), Some(0));
    assert!(folder.join("right/site.toml").is_file());
    fs::remove_dir_all(&folder).unwrap();
    for (arguments, expected) in [
        (
            ["sumo", "tests/it/sumo/nets/roadnet.json", "--view", "100"],
            "broken XML",
        ),
        (
            [
                "cityflow",
                "tests/it/sumo/nets/street.net.xml",
                "--view",
                "100",
            ],
            "street.net.xml:1",
        ),
        (
            [
                "sumo",
                "tests/it/sumo/nets/street.net.xml",
                "--min-green",
                "0",
            ],
            "allowed is 1 to 60",
        ),
    ] {
        let mut all = vec!["import"];
        all.extend(arguments);
        all.extend(["-o", &out]);
        let output = phasewise(&all);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(!folder.exists());
    }
}
