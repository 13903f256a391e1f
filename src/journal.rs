//! The journal: every tick's inputs and outputs of one controller, compact and tamper-evident enough
//! to find a flipped bit.
//!
//! In: the site file's text, then `(now, inputs, outputs)` of each tick. Out: a file, and back the same
//! ticks. A run can be reproduced from the journal alone: it carries the site file. Not here: running a
//! controller again (`replay`).
//!
//! Format: the magic line, one header block, then blocks of up to [`TICKS_PER_BLOCK`] ticks. A block is
//! `length: u32 LE, crc32 of the payload: u32 LE, payload`; the payload is deflated postcard. Only what
//! changed since the tick before is stored. A journal cut off anywhere is readable up to its last
//! complete block.

use std::io::{self, Read, Write};

use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use serde::{Deserialize, Serialize};

use crate::announcement::{Announcement, Heard};
use crate::controller::{Inputs, Outputs, Rung};
use crate::detection::{Edge, Sighting};
use crate::hires::Event;
use crate::intersection::DetectorId;
use crate::signal::{Decision, Heads};
use crate::units::{ClockTime, Millis, TICK, Timestamp};

const MAGIC: &[u8] = b"phasewise journal 4\n";

/// What every version of the magic line begins with.
const NAME: &[u8] = b"phasewise journal ";

/// Ticks in one block: a minute. What is lost when the power goes.
pub const TICKS_PER_BLOCK: usize = 600;

/// Largest payload believed, packed or unpacked; a block of ten bytes a tick packs to far less.
pub const BLOCK_BYTES_MAX: usize = 64 << 20;

/// No time in a journal is beyond this, 31,000 years in milliseconds: a damaged block whose checksum
/// happens to fit must not lead to an overflow.
const TIME_MAX: i64 = 1_000_000_000_000_000;

/// What the run was: enough to do it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the program that wrote it.
    pub program: String,
    /// Name of the site file's folder.
    pub site_id: String,
    /// Text of the site file, whole.
    pub site_file: String,
    /// What made the inputs, for people: `simulation, adaptive, seed 7`.
    pub origin: String,
}

/// One tick: what went in and what came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The step's time.
    pub now: Timestamp,
    /// What went in.
    pub inputs: Inputs,
    /// What came out.
    pub outputs: Outputs,
}

/// A tick as stored: `None` means "as in the tick before".
#[derive(Serialize, Deserialize)]
struct Delta {
    /// Beyond one [`TICK`] after the tick before.
    late: Millis,
    /// Civil time beyond what passed on the monotonic clock.
    clock_jump: Millis,
    edges: Vec<Edge>,
    sightings: Vec<Sighting>,
    failed: Vec<DetectorId>,
    heard: Vec<Heard>,
    budget: Option<u32>,
    ceiling: Option<Rung>,
    heads: Option<Heads>,
    rung: Option<Rung>,
    events: Vec<Event>,
    decision: Option<Decision>,
    announcement: Option<Announcement>,
    refusals: Option<u64>,
    lost_edges: Option<u64>,
}

/// What a delta is taken against.
#[derive(Clone, Default)]
struct Before {
    now: Timestamp,
    clock: ClockTime,
    budget: u32,
    ceiling: Rung,
    heads: Heads,
    rung: Rung,
    refusals: u64,
    lost_edges: u64,
}

impl Before {
    fn shrink(&self, tick: &Tick) -> Delta {
        let expected_now = self.now + TICK;
        let late = tick.now.since(expected_now);
        let expected_clock = self.clock + TICK + late;
        Delta {
            late,
            clock_jump: tick.inputs.clock - expected_clock,
            edges: tick.inputs.edges.clone(),
            sightings: tick.inputs.sightings.clone(),
            failed: tick.inputs.failed.clone(),
            heard: tick.inputs.heard.clone(),
            budget: changed(self.budget, tick.inputs.budget),
            ceiling: changed(self.ceiling, tick.inputs.ceiling),
            heads: changed(self.heads, tick.outputs.heads),
            rung: changed(self.rung, tick.outputs.rung),
            events: tick.outputs.events.clone(),
            decision: tick.outputs.decision.clone(),
            announcement: tick.outputs.announcement.clone(),
            refusals: changed(self.refusals, tick.outputs.refusals),
            lost_edges: changed(self.lost_edges, tick.outputs.lost_edges),
        }
    }

