//! SUMO as a child process: found where people have it, always ended, its last words told.
#![expect(
    clippy::disallowed_methods,
    reason = "another process takes real time, and what stands in for it listens beside the test"
)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use phasewise::sumo::process::{Places, Program, Sumo, TemporaryFolder};

/// Puts an executable script at `path`.
fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn nowhere() -> Places {
    Places {
        sumo_home: None,
        path: vec![PathBuf::from("/nonexistent")],
        here: PathBuf::from("/nonexistent/deep"),
    }
}

#[test]
fn without_sumo_the_error_says_where_it_looked_and_how_to_install_it() {
    let error = nowhere().find("sumo").unwrap_err().to_string();
    for part in [
        "sumo was not found",
        "SUMO_HOME",
        "PATH",
        ".venv",
        "pip install eclipse-sumo",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn the_real_program_is_found_behind_pips_script() {
    let folder = TemporaryFolder::new().unwrap();
    let package = folder.file(".venv/lib/python3.11/site-packages/sumo");
    script(&package.join("bin/sumo"), "\x7fELF");
    fs::create_dir_all(package.join("data")).unwrap();
    script(
        &folder.file(".venv/bin/sumo"),
        "#!/usr/bin/python3\nimport sumo\n",
    );
    let deep = folder.file("project/deeper");
    fs::create_dir_all(&deep).unwrap();
    let places = Places {
        here: deep,
        ..nowhere()
    };
    let found = places.find("sumo").unwrap();
    assert_eq!(found.executable, package.join("bin/sumo"));
    assert_eq!(found.home, Some(package));
}

#[test]
fn sumo_home_comes_before_the_path() {
    let folder = TemporaryFolder::new().unwrap();
    script(&folder.file("home/bin/sumo"), "\x7fELF");
    script(&folder.file("path/sumo"), "\x7fELF");
    let mut places = Places {
        sumo_home: Some(folder.file("home")),
        path: vec![folder.file("path")],
        ..nowhere()
    };
    assert_eq!(
        places.find("sumo").unwrap().executable,
        folder.file("home/bin/sumo")
    );
    places.sumo_home = None;
    assert_eq!(
        places.find("sumo").unwrap().executable,
        folder.file("path/sumo")
    );
}

fn program(folder: &TemporaryFolder, text: &str) -> Program {
    script(&folder.file("sumo"), text);
    Program {
        executable: folder.file("sumo"),
        home: None,
    }
}

#[test]
fn a_sumo_that_ends_before_it_listens_is_quoted() {
    let folder = TemporaryFolder::new().unwrap();
    let program = program(
        &folder,
        "#!/bin/sh\necho 'Error: no such net' >&2\nexit 1\n",
    );
    let error = Sumo::start(&program, &[], &folder.file("said"), false).unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.contains("SUMO ended") && text.contains("Error: no such net"),
        "{text}"
    );
}

/// Stands in for a SUMO that listens and then says nothing: the script tells its port, and somebody here listens
/// there for it. Its process must be gone when its handle is.
#[test]
fn a_dropped_sumo_is_dead() {
    let folder = TemporaryFolder::new().unwrap();
    let text = "#!/bin/sh\n\
        cd \"$(dirname \"$0\")\"\n\
        echo $$ > pid\n\
        for port; do :; done\n\
        echo $port > told\n\
        mv told port\n\
        exec sleep 60\n";
    let program = program(&folder, text);
    let told = folder.file("port");
    let listener = thread::spawn(move || {
        let port = wait_for(&told).parse::<u16>().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        listener.accept().unwrap()
    });
    let (sumo, traci) = Sumo::start(&program, &[], &folder.file("said"), false).unwrap();
    let (_connection, _) = listener.join().unwrap();
    let process = PathBuf::from(format!("/proc/{}", wait_for(&folder.file("pid"))));
    assert!(process.exists());
    drop(traci);
    drop(sumo);
    assert!(!process.exists(), "{} is still there", process.display());
}

/// What a file says once it is there.
fn wait_for(file: &Path) -> String {
    for _ in 0..1000 {
        if let Ok(text) = fs::read_to_string(file) {
            return text.trim().to_owned();
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{} does not come", file.display());
}

#[test]
fn a_temporary_folder_goes_with_its_handle() {
    let folder = TemporaryFolder::new().unwrap();
    let file = folder.file("a");
    fs::write(&file, "x").unwrap();
    drop(folder);
    assert!(!file.exists());
}
