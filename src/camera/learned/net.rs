//! Models run by OpenCV: our own, which looks at patches, and YOLO-style ones, which look at the whole picture.
//!
//! In: an ONNX file; frames and zones. Out: how likely a vehicle is in each zone. Not here: what the numbers of a YOLO mean (`yolo.rs`).
//! Needs OpenCV (feature `camera`).

use std::path::Path;

use opencv::core::{
    self, Mat, MatTraitConst, MatTraitConstManual, Rect, Scalar, Size, ToInputArray, Vector,
};
use opencv::dnn::{self, Net, NetTrait, NetTraitConst};

use super::onnx::{Dims, Shapes, in_words, shapes};
use super::yolo::{Boxed, Layout, stands_in, vehicles};
use super::{PATCH_SIDE, Patch, VehicleDetector};
use crate::camera::frame::Frame;
use crate::intersection::Px;

/// Boxes that overlap more than this show the same vehicle.
const OVERLAP: f32 = 0.45;
/// Side of the picture that a YOLO is given when its file leaves that open.
const SIDE_USUAL: u64 = 640;
/// Larger inputs are refused: a second or more a picture.
const SIDE_MAX: u64 = 2048;
/// Larger files are refused: the largest YOLOs have 400 MB.
const FILE_MAX: u64 = 1 << 30;
/// What can be used.
const ALLOWED: &str = "a model of our own (? × 3 × 32 × 32 to ? × 1, see models/README.md), or a YOLO (1 × 3 × height × width to \
                       1 × 84 × N or 1 × N × 85, the classes of COCO)";

/// A model that OpenCV runs.
struct Learned {
    net: Net,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Patches,
    Boxes { layout: Layout, size: [i32; 2] },
}

impl std::fmt::Debug for Learned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Learned({:?})", self.kind)
    }
}

/// Opens a model.
pub(super) fn open(path: &Path) -> Result<Box<dyn VehicleDetector>, String> {
    let name = path.display();
    let cannot = |error: std::io::Error| format!("{name}: cannot read the model: {error}");
    let length = std::fs::metadata(path).map_err(cannot)?.len();
    if length > FILE_MAX {
        return Err(format!(
            "{name}: {length} bytes; allowed: models of up to {FILE_MAX}"
        ));
    }
    let bytes = std::fs::read(path).map_err(cannot)?;
    let found = shapes(&bytes)
        .ok_or_else(|| format!("{name}: no ONNX file, or not a whole one; allowed: {ALLOWED}"))?;
    let kind = kind(&found).ok_or_else(|| {
        let list = |all: &[Dims]| {
            let words: Vec<String> = all.iter().map(|dims| in_words(dims)).collect();
            words.join(" and ")
        };
        let (takes, gives) = (list(&found.inputs), list(&found.outputs));
        format!("{name}: the model takes {takes} and gives {gives}; allowed: {ALLOWED}")
    })?;
    let refused = |error: opencv::Error| {
        let why = error.message.lines().next().unwrap_or_default().to_owned();
        format!(
            "{name}: OpenCV {} cannot run the model: {why}; export it with opset 11 or 12",
            core::get_version_string().unwrap_or_default()
        )
    };
    let net = dnn::read_net_from_onnx_buffer(&Vector::from_slice(&bytes)).map_err(refused)?;
    let mut learned = Learned { net, kind };
    learned.rehearse().map_err(|why| format!("{name}: {why}"))?;
    Ok(Box::new(learned))
}

/// What kind of model this is; `None` when it is none that can be used.
fn kind(shapes: &Shapes) -> Option<Kind> {
    let [input] = &shapes.inputs[..] else {
        return None;
    };
    let output = shapes.outputs.first()?;
    let side = u64::try_from(PATCH_SIDE).ok();
    match (input[..].as_ref(), &output[..]) {
        ([_, Some(3), high, wide], [_, Some(1)]) if *high == side && *wide == side => {
            Some(Kind::Patches)
        }
        ([_, Some(3), high, wide], _) => {
            let layout = Layout::of(output)?;
            let size = [wide, high].map(|side| side.unwrap_or(SIDE_USUAL));
            let fits = size.iter().all(|side| (32..=SIDE_MAX).contains(side));
            let size = size.map(|side| i32::try_from(side).unwrap_or(i32::MAX));
            fits.then_some(Kind::Boxes { layout, size })
        }
        _ => None,
    }
}

impl VehicleDetector for Learned {
    fn look(&mut self, frame: &Frame<'_>, zones: &[Vec<Px>]) -> Result<Vec<f32>, String> {
        if zones.is_empty() {
            return Ok(Vec::new());
        }
        match self.kind {
            Kind::Patches => {
                let patches = zones.iter().map(|zone| Patch::cut(frame, zone));
                self.patches(&patches.collect::<Vec<_>>())
            }
            Kind::Boxes { layout, size } => {
                let boxes = self.boxes(frame, layout, size)?;
                Ok(zones.iter().map(|zone| stands_in(zone, &boxes)).collect())
            }
        }
    }