    fn grow(&self, delta: Delta) -> Tick {
        Tick {
            now: self.now + TICK + delta.late,
            inputs: Inputs {
                clock: self.clock + TICK + delta.late + delta.clock_jump,
                edges: delta.edges,
                sightings: delta.sightings,
                failed: delta.failed,
                heard: delta.heard,
                budget: delta.budget.unwrap_or(self.budget),
                ceiling: delta.ceiling.unwrap_or(self.ceiling),
            },
            outputs: Outputs {
                heads: delta.heads.unwrap_or(self.heads),
                rung: delta.rung.unwrap_or(self.rung),
                events: delta.events,
                decision: delta.decision,
                announcement: delta.announcement,
                refusals: delta.refusals.unwrap_or(self.refusals),
                lost_edges: delta.lost_edges.unwrap_or(self.lost_edges),
            },
        }
    }

    fn advance(&mut self, tick: &Tick) {
        *self = Self {
            now: tick.now,
            clock: tick.inputs.clock,
            budget: tick.inputs.budget,
            ceiling: tick.inputs.ceiling,
            heads: tick.outputs.heads,
            rung: tick.outputs.rung,
            refusals: tick.outputs.refusals,
            lost_edges: tick.outputs.lost_edges,
        };
    }
}

fn changed<T: PartialEq>(before: T, now: T) -> Option<T> {
    (before != now).then_some(now)
}

/// Writes a journal. Call [`Writer::finish`] at the end; a writer that is dropped loses its last,
/// incomplete block.
pub struct Writer<W: Write> {
    file: W,
    before: Before,
    block: Vec<u8>,
    ticks_in_block: usize,
}

impl<W: Write> Writer<W> {
    /// Begins a journal.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn new(mut file: W, header: &Header) -> io::Result<Self> {
        file.write_all(MAGIC)?;
        write_block(&mut file, &encode(header)?)?;
        Ok(Self {
            file,
            before: Before::default(),
            block: Vec::new(),
            ticks_in_block: 0,
        })
    }

    /// Appends one tick.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record(&mut self, tick: &Tick) -> io::Result<()> {
        let delta = self.before.shrink(tick);
        self.before.advance(tick);
        self.block.extend(encode(&delta)?);
        self.ticks_in_block += 1;
        if self.ticks_in_block == TICKS_PER_BLOCK {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes what is left and hands the file back.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        self.file.flush()?;
        Ok(self.file)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.ticks_in_block > 0 {
            write_block(&mut self.file, &self.block)?;
            self.block.clear();
            self.ticks_in_block = 0;
        }
        Ok(())
    }
}

fn encode<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    postcard::to_allocvec(value).map_err(io::Error::other)
}

fn write_block(file: &mut impl Write, payload: &[u8]) -> io::Result<()> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
    packer.write_all(payload)?;
    let packed = packer.finish()?;
    let length = u32::try_from(packed.len()).map_err(io::Error::other)?;
    file.write_all(&length.to_le_bytes())?;
    file.write_all(&checksum(&packed).to_le_bytes())?;
    file.write_all(&packed)
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Why a journal, or the rest of it, cannot be read.
#[derive(Debug)]
pub enum JournalError {
    /// The file cannot be read at all.
    Io(io::Error),
    /// It does not begin like a journal.
    NotAJournal,
    /// It is a journal of another format.
    OtherVersion {
        /// Its first line.
        found: String,
    },
    /// It ends in the middle of a block.
    CutOff {
        /// Ticks that could be read before.
        ticks: usize,
    },
    /// A block's checksum, or what is in it, is wrong.
    Damaged {
        /// Ticks that could be read before.
        ticks: usize,
    },
}

impl std::fmt::Display for JournalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot read the journal: {error}"),
            Self::NotAJournal => write!(
                f,
                "not a journal: it does not begin with '{}'; write one with \
                 `phasewise simulate SITE --journal FILE`",
                String::from_utf8_lossy(MAGIC).trim_end()
            ),
            Self::OtherVersion { found } => write!(
                f,
                "a journal of another version of Phasewise: it begins with '{found}', this program reads \
                 '{}'; replay it with the program that wrote it",
                String::from_utf8_lossy(MAGIC).trim_end()
            ),
            Self::CutOff { ticks } => {
                write!(
                    f,
                    "the journal is cut off; {ticks} ticks before that are whole"
                )
            }
            Self::Damaged { ticks } => {
                write!(
                    f,
                    "the journal is damaged; {ticks} ticks before that are whole"
                )
            }
        }
    }
}

