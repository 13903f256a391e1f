//! SUMO as a child process: found, started, always ended.
//!
//! In: which program, which options. Out: [`Sumo`], running, with a connection. It is killed when it is
//! dropped, whatever happened. Not here: what SUMO is asked (`driver.rs`).
#![expect(
    clippy::disallowed_methods,
    reason = "where programs are is told by the environment, and another process takes real time"
)]

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::traci::{Traci, TraciError};

/// Longest SUMO may take to read a net and listen.
const START_MAX: Duration = Duration::from_secs(300);
/// Longest SUMO may take for one step, or to write its outputs. Without a window; with one it may be paused.
const ANSWER_MAX: Duration = Duration::from_secs(300);
/// How long SUMO may take to end by itself once it has said that it will.
const END_MAX: Duration = Duration::from_secs(20);
/// How often SUMO is started again when somebody else took its port in between.
const STARTS_MAX: usize = 3;
/// Most of what SUMO complained about that an error repeats, bytes.
const COMPLAINTS_BYTES_MAX: u64 = 2000;

/// A program of the SUMO suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The executable itself, not the Python script that pip puts in its place: killing the script
    /// would leave SUMO running.
    pub executable: PathBuf,
    /// The folder that holds `data/`; SUMO looks up schemas and projections there.
    pub home: Option<PathBuf>,
}

/// Where programs are looked for; [`Places::of_this_process`] is what everybody wants, tests make others.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// `$SUMO_HOME`.
    pub sumo_home: Option<PathBuf>,
    /// Folders of `$PATH`.
    pub path: Vec<PathBuf>,
    /// The current folder; a `.venv` in it or above it counts.
    pub here: PathBuf,
}

impl Places {
    /// As the environment has it.
    #[must_use]
    pub fn of_this_process() -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        Self {
            sumo_home: env::var_os("SUMO_HOME").map(PathBuf::from),
            path: env::split_paths(&path).collect(),
            here: env::current_dir().unwrap_or_default(),
        }
    }

    /// Finds `sumo` or `sumo-gui`.
    ///
    /// # Errors
    /// Says where it looked and how to install SUMO.
    pub fn find(&self, name: &str) -> Result<Program> {
        let home = self.sumo_home.iter().map(|home| home.join("bin"));
        let environments = self.here.ancestors().map(|dir| dir.join(".venv/bin"));
        let folders = home.chain(self.path.iter().cloned()).chain(environments);
        let found = folders
            .map(|dir| dir.join(name))
            .find(|file| file.is_file());
        let Some(found) = found else {
            bail!(
                "{name} was not found in $SUMO_HOME/bin ({}), on the PATH, or in .venv/bin here or above. \
                 Install it with `python3 -m venv .venv && .venv/bin/pip install eclipse-sumo`, \
                 or set SUMO_HOME",
                match &self.sumo_home {
                    Some(home) => home.display().to_string(),
                    None => "not set".to_owned(),
                }
            );
        };
        let executable = behind_script(&found).unwrap_or(found);
        let home = executable.parent().and_then(Path::parent);
        let home = home.filter(|home| home.join("data").is_dir());
        Ok(Program {
            home: home.map(Path::to_owned),
            executable,
        })
    }
}

/// The executable that a script made by pip starts: `<env>/lib/python3.x/site-packages/sumo/bin/<name>`.
fn behind_script(file: &Path) -> Option<PathBuf> {
    let mut start = [0; 2];
    File::open(file).ok()?.read_exact(&mut start).ok()?;
    if &start != b"#!" {
        return None;
    }
    let name = file.file_name()?;
    let libraries = file.parent()?.parent()?.join("lib");
    let mut versions: Vec<PathBuf> = fs::read_dir(libraries)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    versions.sort();
    let executables = versions.iter().map(|version| {
        let package = version.join("site-packages/sumo");
        package.join("bin").join(name)
    });
    executables.rev().find(|file| file.is_file())
}

/// A folder for files that live as long as a run.
#[derive(Debug)]
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// A new empty folder of our own.
    ///
    /// # Errors
    /// When the system's temporary folder cannot be written to.
    pub fn new() -> Result<Self> {
        let parent = env::temp_dir();
        for attempt in 0_u32..1000 {
            let folder = parent.join(format!("phasewise-{}-{attempt}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Self(folder)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("{}: cannot be created", folder.display()));
                }
            }
        }
        bail!("{}: full of folders of old runs", parent.display());
    }

    /// The path of a file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What cannot be removed stays for the system to clean up.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A running SUMO.
