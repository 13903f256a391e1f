//! What travels in one message: commands to SUMO, and its answers.
//!
//! In: what to subscribe to, ask, show. Out: bytes; and from the bytes that come back, [`Answers`]. Not
//! here: the connection (`mod.rs`).

use super::wire::{Malformed, Reader, Value, Writer};
use super::{Domain, TraciError, command, variable};

/// Commands that travel together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(super) ids: Vec<u8>,
    pub(super) bytes: Writer,
}

impl Batch {
    /// Forgets all commands.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.bytes.0.clear();
    }

    /// From now on, every step's answer tells these variables of `object`.
    pub fn subscribe(&mut self, domain: Domain, object: &str, variables: &[u8]) {
        // SUMO's "no time given": from the start, for ever.
        const UNBOUNDED: f64 = -1_073_741_824.0;
        let mut content = Writer::default();
        content.double(UNBOUNDED);
        content.double(UNBOUNDED);
        content.text(object);
        content.byte(u8::try_from(variables.len()).unwrap_or(u8::MAX));
        variables
            .iter()
            .for_each(|&variable| content.byte(variable));
        self.push(command::SUBSCRIBE + domain as u8, &content);
    }

    /// Asks once for a variable of `object`.
    pub fn get(&mut self, domain: Domain, object: &str, variable: u8) {
        let mut content = Writer::default();
        content.byte(variable);
        content.text(object);
        self.push(command::GET + domain as u8, &content);
    }

    /// Makes a traffic light show `letters`, one per link. SUMO does not check their number.
    pub fn show(&mut self, light: &str, letters: &str) {
        let mut content = Writer::default();
        content.byte(variable::LIGHT_STATE);
        content.text(light);
        content.typed_text(letters);
        self.push(command::SET_LIGHT, &content);
    }

    pub(super) fn push(&mut self, id: u8, content: &Writer) {
        self.ids.push(id);
        self.bytes.command(id, content);
    }
}

/// One variable of one object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told<'a> {
    /// What the object is.
    pub domain: Domain,
    /// Its id.
    pub object: &'a str,
    /// Which variable.
    pub variable: u8,
    /// Its value.
    pub value: Value<'a>,
}

/// What SUMO answered to a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answers<'a> {
    /// All variables asked for or subscribed to, in SUMO's order.
    pub told: Vec<Told<'a>>,
    /// What SUMO refused.
    pub refused: Vec<Refused<'a>>,
}

/// A command that SUMO did not carry out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused<'a> {
    /// What it was about.
    pub domain: Domain,
    /// Why, in SUMO's words.
    pub text: &'a str,
}

/// Reads the answer to commands with these ids.
///
/// # Errors
/// When the answer does not fit the commands, or a step or a version was refused.
pub fn read_answers<'a>(message: &'a [u8], ids: &[u8]) -> Result<Answers<'a>, TraciError> {
    let mut reader = Reader::new(message);
    let mut answers = Answers::default();
    for &expected in ids {
        let (id, status) = reader.block()?;
        let granted = granted(id, expected, status);
        if expected == command::STEP {
            granted?;
            for _ in 0..reader.count()? {
                let (id, content) = reader.block()?;
                read_subscribed(id, content, &mut answers)?;
            }
            continue;
        }
        match granted {
            Ok(()) => {}
            Err(Refusal::Said(text)) => {
                let domain =
                    Domain::of(expected).ok_or_else(|| TraciError::Refused(text.to_owned()))?;
                answers.refused.push(Refused { domain, text });
            }
            Err(Refusal::Malformed(what)) => return Err(what.into()),
        }
        // SUMO adds an answer to some refused commands and not to others.
        let mut ahead = reader;
        if let Ok((id, mut content)) = ahead.block()
            && id == expected.wrapping_add(command::ANSWER)
        {
            reader = ahead;
            if expected >= command::SUBSCRIBE {
                read_subscribed(id, content, &mut answers)?;
            } else {
                let variable = content.byte()?;
                let object = content.text()?;
                let value = content.value()?;
                tell(id, object, variable, value, &mut answers)?;
            }
        }
    }
    if reader.is_done() {
        Ok(answers)
    } else {
        let expected = "no more than what was asked for";
        Err(reader.malformed(expected).into())
    }
}

/// Why a command was not carried out.
pub(super) enum Refusal<'a> {
    Said(&'a str),
    Malformed(Malformed),
}

impl From<Malformed> for Refusal<'_> {
    fn from(what: Malformed) -> Self {
        Self::Malformed(what)
    }
}

impl From<Refusal<'_>> for TraciError {
    fn from(refusal: Refusal<'_>) -> Self {
        match refusal {
            Refusal::Said(text) => Self::Refused(text.to_owned()),
            Refusal::Malformed(what) => Self::Malformed(what),
        }
    }
}

/// Reads a status: whether SUMO accepted the command.
pub(super) fn granted(id: u8, expected: u8, mut status: Reader<'_>) -> Result<(), Refusal<'_>> {
    if id != expected {
        return Err(status
            .malformed("the status of the command that was sent")
            .into());
    }
    let result = status.byte()?;
    let text = status.text()?;
    if result == 0 {
        Ok(())
    } else {
        Err(Refusal::Said(text))
    }
}

fn read_subscribed<'a>(
    id: u8,
    mut content: Reader<'a>,
    answers: &mut Answers<'a>,
) -> Result<(), TraciError> {
    let object = content.text()?;
    for _ in 0..content.byte()? {
        let variable = content.byte()?;
        let status = content.byte()?;
        let value = content.value()?;
        if status == 0 {
            tell(id, object, variable, value, answers)?;
        }
    }
    Ok(())
}

fn tell<'a>(
    id: u8,
    object: &'a str,
    variable: u8,
    value: Value<'a>,
    answers: &mut Answers<'a>,
) -> Result<(), TraciError> {
    let domain = Domain::of(id).ok_or(Malformed {
        expected: "an answer about something we ask for",
        at: 0,
    })?;
    answers.told.push(Told {
        domain,
        object,
        variable,
        value,
    });
    Ok(())
}