impl std::error::Error for JournalError {}

/// Reads a journal tick by tick.
pub struct Reader<R: Read> {
    file: R,
    header: Header,
    before: Before,
    block: Vec<u8>,
    used: usize,
    ticks: usize,
}

impl<R: Read> Reader<R> {
    /// Opens a journal and reads its header.
    ///
    /// # Errors
    /// When the file cannot be read, is no journal, or ends within its header.
    pub fn new(mut file: R) -> Result<Self, JournalError> {
        let mut magic = vec![0; MAGIC.len()];
        let found = read_up_to(&mut file, &mut magic).map_err(JournalError::Io)?;
        let line = magic.get(..found).unwrap_or_default();
        if line != MAGIC {
            return Err(match line.strip_prefix(NAME) {
                Some(_) => JournalError::OtherVersion {
                    found: String::from_utf8_lossy(line).trim_end().to_owned(),
                },
                None => JournalError::NotAJournal,
            });
        }
        let block = read_block(&mut file, 0)?.ok_or(JournalError::CutOff { ticks: 0 })?;
        let header =
            postcard::from_bytes(&block).map_err(|_| JournalError::Damaged { ticks: 0 })?;
        Ok(Self {
            file,
            header,
            before: Before::default(),
            block: Vec::new(),
            used: 0,
            ticks: 0,
        })
    }

    /// What the run was.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next tick; `None` at the regular end.
    ///
    /// # Errors
    /// When the journal is cut off or damaged here.
    pub fn next_tick(&mut self) -> Result<Option<Tick>, JournalError> {
        if self.used == self.block.len() {
            let Some(block) = read_block(&mut self.file, self.ticks)? else {
                return Ok(None);
            };
            (self.block, self.used) = (block, 0);
        }
        let damaged = JournalError::Damaged { ticks: self.ticks };
        let Some(rest) = self.block.get(self.used..) else {
            return Err(damaged);
        };
        let Ok((delta, left)) = postcard::take_from_bytes::<Delta>(rest) else {
            return Err(damaged);
        };
        self.used = self.block.len() - left.len();
        if !delta.is_plausible() {
            return Err(damaged);
        }
        let tick = self.before.grow(delta);
        if tick.now.0.abs() > TIME_MAX || tick.inputs.clock.0.abs() > TIME_MAX {
            return Err(damaged);
        }
        self.before.advance(&tick);
        self.ticks += 1;
        Ok(Some(tick))
    }
}

impl Delta {
    fn is_plausible(&self) -> bool {
        self.late.0.abs() < TIME_MAX && self.clock_jump.0.abs() < TIME_MAX
    }
}

/// Fills as much of `buffer` as the file has; returns how much.
fn read_up_to(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The next block unpacked; `None` when the file ends exactly before it.
fn read_block(file: &mut impl Read, ticks: usize) -> Result<Option<Vec<u8>>, JournalError> {
    let mut head = [0; 8];
    match read_up_to(file, &mut head).map_err(JournalError::Io)? {
        0 => return Ok(None),
        8 => {}
        _ => return Err(JournalError::CutOff { ticks }),
    }
    let [l0, l1, l2, l3, c0, c1, c2, c3] = head;
    let length = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
    if length > BLOCK_BYTES_MAX {
        return Err(JournalError::Damaged { ticks });
    }
    let mut packed = vec![0; length];
    if read_up_to(file, &mut packed).map_err(JournalError::Io)? < length {
        return Err(JournalError::CutOff { ticks });
    }
    if checksum(&packed) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Err(JournalError::Damaged { ticks });
    }
    let mut payload = Vec::new();
    let limit = u64::try_from(BLOCK_BYTES_MAX).unwrap_or(u64::MAX);
    DeflateDecoder::new(packed.as_slice())
        .take(limit)
        .read_to_end(&mut payload)
        .map_err(|_| JournalError::Damaged { ticks })?;
    Ok(Some(payload))
}
