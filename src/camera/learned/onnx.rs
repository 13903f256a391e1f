//! What an ONNX file says that it takes and gives, without running it.
//!
//! In: the bytes of a file. Out: the shapes of its input and output. That is a small part of the format (protocol buffers: fields with a
//! number, a kind and a length), read so that a wrong model is refused in words. Not here: weights, operators.

/// Sizes of a tensor; `None` where the file leaves one open.
pub type Dims = Vec<Option<u64>>;

/// What a model takes and gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shapes {
    /// Inputs that are no weights.
    pub inputs: Vec<Dims>,
    /// Outputs.
    pub outputs: Vec<Dims>,
}

/// `1 × 3 × 32 × 32`, with `?` for a size that is left open.
#[must_use]
pub fn in_words(dims: &[Option<u64>]) -> String {
    let dims = dims
        .iter()
        .map(|dim| dim.map_or("?".to_owned(), |dim| dim.to_string()));
    let words: Vec<String> = dims.collect();
    if words.is_empty() {
        "a single number".to_owned()
    } else {
        words.join(" × ")
    }
}

/// Reads the shapes of a model; `None` when this is no ONNX file, or only the beginning of one.
#[must_use]
pub fn shapes(file: &[u8]) -> Option<Shapes> {
    // Model: field 7 is the graph, 8 the version of its operators, without which a file is not whole. Graph: 5 weights, 11 inputs, 12 outputs. Weights: 8 is the name.
    let model = fields(file)?;
    inside(&model, 8).next()?;
    let graph = fields(inside(&model, 7).next()?)?;
    let weights: Option<Vec<_>> = inside(&graph, 5).map(fields).collect();
    let weights = weights?;
    let weights: Vec<&[u8]> = weights
        .iter()
        .filter_map(|weight| inside(weight, 8).next())
        .collect();
    let tensors = |field: u64| -> Option<Vec<(&[u8], Dims)>> {
        inside(&graph, field).map(|info| tensor(info)).collect()
    };
    let inputs = tensors(11)?.into_iter();
    let inputs = inputs.filter(|(name, _)| !weights.contains(name));
    let dims = |(_, dims): (&[u8], Dims)| dims;
    Some(Shapes {
        inputs: inputs.map(dims).collect(),
        outputs: tensors(12)?.into_iter().map(dims).collect(),
    })
}

/// Name and shape of an input or output. Field 1 name, 2 type; type: 1 tensor; tensor: 2 shape; shape: 1 size; size: 1 number.
fn tensor(info: &[u8]) -> Option<(&[u8], Dims)> {
    let info = fields(info)?;
    let name = inside(&info, 1).next().unwrap_or_default();
    let kind = fields(inside(&info, 2).next()?)?;
    let tensor = fields(inside(&kind, 1).next()?)?;
    let Some(shape) = inside(&tensor, 2).next() else {
        return Some((name, Vec::new()));
    };
    let shape = fields(shape)?;
    let dims: Option<Dims> = inside(&shape, 1)
        .map(|size| {
            let size = fields(size)?;
            Some(size.iter().find_map(|(number, value)| match value {
                Value::Number(size) if *number == 1 && *size > 0 => Some(*size),
                Value::Number(_) | Value::Bytes(_) => None,
            }))
        })
        .collect();
    Some((name, dims?))
}

/// The value of a field.
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Contents of the fields with this number.
fn inside<'a, 'b>(
    fields: &'b [(u64, Value<'a>)],
    number: u64,
) -> impl Iterator<Item = &'a [u8]> + 'b {
    fields.iter().filter_map(move |(found, value)| match value {
        Value::Bytes(bytes) if *found == number => Some(*bytes),
        Value::Bytes(_) | Value::Number(_) => None,
    })
}

/// All fields of a message; `None` when it is none.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Value<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = number(&mut bytes)?;
        let value = match key & 7 {
            0 => Value::Number(number(&mut bytes)?),
            1 => Value::Bytes(take(&mut bytes, 8)?),
            2 => {
                let length = number(&mut bytes)?;
                Value::Bytes(take(&mut bytes, length)?)
            }
            5 => Value::Bytes(take(&mut bytes, 4)?),
            _ => return None,
        };
        fields.push((key >> 3, value));
    }
    Some(fields)
}

/// The next number: seven bits a byte, the least first, as long as the eighth is set.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(taken)
}
