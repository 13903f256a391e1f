"""Scores `phasewise camera` against hand-made truth on real street videos.

    python3 tests/peers/camera_score.py --phasewise target/release/phasewise FOLDER [--out DIR]

FOLDER holds the videos and `truth/` with other_crossings.csv, tfl625_crossings.csv, stopline_presence.csv and
signal_phase.csv. A site file is written for every video from the lines and zones of the truth. A crossing is right when one
of the truth, not matched yet, is within one second; those marked edge=1 are neither asked for nor held against. Presence
is the share of time in which the zone says what the truth says, "dontcare" left out. Only the standard library is needed.
"""

import argparse
import collections
import csv
import json
import pathlib
import subprocess
import tempfile

TOLERANCE_S = 1.0
NIGHT = {"625_201709042126.mp4"}
TOWARD = {
    "away(up)": (0, -1),
    "toward(down)": (0, 1),
    "away(up-right)": (0.7, -0.7),
    "right-to-left": (-1, 0),
    "left-to-right": (1, 0),
}

SITE = """[site]
id = "scored"
name = "Made by tests/peers/camera_score.py"
simulated = true
approaches = [{{ id = "south", heading_deg = 0, length_m = 100, speed_limit_kmh = 50, crossing_m = 15 }}]
exits = [{{ id = "north", lanes = 1, length_m = 100, heading_deg = 0, speed_limit_kmh = 50 }}]
lanes = [{{ id = "lane", approach = "south" }}]
movements = [{{ id = "through", from = "south", to = "north", turn = "through", lanes = ["lane"], protected = [2] }}]
rings = ["2"]
cameras = [{{ id = "camera", size_px = [{width}, {height}] }}]
detectors = [
{detectors}]

[site.phases]
2 = "through"

[safety.phases]
2 = {{ min_green_s = 5, yellow_change_s = 3.3, red_clearance_s = 1.6 }}

[tuning.phases]
2 = {{ max_green_s = 30, recall = "min" }}
"""


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def read_truth(folder):
    """Lines with their crossings, zones with their spans, signals; by video."""
    videos = collections.defaultdict(lambda: {"lines": {}, "zones": {}, "signal": []})
    for name in ["tfl625_crossings.csv", "other_crossings.csv"]:
        for row in rows(folder / "truth" / name):
            if not row["x1"]:
                continue
            line = videos[row["video"]]["lines"].setdefault(
                row["line_id"],
                {
                    "ends": [[int(row["x1"]), int(row["y1"])], [int(row["x2"]), int(row["y2"])]],
                    "toward": TOWARD[row["direction"]],
                    "truth": [],
                },
            )
            line["truth"].append((float(row["t_seconds"]), row["edge"] == "1"))
    for row in rows(folder / "truth" / "stopline_presence.csv"):
        zone = videos[row["video"]]["zones"].setdefault(
            row["zone"],
            {
                "corners": [[int(n) for n in corner.split(",")] for corner in row["polygon_px"].split(";")],
                "spans": [],
            },
        )
        zone["spans"].append((float(row["t_on"]), float(row["t_off"]), row["state"]))
    for row in rows(folder / "truth" / "signal_phase.csv"):
        state = row["state"].split()[0].replace("amber", "yellow")
        videos[row["video"]]["signal"].append((float(row["t0"]), float(row["t1"]), state))
    return videos


def size_of(manifest, video):
    for row in rows(manifest):
        if row["video"] == video:
            return [int(n) for n in row["resolution"].split("x")]
    raise SystemExit(f"{manifest} has no {video}")


def write_site(path, truth, size):
    detectors = []
    within = lambda place: [min(max(n, 0), side) for n, side in zip(place, size)]
    for name, line in truth["lines"].items():
        (x1, y1), (x2, y2) = line["ends"]
        toward = [round((x1 + x2) / 2 + 100 * line["toward"][0], 1), round((y1 + y2) / 2 + 100 * line["toward"][1], 1)]
        detectors.append((name, f'function = "stop-bar-count", line_px = {[within(p) for p in line["ends"]]}, toward_px = {toward}'))
    for name, zone in truth["zones"].items():
        corners = [within(p) for p in zone["corners"]]
        detectors.append((name, f'function = "stop-bar-presence", zone_px = {corners}'))
    text = "".join(
        f'  {{ id = "{name}", channel = {number}, lanes = ["lane"], camera = "camera", {what} }},\n'
        for number, (name, what) in enumerate(detectors, 1)
    )
    path.write_text(SITE.format(width=size[0], height=size[1], detectors=text))


