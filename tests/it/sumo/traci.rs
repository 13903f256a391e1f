//! The TraCI client: bytes recorded from SUMO 1.28 are understood, anything else gets an error.
#![expect(
    clippy::disallowed_methods,
    reason = "a fake server runs in a thread of its own"
)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use phasewise::sumo::traci::{
    Batch, Domain, Refused, Traci, TraciError, Value, read_answers, variable,
};
use proptest::prelude::*;

const SUBSCRIBE_LOOP: u8 = 0xd0;
const SUBSCRIBE_VEHICLE: u8 = 0xd4;
const GET_VEHICLE: u8 = 0xa4;
const STEP: u8 = 0x02;

/// SUMO 1.28's answer to setting the order, then to asking for its version.
const INTRODUCED: &str = "07030000000000 070000000000001500000000160000000b53554d4f20312e32382e30";

/// A step: one vehicle stands on the loop "pres" since 25246.47 s, one vehicle entered the net.
const STEPPED: &str = "0702000000000000000002\
    000000004fe000000004707265730117000f0000000609000000010c0000000c3132313235385f3430355f30\
    0b40113333333333330b40d8a7900690fb360bbff00000000000000c00000003706b77\
    000000002deb000000000266000b40d8a7c00000000074000e000000010000000c3132303636335f3430355f30";

/// Subscribing to a vehicle that is gone: refused, and yet an answer comes with it.
const REFUSED: &str = "41d4ff0000003a\
    436f756c64206e6f742061646420737562736372697074696f6e2e2056656869636c6520276e6f626f647927206973\
    206e6f74206b6e6f776e2e0000000036e4000000066e6f626f64790156ff0c0000001e\
    56656869636c6520276e6f626f647927206973206e6f74206b6e6f776e2e";

/// The next signal of a vehicle: link 6 of GS_cluster_357187_359543, 1.0 m ahead, red.
const NEXT_LIGHT: &str = "07a400000000004ab4700000000c3132313235385f3430355f300f00000005090000\
    00010c0000001847535f636c75737465725f3335373138375f33353935343309000000060b3ff024686a0f14400872";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn message(content: &[u8]) -> Vec<u8> {
    let mut message = u32::try_from(content.len() + 4)
        .unwrap()
        .to_be_bytes()
        .to_vec();
    message.extend_from_slice(content);
    message
}

/// A server that takes one message for each of these answers, sends the answer as it is, and hangs up.
/// Gives back what it was sent.
fn server(answers: Vec<Vec<u8>>) -> (u16, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        for answer in answers {
            let mut head = [0; 4];
            stream.read_exact(&mut head).unwrap();
            let mut content = vec![0; usize::try_from(u32::from_be_bytes(head)).unwrap() - 4];
            stream.read_exact(&mut content).unwrap();
            asked.push(content);
            // A client that gave up has closed its end.
            drop(stream.write_all(&answer));
        }
        asked
    });
    (port, thread)
}

fn connect(port: u16) -> Traci {
    Traci::connect(port, || Ok::<(), TraciError>(())).unwrap()
}

#[test]
fn a_session_speaks_the_bytes_that_sumo_understands() {
    let (port, thread) = server(vec![
        message(&bytes(INTRODUCED)),
        message(&bytes(&format!("07c20000000000{STEPPED}"))),
        message(&bytes("077f0000000000")),
    ]);
    let mut traci = connect(port);
    assert_eq!(traci.introduce().unwrap(), "SUMO 1.28.0");
    let mut batch = Batch::default();
    batch.show("C", "Gr");
    let answers = traci.step(&mut batch).unwrap();
    assert!(answers.refused.is_empty());
    assert_eq!(answers.told.len(), 3);
    traci.close().unwrap();

    let asked = thread.join().unwrap();
    assert_eq!(asked[0], bytes("06 03 00000001  02 00"), "order, version");
    let show = "0f c2 20 00000001 43 0c 00000002 4772";
    assert_eq!(
        asked[1],
        bytes(&format!("{show}  0a 02 0000000000000000")),
        "show, then step, in one message"
    );
    assert_eq!(asked[2], bytes("02 7f"), "close");
}

#[test]
fn a_subscription_has_the_bytes_that_sumo_understands() {
    let (port, thread) = server(vec![message(&bytes(REFUSED))]);
    let mut batch = Batch::default();
    batch.subscribe(Domain::Vehicle, "nobody", &[variable::LANE_POSITION]);
    let mut traci = connect(port);
    let answers = traci.ask(&mut batch).unwrap();
    assert_eq!(
        answers.refused,
        [Refused {
            domain: Domain::Vehicle,
            text: "Could not add subscription. Vehicle 'nobody' is not known."
        }]
    );
    assert!(answers.told.is_empty(), "the refused value is no value");
    let no_time = "c1d0000000000000";
    assert_eq!(
        thread.join().unwrap()[0],
        bytes(&format!(
            "1e d4 {no_time} {no_time} 00000006 6e6f626f6479 01 56"
        ))
    );
}

