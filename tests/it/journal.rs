//! The journal gives back what was written, whatever happens to the end of the file.

use phasewise::announcement::{Announcement, Heard, News, Room};
use phasewise::controller::{Inputs, Outputs, Rung};
use phasewise::detection::{Edge, Sighting};
use phasewise::hires::Event;
use phasewise::intersection::{
    ApproachId, DetectorId, ExitId, Id, PerPhase, PhaseId, PhaseSet, ViewId,
};
use phasewise::journal::{Header, JournalError, Reader, TICKS_PER_BLOCK, Tick, Writer};
use phasewise::signal::{Decision, DecisionKind, Heads, Indication};
use phasewise::units::{ClockTime, Millis, TICK, Timestamp};
use proptest::prelude::*;

fn header() -> Header {
    Header {
        program: "test".to_owned(),
        site_id: "four-leg".to_owned(),
        site_file: "[site]\n".repeat(50),
        origin: "seed 7".to_owned(),
    }
}

/// A tick whose every field follows from a few numbers.
fn room_message(now: Timestamp) -> Heard {
    Heard {
        made: now,
        news: News::Room {
            exit: ExitId::from_index(1),
            vehicles: 7,
        },
    }
}

fn room_told(variant: u8) -> Announcement {
    let room = Room {
        approach: ApproachId::from_index(1),
        vehicles: u16::from(variant),
    };
    Announcement {
        departures: Vec::new(),
        rooms: vec![room],
    }
}

fn tick(now: i64, clock: i64, edges: u8, variant: u8) -> Tick {
    let now = Timestamp(now);
    let clock = ClockTime(clock);
    let green = PhaseId::new(variant % 16 + 1).unwrap();
    let vehicle = PerPhase::from_fn(|phase| match phase == green {
        true => Indication::Green,
        false => Indication::Red,
    });
    Tick {
        now,
        inputs: Inputs {
            clock,
            edges: (0..edges)
                .map(|i| Edge {
                    detector: DetectorId::from_index(usize::from(i)),
                    on: i % 2 == 0,
                    at: now - Millis(i64::from(i)),
                })
                .collect(),
            failed: vec![DetectorId::from_index(3); usize::from(edges % 3)],
            heard: vec![room_message(now); usize::from(edges % 2)],
            sightings: (0..edges % 3)
                .map(|i| Sighting {
                    view: ViewId::from_index(usize::from(i)),
                    speeds_cmps: vec![u16::from(variant) * 7; usize::from(i)],
                })
                .collect(),
            budget: u32::from(variant) * 1000,
            ceiling: if variant > 200 {
                Rung::Actuated
            } else {
                Rung::Adaptive
            },
        },
        outputs: Outputs {
            heads: Heads {
                vehicle,
                ..Heads::default()
            },
            rung: if variant.is_multiple_of(7) {
                Rung::FixedTime
            } else {
                Rung::Adaptive
            },
            events: (0..edges)
                .map(|i| Event {
                    at: clock,
                    code: 82,
                    parameter: u16::from(i),
                })
                .collect(),
            decision: (variant.is_multiple_of(3)).then(|| Decision {
                at: now,
                kind: if variant > 100 {
                    DecisionKind::Hold
                } else {
                    DecisionKind::Fallback
                },
                wants: PhaseSet::only(green),
                holds: Millis(2000),
                cost: f64::from(variant) / 3.0,
                alternative: Some((PhaseSet::EMPTY, 1.0 / 3.0)),
                reason: format!("held phase {green}"),
            }),
            announcement: variant.is_multiple_of(5).then(|| room_told(variant)),
            refusals: u64::from(variant),
            lost_edges: u64::from(variant / 9),
        },
    }
}

fn ordinary_ticks(count: usize) -> Vec<Tick> {
    (1..=count)
        .map(|i| {
            let millis = i64::try_from(i).unwrap() * TICK.0;
            tick(
                millis,
                1_713_182_400_000 + millis,
                (i % 5 == 0).into(),
                u8::try_from(i / 100 % 250).unwrap(),
            )
        })
        .collect()
}

fn write(ticks: &[Tick]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &header()).unwrap();
    for tick in ticks {
        writer.record(tick).unwrap();
    }
    writer.finish().unwrap()
}

/// Ticks that can be read, and how reading ended.
fn read(file: &[u8]) -> Result<(Vec<Tick>, Option<JournalError>), JournalError> {
    let mut reader = Reader::new(file)?;
    assert_eq!(reader.header(), &header());
    let mut ticks = Vec::new();
    loop {
        match reader.next_tick() {
            Ok(Some(tick)) => ticks.push(tick),
            Ok(None) => return Ok((ticks, None)),
            Err(error) => return Ok((ticks, Some(error))),
        }
    }
}

proptest! {
    #[test]
    fn gives_back_every_tick(
        numbers in prop::collection::vec((1_i64..5_000, -100_000_i64..100_000, 0_u8..6, any::<u8>()), 0..1500)
    ) {
        // Late ticks and a clock that is set to and fro.
        let (mut now, mut clock) = (0, 1_713_182_400_000);
        let ticks: Vec<Tick> = numbers
            .iter()
            .map(|&(late, jump, edges, variant)| {
                now += late;
                clock += late + jump;
                tick(now, clock, edges, variant)
            })
            .collect();
        let (back, end) = read(&write(&ticks)).unwrap();
        prop_assert!(end.is_none());
        prop_assert_eq!(back, ticks);
    }

    #[test]
    fn a_cut_journal_is_whole_up_to_its_last_block(cut in 0_usize..10_000) {
        let ticks = ordinary_ticks(2_000);
        let file = write(&ticks);
        let kept = &file[..cut % file.len()];
        match read(kept) {
            Ok((back, _)) => {
                prop_assert_eq!(back.len() % TICKS_PER_BLOCK, 0);
                prop_assert_eq!(&back[..], &ticks[..back.len()]);
            }
            Err(error) => prop_assert!(
                matches!(error, JournalError::NotAJournal | JournalError::CutOff { ticks: 0 }),
                "{}", error
            ),
        }
    }

    #[test]
    fn a_flipped_bit_is_found(at in 0_usize..1_000_000, bit in 0_u8..8) {
        let ticks = ordinary_ticks(1_500);
        let mut file = write(&ticks);
        let at = at % file.len();
        file[at] ^= 1 << bit;
        if let Ok((back, end)) = read(&file) {
            prop_assert!(end.is_some(), "nobody noticed the flip at byte {}", at);
            prop_assert_eq!(&back[..], &ticks[..back.len()]);
        }
    }

    #[test]
    fn garbage_is_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = b"phasewise journal 3\n".to_vec();
        file.extend(&bytes);
        prop_assert!(Reader::new(file.as_slice()).is_err());
        prop_assert!(matches!(Reader::new(bytes.as_slice()), Err(JournalError::NotAJournal)));
    }
}

#[test]
fn an_hour_takes_little_room() {
    let file = write(&ordinary_ticks(36_000));
    assert!(
        file.len() < 400_000,
        "{} bytes for an hour of ordinary ticks",
        file.len()
    );
}

#[test]
fn a_journal_of_another_version_is_told_from_no_journal() {
    let mut file = write(&ordinary_ticks(3));
    file.splice(..20, b"phasewise journal 2\n".iter().copied());
    let Err(error) = Reader::new(file.as_slice()) else {
        panic!("its ticks are laid out differently");
    };
    assert!(matches!(error, JournalError::OtherVersion { .. }));
    let text = error.to_string();
    for line in ["'phasewise journal 2'", "'phasewise journal 4'"] {
        assert!(text.contains(line), "{text}");
    }
}
