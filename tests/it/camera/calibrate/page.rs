//! The page, through plain connections.
#![expect(
    clippy::disallowed_methods,
    reason = "how long a page lets people wait is real time"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use phasewise::intersection::Intersection;
use serde_json::{Value, json};

use super::super::scene::{HEIGHT, SITE, WIDTH};
use super::{command, folder, site_text};

/// The command, showing its page.
struct Shown {
    child: Child,
    port: u16,
    path: String,
    // Open as long as the command runs, which prints to it.
    _out: BufReader<ChildStdout>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What came back.
struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Shown {
    fn new(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = command(folder, arguments)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("http://127.0.0.1:") {
            line.clear();
            assert!(
                out.read_line(&mut line).unwrap() > 0,
                "no address was printed"
            );
        }
        let (_, rest) = line.trim().split_once("127.0.0.1:").unwrap();
        let (port, path) = rest.split_once('/').unwrap();
        Self {
            child,
            port: port.parse().unwrap(),
            path: format!("/{path}"),
            _out: out,
        }
    }

    fn of(folder: &Path) -> Self {
        Self::new(folder, &["street.ppm", "--site", "site.toml"])
    }

    /// Sends bytes and reads to the end.
    fn raw(&self, bytes: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        // It may answer, and close, before it has heard everything.
        drop(stream.write_all(bytes));
        drop(stream.shutdown(Shutdown::Write));
        let mut got = Vec::new();
        drop(stream.read_to_end(&mut got));
        let split = got.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let Some(split) = split else {
            return Reply {
                status: 0,
                head: String::new(),
                body: got,
            };
        };
        let head = String::from_utf8(got[..split].to_vec()).unwrap();
        Reply {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: got[split + 4..].to_vec(),
        }
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn get(&self, name: &str) -> Reply {
        let (path, host) = (&self.path, self.host());
        self.raw(format!("GET {path}{name} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
    }

    /// As the page asks, but for one header that is replaced.
    fn post_with(&self, name: &str, body: &str, header: (&str, &str)) -> Reply {
        let (host, length) = (self.host(), body.len().to_string());
        let origin = format!("http://{host}");
        let mut text = format!("POST {}{name} HTTP/1.1\r\n", self.path);
        for (key, usual) in [
            ("Host", host.as_str()),
            ("Origin", &origin),
            ("Content-Type", "application/json"),
            ("Content-Length", &length),
        ] {
            let value = if key == header.0 { header.1 } else { usual };
            if !value.is_empty() {
                text.push_str(&format!("{key}: {value}\r\n"));
            }
        }
        self.raw(format!("{text}\r\n{body}").as_bytes())
    }

    fn post(&self, name: &str, body: &Value) -> Reply {
        self.post_with(name, &body.to_string(), ("", ""))
    }

    fn version(&self) -> Value {
        self.get("state").json()["version"].clone()
    }
}

fn a_line() -> Value {
    json!({ "put": { "kind": "detector", "id": "far", "function": "advance", "lanes": ["lane"], "distance_m": 40,
        "line_px": [[130, 60], [190, 60]], "toward_px": [160, 240] } })
}

#[test]
fn the_page_shows_the_picture_and_what_is_drawn() {
    let folder = folder("page");
    let shown = Shown::of(&folder);
    let page = shown.get("");
    assert_eq!(page.status, 200);
    assert!(page.text().starts_with("<!doctype html>"));
    assert!(page.head.contains("default-src 'none'"), "{}", page.head);
    assert!(
        page.head.contains("no-store"),
        "a street picture stays in no cache"
    );
    // Everything that the page names is there.
    for name in [
        "page.css",
        "main.js",
        "model.js",
        "canvas.js",
        "panel.js",
        "server.js",
        "shapes.js",
    ] {
        assert_eq!(shown.get(name).status, 200, "{name}");
    }
    let picture = shown.get("picture");
    assert!(picture.head.contains("image/bmp"));
    assert_eq!(picture.body.len(), 54 + WIDTH * HEIGHT * 3);

    let state = shown.get("state").json();
    assert_eq!(state["camera"], "camera");
    assert_eq!(state["size_px"], json!([320, 240]));
    assert_eq!(state["entries"][0]["id"], "stop");
    assert_eq!(state["entries"][0]["zone_px"][2], json!([180.0, 150.0]));
    assert_eq!(
        state["lanes"],
        json!([{ "id": "lane", "approach": "north" }])
    );
    assert_eq!(state["free_channel"], 3);
}

#[test]
fn what_is_drawn_is_checked_at_once_and_saved_when_right() {
    let folder = folder("saves");
    // A comment, to see that it stays.
    let commented = SITE.replace("detectors = [\n", "detectors = [   # ours\n");
    fs::write(folder.join("site.toml"), &commented).unwrap();
    let shown = Shown::of(&folder);
    // A line that its traffic would run along: the check says so, and it cannot be saved.
    let mut wrong = a_line();
    wrong["put"]["toward_px"] = json!([300, 60]);
    let version = shown.version();
    let told = shown.post("check", &json!({ "version": version, "edits": [wrong] }));
    assert_eq!(told.status, 200);
    let told = told.json();
    assert_eq!(told["can_save"], false);
    let problem = &told["problems"][0];
    assert_eq!(problem["key"], "site.detectors[\"far\"].toward_px");
    let refused = shown.post("save", &json!({ "version": version, "edits": [wrong] }));
    assert_eq!(refused.status, 422);
    assert_eq!(site_text(&folder), commented);

    let right = json!({ "version": version, "edits": [a_line()] });
    let told = shown.post("check", &right).json();
    assert_eq!(
        (&told["can_save"], &told["problems"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(told["changes"].as_array().unwrap().len(), 2);
    assert_eq!(site_text(&folder), commented, "looking writes nothing");
    let saved = shown.post("save", &right);
    assert_eq!(saved.status, 200, "{}", saved.text());
    let text = site_text(&folder);
    assert!(text.contains("detectors = [   # ours\n"));
    let site = Intersection::parse(&text, "site.toml").unwrap();
    assert_eq!(site.detectors.len(), 3);
    assert_eq!(
        fs::read_to_string(folder.join("site.toml.bak")).unwrap(),
        commented
    );
    let files = fs::read_dir(&folder).unwrap().count();
    assert_eq!(
        files, 3,
        "site, the one before, and the picture: nothing else is written"
    );
}

#[test]
fn a_site_file_that_somebody_else_changed_is_not_overwritten() {
    let folder = folder("changed");
    let shown = Shown::of(&folder);
    let asked = json!({ "version": shown.version(), "edits": [a_line()] });
    let theirs = SITE.replace("Painted", "Painted anew");
    fs::write(folder.join("site.toml"), &theirs).unwrap();
    for name in ["check", "save"] {
        assert_eq!(shown.post(name, &asked).status, 409);
    }
    assert_eq!(site_text(&folder), theirs);
    let again = json!({ "version": shown.version(), "edits": [a_line()] });
    assert_eq!(shown.post("save", &again).status, 200);
    assert!(site_text(&folder).contains("Painted anew"));
    assert!(site_text(&folder).contains("far"));
}

#[test]
fn requests_of_others_change_nothing() {
    let folder = folder("others");
    let shown = Shown::of(&folder);
    let body = json!({ "version": shown.version(), "edits": [a_line()] }).to_string();
    for (header, status) in [
        (("Origin", "http://evil.example"), 403),
        (("Origin", ""), 403),
        (("Origin", "null"), 403),
        (("Origin", "http://localhost:1"), 403),
        // A name of somebody else that was made to point here.
        (("Host", "evil.example"), 421),
        (("Host", &format!("evil.example:{}", shown.port)), 421),
        (("Host", "127.0.0.1.evil.example"), 421),
        (("Host", ""), 421),
        // What a form of another page can send without asking.
        (("Content-Type", "text/plain"), 415),
        (("Content-Type", "application/x-www-form-urlencoded"), 415),
    ] {
        let reply = shown.post_with("save", &body, header);
        assert_eq!(reply.status, status, "{header:?}");
        assert!(!reply.head.to_lowercase().contains("access-control"));
    }
    // Without the random path there is nothing, not even the picture.
    let host = shown.host();
    let guessed = format!("/{}/", "0".repeat(32));
    for path in [
        "/",
        "/picture",
        "/state",
        "//picture",
        "/../picture",
        guessed.as_str(),
    ] {
        let reply = shown.raw(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        assert_eq!(reply.status, 404, "{path}");
    }
    assert_eq!(shown.get("../../etc/passwd").status, 404);
    assert_eq!(shown.get("save").status, 405);
    assert_eq!(site_text(&folder), SITE);
    // Through a tunnel the port is another one.
    let tunnel = shown.raw(
        format!(
            "GET {}state HTTP/1.1\r\nHost: localhost:9000\r\n\r\n",
            shown.path
        )
        .as_bytes(),
    );
    assert_eq!(tunnel.status, 200);
}

#[test]
fn two_runs_have_two_addresses() {
    let folder = folder("two");
    let (one, other) = (Shown::of(&folder), Shown::of(&folder));
    assert!(one.path.len() > 32);
    assert_ne!(one.path, other.path);
    assert_eq!(one.get("state").status, 200);
    assert_eq!(other.get("state").status, 200);
}

#[test]
fn nonsense_is_answered_and_the_page_lives_on() {
    let folder = folder("nonsense");
    let shown = Shown::of(&folder);
    let version = shown.version();
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let edits = json!({ "version": version, "edits": vec![a_line(); 2000] });
    for (body, status) in [
        ("", 400),
        ("{", 400),
        ("null", 400),
        ("\u{0}\u{1}", 400),
        (deep.as_str(), 400),
        ("{\"version\":\"x\",\"edits\":[],\"more\":1}", 400),
        (
            "{\"version\":\"x\",\"edits\":[{\"put\":{\"kind\":\"lamp\",\"id\":\"x\"}}]}",
            400,
        ),
        (
            "{\"version\":\"x\",\"edits\":[{\"put\":{\"kind\":\"view\",\"id\":\"x\",\"to_m\":1e999}}]}",
            400,
        ),
        ("{\"version\":\"x\",\"edits\":[]}", 409),
        (&edits.to_string(), 422),
    ] {
        let reply = shown.post_with("save", body, ("", ""));
        assert_eq!(reply.status, status, "{:.60}: {}", body, reply.text());
    }
    let big = "x".repeat(600_000);
    assert_eq!(shown.post_with("save", &big, ("", "")).status, 413);
    for length in ["99999999999999999999999", "-1", "+5", "1e3", "5, 6"] {
        let reply = shown.post_with("save", "{}", ("Content-Length", length));
        assert!(
            [400, 413].contains(&reply.status),
            "{length}: {}",
            reply.status
        );
    }
    let head = |rest: &str| format!("GET {}state HTTP/1.1\r\n{rest}\r\n", shown.path).into_bytes();
    let long = format!("X: {}\r\n", "y".repeat(20_000));
    let many = "X: y\r\n".repeat(100);
    for (bytes, status) in [
        (head(&long), 431),
        (head(&many), 431),
        (head("Transfer-Encoding: chunked\r\n"), 411),
        (head("Host: a\r\nHost: 127.0.0.1\r\n"), 421),
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello, TLS\r\n\r\n".to_vec(),
            400,
        ),
        (b"GET / HTTP/9.9\r\n\r\n".to_vec(), 400),
        (b"GET".to_vec(), 408),
    ] {
        let reply = shown.raw(&bytes);
        assert_eq!(
            reply.status,
            status,
            "{:.60}",
            String::from_utf8_lossy(&bytes)
        );
    }
    assert_eq!(
        shown.raw(b"").status,
        0,
        "who asks for nothing gets nothing"
    );
    assert_eq!(shown.get("state").status, 200);
    assert_eq!(site_text(&folder), SITE);
}

#[test]
fn who_says_nothing_keeps_nobody_waiting() {
    let folder = folder("silent");
    let shown = Shown::of(&folder);
    // As browsers do: connections ahead of need, and one in the middle of a request.
    let mut idle: Vec<TcpStream> = (0..12)
        .map(|_| TcpStream::connect(("127.0.0.1", shown.port)).unwrap())
        .collect();
    idle[0]
        .write_all(
            format!(
                "POST {}save HTTP/1.1\r\nContent-Length: 100\r\n\r\n",
                shown.path
            )
            .as_bytes(),
        )
        .unwrap();
    let began = Instant::now();
    assert_eq!(shown.get("state").status, 200);
    assert!(began.elapsed() < Duration::from_secs(5));
    // However many there are, they are turned away in the end, and the page is there again.
    let crowd: Vec<TcpStream> = (0..100)
        .filter_map(|_| TcpStream::connect(("127.0.0.1", shown.port)).ok())
        .collect();
    drop((idle, crowd));
    let until = Instant::now() + Duration::from_secs(10);
    while shown.get("state").status != 200 {
        assert!(Instant::now() < until, "the page is gone");
    }
}

#[test]
fn a_site_with_other_mistakes_can_be_drawn_in() {
    let folder = folder("mistakes");
    let text = SITE.replace("max_green_s = 30", "max_green_s = -1");
    fs::write(folder.join("site.toml"), &text).unwrap();
    let shown = Shown::of(&folder);
    let state = shown.get("state").json();
    assert_eq!(state["problems"][0]["is_old"], true);
    let asked = json!({ "version": state["version"], "edits": [a_line()] });
    let saved = shown.post("save", &asked);
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert!(site_text(&folder).contains("far"));
}
