//! The page: who may ask, and what for.
//!
//! Only this machine can connect (127.0.0.1). Everything lies below a random path that is printed on the terminal and nowhere
//! else. A page of another site could still make a browser ask: it does not know the path, a name that it has pointed at
//! this machine is not `localhost` (Host), and its requests say where they come from (Origin).

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use phasewise::camera::still::Still;
use phasewise::drawing::{Drawn, Edit, Line};
use phasewise::intersection::{Problem, Severity};
use serde::{Deserialize, Serialize};

use super::desk::{Desk, Preview, version};
use super::http::{self, Answer, Request};
use crate::cli::{note, print};

/// The port, unless it is taken or another is asked for.
const PORT: u16 = 8417;
/// Bytes of the random path.
const TOKEN_BYTES: usize = 16;

const PAGE: [(&str, &str, &str); 8] = [
    (
        "",
        "text/html; charset=utf-8",
        include_str!("page/index.html"),
    ),
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("page/page.css"),
    ),
    ("main.js", JAVASCRIPT, include_str!("page/main.js")),
    ("model.js", JAVASCRIPT, include_str!("page/model.js")),
    ("canvas.js", JAVASCRIPT, include_str!("page/canvas.js")),
    ("panel.js", JAVASCRIPT, include_str!("page/panel.js")),
    ("server.js", JAVASCRIPT, include_str!("page/server.js")),
    ("shapes.js", JAVASCRIPT, include_str!("page/shapes.js")),
];
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The picture, as it goes out.
struct Picture {
    media_type: &'static str,
    bytes: Arc<[u8]>,
}

/// What the page begins with.
#[derive(Serialize)]
struct State {
    file: String,
    camera: String,
    size_px: [u32; 2],
    is_new_camera: bool,
    #[serde(flatten)]
    drawn: Drawn,
    #[serde(flatten)]
    told: Told,
}

/// What is to be said about the file as it would be.
#[derive(Serialize)]
struct Told {
    version: String,
    problems: Vec<Said>,
    refusals: Vec<String>,
    can_save: bool,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Said {
    is_error: bool,
    /// The file on the disk has it already.
    is_old: bool,
    line: usize,
    key: String,
    found: String,
    allowed: String,
    hint: Option<String>,
}

#[derive(Serialize)]
struct Change {
    is_new: bool,
    number: usize,
    text: String,
}

/// What the page asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    version: String,
    edits: Vec<Edit>,
}

#[derive(Serialize)]
struct SavedTold {
    said: String,
}

impl Told {
    fn of(preview: Preview) -> Self {
        let can_save = preview.can_save();
        let said = |(problem, is_old): (Problem, bool)| Said {
            is_error: problem.severity == Severity::Error,
            is_old,
            line: problem.line,
            key: problem.key,
            found: problem.found,
            allowed: problem.allowed,
            hint: problem.hint,
        };
        let change = |line: Line| Change {
            is_new: line.is_new,
            number: line.number,
            text: line.text,
        };
        Self {
            version: preview.base,
            can_save,
            problems: preview
                .problems
                .into_iter()
                .zip(preview.is_old)
                .map(said)
                .collect(),
            refusals: preview.refusals,
            changes: preview.lines.into_iter().map(change).collect(),
        }
    }
}

/// Shows the page until the process is ended.
pub(super) fn serve(desk: Desk, still: Still, port: Option<u16>) -> anyhow::Result<()> {
    let listener = listen(port)?;
    let port = listener.local_addr().context("cannot listen")?.port();
    let token = token()?;
    let shapes = desk.sheet()?.entries();
    let shapes = shapes
        .iter()
        .filter(|it| it.camera.as_ref() == Some(&desk.pen.camera));
    let [width, height] = desk.pen.size_px;
    print(&format!(
        "camera {} of {}, {width} × {height}, {} drawn so far\n\n  http://127.0.0.1:{port}/{token}/\n\n",
        desk.pen.camera,
        desk.path.display(),
        shapes.count(),
    ))?;
    note(&format!(
        "Open this address in a browser on this machine. From another one: ssh -L {port}:127.0.0.1:{port} this-machine\n\
         The picture stays in memory; nothing but the site file is written, and only when you save. Ctrl-C ends."
    ))?;
    let prefix = format!("/{token}/");
    let picture = Picture {
        media_type: still.media_type,
        bytes: still.bytes.into(),
    };
    http::serve(&listener, move |request| {
        answer(&desk, &picture, &prefix, request)
    });
    Ok(())
}

