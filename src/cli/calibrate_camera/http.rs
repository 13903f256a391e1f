//! As much of HTTP as a page on this machine needs.
//!
//! In: connections. Out: requests that are whole and of a bearable size, answers. One request a connection; whoever is slow,
//! sends too much or too many at once is turned away. Not here: what is asked for, and who may ask (`server.rs`).
#![expect(
    clippy::disallowed_methods,
    reason = "a driver: it serves people in real time, each connection in a thread"
)]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longest head of a request, bytes. Browsers send less than 1 KiB.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Largest body. All shapes of the largest site take less than 100 KiB.
const BODY_BYTES_MAX: usize = 512 * 1024;
/// Most headers.
const HEADERS_MAX: usize = 64;
/// Most connections at a time; a browser opens six.
const CONNECTIONS_MAX: usize = 32;
/// A request that is not there after so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is still on its way when the answer has been given is read this long, so that it does not undo the answer.
const FAREWELL: Duration = Duration::from_millis(300);

/// A request.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// A header; `None` when there is none, or more than one.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut found = (self.headers.iter()).filter(|(it, _)| it.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) media_type: &'static str,
    /// Shared: a picture may be large, and asked for more than once.
    pub(super) body: Arc<[u8]>,
}

impl Answer {
    /// A few words.
    pub(super) fn words(status: u16, text: &str) -> Self {
        Self {
            status,
            media_type: "text/plain; charset=utf-8",
            body: format!("{text}\n").into_bytes().into(),
        }
    }
}

/// Serves until the process ends.
pub(super) fn serve(
    listener: &TcpListener,
    answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) {
    let answer = Arc::new(answer);
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // Out of descriptors, or the peer is gone already: nothing to do but to go on, not at full speed.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        if open.fetch_add(1, Ordering::SeqCst) >= CONNECTIONS_MAX {
            open.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let (answer, open) = (Arc::clone(&answer), Arc::clone(&open));
        drop(thread::spawn(move || {
            // A peer that goes away in the middle is its own affair.
            drop(attend(stream, &*answer));
            open.fetch_sub(1, Ordering::SeqCst);
        }));
    }
}

fn attend(mut stream: TcpStream, answer: &dyn Fn(&Request) -> Answer) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let answer = match read(&mut stream) {
        Ok(Some(request)) => answer(&request),
        Ok(None) => return Ok(()),
        Err(refused) => refused,
    };
    send(&mut stream, &answer)?;
    stream.shutdown(Shutdown::Write)?;
    let until = Instant::now() + FAREWELL;
    let mut rest = [0; 4096];
    while more(&mut stream, &mut rest, until)? > 0 {}
    Ok(())
}

/// Reads some bytes, none when the peer is done or `until` is over.
fn more(stream: &mut TcpStream, into: &mut [u8], until: Instant) -> io::Result<usize> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(0);
    }
    stream.set_read_timeout(Some(left))?;
    stream.read(into)
}

/// A whole request; `None` when the peer has asked for nothing.
fn read(stream: &mut TcpStream) -> Result<Option<Request>, Answer> {
    let until = Instant::now() + PATIENCE;
    let (mut bytes, mut chunk) = (Vec::new(), [0; 8192]);
    loop {
        if let Some((mut request, head)) = head(&bytes)? {
            let length = length(&request)?;
            while bytes.len() - head < length {
                match more(stream, &mut chunk, until) {
                    Ok(got @ 1..) => bytes.extend_from_slice(chunk.get(..got).unwrap_or_default()),
                    Ok(0) | Err(_) => return Err(Answer::words(408, "the request is not whole")),
                }
            }
            request.body = bytes.get(head..head + length).unwrap_or_default().to_vec();
            return Ok(Some(request));
        }
        if bytes.len() > HEAD_BYTES_MAX {
            return Err(Answer::words(431, "too long a head"));
        }
        match more(stream, &mut chunk, until) {
            Ok(got @ 1..) => bytes.extend_from_slice(chunk.get(..got).unwrap_or_default()),
            Ok(0) | Err(_) if bytes.is_empty() => return Ok(None),
            Ok(0) | Err(_) => return Err(Answer::words(408, "the request is not whole")),
        }
    }
}

/// The head, once it is whole, and its length.
fn head(bytes: &[u8]) -> Result<Option<(Request, usize)>, Answer> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(length)) if length <= HEAD_BYTES_MAX => length,
        Ok(httparse::Status::Complete(_)) => return Err(Answer::words(431, "too long a head")),
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Answer::words(431, "too many headers")),
        Err(_) => return Err(Answer::words(400, "no HTTP")),
    };
    let headers = parsed.headers.iter().map(|header| {
        let value = String::from_utf8_lossy(header.value).trim().to_owned();
        (header.name.to_owned(), value)
    });
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    Ok(Some((request, length)))
}

/// Length of the body.
fn length(request: &Request) -> Result<usize, Answer> {
    let named = |name: &str| (request.headers.iter()).any(|(it, _)| it.eq_ignore_ascii_case(name));
    if named("transfer-encoding") {
        return Err(Answer::words(411, "say the length of the body"));
    }
    if !named("content-length") {
        return Ok(0);
    }
    // Digits only: `parse` would take a sign.
    let text = request.header("content-length").unwrap_or_default();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Answer::words(400, "no length"));
    }
    let length = text.parse().ok().filter(|it| *it <= BODY_BYTES_MAX);
    length.ok_or_else(|| Answer::words(413, "too large a body"))
}

fn send(stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
    let reason = match answer.status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        431 => "Request Header Fields Too Large",
        _ => "Error",
    };
    // The page loads nothing from elsewhere, nobody may frame it, and a street picture stays in no cache.
    let head = format!(
        "HTTP/1.1 {} {reason}\r\n\
         Content-Type: {}\r\n\
         Content-Length: {}\r\n\
         Connection: close\r\n\
         Cache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
         Cross-Origin-Resource-Policy: same-origin\r\n\
         Referrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\n\r\n",
        answer.status,
        answer.media_type,
        answer.body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&answer.body)
}
