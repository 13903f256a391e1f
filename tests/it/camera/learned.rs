//! Learned models: what files say, what boxes mean, and with OpenCV what our own model sees.

use phasewise::camera::Frame;
use phasewise::camera::learned::onnx::shapes;
use phasewise::camera::learned::yolo::{Layout, stands_in, vehicles};
use phasewise::camera::learned::{PATCH_SIDE, Patch, open};

fn root(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(root(path)).unwrap()
}

#[test]
fn an_onnx_file_says_what_it_takes_and_gives() {
    let own = shapes(&read("models/vehicle.onnx")).unwrap();
    assert_eq!(own.inputs, [[None, Some(3), Some(32), Some(32)].to_vec()]);
    assert_eq!(own.outputs, [[None, Some(1)].to_vec()]);
    let rows = shapes(&read("tests/it/camera/models/yolo_rows.onnx")).unwrap();
    assert_eq!(rows.inputs, [[1, 3, 64, 64].map(Some).to_vec()]);
    assert_eq!(rows.outputs, [[1, 4, 85].map(Some).to_vec()]);
}

#[test]
fn a_file_cut_off_anywhere_is_no_model_and_no_panic() {
    let whole = read("tests/it/camera/models/yolo_rows.onnx");
    for length in 0..whole.len() {
        assert_eq!(shapes(&whole[..length]), None, "{length} bytes");
    }
    assert_eq!(shapes(b"no model at all"), None);
}

/// Four boxes as `models/tiny_yolo.py` writes them: a car twice, a person, hardly a truck.
fn rows() -> Vec<f32> {
    let boxes = [
        ([16.0, 40.0, 20.0, 24.0], 0.9, 2),
        ([17.0, 41.0, 20.0, 24.0], 0.8, 2),
        ([48.0, 20.0, 12.0, 30.0], 0.95, 0),
        ([48.0, 40.0, 16.0, 16.0], 0.05, 7),
    ];
    let row = |(place, sure, class): ([f32; 4], f32, usize)| {
        let classes = (0..80).map(move |it| f32::from(u8::from(it == class)));
        place.into_iter().chain([sure]).chain(classes)
    };
    boxes.into_iter().flat_map(row).collect()
}

#[test]
fn both_layouts_of_yolo_tell_the_same_vehicles() {
    let rows = rows();
    let columns: Vec<f32> = (0..85)
        .filter(|of| *of != 4)
        .flat_map(|of| {
            let rows = rows.chunks_exact(85);
            rows.map(move |row| if of > 4 { row[4] * row[of] } else { row[of] })
        })
        .collect();
    let by_rows = vehicles(&rows, Layout::Rows).unwrap();
    assert_eq!(by_rows, vehicles(&columns, Layout::Columns).unwrap());
    assert_eq!(
        by_rows.len(),
        2,
        "no person, no doubtful truck: {by_rows:?}"
    );
    let sides = by_rows[0].sides.map(|it| it.round() as i32);
    assert_eq!(sides, [6, 28, 26, 52]);
    let why = vehicles(&rows[1..], Layout::Rows).unwrap_err();
    assert!(why.contains("339 numbers") && why.contains("85"), "{why}");
}

#[test]
fn a_vehicle_stands_where_its_box_touches_the_ground() {
    let seen = vehicles(&rows(), Layout::Rows).unwrap();
    let square = |[x, y]: [f64; 2]| [[x, y], [x + 8.0, y], [x + 8.0, y + 8.0], [x, y + 8.0]];
    assert!(stands_in(&square([12.0, 46.0]), &seen) > 0.8);
    let roof = stands_in(&square([12.0, 30.0]), &seen);
    assert!(roof < 0.1, "the roof hides the zone behind the car: {roof}");
    assert!(stands_in(&square([44.0, 36.0]), &seen) < 0.1);
}

#[test]
fn a_patch_is_upright_and_shows_what_is_above_the_zone() {
    // Rows get brighter downward; the corners may be named from any one on, either way around.
    let bytes: Vec<u8> = (0..100_u8).flat_map(|row| vec![row * 2; 100 * 3]).collect();
    let frame = Frame::new(100, 100, &bytes).unwrap();
    let corners = [[40.0, 40.0], [60.0, 40.0], [60.0, 60.0], [40.0, 60.0]];
    let patch = Patch::cut(&frame, &corners);
    assert_eq!(patch.bgr.len(), PATCH_SIDE * PATCH_SIDE * 3);
    let (first, last) = (patch.bgr[0], patch.bgr[patch.bgr.len() - 1]);
    assert!((40..46).contains(&first), "from y = 20: {first}");
    assert!((124..131).contains(&last), "to y = 65: {last}");
    for turn in 1..4 {
        let mut turned = corners;
        turned.rotate_left(turn);
        assert_eq!(Patch::cut(&frame, &turned), patch);
        turned.reverse();
        assert_eq!(Patch::cut(&frame, &turned), patch);
    }
    let mean = patch.normalized().iter().sum::<f32>() / 3072.0;
    assert!(mean.abs() < 1e-3, "{mean}");
}

#[test]
fn pictures_do_not_get_into_messages() {
    let frame = vec![77_u8; 64 * 64 * 3];
    let frame = Frame::new(64, 64, &frame).unwrap();
    let patch = Patch::cut(&frame, &[[8.0, 8.0], [16.0, 8.0], [16.0, 16.0]]);
    assert_eq!(format!("{patch:?}"), "Patch(32 × 32)");
}

