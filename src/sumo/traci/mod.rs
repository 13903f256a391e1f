//! A client of SUMO's TraCI protocol: what this program needs of it, one message per step.
//!
//! In: commands, gathered in a [`Batch`]. Out: [`Answers`]. All commands of a step travel in one message
//! together with the step itself, and what is subscribed to comes back with its answer, so that SUMO is
//! never waited for twice. Not here: what the numbers mean to a controller (`sensors.rs`), starting SUMO
//! (`process.rs`). Why not a crate: `docs/decisions/README.md`.
//!
//! Protocol: <https://sumo.dlr.de/docs/TraCI/Protocol.html>, written against SUMO 1.28 (API 22).
#![expect(
    clippy::disallowed_methods,
    reason = "connecting to another process takes real time"
)]

mod message;
mod wire;

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::{Duration, Instant};

pub use message::{Answers, Batch, Refused, Told, read_answers};
pub use wire::{Malformed, Reader, Texts, Value, Writer};

use message::granted;

/// Longest message taken from SUMO; a thousand times what a large city sends in a step.
pub const MESSAGE_BYTES_MAX: usize = 256 << 20;
/// Between two attempts to connect.
const RETRY: Duration = Duration::from_millis(20);

mod command {
    pub(super) const VERSION: u8 = 0x00;
    pub(super) const STEP: u8 = 0x02;
    pub(super) const ORDER: u8 = 0x03;
    pub(super) const CLOSE: u8 = 0x7f;
    pub(super) const SET_LIGHT: u8 = 0xc2;
    /// Added to a domain's number.
    pub(super) const GET: u8 = 0xa0;
    pub(super) const SUBSCRIBE: u8 = 0xd0;
    /// An answer's id is its command's and this.
    pub(super) const ANSWER: u8 = 0x10;
}

/// Variables of the protocol, by the domain they belong to.
pub mod variable {
    /// Induction loop: who passed in the last step, with entry and leave times (compound).
    pub const LOOP_PASSAGES: u8 = 0x17;
    /// Traffic light: the letter of every link.
    pub const LIGHT_STATE: u8 = 0x20;
    /// Vehicle: speed, m/s.
    pub const SPEED: u8 = 0x40;
    /// Vehicle: length, m.
    pub const LENGTH: u8 = 0x44;
    /// Vehicle: hardest comfortable deceleration, m/s².
    pub const DECELERATION: u8 = 0x47;
    /// Vehicle: id of its lane.
    pub const LANE: u8 = 0x51;
    /// Vehicle: position of its front on its lane, m.
    pub const LANE_POSITION: u8 = 0x56;
    /// Vehicle: signals ahead on its route (compound).
    pub const NEXT_LIGHTS: u8 = 0x70;
    /// Simulation: time, s.
    pub const TIME: u8 = 0x66;
    /// Simulation: length of a step, s.
    pub const STEP_LENGTH: u8 = 0x7b;
    /// Simulation: vehicles that entered in the last step.
    pub const DEPARTED: u8 = 0x74;
    /// Simulation: vehicles that began to teleport in the last step.
    pub const TELEPORTING: u8 = 0x76;
    /// Simulation: vehicles that arrived in the last step.
    pub const ARRIVED: u8 = 0x7a;
    /// Simulation: number of vehicles running or still to come.
    pub const EXPECTED: u8 = 0x7d;
}

/// What commands are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Domain {
    /// Induction loops.
    Loop = 0x0,
    /// Traffic lights.
    Light = 0x2,
    /// Vehicles.
    Vehicle = 0x4,
    /// The simulation as a whole; its object is the empty text.
    Simulation = 0xb,
}

impl Domain {
    /// The domain of a command or an answer.
    fn of(id: u8) -> Option<Self> {
        [Self::Loop, Self::Light, Self::Vehicle, Self::Simulation]
            .into_iter()
            .find(|&domain| id & 0x0f == domain as u8)
    }
}

/// Why talking to SUMO failed.
#[derive(Debug)]
pub enum TraciError {
    /// SUMO closed the connection.
    Closed,
    /// The connection broke, or SUMO did not answer in time.
    Connection(std::io::Error),
    /// SUMO said no.
    Refused(String),
    /// SUMO's answer is not TraCI as we know it.
    Malformed(Malformed),
}

impl fmt::Display for TraciError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("SUMO closed the connection"),
            Self::Connection(error) => write!(f, "connection to SUMO: {error}"),
            Self::Refused(text) => write!(f, "SUMO refused a command: {text}"),
            Self::Malformed(what) => write!(f, "not an answer of a TraCI server: {what}"),
        }
    }
}

impl std::error::Error for TraciError {}

impl From<std::io::Error> for TraciError {
    fn from(error: std::io::Error) -> Self {
        let gone = [
            ErrorKind::UnexpectedEof,
            ErrorKind::ConnectionReset,
            ErrorKind::ConnectionAborted,
            ErrorKind::BrokenPipe,
        ];
        if gone.contains(&error.kind()) {
            Self::Closed
        } else {
            Self::Connection(error)
        }
    }
}

