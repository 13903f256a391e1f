//! What is no site file at all: directories, missing files, other files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use phasewise::intersection::{Intersection, SITE_FILE_BYTES_MAX};

/// A file of this content in the system's folder for temporary files; removed when dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("phasewise-{}-{name}", process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

/// What the loader found instead of a site file, and its hint.
fn complaint(path: &Path) -> (String, String) {
    let error = Intersection::load(path).unwrap_err();
    assert_eq!(error.problems.len(), 1, "{error}");
    assert!(error.to_string().starts_with(&path.display().to_string()));
    let problem = &error.problems[0];
    (
        problem.found.clone(),
        problem.hint.clone().unwrap_or_default(),
    )
}

fn intersections() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("intersections")
}

#[test]
fn a_directory_points_to_the_file_in_it() {
    let (found, hint) = complaint(&intersections().join("four-leg"));
    assert_eq!(found, "a directory");
    assert!(hint.ends_with("site.toml?"), "{hint}");
    let (found, hint) = complaint(&intersections());
    assert_eq!(found, "a directory");
    assert_eq!(hint, "name the file itself, usually site.toml");
}

#[test]
fn a_missing_file_says_so() {
    let (found, _) = complaint(&intersections().join("nowhere/site.toml"));
    assert!(found.starts_with("a path that cannot be opened"), "{found}");
}

#[test]
fn an_empty_file_says_so() {
    let file = Temporary::new("empty.toml", b" \n\n");
    assert_eq!(complaint(&file.0).0, "an empty file");
}

#[test]
fn a_file_that_is_not_utf_8_says_where() {
    let file = Temporary::new("latin1.toml", b"[site]\nname = \"Stra\xdfe\"\n");
    assert_eq!(complaint(&file.0).0, "bytes in line 2 that are not UTF-8");
}

#[test]
fn a_huge_file_is_not_read_to_its_end() {
    let size = usize::try_from(SITE_FILE_BYTES_MAX).unwrap() + 1;
    let file = Temporary::new("huge.toml", &vec![b'#'; size]);
    assert_eq!(complaint(&file.0).0, "more than 1 MiB");
}

#[test]
fn another_kind_of_toml_lists_what_is_missing() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let error = Intersection::load(&manifest).unwrap_err();
    let keys: Vec<&str> = error
        .problems
        .iter()
        .map(|problem| problem.key.as_str())
        .collect();
    for key in ["site", "safety", "package", "dependencies"] {
        assert!(keys.contains(&key), "{key} in {keys:?}");
    }
}