#[derive(Debug)]
pub struct Sumo {
    child: Child,
    complaints: PathBuf,
}

impl Sumo {
    /// Starts SUMO and connects to it. What it complains about goes to `complaints`.
    ///
    /// # Errors
    /// What SUMO says when it ends before it listens, as with a wrong configuration.
    pub fn start(
        program: &Program,
        options: &[OsString],
        complaints: &Path,
        has_window: bool,
    ) -> Result<(Self, Traci)> {
        let mut attempt = 1;
        loop {
            let port = free_port()?;
            let mut sumo = Self::spawn(program, options, complaints, port)?;
            let asked = Instant::now();
            let connected = Traci::connect(port, || {
                if asked.elapsed() > START_MAX {
                    bail!("SUMO did not listen within {} s", START_MAX.as_secs());
                }
                sumo.check()
            });
            let said = sumo.said();
            match connected {
                Ok(traci) => {
                    traci.set_patience((!has_window).then_some(ANSWER_MAX))?;
                    return Ok((sumo, traci));
                }
                Err(_) if attempt < STARTS_MAX && said.contains("Address already in use") => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn spawn(
        program: &Program,
        options: &[OsString],
        complaints: &Path,
        port: u16,
    ) -> Result<Self> {
        let errors = File::create(complaints)
            .with_context(|| format!("{}: cannot be created", complaints.display()))?;
        let mut command = Command::new(&program.executable);
        command
            .args(options)
            .arg("--remote-port")
            .arg(port.to_string());
        if let Some(home) = &program.home {
            let projections = home.join("data/proj");
            for (name, folder) in [
                ("SUMO_HOME", home),
                ("PROJ_LIB", &projections),
                ("PROJ_DATA", &projections),
            ] {
                if env::var_os(name).is_none_or(|value| value.is_empty()) && folder.is_dir() {
                    command.env(name, folder);
                }
            }
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .with_context(|| format!("{}: cannot be started", program.executable.display()))?;
        Ok(Self {
            child,
            complaints: complaints.to_owned(),
        })
    }

    /// Whether SUMO still runs.
    ///
    /// # Errors
    /// When it has ended: how, and what it said.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => bail!("SUMO ended ({status}){}", self.last_words()),
            Err(error) => Err(error).context("SUMO cannot be watched"),
        }
    }

    /// Makes the most of a broken connection: if SUMO has ended, that is the news.
    pub fn explain(&mut self, error: TraciError) -> anyhow::Error {
        if matches!(error, TraciError::Closed) {
            // It closes the connection a little before it ends.
            self.wait(END_MAX);
        }
        match self.check() {
            Ok(()) => anyhow::Error::from(error).context(format!("SUMO{}", self.last_words())),
            Err(ended) => ended,
        }
    }

    /// Lets SUMO end by itself, after its connection was closed.
    ///
    /// # Errors
    /// When it does not, or says that something went wrong.
    pub fn finish(mut self) -> Result<()> {
        self.wait(END_MAX);
        match self.child.try_wait() {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(status)) => bail!("SUMO ended ({status}){}", self.last_words()),
            Ok(None) => bail!("SUMO does not end{}", self.last_words()),
            Err(error) => Err(error).context("SUMO cannot be watched"),
        }
    }

    fn wait(&mut self, at_most: Duration) {
        let asked = Instant::now();
        while asked.elapsed() < at_most && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The end of what SUMO complained about.
    fn said(&self) -> String {
        let read = || -> std::io::Result<String> {
            let mut file = File::open(&self.complaints)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(COMPLAINTS_BYTES_MAX)))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        read().unwrap_or_default()
    }

    fn last_words(&self) -> String {
        match self.said().trim() {
            "" => " without a word".to_owned(),
            said => format!(", saying:\n{said}"),
        }
    }
}

impl Drop for Sumo {
    fn drop(&mut self) {
        // Nothing is left to do when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port that nobody listens on now.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port on this machine")?;
    Ok(listener.local_addr()?.port())
}

/// An option and its value.
pub(super) fn option(options: &mut Vec<OsString>, name: &str, value: impl AsRef<OsStr>) {
    options.push(name.into());
    options.push(value.as_ref().to_owned());
}