def match(truth, events):
    """Right, wrong and missed; pairs nearest in time first, those that are asked for before those that are not."""
    pairs = sorted(
        (edge, abs(event - time), i, j)
        for i, (time, edge) in enumerate(truth)
        for j, event in enumerate(events)
        if abs(event - time) <= TOLERANCE_S
    )
    used_truth, used_events = set(), set()
    for _, _, i, j in pairs:
        if i not in used_truth and j not in used_events:
            used_truth.add(i)
            used_events.add(j)
    right = sum(1 for i in used_truth if not truth[i][1])
    missed = sum(1 for i, (_, edge) in enumerate(truth) if not edge and i not in used_truth)
    return right, len(events) - len(used_events), missed


def f1(score):
    right, wrong, missed = score
    return 2 * right / max(1, 2 * right + wrong + missed)


def agreement(spans, changes, step=0.05):
    """Share of time in which the zone said what the truth says: in all, when occupied, when empty."""
    same, all_of = collections.Counter(), collections.Counter()
    for start, end, state in spans:
        if state == "dontcare":
            continue
        for number in range(int((end - start) / step)):
            now = start + number * step
            on = [what for time, what in changes if time <= now]
            said = bool(on) and on[-1] == "on"
            all_of[state] += 1
            same[state] += said == (state == "occupied")
    share = lambda states: sum(same[s] for s in states) / max(1, sum(all_of[s] for s in states))
    return share(["occupied", "empty"]), share(["occupied"]), share(["empty"])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--phasewise", default="target/release/phasewise")
    arguments.add_argument("--out", type=pathlib.Path, help="keep site files, events and pictures here")
    arguments.add_argument("--no-signal", action="store_true", help="do not tell zones what the signal showed")
    arguments.add_argument("--detector", help="a learned model that is asked about the zones")
    arguments.add_argument("--zones-only", action="store_true", help="only videos with presence zones")
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        score(arguments, arguments.out or pathlib.Path(temporary))


def score(arguments, out):
    out.mkdir(parents=True, exist_ok=True)
    totals = collections.defaultdict(lambda: [0, 0, 0])
    rates, presence = [], []
    print(f"{'video':26}{'line':10}{'truth':>6}{'counted':>8}{'right':>6}{'wrong':>6}{'missed':>7}{'F1':>6}")
    for video, truth in sorted(read_truth(arguments.folder).items()):
        if arguments.zones_only and not truth["zones"]:
            continue
        stem = out / pathlib.Path(video).stem
        site, events_file, json_file = (stem.with_suffix(end) for end in [".toml", ".csv", ".json"])
        write_site(site, truth, size_of(arguments.folder / "manifest.csv", video))
        command = [arguments.phasewise, "camera", arguments.folder / video, "--site", site]
        command += ["--events", events_file, "--json", json_file]
        if arguments.detector:
            command += ["--detector", arguments.detector]
        if truth["signal"] and not arguments.no_signal:
            signal = stem.with_suffix(".signal.csv")
            lines = [f"{start},{end},2,{state}\n" for start, end, state in truth["signal"]]
            signal.write_text("from_s,until_s,phase,indication\n" + "".join(lines))
            command += ["--signal", signal]
        if arguments.out:
            command += ["--picture", stem.with_suffix(".png")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        result = json.loads(json_file.read_text())
        rates.append((video, result["frames_per_s"]))
        events = rows(events_file)
        for name, line in truth["lines"].items():
            times = [float(row["time_s"]) for row in events if row["detector"] == name and row["event"] == "crossing"]
            found = match(line["truth"], times)
            asked = sum(1 for _, edge in line["truth"] if not edge)
            print(f"{video:26}{name:10}{asked:6}{len(times):8}{found[0]:6}{found[1]:6}{found[2]:7}{f1(found):6.2f}")
            light = "night" if video in NIGHT else "day"
            family = "TfL, " + light if video.startswith("625_") else "other, day"
            for group in [family, light, "all"]:
                totals[group] = [a + b for a, b in zip(totals[group], found)]
        for name, zone in truth["zones"].items():
            changes = [(float(row["time_s"]), row["event"]) for row in events if row["detector"] == name]
            presence.append((video, name, *agreement(zone["spans"], changes)))
        sick = [row for row in events if row["detector"] == "camera"]
        for row in sick:
            print(f"{video:26}health at {row['time_s']} s: {row['event']}")
    print()
    for group, found in sorted(totals.items()):
        right, wrong, missed = found
        error = 100 * (wrong - missed) / max(1, right + missed)
        print(f"{group:14} F1 {f1(found):.3f}  count error {error:+.1f} %  ({right} right, {wrong} wrong, {missed} missed)")
    print()
    for video, name, both, occupied, empty in presence:
        print(f"{video:26}{name:6} presence agrees {both:6.1%}  (occupied {occupied:.1%}, empty {empty:.1%})")
    print()
    for video, rate in rates:
        print(f"{video:26}{rate:8.0f} frames/s")


if __name__ == "__main__":
    main()
