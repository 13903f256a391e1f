"""Checks `phasewise sumo` against SUMO itself, on a public scenario.

Needs SUMO and the nets of the sumo-rl wheel, and a built `phasewise`. `make peers` runs

    python tests/peers/sumo_driver.py --phasewise target/release/phasewise

1. The same seed twice gives the same figures, but for real time.
2. Counters at the stop bars give one pulse for each vehicle that passed them, lane by lane, within a second of the step
   in which it did. Where vehicles are is taken from SUMO's trajectory file, which knows nothing of our loops.
3. Delay, stops and arrivals are those of a SUMO that nobody talks to: it is given the signals of our run second by
   second as one long program, and its trip file is read here. The same for the net's own program.

Every check prints what it compared; exits with 1 if one fails.
"""

import argparse
import csv
import datetime
import json
import pathlib
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import xml.etree.ElementTree as ElementTree

import sumo

SUMO = pathlib.Path(sumo.SUMO_HOME) / "bin" / "sumo"
NETS = pathlib.Path(sysconfig.get_paths()["purelib"]) / "sumo_rl" / "nets" / "RESCO"
REAL_TIME = {"wall_s", "sumo_s", "controllers_s"}
DETECTOR_ON = 82
COUNTER_BEFORE_BAR_M = 0.3
# Events are told with the tick in which they came, up to 0.1 s later.
TICK_S = 0.1
DAY_S = 86400


def prepare(scenario, folder):
    """The scenario with two more outputs of SUMO's: where vehicles are and what signals show, second by second."""
    source = NETS / scenario / f"{scenario}.sumocfg"
    root = ElementTree.parse(source).getroot()
    for name in ["net-file", "route-files"]:
        value = root.find(f".//{name}")
        value.set("value", str(source.parent / value.get("value")))
    net = ElementTree.parse(root.find(".//net-file").get("value")).getroot()
    signals = [logic.get("id") for logic in net.iter("tlLogic")]
    saved = [
        f'<timedEvent type="SaveTLSStates" source="{signal}" dest="{folder}/signal-{number}.xml"/>'
        for number, signal in enumerate(signals)]
    (folder / "saved.add.xml").write_text(f"<additional>{''.join(saved)}</additional>")
    ElementTree.SubElement(root.find("input"), "additional-files", value=str(folder / "saved.add.xml"))
    output = ElementTree.SubElement(root, "output")
    ElementTree.SubElement(output, "fcd-output", value=str(folder / "trajectories.xml"))
    config = folder / f"{scenario}.sumocfg"
    ElementTree.ElementTree(root).write(config)
    return config, net, signals


def phasewise(program, config, controller, seed, json_file, *more):
    command = [program, "sumo", config, "--controller", controller, "--seed", seed, "--json", json_file, *more]
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    return json.loads(json_file.read_text())