#[test]
fn the_card_of_the_model_states_the_checksum_of_the_file() {
    let file = read("models/vehicle.onnx");
    assert!(file.len() < 500_000, "{} bytes", file.len());
    let sum = sha256(&file);
    let card = String::from_utf8(read("models/README.md")).unwrap();
    assert!(card.contains(&sum), "models/README.md does not say {sum}");
}

#[test]
fn the_checksum_is_the_one_that_everybody_computes() {
    // FIPS 180-2, appendix B.1.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256(b"abc"), abc);
}

/// SHA-256 as FIPS 180-4 writes it; its constants are the first bits of roots of the first primes.
fn sha256(message: &[u8]) -> String {
    let is_prime = |it: &u32| {
        (2..*it)
            .take_while(|by| by * by <= *it)
            .all(|by| !it.is_multiple_of(by))
    };
    let primes: Vec<u32> = (2..).filter(is_prime).take(64).collect();
    let fraction = |root: f64| (root.fract() * 4_294_967_296.0) as u32;
    let keys: Vec<u32> = primes
        .iter()
        .map(|it| fraction(f64::from(*it).cbrt()))
        .collect();
    let mut state: Vec<u32> = primes[..8]
        .iter()
        .map(|it| fraction(f64::from(*it).sqrt()))
        .collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let words = block.chunks_exact(4);
        let mut w: Vec<u32> = words
            .map(|it| u32::from_be_bytes(it.try_into().unwrap()))
            .collect();
        for t in 16..64 {
            let (a, b) = (w[t - 15], w[t - 2]);
            let a = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let b = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            w.push(
                w[t - 16]
                    .wrapping_add(a)
                    .wrapping_add(w[t - 7])
                    .wrapping_add(b),
            );
        }
        let mut v = state.clone();
        for (word, key) in w.iter().zip(&keys) {
            let e = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let one = [e, choice, *key, *word]
                .into_iter()
                .fold(v[7], u32::wrapping_add);
            let a = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            v[3] = v[3].wrapping_add(one);
            v[7] = one.wrapping_add(a).wrapping_add(majority);
            v.rotate_right(1);
        }
        for (state, v) in state.iter_mut().zip(v) {
            *state = state.wrapping_add(v);
        }
    }
    state.iter().map(|it| format!("{it:08x}")).collect()
}

#[cfg(not(feature = "camera"))]
#[test]
fn without_opencv_a_model_is_refused_with_what_to_do() {
    let why = open(&root("models/vehicle.onnx")).unwrap_err();
    assert!(
        why.contains("vehicle.onnx") && why.contains("make camera"),
        "{why}"
    );
}

#[cfg(feature = "camera")]
mod with_opencv {
    use phasewise::camera::Frame;

    use super::{PATCH_SIDE, Patch, open, read, root};

    #[test]
    fn what_cannot_be_used_is_named_with_what_can() {
        let whole = read("tests/it/camera/models/yolo_rows.onnx");
        let folder = root("target/tmp");
        std::fs::create_dir_all(&folder).unwrap();
        let cut = folder.join("cut.onnx");
        std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
        for (path, words) in [
            (
                root("tests/it/camera/models/one_class.onnx"),
                "gives 1 × 4 × 6",
            ),
            (cut, "no ONNX file, or not a whole one"),
            (root("Cargo.toml"), "no ONNX file"),
            (root("models/none.onnx"), "cannot read the model"),
        ] {
            let why = open(&path).unwrap_err();
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(why.contains(name) && why.contains(words), "{why}");
        }
    }

    #[test]
    fn a_yolo_of_either_layout_finds_the_car_in_its_zone() {
        // The picture is twice as large as what the model is given.
        let gray = vec![90_u8; 128 * 128 * 3];
        let frame = Frame::new(128, 128, &gray).unwrap();
        let square =
            |[x, y]: [f64; 2]| vec![[x, y], [x + 16.0, y], [x + 16.0, y + 16.0], [x, y + 16.0]];
        for name in ["yolo_rows.onnx", "yolo_columns.onnx"] {
            let mut yolo = open(&root("tests/it/camera/models").join(name)).unwrap();
            let zones = [square([24.0, 92.0]), square([88.0, 40.0])];
            let told = yolo.look(&frame, &zones).unwrap();
            assert!(told[0] > 0.85 && told[1] < 0.1, "{name}: {told:?}");
        }
    }

    /// Patches of rendered pictures that the model was not trained on (another approach, another seed), with whether
    /// somebody is there: `held_out.ppm`, occupied ones first.
    fn held_out() -> Vec<Patch> {
        let file = read("tests/it/camera/models/held_out.ppm");
        let length = PATCH_SIDE * PATCH_SIDE * 3;
        let pixels = &file[file.len() % length..];
        let patch = |pixels: &[u8]| Patch {
            bgr: pixels
                .chunks_exact(3)
                .flat_map(|rgb| [rgb[2], rgb[1], rgb[0]])
                .collect(),
        };
        pixels.chunks_exact(length).map(patch).collect()
    }

    #[test]
    fn our_model_tells_occupied_from_empty_patches_that_it_was_not_trained_on() {
        let patches = held_out();
        assert_eq!(patches.len(), 120);
        let mut model = open(&root("models/vehicle.onnx")).unwrap();
        let told = model.judge(&patches).unwrap().unwrap();
        let (occupied, empty) = told.split_at(60);
        let right = occupied.iter().filter(|it| **it > 0.5).count();
        let wrong = empty.iter().filter(|it| **it > 0.5).count();
        assert!(right >= 54, "{right} of 60 occupied");
        assert!(wrong <= 6, "{wrong} of 60 empty");
    }
}