impl From<Malformed> for TraciError {
    fn from(what: Malformed) -> Self {
        Self::Malformed(what)
    }
}

/// A connection to a running SUMO.
#[derive(Debug)]
pub struct Traci {
    stream: TcpStream,
    message: Vec<u8>,
    /// Real time spent waiting for SUMO.
    waited: Duration,
}

impl Traci {
    /// Connects to SUMO on this machine, again and again until `go_on` gives an error: SUMO listens
    /// only after it has read the net.
    ///
    /// # Errors
    /// What `go_on` says, or that the connection cannot be set up.
    pub fn connect<E: From<TraciError>>(
        port: u16,
        mut go_on: impl FnMut() -> Result<(), E>,
    ) -> Result<Self, E> {
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        let stream = loop {
            match TcpStream::connect(address) {
                Ok(stream) => break stream,
                Err(_) => {
                    go_on()?;
                    std::thread::sleep(RETRY);
                }
            }
        };
        // Every message waits for its answer; holding it back to fill packets would cost 40 ms a step.
        stream.set_nodelay(true).map_err(TraciError::from)?;
        Ok(Self {
            stream,
            message: Vec::new(),
            waited: Duration::ZERO,
        })
    }

    /// Gives up on an answer after this long; `None`: never.
    ///
    /// # Errors
    /// When the system cannot do so.
    pub fn set_patience(&self, patience: Option<Duration>) -> Result<(), TraciError> {
        Ok(self.stream.set_read_timeout(patience)?)
    }

    /// Real time spent waiting for SUMO since the connection was made.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Tells SUMO that we are its only client, and asks for its name.
    ///
    /// # Errors
    /// When SUMO goes away, refuses, or is no SUMO.
    pub fn introduce(&mut self) -> Result<String, TraciError> {
        let mut batch = Batch::default();
        let mut order = Writer::default();
        order.integer(1);
        batch.push(command::ORDER, &order);
        batch.push(command::VERSION, &Writer::default());
        self.send(&batch)?;
        let mut reader = Reader::new(&self.message);
        for expected in [command::ORDER, command::VERSION] {
            let (id, status) = reader.block()?;
            granted(id, expected, status)?;
        }
        let (_, mut version) = reader.block()?;
        version.integer()?;
        Ok(version.text()?.to_owned())
    }

    /// Sends all commands of `batch` and empties it.
    ///
    /// # Errors
    /// When SUMO goes away or answers what it was not asked.
    pub fn ask(&mut self, batch: &mut Batch) -> Result<Answers<'_>, TraciError> {
        self.send(batch)?;
        let ids = std::mem::take(batch).ids;
        read_answers(&self.message, &ids)
    }

    /// Sends all commands of `batch`, empties it, and lets SUMO do one step.
    ///
    /// # Errors
    /// When SUMO goes away, refuses the step, or answers what it was not asked.
    pub fn step(&mut self, batch: &mut Batch) -> Result<Answers<'_>, TraciError> {
        let mut one_step = Writer::default();
        one_step.double(0.0);
        batch.push(command::STEP, &one_step);
        self.ask(batch)
    }

    /// Asks SUMO to write its outputs and end; it does so while this waits for the answer.
    ///
    /// # Errors
    /// When SUMO goes away before it answers.
    pub fn close(mut self) -> Result<(), TraciError> {
        let mut batch = Batch::default();
        batch.push(command::CLOSE, &Writer::default());
        self.ask(&mut batch).map(|_| ())
    }

    fn send(&mut self, batch: &Batch) -> Result<(), TraciError> {
        let commands = &batch.bytes.0;
        let length = u32::try_from(commands.len() + 4).map_err(|_| {
            TraciError::Refused("more than 4 GiB of commands in one message".to_owned())
        })?;
        let mut message = length.to_be_bytes().to_vec();
        message.extend_from_slice(commands);
        self.stream.write_all(&message)?;
        let asked = Instant::now();
        let received = self.receive();
        self.waited += asked.elapsed();
        received
    }

    fn receive(&mut self) -> Result<(), TraciError> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head)?;
        let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
        let content = length
            .checked_sub(4)
            .filter(|&content| content <= MESSAGE_BYTES_MAX)
            .ok_or(Malformed {
                expected: "a message of at most 256 MiB",
                at: 0,
            })?;
        self.message.clear();
        // `take` grows the buffer with what really comes, whatever the head promises.
        let limit = u64::try_from(content).unwrap_or(u64::MAX);
        let got = (&mut self.stream)
            .take(limit)
            .read_to_end(&mut self.message)?;
        if got == content {
            Ok(())
        } else {
            Err(TraciError::Closed)
        }
    }
}