#[test]
fn a_step_tells_passages_and_departures() {
    let step = bytes(STEPPED);
    let answers = read_answers(&step, &[STEP]).unwrap();
    let [passages, time, departed] = &answers.told[..] else {
        panic!("{answers:?}");
    };
    assert_eq!((passages.object, passages.domain), ("pres", Domain::Loop));
    let Value::Compound(mut parts) = passages.value else {
        panic!("{passages:?}");
    };
    assert_eq!(parts.value().unwrap(), Value::Integer(1));
    assert_eq!(parts.value().unwrap(), Value::Text("121258_405_0"));
    assert_eq!(parts.value().unwrap(), Value::Double(4.3));
    assert!((parts.value().unwrap().number().unwrap() - 25_246.25).abs() < 0.01);
    assert_eq!(
        parts.value().unwrap(),
        Value::Double(-1.0),
        "still on the loop"
    );
    assert_eq!(parts.value().unwrap(), Value::Text("pkw"));
    assert!(parts.is_done());
    assert_eq!(time.value, Value::Double(25_247.0));
    let Value::Texts(ids) = departed.value else {
        panic!("{departed:?}");
    };
    assert_eq!(ids.iter().collect::<Vec<_>>(), ["120663_405_0"]);
}

#[test]
fn the_next_signal_of_a_vehicle_is_understood() {
    let answer = bytes(NEXT_LIGHT);
    let answers = read_answers(&answer, &[GET_VEHICLE]).unwrap();
    let Value::Compound(mut parts) = answers.told[0].value else {
        panic!("{answers:?}");
    };
    assert_eq!(parts.value().unwrap(), Value::Integer(1));
    assert_eq!(
        parts.value().unwrap().text(),
        Some("GS_cluster_357187_359543")
    );
    assert_eq!(parts.value().unwrap(), Value::Integer(6));
}

/// No prefix of an answer passes for an answer.
#[test]
fn truncated_answers_are_errors() {
    for (hex, commands) in [
        (STEPPED, &[STEP][..]),
        (REFUSED, &[SUBSCRIBE_VEHICLE]),
        (NEXT_LIGHT, &[GET_VEHICLE]),
    ] {
        let whole = bytes(hex);
        // A status alone is a whole answer to a refused command.
        let status = usize::from(whole[0]);
        for end in (0..whole.len()).filter(|&end| end != status || commands == [STEP]) {
            assert!(
                read_answers(&whole[..end], commands).is_err(),
                "{end} bytes of {}",
                whole.len()
            );
        }
    }
}

#[test]
fn hostile_answers_are_errors() {
    let status = "07d00000000000";
    for (what, hex) in [
        (
            "more parts than bytes",
            "00000012e000000001610117000f7fffffff",
        ),
        ("a negative count", "00000012e000000001610117000fffffffff"),
        ("a text of 2 GiB", "0ee07fffffff7070707070707070"),
        (
            "a compound in a compound",
            "00000016e000000001610117000f000000010f00000000",
        ),
        ("an unknown type", "0ce00000000161011700ee00"),
        ("text that is not UTF-8", "0be000000001ff01170007 00"),
        ("a block shorter than its head", "01e0"),
        ("a block without end", "0000000000e0"),
    ] {
        let answer = bytes(&format!("{status}{hex}"));
        assert!(
            read_answers(&answer, &[SUBSCRIBE_LOOP]).is_err(),
            "{what}: {:?}",
            read_answers(&answer, &[SUBSCRIBE_LOOP])
        );
    }
    let other = bytes("07d20000000000");
    assert!(
        read_answers(&other, &[SUBSCRIBE_LOOP]).is_err(),
        "status of another command"
    );
}

proptest! {
    #[test]
    fn random_answers_never_panic(
        noise in prop::collection::vec(any::<u8>(), 0..200),
        at in 0_usize..120,
        byte in any::<u8>(),
    ) {
        drop(read_answers(&noise, &[STEP, SUBSCRIBE_LOOP]));
        let mut damaged = bytes(STEPPED);
        damaged[at] = byte;
        drop(read_answers(&damaged, &[STEP]));
    }
}

#[test]
fn a_server_that_hangs_up_is_told_from_one_that_errs() {
    let whole = message(&bytes(STEPPED));
    let half = whole[..whole.len() / 2].to_vec();
    for (what, answer) in [("nothing", Vec::new()), ("half an answer", half)] {
        let (port, thread) = server(vec![answer]);
        let error = connect(port).step(&mut Batch::default()).unwrap_err();
        assert!(matches!(error, TraciError::Closed), "{what}: {error}");
        thread.join().unwrap();
    }
    for head in [[0, 0, 0, 3], [0xff; 4]] {
        let (port, thread) = server(vec![head.to_vec()]);
        let error = connect(port).step(&mut Batch::default()).unwrap_err();
        assert!(
            matches!(error, TraciError::Malformed(_)),
            "{head:?}: {error}"
        );
        thread.join().unwrap();
    }
}

#[test]
fn a_refused_step_is_an_error_in_sumos_words() {
    let (port, thread) = server(vec![message(&bytes("0b02ff 00000004 6e6f2121"))]);
    let error = connect(port).step(&mut Batch::default()).unwrap_err();
    assert_eq!(error.to_string(), "SUMO refused a command: no!!");
    thread.join().unwrap();
}

#[test]
fn a_silent_server_is_not_waited_for_longer_than_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut traci = connect(listener.local_addr().unwrap().port());
    traci.set_patience(Some(Duration::from_millis(50))).unwrap();
    let error = traci.introduce().unwrap_err();
    assert!(matches!(error, TraciError::Connection(_)), "{error}");
}

#[test]
fn connecting_goes_on_until_told_to_stop() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let mut attempts = 0;
    let outcome = Traci::connect(port, || {
        attempts += 1;
        if attempts < 3 {
            Ok(())
        } else {
            Err(TraciError::Closed)
        }
    });
    assert!(matches!(outcome, Err(TraciError::Closed)));
    assert_eq!(attempts, 3);
}
