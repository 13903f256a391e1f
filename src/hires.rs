//! One record of the Indiana high-resolution controller log, and its codes.
//!
//! In: nothing. Out: [`Event`], the currency of the event log: the controller emits them, recordings
//! are made of them, measures are computed from them. Codes follow "Indiana Traffic Signal Hi
//! Resolution Data Logger Enumerations" (Purdue, 2012; 2019 edition). Not here: files
//! (`recording/`), meaning (`measures/`).

use serde::{Deserialize, Serialize};

use crate::units::ClockTime;

/// One record: at civil time `at` (0.1 s resolution), event `code` happened to `parameter`
/// (a phase, detector channel, seconds, … depending on the code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Event {
    /// When, on the site's civil clock.
    pub at: ClockTime,
    /// What: one of [`code`].
    pub code: u16,
    /// To which phase, detector channel, …
    pub parameter: u16,
}

/// Names for the event codes.
///
/// From the 2012 edition and, where the document says so, the additions of 2019 that UDOT's public
/// list has too. Vendors use other numbers above 218 (Oregon's controllers report splits served,
/// among others, at 300 to 500): readers keep such events, and [`code::name`] knows no name for them.
pub mod code {
    /// One line of the table makes the constant, its documentation and its name.
    macro_rules! codes {
        ($($(#[$doc:meta])* $constant:ident = $code:literal, $name:literal;)*) => {
            $($(#[$doc])* pub const $constant: u16 = $code;)*

            /// Every code of the table with its name, ascending.
            pub const ALL: &[(u16, &str)] = &[$(($code, $name)),*];
        };
    }

    codes! {
        /// Phase On; parameter: phase; edition: 2012.
        PHASE_ON = 0, "Phase On";
        /// Phase Begin Green; parameter: phase; edition: 2012.
        PHASE_BEGIN_GREEN = 1, "Phase Begin Green";
        /// Phase Check (conflicting call registered - start of MAX timing); parameter: phase; edition: 2012.
        PHASE_CHECK = 2, "Phase Check (conflicting call registered - start of MAX timing)";
        /// Phase Min Complete; parameter: phase; edition: 2012.
        PHASE_MIN_COMPLETE = 3, "Phase Min Complete";
        /// Phase Gap Out; parameter: phase; edition: 2012.
        PHASE_GAP_OUT = 4, "Phase Gap Out";
        /// Phase Max Out; parameter: phase; edition: 2012.
        PHASE_MAX_OUT = 5, "Phase Max Out";
        /// Phase Force Off; parameter: phase; edition: 2012.
        PHASE_FORCE_OFF = 6, "Phase Force Off";
        /// Phase Green Termination; parameter: phase; edition: 2012.
        PHASE_GREEN_TERMINATION = 7, "Phase Green Termination";
        /// Phase Begin Yellow Change (2012: Clearance); parameter: phase; edition: 2012.
        PHASE_BEGIN_YELLOW_CHANGE = 8, "Phase Begin Yellow Change (2012: Clearance)";
        /// Phase End Yellow Change; parameter: phase; edition: 2012.
        PHASE_END_YELLOW_CHANGE = 9, "Phase End Yellow Change";
        /// Phase Begin Red Clearance (only if served); parameter: phase; edition: 2012.
        PHASE_BEGIN_RED_CLEARANCE = 10, "Phase Begin Red Clearance (only if served)";
        /// Phase End Red Clearance (only if served); parameter: phase; edition: 2012.
        PHASE_END_RED_CLEARANCE = 11, "Phase End Red Clearance (only if served)";
        /// Phase Inactive; parameter: phase; edition: 2012.
        PHASE_INACTIVE = 12, "Phase Inactive";
        /// Extension Timer Gap Out; parameter: phase; edition: 2019/UDOT.
        EXTENSION_TIMER_GAP_OUT = 13, "Extension Timer Gap Out";
        /// Phase Skipped; parameter: phase; edition: 2019/UDOT.
        PHASE_SKIPPED = 14, "Phase Skipped";
        /// Extension Timer Reduction Start; parameter: phase; edition: 2019/UDOT.
        EXTENSION_TIMER_REDUCTION_START = 15, "Extension Timer Reduction Start";
        /// Extension Timer Minimum Achieved; parameter: phase; edition: 2019/UDOT.
        EXTENSION_TIMER_MINIMUM_ACHIEVED = 16, "Extension Timer Minimum Achieved";
        /// Added Initial Complete; parameter: phase; edition: 2019/UDOT.
        ADDED_INITIAL_COMPLETE = 17, "Added Initial Complete";
        /// Next Phase Decision; parameter: phase; edition: 2019/UDOT.
        NEXT_PHASE_DECISION = 18, "Next Phase Decision";
        /// TSP Early Force Off (phase); parameter: phase; edition: 2019/UDOT.
        TSP_EARLY_FORCE_OFF_PHASE = 19, "TSP Early Force Off (phase)";
        /// Preemption Force Off; parameter: phase; edition: 2019/UDOT.
        PREEMPTION_FORCE_OFF = 20, "Preemption Force Off";
        /// Pedestrian Begin Walk; parameter: phase; edition: 2012.
        PEDESTRIAN_BEGIN_WALK = 21, "Pedestrian Begin Walk";
        /// Pedestrian Begin Change Interval (2012: Clearance, FDW); parameter: phase; edition: 2012.
        PEDESTRIAN_BEGIN_CHANGE_INTERVAL = 22, "Pedestrian Begin Change Interval (2012: Clearance, FDW)";
        /// Pedestrian Begin Solid Don't Walk; parameter: phase; edition: 2012.
        PEDESTRIAN_BEGIN_SOLID_DONT_WALK = 23, "Pedestrian Begin Solid Don't Walk";
        /// Pedestrian Dark; parameter: phase; edition: 2012.
        PEDESTRIAN_DARK = 24, "Pedestrian Dark";
        /// Extended Pedestrian Change Interval (2 s button press); parameter: phase; edition: 2019/UDOT.
        PEDESTRIAN_EXTENDED_CHANGE_INTERVAL = 25, "Extended Pedestrian Change Interval (2 s button press)";
        /// Oversized Pedestrian Served; parameter: phase; edition: 2019/UDOT.
        OVERSIZED_PEDESTRIAN_SERVED = 26, "Oversized Pedestrian Served";
        /// Barrier Termination; parameter: barrier 1-8; edition: 2012.
        BARRIER_TERMINATION = 31, "Barrier Termination";
        /// FYA Begin Permissive; parameter: FYA #; edition: 2012.
        FYA_BEGIN_PERMISSIVE = 32, "FYA Begin Permissive";
        /// FYA End Permissive; parameter: FYA #; edition: 2012.
        FYA_END_PERMISSIVE = 33, "FYA End Permissive";
        /// Phase Hold Active; parameter: phase; edition: 2012.
        PHASE_HOLD_ACTIVE = 41, "Phase Hold Active";
        /// Phase Hold Released; parameter: phase; edition: 2012.
        PHASE_HOLD_RELEASED = 42, "Phase Hold Released";
        /// Phase Call Registered (not set if recall); parameter: phase; edition: 2012.
        PHASE_CALL_REGISTERED = 43, "Phase Call Registered (not set if recall)";
        /// Phase Call Dropped; parameter: phase; edition: 2012.
        PHASE_CALL_DROPPED = 44, "Phase Call Dropped";
        /// Pedestrian Call Registered (not set if recall); parameter: phase; edition: 2012.
        PEDESTRIAN_CALL_REGISTERED = 45, "Pedestrian Call Registered (not set if recall)";
        /// Phase Omit On; parameter: phase; edition: 2012.
        PHASE_OMIT_ON = 46, "Phase Omit On";
        /// Phase Omit Off; parameter: phase; edition: 2012.
        PHASE_OMIT_OFF = 47, "Phase Omit Off";
        /// Pedestrian Omit On; parameter: phase; edition: 2012.
        PEDESTRIAN_OMIT_ON = 48, "Pedestrian Omit On";
        /// Pedestrian Omit Off; parameter: phase; edition: 2012.
        PEDESTRIAN_OMIT_OFF = 49, "Pedestrian Omit Off";
        /// MAX 1 In-Effect; parameter: phase; edition: 2019/UDOT.
        MAX_1_IN_EFFECT = 50, "MAX 1 In-Effect";
        /// MAX 2 In-Effect; parameter: phase; edition: 2019/UDOT.
        MAX_2_IN_EFFECT = 51, "MAX 2 In-Effect";
        /// Dynamic MAX In-Effect; parameter: phase; edition: 2019/UDOT.
        DYNAMIC_MAX_IN_EFFECT = 52, "Dynamic MAX In-Effect";
        /// Dynamic MAX Step Up; parameter: phase; edition: 2019/UDOT.
        DYNAMIC_MAX_STEP_UP = 53, "Dynamic MAX Step Up";
        /// Dynamic MAX Step Down; parameter: phase; edition: 2019/UDOT.
        DYNAMIC_MAX_STEP_DOWN = 54, "Dynamic MAX Step Down";
        /// Advance Warning Sign On; parameter: phase; edition: 2019/UDOT.
        ADVANCE_WARNING_SIGN_ON = 55, "Advance Warning Sign On";
        /// Advance Warning Sign Off; parameter: phase; edition: 2019/UDOT.
        ADVANCE_WARNING_SIGN_OFF = 56, "Advance Warning Sign Off";
        /// Overlap Begin Green; parameter: overlap (A=1); edition: 2012.
        OVERLAP_BEGIN_GREEN = 61, "Overlap Begin Green";
        /// Overlap Begin Trailing Green; parameter: overlap; edition: 2012.
        OVERLAP_BEGIN_TRAILING_GREEN = 62, "Overlap Begin Trailing Green";
        /// Overlap Begin Yellow; parameter: overlap; edition: 2012.
        OVERLAP_BEGIN_YELLOW = 63, "Overlap Begin Yellow";
        /// Overlap Begin Red Clearance; parameter: overlap; edition: 2012.
        OVERLAP_BEGIN_RED_CLEARANCE = 64, "Overlap Begin Red Clearance";
        /// Overlap Off (inactive, red); parameter: overlap; edition: 2012.
        OVERLAP_OFF = 65, "Overlap Off (inactive, red)";
        /// Overlap Dark; parameter: overlap; edition: 2012.
        OVERLAP_DARK = 66, "Overlap Dark";
        /// Ped Overlap Begin Walk; parameter: overlap; edition: 2012.
        PED_OVERLAP_BEGIN_WALK = 67, "Ped Overlap Begin Walk";
        /// Ped Overlap Begin Clearance; parameter: overlap; edition: 2012.
        PED_OVERLAP_BEGIN_CLEARANCE = 68, "Ped Overlap Begin Clearance";
        /// Ped Overlap Begin Solid Don't Walk; parameter: overlap; edition: 2012.
        PED_OVERLAP_BEGIN_SOLID_DONT_WALK = 69, "Ped Overlap Begin Solid Don't Walk";
        /// Ped Overlap Dark; parameter: overlap; edition: 2012.
        PED_OVERLAP_DARK = 70, "Ped Overlap Dark";
        /// Advance Warning Sign On (overlap); parameter: overlap; edition: 2019/UDOT.
        OVERLAP_ADVANCE_WARNING_SIGN_ON = 71, "Advance Warning Sign On (overlap)";
        /// Advance Warning Sign Off (overlap); parameter: overlap; edition: 2019/UDOT.
        OVERLAP_ADVANCE_WARNING_SIGN_OFF = 72, "Advance Warning Sign Off (overlap)";
        /// Detector Off (post delay/extension); parameter: detector; edition: 2012.
        DETECTOR_OFF = 81, "Detector Off (post delay/extension)";
        /// Detector On (post delay/extension); parameter: detector; edition: 2012.
        DETECTOR_ON = 82, "Detector On (post delay/extension)";
        /// Detector Restored; parameter: detector; edition: 2012.
        DETECTOR_RESTORED = 83, "Detector Restored";
        /// Detector Fault - Other; parameter: detector; edition: 2012.
        DETECTOR_FAULT_OTHER = 84, "Detector Fault - Other";
        /// Detector Fault - Watchdog; parameter: detector; edition: 2012.
        DETECTOR_FAULT_WATCHDOG = 85, "Detector Fault - Watchdog";
        /// Detector Fault - Open Loop; parameter: detector; edition: 2012.
        DETECTOR_FAULT_OPEN_LOOP = 86, "Detector Fault - Open Loop";
        /// Detector Fault - Shorted Loop; parameter: detector; edition: 2012.
        DETECTOR_FAULT_SHORTED_LOOP = 87, "Detector Fault - Shorted Loop";
        /// Detector Fault - Excessive Change; parameter: detector; edition: 2012.
        DETECTOR_FAULT_EXCESSIVE_CHANGE = 88, "Detector Fault - Excessive Change";
        /// PedDetector Off; parameter: ped detector; edition: 2012.
        PEDESTRIAN_DETECTOR_OFF = 89, "PedDetector Off";
        /// PedDetector On; parameter: ped detector; edition: 2012.
        PEDESTRIAN_DETECTOR_ON = 90, "PedDetector On";
        /// Pedestrian Detector Failed; parameter: ped detector; edition: 2012.
        PEDESTRIAN_DETECTOR_FAILED = 91, "Pedestrian Detector Failed";
        /// Pedestrian Detector Restored; parameter: ped detector; edition: 2012.
        PEDESTRIAN_DETECTOR_RESTORED = 92, "Pedestrian Detector Restored";
        /// TSP Detector Off; parameter: detector; edition: 2019/UDOT.
        TSP_DETECTOR_OFF = 93, "TSP Detector Off";
        /// TSP Detector On; parameter: detector; edition: 2019/UDOT.
        TSP_DETECTOR_ON = 94, "TSP Detector On";
        /// Preempt Advance Warning Input; parameter: preempt; edition: 2012.
        PREEMPT_ADVANCE_WARNING_INPUT = 101, "Preempt Advance Warning Input";
        /// Preempt (Call) Input On (before delay); parameter: preempt; edition: 2012.
        PREEMPT_INPUT_ON = 102, "Preempt (Call) Input On (before delay)";
        /// Preempt Gate Down Input Received; parameter: preempt; edition: 2012.
        PREEMPT_GATE_DOWN_INPUT_RECEIVED = 103, "Preempt Gate Down Input Received";
        /// Preempt (Call) Input Off; parameter: preempt; edition: 2012.
        PREEMPT_INPUT_OFF = 104, "Preempt (Call) Input Off";
        /// Preempt Entry Started (delay expired); parameter: preempt; edition: 2012.
        PREEMPT_ENTRY_STARTED = 105, "Preempt Entry Started (delay expired)";
        /// Preemption Begin Track Clearance; parameter: preempt; edition: 2012.
        PREEMPTION_BEGIN_TRACK_CLEARANCE = 106, "Preemption Begin Track Clearance";
        /// Preemption Begin Dwell Service; parameter: preempt; edition: 2012.
        PREEMPTION_BEGIN_DWELL_SERVICE = 107, "Preemption Begin Dwell Service";
        /// Preemption Link Active On; parameter: preempt; edition: 2012.
        PREEMPTION_LINK_ACTIVE_ON = 108, "Preemption Link Active On";
        /// Preemption Link Active Off; parameter: preempt; edition: 2012.
        PREEMPTION_LINK_ACTIVE_OFF = 109, "Preemption Link Active Off";
        /// Preemption Max Presence Exceeded; parameter: preempt; edition: 2012.
        PREEMPTION_MAX_PRESENCE_EXCEEDED = 110, "Preemption Max Presence Exceeded";
        /// Preemption Begin Exit Interval; parameter: preempt; edition: 2012.
        PREEMPTION_BEGIN_EXIT_INTERVAL = 111, "Preemption Begin Exit Interval";
        /// TSP Check In; parameter: TSP #; edition: 2012.
        TSP_CHECK_IN = 112, "TSP Check In";
        /// TSP Adjustment to Early Green; parameter: TSP #; edition: 2012.
        TSP_ADJUSTMENT_TO_EARLY_GREEN = 113, "TSP Adjustment to Early Green";
        /// TSP Adjustment to Extend Green; parameter: TSP #; edition: 2012.
        TSP_ADJUSTMENT_TO_EXTEND_GREEN = 114, "TSP Adjustment to Extend Green";
        /// TSP Check Out; parameter: TSP #; edition: 2012.
        TSP_CHECK_OUT = 115, "TSP Check Out";
        /// Preemption Force Off (cycle); parameter: preempt; edition: 2019/UDOT.
        PREEMPTION_FORCE_OFF_CYCLE = 116, "Preemption Force Off (cycle)";
        /// TSP Early Force Off (cycle); parameter: TSP #; edition: 2019/UDOT.
        TSP_EARLY_FORCE_OFF_CYCLE = 117, "TSP Early Force Off (cycle)";
        /// TSP Service Start (UDOT, another public list has it at 120); parameter: TSP #; edition: 2019/UDOT.
        TSP_SERVICE_START = 118, "TSP Service Start (UDOT, another public list has it at 120)";
        /// TSP Service End (UDOT, another public list has it at 121); parameter: TSP #; edition: 2019/UDOT.
        TSP_SERVICE_END = 119, "TSP Service End (UDOT, another public list has it at 121)";
        /// Coord Pattern Change; parameter: pattern 0-255; edition: 2012.
        COORD_PATTERN_CHANGE = 131, "Coord Pattern Change";
        /// Cycle Length Change; parameter: seconds (255 cap); edition: 2012.
        CYCLE_LENGTH_CHANGE = 132, "Cycle Length Change";
        /// Offset Length Change; parameter: seconds (255 cap); edition: 2012.
        OFFSET_LENGTH_CHANGE = 133, "Offset Length Change";
        /// Split 1 Change; parameter: seconds; edition: 2012.
        SPLIT_1_CHANGE = 134, "Split 1 Change";
        /// Split 2 Change; parameter: seconds; edition: 2012.
        SPLIT_2_CHANGE = 135, "Split 2 Change";
        /// Split 3 Change; parameter: seconds; edition: 2012.
        SPLIT_3_CHANGE = 136, "Split 3 Change";
        /// Split 4 Change; parameter: seconds; edition: 2012.
        SPLIT_4_CHANGE = 137, "Split 4 Change";
        /// Split 5 Change; parameter: seconds; edition: 2012.
        SPLIT_5_CHANGE = 138, "Split 5 Change";
        /// Split 6 Change; parameter: seconds; edition: 2012.
        SPLIT_6_CHANGE = 139, "Split 6 Change";
        /// Split 7 Change; parameter: seconds; edition: 2012.
        SPLIT_7_CHANGE = 140, "Split 7 Change";
        /// Split 8 Change; parameter: seconds; edition: 2012.
        SPLIT_8_CHANGE = 141, "Split 8 Change";
        /// Split 9 Change; parameter: seconds; edition: 2012.
        SPLIT_9_CHANGE = 142, "Split 9 Change";
        /// Split 10 Change; parameter: seconds; edition: 2012.
        SPLIT_10_CHANGE = 143, "Split 10 Change";
        /// Split 11 Change; parameter: seconds; edition: 2012.
        SPLIT_11_CHANGE = 144, "Split 11 Change";
        /// Split 12 Change; parameter: seconds; edition: 2012.
        SPLIT_12_CHANGE = 145, "Split 12 Change";
        /// Split 13 Change; parameter: seconds; edition: 2012.
        SPLIT_13_CHANGE = 146, "Split 13 Change";
        /// Split 14 Change; parameter: seconds; edition: 2012.
        SPLIT_14_CHANGE = 147, "Split 14 Change";
        /// Split 15 Change; parameter: seconds; edition: 2012.
        SPLIT_15_CHANGE = 148, "Split 15 Change";
        /// Split 16 Change; parameter: seconds; edition: 2012.
        SPLIT_16_CHANGE = 149, "Split 16 Change";
        /// Coord Cycle State Change; parameter: 0 Free 1 InStep 2 TransAdd 3 TransSubtract 4 TransDwell 5 LocalZero 6 BeginPickup; edition: 2012.
        COORD_CYCLE_STATE_CHANGE = 150, "Coord Cycle State Change";
        /// Coordinated Phase Yield Point; parameter: phase; edition: 2012.
        COORDINATED_PHASE_YIELD_POINT = 151, "Coordinated Phase Yield Point";
        /// Coordinated Phase Begin; parameter: phase; edition: 2019/UDOT.
        COORDINATED_PHASE_BEGIN = 152, "Coordinated Phase Begin";
        /// Logic Statement True; parameter: statement; edition: 2019/UDOT.
        LOGIC_STATEMENT_TRUE = 153, "Logic Statement True";
        /// Logic Statement False; parameter: statement; edition: 2019/UDOT.
        LOGIC_STATEMENT_FALSE = 154, "Logic Statement False";
        /// Unit Control Status Change; parameter: NTCIP unitControlStatus; edition: 2019/UDOT.
        UNIT_CONTROL_STATUS_CHANGE = 155, "Unit Control Status Change";
        /// Additional Cycle Length Change (seconds above 255); parameter: seconds; edition: 2019/UDOT.
        ADDITIONAL_CYCLE_LENGTH_CHANGE = 156, "Additional Cycle Length Change (seconds above 255)";
        /// Test Input On; parameter: input; edition: 2012.
        TEST_INPUT_ON = 171, "Test Input On";
        /// Test Input Off; parameter: input; edition: 2012.
        TEST_INPUT_OFF = 172, "Test Input Off";
        /// Unit Flash Status Change; parameter: NTCIP unitFlashStatus; edition: 2012.
        UNIT_FLASH_STATUS_CHANGE = 173, "Unit Flash Status Change";
        /// Unit Alarm Status 1 Change; parameter: NTCIP unitAlarmStatus1; edition: 2012.
        UNIT_ALARM_STATUS_1_CHANGE = 174, "Unit Alarm Status 1 Change";
        /// Alarm Group State Change; parameter: NTCIP alarmGroupState; edition: 2012.
        ALARM_GROUP_STATE_CHANGE = 175, "Alarm Group State Change";
        /// Special Function Output On; parameter: sf #; edition: 2012.
        SPECIAL_FUNCTION_OUTPUT_ON = 176, "Special Function Output On";
        /// Special Function Output Off; parameter: sf #; edition: 2012.
        SPECIAL_FUNCTION_OUTPUT_OFF = 177, "Special Function Output Off";
        /// Manual Control Enable On/Off; parameter: 0/1; edition: 2012.
        MANUAL_CONTROL_ENABLE = 178, "Manual Control Enable On/Off";
        /// Interval Advance On/Off; parameter: 0/1; edition: 2012.
        INTERVAL_ADVANCE = 179, "Interval Advance On/Off";
        /// Stop Time Input On/Off; parameter: 0/1; edition: 2012.
        STOP_TIME_INPUT = 180, "Stop Time Input On/Off";
        /// Controller Clock Updated; parameter: correction s; edition: 2012.
        CONTROLLER_CLOCK_UPDATED = 181, "Controller Clock Updated";
        /// Power Failure Detected (0-89 VAC > 100 ms); parameter: 1; edition: 2012.
        POWER_FAILURE_DETECTED = 182, "Power Failure Detected (0-89 VAC > 100 ms)";
        /// Power Restored (> 98 VAC); parameter: 1; edition: 2012.
        POWER_RESTORED = 184, "Power Restored (> 98 VAC)";
        /// Vendor Specific Alarm; parameter: vendor; edition: 2012.
        VENDOR_SPECIFIC_ALARM = 185, "Vendor Specific Alarm";
        /// Alarm On; parameter: alarm; edition: 2019/UDOT.
        ALARM_ON = 200, "Alarm On";
        /// Alarm Off; parameter: alarm; edition: 2019/UDOT.
        ALARM_OFF = 201, "Alarm Off";
        /// Aux Switch On/Off; parameter: 0/1; edition: 2019/UDOT.
        AUX_SWITCH = 202, "Aux Switch On/Off";
        /// Split 17 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_17_CHANGE = 203, "Split 17 Change";
        /// Split 18 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_18_CHANGE = 204, "Split 18 Change";
        /// Split 19 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_19_CHANGE = 205, "Split 19 Change";
        /// Split 20 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_20_CHANGE = 206, "Split 20 Change";
        /// Split 21 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_21_CHANGE = 207, "Split 21 Change";
        /// Split 22 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_22_CHANGE = 208, "Split 22 Change";
        /// Split 23 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_23_CHANGE = 209, "Split 23 Change";
        /// Split 24 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_24_CHANGE = 210, "Split 24 Change";
        /// Split 25 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_25_CHANGE = 211, "Split 25 Change";
        /// Split 26 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_26_CHANGE = 212, "Split 26 Change";
        /// Split 27 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_27_CHANGE = 213, "Split 27 Change";
        /// Split 28 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_28_CHANGE = 214, "Split 28 Change";
        /// Split 29 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_29_CHANGE = 215, "Split 29 Change";
        /// Split 30 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_30_CHANGE = 216, "Split 30 Change";
        /// Split 31 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_31_CHANGE = 217, "Split 31 Change";
        /// Split 32 Change; parameter: seconds; edition: 2019/UDOT.
        SPLIT_32_CHANGE = 218, "Split 32 Change";
    }

    /// What a code is called; `None` for reserved and vendor-specific codes.
    #[must_use]
    pub fn name(code: u16) -> Option<&'static str> {
        let place = ALL.binary_search_by_key(&code, |&(known, _)| known).ok()?;
        ALL.get(place).map(|&(_, name)| name)
    }

    /// The code of "split of phase n changed" for phases 1 to 16; `None` beyond.
    #[must_use]
    pub fn split_change(phase: u8) -> Option<u16> {
        (1..=16)
            .contains(&phase)
            .then(|| SPLIT_1_CHANGE + u16::from(phase) - 1)
    }
}
