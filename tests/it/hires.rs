//! The code table of the high-resolution log.

use phasewise::hires::code;

#[test]
fn codes_ascend_and_names_are_found() {
    assert!(code::ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
    for &(number, name) in code::ALL {
        assert_eq!(code::name(number), Some(name));
    }
}

#[test]
fn reserved_and_vendor_codes_have_no_name() {
    for number in [27, 60, 73, 150 + 7, 219, 316, u16::MAX] {
        assert_eq!(code::name(number), None, "{number}");
    }
}

#[test]
fn the_codes_measures_rest_on_keep_their_numbers() {
    // Fixed by the 2012 edition; other people's programs read our logs by number.
    assert_eq!(code::PHASE_BEGIN_GREEN, 1);
    assert_eq!(code::PHASE_BEGIN_YELLOW_CHANGE, 8);
    assert_eq!(code::PEDESTRIAN_BEGIN_WALK, 21);
    assert_eq!((code::DETECTOR_OFF, code::DETECTOR_ON), (81, 82));
    assert_eq!(
        (code::PEDESTRIAN_DETECTOR_OFF, code::PEDESTRIAN_DETECTOR_ON),
        (89, 90)
    );
    assert_eq!(code::COORD_PATTERN_CHANGE, 131);
    assert_eq!(code::split_change(2), Some(code::SPLIT_2_CHANGE));
    assert_eq!(code::split_change(16), Some(149));
    assert_eq!(code::split_change(17), None);
}
