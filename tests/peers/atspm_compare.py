"""Compares Phasewise's measures with those of the Python package atspm (2.6.1, MIT).

Run it in a virtual environment of its own:

    python3 -m venv .venv && .venv/bin/pip install 'atspm==2.6.1' 'duckdb<1.5'
    .venv/bin/python tests/peers/atspm_compare.py compare target/release/phasewise LOG DETECTORS
    .venv/bin/python tests/peers/atspm_compare.py original LOG        # the shipped recording is the package's own
    .venv/bin/python tests/peers/atspm_compare.py golden LOG DETECTORS OUT.json

`compare` runs both on the same log and fails when any figure differs by more than the tolerance below.
`golden` writes atspm's figures as JSON; `make test` compares ours with them without Python.
"""

import json
import subprocess
import sys
import tempfile

import duckdb
import pandas
from atspm import SignalDataProcessor, sample_data

BIN_MIN = 15
# Counts must be equal. Times agree to what a 32-bit float of atspm holds; occupancies also to the order of events
# with the same time stamp, which SQL leaves open.
TOLERANCE = {"count": 0, "time_s": 0.005, "share": 0.0005, "occupancy": 0.005}

AGGREGATIONS = [
    {"name": "has_data", "params": {"no_data_min": 5, "min_data_points": 3}},
    {"name": "actuations", "params": {"fill_in_missing": True}},
    {"name": "arrival_on_green", "params": {"latency_offset_seconds": 0}},
    {"name": "platoon_ratio", "params": {}},
    {
        "name": "split_failures",
        "params": {"red_time": 5, "red_occupancy_threshold": 0.80, "green_occupancy_threshold": 0.80, "by_approach": True, "by_cycle": False},
    },
    {"name": "terminations", "params": {}},
    {"name": "yellow_red", "params": {"latency_offset_seconds": 0}},
    {"name": "timeline", "params": {"min_duration": 0, "cushion_time": 1, "maxtime": True}},
    {
        "name": "phase_wait",
        "params": {"preempt_recovery_seconds": 120, "assumed_cycle_length": 140, "skip_multiplier": 1.5, "tsp_skip_multiplier": 1.5},
    },
    {"name": "full_ped", "params": {"seconds_between_actuations": 15, "return_volumes": False}},
    {"name": "ped_delay", "params": {}},
    {"name": "coordination", "params": {}},
    {"name": "splits", "params": {}},
]

# measure in our JSON: (table of atspm, {our key: its column}, {our figure: (its column, kind of figure)})
BY_PHASE = {"bin": "TimeStamp", "phase": "Phase"}
MEASURES = {
    "actuations": ("actuations", {"bin": "TimeStamp", "detector": "Detector"}, {"count": ("Total", "count")}),
    "arrivals_on_green": (
        "arrival_on_green",
        BY_PHASE,
        {"arrivals": ("Total_Actuations", "count"), "share": ("Percent_AOG", "share")},
    ),
    "platoon_ratio": (
        "platoon_ratio",
        BY_PHASE,
        {"green_s": ("Green_Seconds", "time_s"), "ratio": ("Platoon_Ratio", "share"), "arrival_type": ("Arrival_Type", "count")},
    ),
    "split_failures": (
        "split_failures",
        BY_PHASE,
        {
            "green_s": ("Green_Time", "time_s"),
            "green_occupancy": ("Green_Occupancy", "occupancy"),
            "red_occupancy": ("Red_Occupancy", "occupancy"),
            "failures": ("Split_Failure", "count"),
        },
    ),
    "terminations": (
        "(PIVOT terminations ON PerformanceMeasure IN ('GapOut', 'MaxOut', 'ForceOff') USING coalesce(sum(Total), 0))",
        BY_PHASE,
        {"gap_out": ("GapOut", "count"), "max_out": ("MaxOut", "count"), "force_off": ("ForceOff", "count")},
    ),
    "yellow_red": (
        "(SELECT *, CASE Signal_State WHEN 1 THEN 'green' WHEN 8 THEN 'yellow' ELSE 'red' END AS Shown FROM yellow_red)",
        {"bin": "TimeStamp", "phase": "Phase", "shown": "Shown", "red_offset_s": "Red_Offset"},
        {"count": ("Count", "count")},
    ),
    "phase_wait": (
        "phase_wait",
        BY_PHASE,
        {"mean_s": ("AvgPhaseWait", "time_s"), "max_s": ("MaxPhaseWait", "time_s"), "skips": ("TotalSkips", "count")},
    ),
    "pedestrians": (
        "full_ped",
        BY_PHASE,
        {"services": ("PedServices", "count"), "presses": ("PedActuation", "count"), "unique_presses": ("Unique_Actuations", "count")},
    ),
    "pedestrian_delay": ("ped_delay", BY_PHASE, {"mean_s": ("AvgPedDelay", "time_s"), "waits": ("Samples", "count")}),
    "coordination": (
        "(SELECT DISTINCT * FROM coordination)",
        {"at": "Raw_TimeStamp", "code": "EventId", "parameter": "Parameter"},
        {},
    ),
    "vendor_splits": (
        "splits",
        {"bin": "TimeStamp", "code": "EventId"},
        {"services": ("Services", "count"), "mean_s": ("Average_Split", "time_s")},
    ),
}