def counted(program, net_file, log, folder):
    """Times of the pulses of every counter, s after midnight: (site, channel) -> times."""
    subprocess.run([program, "import", "sumo", net_file, "-o", folder / "sites"], check=True, stdout=subprocess.DEVNULL)
    pulses = {}
    for file in sorted(folder.glob("sites/*/site.toml")):
        site = tomllib.loads(file.read_text())["site"]
        channels = {d["channel"] for d in site["detectors"] if d["function"] == "stop-bar-count"}
        pulses |= {(site["id"], channel): [] for channel in channels}
        with open(log / f"{site['id']}.csv") as events:
            for event in csv.DictReader(events):
                if int(event["EventId"]) == DETECTOR_ON and int(event["Parameter"]) in channels:
                    at = datetime.datetime.fromisoformat(event["TimeStamp"])
                    second = (at - at.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
                    pulses[site["id"], int(event["Parameter"])].append(second)
    return pulses


def passed(trajectories, net):
    """When vehicles passed the place of the counter on each lane that ends at a signal: lane -> starts of steps, s.

    A vehicle passed it if it is beyond it on that lane, or was on the lane and is now on another road or nowhere (trips of
    these scenarios end at the end of their last lane), or is suddenly in the junction behind a lane so short that it
    was never seen there. SUMO moves vehicles first and lets them change lanes then, so one that does so just
    before the bar passes both.
    """
    length = {lane.get("id"): float(lane.get("length")) for lane in net.iter("lane")}
    at_signal = [c for c in net.iter("connection") if c.get("tl")]
    behind = {c.get("via"): f"{c.get('from')}_{c.get('fromLane')}" for c in at_signal}
    passages = {lane: [] for lane in behind.values()}
    road = lambda lane: lane.rpartition("_")[0]
    inside = {road(lane) for lane in behind}
    # Lanes of the road they are on whose counters vehicles have passed.
    done, before = {}, {}
    for _, element in ElementTree.iterparse(trajectories):
        if element.tag != "timestep":
            continue
        at = float(element.get("time"))
        now = {vehicle.get("id"): (vehicle.get("lane"), float(vehicle.get("pos"))) for vehicle in element}
        for vehicle in before | now:
            (was, _), (lane, front) = before.get(vehicle, ("", 0)), now.get(vehicle, ("", 0))
            through = []
            if road(was) != road(lane):
                through = [was] if was not in done.pop(vehicle, set()) else []
                if lane in behind and road(was) not in (road(behind[lane]), *inside):
                    through.append(behind[lane])
            elif lane in passages and front >= length[lane] - COUNTER_BEFORE_BAR_M:
                through = {was, lane} - done.setdefault(vehicle, set())
                done[vehicle] |= through
            for passed_lane in through:
                if passed_lane in passages:
                    passages[passed_lane].append(at)
        before = now
        element.clear()
    return passages


def misfit(pulses, passages):
    """How many more or fewer pulses than vehicles, and how many pulses came not within a second of the vehicle's step."""
    pairs = zip(sorted(pulses), sorted(passages))
    late = sum(not -1 < pulse - passage <= 2 + TICK_S for pulse, passage in pairs)
    return abs(len(pulses) - len(passages)), late


def check_counts(pulses, passages):
    """Site files do not name SUMO's lanes: each counter takes the lane that fits best, and no two the same."""
    is_good, free = True, dict(passages)
    for counter, times in sorted(pulses.items(), key=lambda it: -len(it[1])):
        lane = min(sorted(free), key=lambda lane: sum(misfit(times, free[lane])))
        more, late = misfit(times, free[lane])
        print(f"  {counter[0]}, counter {counter[1]:>2}: {len(times):>4} pulses; {len(free.pop(lane)):>4} vehicles on {lane}"
              + (f"; {late} at another time" if late else ""))
        is_good &= more == 0 and late == 0
    missing = {lane: len(times) for lane, times in sorted(free.items()) if times}
    print(f"  {sum(map(len, pulses.values()))} pulses; lanes without a counter: {missing or 'none'}")
    return is_good and not missing and any(pulses.values())


def trips(file):
    """Figures from SUMO's trip file, read by other code than ours."""
    every = [trip.attrib for trip in ElementTree.parse(file).getroot().iter("tripinfo")]
    mean = lambda name: sum(float(trip[name]) for trip in every) / len(every)
    return {
        "time_loss_s": mean("timeLoss"),
        "depart_delay_s": mean("departDelay"),
        "delay_s": mean("timeLoss") + mean("departDelay"),
        "stops": mean("waitingCount"),
        "arrived": sum(float(trip["arrival"]) >= 0 for trip in every),
        "running": sum(float(trip["depart"]) >= 0 > float(trip["arrival"]) for trip in every),
        "never_inserted": sum(float(trip["depart"]) < 0 for trip in every),
    }


def alone(config, seed, folder, additional=None):
    """Figures of a SUMO that nobody talks to."""
    more = ["--additional-files", additional] if additional else []
    subprocess.run(
        [SUMO, "-c", config, "--seed", str(seed), "--time-to-teleport", "-1", "--no-step-log",
         "--tripinfo-output", folder / "alone.xml", "--tripinfo-output.write-unfinished",
         "--tripinfo-output.write-undeparted", *more],
        check=True, stdout=subprocess.DEVNULL)
    return trips(folder / "alone.xml")


def as_program(signals, begin_s, folder):
    """What every signal showed, second by second, as one long program."""
    logics = []
    for number, signal in enumerate(signals):
        shown = [
            (float(state.get("time")), state.get("state"))
            for state in ElementTree.parse(folder / f"signal-{number}.xml").getroot().iter("tlsState")]
        changes = [shown[0]] + [now for before, now in zip(shown, shown[1:]) if now[1] != before[1]]
        ends = [at for at, _ in changes[1:]] + [shown[-1][0] + DAY_S]
        phases = "".join(
            f'<phase duration="{end - at}" state="{state}"/>' for (at, state), end in zip(changes, ends))
        # SUMO runs programs by its own clock; this one begins with the run.
        logics.append(
            f'<tlLogic id="{signal}" type="static" programID="recorded" offset="{begin_s}">{phases}</tlLogic>')
    file = folder / "recorded.add.xml"
    file.write_text(f"<additional>{''.join(logics)}</additional>")
    return file


def check_figures(ours, theirs):
    same = all(abs(ours[key] - value) < 1e-9 * max(1, abs(value)) for key, value in theirs.items())
    for key, value in theirs.items():
        print(f"  {key:<16} {ours[key]:>12.6f} {value:>12.6f}")
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phasewise", required=True, help="the program")
    parser.add_argument("--scenario", default="cologne1")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    verdicts = []

    def verdict(name, is_good):
        verdicts.append(is_good)
        print(f"{'ok  ' if is_good else 'FAIL'} {name}", flush=True)

    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        config, net, signals = prepare(args.scenario, folder)
        begin_s = float(ElementTree.parse(config).getroot().find(".//begin").get("value"))
        net_file = ElementTree.parse(config).getroot().find(".//net-file").get("value")
        run = lambda name, controller, *more: phasewise(
            args.phasewise, config, controller, args.seed, folder / name, *more)

        first = run("first.json", "adaptive", "--log", folder / "log")
        pulses = counted(args.phasewise, net_file, folder / "log", folder)
        passages = passed(folder / "trajectories.xml", net)
        program = as_program(signals, begin_s, folder)
        second = run("second.json", "adaptive")
        differ = sorted(key for key in first if key not in REAL_TIME and first[key] != second[key])
        print(f"  delay {first['delay_s']:.6f} and {second['delay_s']:.6f} s; different: {differ or 'nothing'}")
        verdict("the same seed twice gives the same figures", not differ)
        verdict("counters give one pulse per vehicle", check_counts(pulses, passages))
        theirs = alone(config, args.seed, folder, program)
        verdict("adaptive: figures are those of a SUMO that shows the same signals", check_figures(first, theirs))
        fixed = run("fixed.json", "sumo-fixed")
        verdict("sumo-fixed: figures are those of a SUMO left alone", check_figures(fixed, alone(config, args.seed, folder)))
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