fn listen(port: Option<u16>) -> anyhow::Result<TcpListener> {
    let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match (bind(port.unwrap_or(PORT)), port) {
        (Ok(listener), _) => Ok(listener),
        (Err(_), None) => bind(0).context("cannot listen on 127.0.0.1"),
        (Err(error), Some(port)) if error.kind() == ErrorKind::AddrInUse => {
            bail!("port {port} is in use; without --port a free one is taken")
        }
        (Err(error), Some(port)) => {
            Err(error).with_context(|| format!("cannot listen on 127.0.0.1:{port}"))
        }
    }
}

fn token() -> anyhow::Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow!("this machine has no random numbers: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn answer(desk: &Desk, picture: &Picture, prefix: &str, request: &Request) -> Answer {
    let host = request.header("host").unwrap_or_default();
    if !is_local(host) {
        return Answer::words(421, "this page is served to 127.0.0.1 only");
    }
    let Some(name) = request.path.strip_prefix(prefix) else {
        return Answer::words(404, "the address of the page is on the terminal");
    };
    let (name, _) = name.split_once('?').unwrap_or((name, ""));
    match (request.method.as_str(), name) {
        ("GET", "picture") => Answer {
            status: 200,
            media_type: picture.media_type,
            body: Arc::clone(&picture.bytes),
        },
        ("GET", "state") => state(desk).map_or_else(broken, |state| json(200, &state)),
        ("GET", "check" | "save") => Answer::words(405, "not this way"),
        ("GET", name) => match PAGE.iter().find(|(it, ..)| *it == name) {
            Some((_, media_type, text)) => Answer {
                status: 200,
                media_type,
                body: text.as_bytes().into(),
            },
            None => Answer::words(404, "there is nothing here"),
        },
        ("POST", "check" | "save") => {
            if request.header("origin") != Some(&format!("http://{host}")) {
                return Answer::words(403, "a request from another page");
            }
            let media_type = request.header("content-type").unwrap_or_default();
            if media_type != "application/json" {
                return Answer::words(415, "application/json is wanted");
            }
            match serde_json::from_slice(&request.body) {
                Ok(asked) if name == "check" => check(desk, &asked),
                Ok(asked) => save(desk, &asked),
                Err(error) => Answer::words(400, &format!("not what a page sends: {error}")),
            }
        }
        (_, "picture" | "state" | "check" | "save" | "") => Answer::words(405, "not this way"),
        _ => Answer::words(404, "there is nothing here"),
    }
}

/// Names of this machine, whatever the port: there may be a tunnel.
fn is_local(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, "80"),
    };
    ["127.0.0.1", "localhost", "[::1]"].contains(&name) && port.parse::<u16>().is_ok()
}

fn state(desk: &Desk) -> anyhow::Result<State> {
    let sheet = desk.sheet()?;
    let cameras = sheet.cameras();
    Ok(State {
        file: desk.path.display().to_string(),
        camera: desk.pen.camera.clone(),
        size_px: desk.pen.size_px,
        is_new_camera: !cameras.iter().any(|camera| camera.id == desk.pen.camera),
        drawn: sheet.drawn(),
        told: Told::of(desk.preview(&sheet.text(), &[])),
    })
}

fn check(desk: &Desk, asked: &Asked) -> Answer {
    match desk.text() {
        Ok(text) if version(&text) != asked.version => changed(),
        Ok(text) => json(200, &Told::of(desk.preview(&text, &asked.edits))),
        Err(error) => broken(error),
    }
}

fn save(desk: &Desk, asked: &Asked) -> Answer {
    match desk.text() {
        Ok(text) if version(&text) != asked.version => changed(),
        Ok(text) if !desk.preview(&text, &asked.edits).can_save() => {
            json(422, &Told::of(desk.preview(&text, &asked.edits)))
        }
        Ok(_) => match desk.save(&asked.version, &asked.edits) {
            Ok(saved) => {
                let said = saved.to_string();
                // The terminal may be gone; the page is still there.
                drop(note(&said));
                json(200, &SavedTold { said })
            }
            Err(error) => broken(error),
        },
        Err(error) => broken(error),
    }
}

fn changed() -> Answer {
    Answer::words(409, "the site file was changed meanwhile by somebody else")
}

fn broken(error: anyhow::Error) -> Answer {
    Answer::words(500, &format!("{error:#}"))
}

fn json(status: u16, value: &impl Serialize) -> Answer {
    match serde_json::to_vec(value) {
        Ok(body) => Answer {
            status,
            media_type: "application/json",
            body: body.into(),
        },
        Err(error) => Answer::words(500, &error.to_string()),
    }
}
