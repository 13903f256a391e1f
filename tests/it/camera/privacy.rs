//! Nothing but counts leaves: not through what the pipeline tells, not into the journal, and not into any file that was not asked for.

use phasewise::camera::{Crossing, InView, Look, Queue, Spotted, Watch};
use phasewise::controller::{Controller, Inputs, Rung};
use phasewise::detection::Sighting;
use phasewise::intersection::{PerPhase, PhaseId};
use phasewise::journal::{Header, Reader, Tick, Writer};
use phasewise::signal::Indication;
use phasewise::units::{ClockTime, Millis, Timestamp};

use super::queues::light;
use super::street::{Mast, Picture, Traffic};

/// A face, or a plate: brightness that nothing else in the picture has in this order.
pub(super) fn pattern() -> Vec<u8> {
    let mut state = 99_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..48).map(|_| next()).collect()
}

/// Whether eight bytes of the pattern in a row are somewhere in it: as they are, or written as numbers or hexadecimal.
pub(super) fn holds_pattern(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let numbers: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    pattern().windows(8).any(|part| {
        let decimal: Vec<String> = part.iter().map(u8::to_string).collect();
        let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.windows(8).any(|window| window == part)
            || numbers.contains(&decimal.join(","))
            || numbers.contains(&hex)
    })
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let pattern = pattern();
    assert!(holds_pattern(&[&[1, 2], &pattern[..9], &[3]].concat()));
    assert!(holds_pattern(format!("{:?}", &pattern[5..20]).as_bytes()));
    assert!(!holds_pattern(b"count,crossing 12.5"));
}

/// Everything that a frame tells, taken apart without `..`: a new field does not compile here until somebody has thought about it.
fn numbers_of(look: &Look) -> usize {
    let Look {
        crossings,
        presence,
        views,
        trouble: _,
    } = look;
    let mut numbers = 0;
    for (
        _,
        Crossing {
            at: Millis(_),
            known_at: Millis(_),
        },
    ) in crossings
    {
        numbers += 3;
    }
    for (_, true | false) in presence {
        numbers += 2;
    }
    for InView {
        view: _,
        vehicles,
        queue,
    } in views
    {
        let Queue {
            vehicles: _,
            end_m: _,
        } = queue;
        for Spotted {
            front_m: _,
            speed_mps: _,
        } in vehicles
        {
            numbers += 2;
        }
        numbers += 3;
    }
    numbers
}

#[test]
fn nothing_but_counts_is_told_and_journaled() {
    let mast = Mast::usual();
    let (site, camera) = mast.site(90.0);
    let traffic = Traffic::new(60.0, 4.0, 1, |s| light(s) == Indication::Green);
    let mut watch = Watch::new(&site, camera);
    let header = Header {
        program: "test".to_owned(),
        site_id: "street".to_owned(),
        site_file: mast.site_text(90.0),
        origin: "camera".to_owned(),
    };
    let mut controller = Controller::new(&site);
    let mut journal = Writer::new(Vec::new(), &header).unwrap();
    let (mut told, mut most) = (String::new(), 0);
    for frame in 0..500_u32 {
        let now = f64::from(frame) / 10.0;
        let picture = Picture::of(&mast, &traffic.at(now), frame).marked(&pattern());
        assert!(holds_pattern(picture.bytes()), "it is in the picture");
        let at = Millis(i64::from(frame) * 100);
        let shown = PerPhase::from_fn(|_: PhaseId| light(now));
        let look = watch.look(&picture.frame(), Some(&shown), at);
        most = most.max(numbers_of(&look));
        told.push_str(&format!("{look:?}"));
        let sightings = look.sightings();
        for Sighting {
            view: _,
            speeds_cmps,
        } in &sightings
        {
            assert!(speeds_cmps.len() <= 30, "vehicles of 90 m");
        }
        let inputs = Inputs {
            clock: ClockTime(0),
            edges: Vec::new(),
            sightings,
            failed: Vec::new(),
            heard: Vec::new(),
            budget: 200,
            ceiling: Rung::Adaptive,
        };
        let now = Timestamp(at.0);
        let outputs = controller.step(&inputs, now);
        let tick = Tick {
            now,
            inputs,
            outputs,
        };
        journal.record(&tick).unwrap();
    }
    assert!(most > 20 && most < 100, "{most} numbers from 690,000 bytes");
    assert!(!holds_pattern(told.as_bytes()));
    let written = journal.finish().unwrap();
    assert!(!holds_pattern(&written));
    // It is packed; what comes out of it counts.
    let mut reader = Reader::new(&written[..]).unwrap();
    let mut sightings = 0;
    while let Some(tick) = reader.next_tick().unwrap() {
        sightings += tick.inputs.sightings.len();
        assert!(!holds_pattern(format!("{tick:?}").as_bytes()));
    }
    assert!(sightings > 50);
}
