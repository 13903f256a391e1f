//! Bytes of the TraCI protocol: big-endian numbers, counted strings, typed values.
//!
//! In: bytes from a socket, or what to write. Out: [`Writer`] and [`Reader`]. A reader never trusts a
//! count: it hands out only what is really there, and says where the bytes stop making sense. Not here:
//! commands and their meaning (`mod.rs`).

use std::fmt;

/// Type bytes of the protocol.
mod kind {
    pub(super) const UBYTE: u8 = 0x07;
    pub(super) const BYTE: u8 = 0x08;
    pub(super) const INTEGER: u8 = 0x09;
    pub(super) const DOUBLE: u8 = 0x0b;
    pub(super) const STRING: u8 = 0x0c;
    pub(super) const STRING_LIST: u8 = 0x0e;
    pub(super) const COMPOUND: u8 = 0x0f;
}

/// Bytes that are not TraCI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What should have stood there.
    pub expected: &'static str,
    /// Bytes from the start of the message.
    pub at: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.at)
    }
}

/// A value as SUMO sends it. What we never ask for (colors, polygons, …) is malformed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Signed and unsigned bytes, 32-bit integers.
    Integer(i32),
    /// 64-bit floating point.
    Double(f64),
    /// Text.
    Text(&'a str),
    /// A list of texts.
    Texts(Texts<'a>),
    /// A structure; its parts are read by who asked for it.
    Compound(Reader<'a>),
}

impl<'a> Value<'a> {
    /// The number, whether sent as an integer or not.
    #[must_use]
    pub fn number(self) -> Option<f64> {
        match self {
            Value::Integer(number) => Some(f64::from(number)),
            Value::Double(number) => Some(number),
            Value::Text(_) | Value::Texts(_) | Value::Compound(_) => None,
        }
    }

    /// The text.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Integer(_) | Value::Double(_) | Value::Texts(_) | Value::Compound(_) => None,
        }
    }
}

/// A list of texts, checked when it was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Texts<'a>(Reader<'a>);

impl<'a> Texts<'a> {
    /// The texts in order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        let mut rest = self.0;
        std::iter::from_fn(move || rest.text().ok())
    }
}

/// Writes one command after another.
#[derive(Clone, Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// A byte as it is.
    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A 32-bit integer.
    pub fn integer(&mut self, number: i32) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    /// A 64-bit floating point number.
    pub fn double(&mut self, number: f64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    /// A counted text.
    pub fn text(&mut self, text: &str) {
        self.integer(i32::try_from(text.len()).unwrap_or(i32::MAX));
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A text with its type byte.
    pub fn typed_text(&mut self, text: &str) {
        self.byte(kind::STRING);
        self.text(text);
    }

    /// A command: its length in one byte if it fits, else in five, then id and content.
    pub fn command(&mut self, id: u8, content: &Self) {
        let length = content.0.len() + 2;
        if let Ok(short) = u8::try_from(length) {
            self.byte(short);
        } else {
            self.byte(0);
            self.integer(i32::try_from(length + 4).unwrap_or(i32::MAX));
        }
        self.byte(id);
        self.0.extend_from_slice(&content.0);
    }
}

/// Reads a message from front to back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of a message.
    #[must_use]
    pub fn new(message: &'a [u8]) -> Self {
        Self {
            rest: message,
            at: 0,
        }
    }

    /// That something else should stand here.
    #[must_use]
    pub fn malformed(&self, expected: &'static str) -> Malformed {
        Malformed {
            expected,
            at: self.at,
        }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    fn bytes(&mut self, count: usize, expected: &'static str) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed {
            expected,
            at: self.at,
        })?;
        self.rest = rest;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], Malformed> {
        let at = self.at;
        let bytes = self.bytes(N, expected)?;
        bytes.try_into().map_err(|_| Malformed { expected, at })
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(u8::from_be_bytes(self.array("a byte")?))
    }

    /// A 32-bit integer.
    pub fn integer(&mut self) -> Result<i32, Malformed> {
        Ok(i32::from_be_bytes(self.array("an integer")?))
    }

    /// A 64-bit floating point number.
    pub fn double(&mut self) -> Result<f64, Malformed> {
        Ok(f64::from_be_bytes(self.array("a number")?))
    }

    /// A count of things that follow; each takes at least a byte, so more than bytes left is a lie.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let at = self.at;
        let count = usize::try_from(self.integer()?).ok();
        count
            .filter(|&count| count <= self.rest.len())
            .ok_or(Malformed {
                expected: "a count of what follows",
                at,
            })
    }

    /// A counted text.
    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        let at = self.at;
        let expected = "a text";
        let length = usize::try_from(self.integer()?).map_err(|_| Malformed { expected, at })?;
        std::str::from_utf8(self.bytes(length, expected)?).map_err(|_| Malformed { expected, at })
    }

    /// A value with its type byte.
    pub fn value(&mut self) -> Result<Value<'a>, Malformed> {
        let at = self.at;
        let kind = self.byte()?;
        if kind != kind::COMPOUND {
            return self.simple_value(kind, at);
        }
        let parts = self.count()?;
        let start = *self;
        for _ in 0..parts {
            // No compound that we ask for holds another; a hostile one could nest without end.
            let at = self.at;
            let kind = self.byte()?;
            self.simple_value(kind, at)?;
        }
        Ok(Value::Compound(self.since(start)))
    }

    fn simple_value(&mut self, kind: u8, at: usize) -> Result<Value<'a>, Malformed> {
        Ok(match kind {
            kind::UBYTE => Value::Integer(i32::from(self.byte()?)),
            kind::BYTE => Value::Integer(i32::from(i8::from_be_bytes(self.array("a byte")?))),
            kind::INTEGER => Value::Integer(self.integer()?),
            kind::DOUBLE => Value::Double(self.double()?),
            kind::STRING => Value::Text(self.text()?),
            kind::STRING_LIST => {
                let count = self.count()?;
                let start = *self;
                for _ in 0..count {
                    self.text()?;
                }
                Value::Texts(Texts(self.since(start)))
            }
            _ => {
                return Err(Malformed {
                    expected: "a value of a known type",
                    at,
                });
            }
        })
    }

    /// What was read since `start`.
    fn since(&self, start: Self) -> Self {
        let length = self.at - start.at;
        Self {
            rest: start.rest.get(..length).unwrap_or_default(),
            at: start.at,
        }
    }

    /// The next command or answer: its id, and its content.
    pub fn block(&mut self) -> Result<(u8, Self), Malformed> {
        let at = self.at;
        let mut length = usize::from(self.byte()?);
        if length == 0 {
            length = usize::try_from(self.integer()?).unwrap_or(0);
        }
        let head = self.at - at + 1;
        let id = self.byte()?;
        let expected = "an answer of the length it tells";
        let content = length.checked_sub(head).ok_or(Malformed { expected, at })?;
        let start = self.at;
        let rest = self.bytes(content, expected)?;
        Ok((id, Self { rest, at: start }))
    }
}