def key_text(value):
    """A key as our JSON writes it: civil times with tenths, offsets as 1.5, the rest as it is."""
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + str(value.microsecond // 100000)
    if isinstance(value, float):
        return f"{value + 0.0:.1f}"
    return str(value)


def read_log(path):
    """The log as atspm wants it; DuckDB reads .csv.gz itself."""
    if path.endswith(".parquet"):
        return duckdb.sql(f"SELECT * FROM read_parquet('{path}')").df()
    return duckdb.sql(f"SELECT * FROM read_csv('{path}', header = true, types = {{'TimeStamp': 'TIMESTAMP', 'DeviceId': 'VARCHAR'}})").df()


def for_device_of(log, detectors):
    """A copy of the detector table for the signal in the log: simulated logs carry the site's id."""
    device = read_log(log)["DeviceId"].iloc[0]
    roles = duckdb.sql(f"SELECT * REPLACE ('{device}' AS DeviceId) FROM read_csv('{detectors}', header = true, all_varchar = true)").df()
    copy = tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False)
    with copy:
        roles.to_csv(copy, index=False)
    return copy.name


def unambiguous(log):
    """A copy of the log in which what happens to the same detector, button or call within the same moment is 10 ms
    apart, in the log's order: SQL leaves that order open. The recorded log has no such moments."""
    events = read_log(log)
    moved = 0
    for codes in ([81, 82], [90, 21, 22], [43, 44]):
        order = events[events["EventId"].isin(codes)].groupby(["TimeStamp", "Parameter"]).cumcount()
        events.loc[order.index, "TimeStamp"] += pandas.to_timedelta(order * 10, unit="ms")
        moved += (order > 0).sum()
    print(f"{log}: {len(events)} events, {moved} moved by 10 ms or more")
    copy = tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False)
    with copy:
        events.sort_values("TimeStamp", kind="stable").to_csv(copy, index=False, date_format="%Y-%m-%d %H:%M:%S.%f")
    return copy.name


def atspm_figures(log, detectors):
    roles = duckdb.sql(f"SELECT * FROM read_csv('{detectors}', header = true, types = {{'DeviceId': 'VARCHAR'}})").df()
    figures = {}
    with SignalDataProcessor(
        raw_data=read_log(log),
        detector_config=roles,
        bin_size=BIN_MIN,
        controller_type="maxtime",
        verbose=0,
        aggregations=AGGREGATIONS,
    ) as processor:
        processor.load()
        processor.aggregate()
        for measure, (table, keys, values) in MEASURES.items():
            columns = list(keys.values()) + [column for column, _ in values.values()]
            rows = processor.conn.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
            figures[measure] = {}
            for row in rows:
                key = "|".join(key_text(value) for value in row[: len(keys)])
                figures[measure][key] = {name: float(value) for name, value in zip(values, row[len(keys) :])}
    return figures


def our_figures(binary, log, detectors):
    output = subprocess.run([binary, "measures", log, "--detectors", detectors, "--json"], check=True, capture_output=True, text=True).stdout
    ours = json.loads(output)
    figures = {}
    for measure, (_, keys, values) in MEASURES.items():
        figures[measure] = {}
        for row in ours[measure]:
            key = "|".join(key_text(row[name]) for name in keys)
            figures[measure][key] = {name: float(row[name]) for name in values}
    return figures


def compare(ours, theirs):
    """Prints one line per measure and figure; returns the number of disagreements."""
    wrong = 0
    print(f"{'measure':20} {'figure':16} {'rows':>6} {'largest difference':>20} {'tolerance':>10}")
    for measure, (_, _, values) in MEASURES.items():
        only_ours = sorted(ours[measure].keys() - theirs[measure].keys())
        only_theirs = sorted(theirs[measure].keys() - ours[measure].keys())
        for side, keys in (("only in Phasewise", only_ours), ("only in atspm", only_theirs)):
            for key in keys[:5]:
                print(f"  {measure}: {key} {side}")
            wrong += len(keys)
        shared = ours[measure].keys() & theirs[measure].keys()
        if not values:
            print(f"{measure:20} {'(rows)':16} {len(shared):6}")
        for name, (_, kind) in values.items():
            differences = {key: abs(ours[measure][key][name] - theirs[measure][key][name]) for key in shared}
            largest = max(differences.values(), default=0.0)
            beyond = [key for key, difference in differences.items() if difference > TOLERANCE[kind]]
            wrong += len(beyond)
            print(f"{measure:20} {name:16} {len(shared):6} {largest:20.6f} {TOLERANCE[kind]:10}" + ("" if not beyond else f"  {len(beyond)} DIFFER"))
            for key in sorted(beyond)[:5]:
                print(f"  {key}: Phasewise {ours[measure][key][name]}, atspm {theirs[measure][key][name]}")
    return wrong


def original(log):
    """Whether the shipped recording holds exactly the package's sample events."""
    theirs = sample_data.data.df()
    ours = read_log(log)
    columns = ["TimeStamp", "DeviceId", "EventId", "Parameter"]
    ours, theirs = (frame[columns].astype({"DeviceId": str, "TimeStamp": "datetime64[us]"}).reset_index(drop=True) for frame in (ours, theirs))
    same = len(ours) == len(theirs) and bool((ours == theirs).all().all())
    print(f"{log}: {len(ours)} events, the package has {len(theirs)}: {'the same' if same else 'DIFFERENT'}")
    return same


def main(arguments):
    if len(arguments) == 4 and arguments[0] == "compare":
        binary, log, detectors = arguments[1:]
        log, detectors = unambiguous(log), for_device_of(log, detectors)
        wrong = compare(our_figures(binary, log, detectors), atspm_figures(log, detectors))
        print("they agree" if wrong == 0 else f"{wrong} disagreements")
        return 0 if wrong == 0 else 1
    if len(arguments) == 2 and arguments[0] == "original":
        return 0 if original(arguments[1]) else 1
    if len(arguments) == 4 and arguments[0] == "golden":
        figures = {"origin": "figures of the Python package atspm 2.6.1 (MIT), written by tests/peers/atspm_compare.py golden"}
        figures |= atspm_figures(*arguments[1:3])
        with open(arguments[3], "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=0, sort_keys=True)
            file.write("\n")
        return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