    fn judge(&mut self, patches: &[Patch]) -> Option<Result<Vec<f32>, String>> {
        match self.kind {
            Kind::Patches => Some(self.patches(patches)),
            Kind::Boxes { .. } => None,
        }
    }
}

impl Learned {
    /// Runs it once on an even picture: a model whose layers do not fit is refused before it is needed.
    fn rehearse(&mut self) -> Result<(), String> {
        let gray = vec![128_u8; 64 * 64 * 3];
        let Some(frame) = Frame::new(64, 64, &gray) else {
            return Ok(());
        };
        let zone = vec![[10.0, 10.0], [30.0, 10.0], [30.0, 30.0], [10.0, 30.0]];
        self.look(&frame, &[zone]).map(|_| ())
    }

    fn patches(&mut self, patches: &[Patch]) -> Result<Vec<f32>, String> {
        let numbers: Vec<f32> = patches.iter().flat_map(Patch::normalized).collect();
        let side = i32::try_from(PATCH_SIDE).unwrap_or(i32::MAX);
        let count = i32::try_from(patches.len()).unwrap_or(i32::MAX);
        let told = (|| {
            let blob = Mat::new_nd_with_data(&[count, 3, side, side], &numbers)?;
            self.run(&blob)
        })()
        .map_err(|error| failed(&error))?;
        if told.len() == patches.len() && told.iter().all(|it| (0.0..=1.0).contains(it)) {
            Ok(told)
        } else {
            Err(format!(
                "the model gave {} numbers for {} patches; allowed: one each, 0 to 1",
                told.len(),
                patches.len()
            ))
        }
    }

    fn boxes(
        &mut self,
        frame: &Frame<'_>,
        layout: Layout,
        size: [i32; 2],
    ) -> Result<Vec<Boxed>, String> {
        let [wide, high] = frame.size();
        let told = (|| {
            let rows = i32::try_from(high).unwrap_or(i32::MAX);
            let image = Mat::from_slice(frame.bytes())?;
            let image = image.reshape(3, rows)?;
            let size = Size::new(size[0], size[1]);
            let blob = dnn::blob_from_image(
                &image,
                1.0 / 255.0,
                size,
                Scalar::default(),
                true,
                false,
                core::CV_32F,
            )?;
            self.run(&blob)
        })()
        .map_err(|error| failed(&error))?;
        let seen = vehicles(&told, layout)?;
        #[expect(clippy::cast_precision_loss, reason = "sides of a picture")]
        let scale = [
            wide as f64 / f64::from(size[0]),
            high as f64 / f64::from(size[1]),
        ];
        let kept = distinct(&seen).map_err(|error| failed(&error))?;
        let in_frame = |it: Boxed| {
            let [left, top, right, bottom] = it.sides;
            let sides = [
                left * scale[0],
                top * scale[1],
                right * scale[0],
                bottom * scale[1],
            ];
            Boxed { sides, ..it }
        };
        Ok(kept.into_iter().map(in_frame).collect())
    }

    fn run(&mut self, blob: &impl ToInputArray) -> opencv::Result<Vec<f32>> {
        self.net.set_input(blob, "", 1.0, Scalar::default())?;
        let mut outputs: Vector<Mat> = Vector::new();
        let names = self.net.get_unconnected_out_layers_names()?;
        self.net.forward(&mut outputs, &names)?;
        Ok(outputs.get(0)?.data_typed::<f32>()?.to_vec())
    }
}

/// One box of those that show the same vehicle.
fn distinct(seen: &[Boxed]) -> opencv::Result<Vec<Boxed>> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "pixels of a picture; `as` saturates"
    )]
    let whole = |it: f64| it.round() as i32;
    let rects: Vector<Rect> = seen
        .iter()
        .map(|it| {
            let [left, top, right, bottom] = it.sides;
            Rect::new(
                whole(left),
                whole(top),
                whole(right - left),
                whole(bottom - top),
            )
        })
        .collect();
    let scores: Vector<f32> = seen.iter().map(|it| it.score).collect();
    let mut kept: Vector<i32> = Vector::new();
    dnn::nms_boxes(&rects, &scores, 0.0, OVERLAP, &mut kept, 1.0, 0)?;
    let kept = kept
        .iter()
        .filter_map(|at| seen.get(usize::try_from(at).ok()?).copied());
    Ok(kept.collect())
}

fn failed(error: &opencv::Error) -> String {
    let why = error.message.lines().next().unwrap_or_default();
    format!("OpenCV cannot run the model: {why}")
}
