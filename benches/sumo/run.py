#!/usr/bin/env python3
"""Runs SUMO scenarios x controllers x seeds and writes a page of tables, and a figure beside it.

Called by `make bench-sumo`. Every run is one `phasewise sumo ... --json`. A part of it, or in parts:

    run.py --phasewise target/release/phasewise --output page.md --scenarios cologne1 grid4x4 --seeds 3-5
    run.py ... --controllers adaptive greedy --runs target/sumo-runs

With --runs the figures of every run are kept in that folder, and those that are there are not run again: what stops in between
goes on, and the page of all parts is made of what the parts left. Use an empty one after any change of the program.
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import statistics
import subprocess
import sys
import sysconfig
import tempfile

from figure import figure

CONTROLLERS = "adaptive max-pressure greedy actuated sumo-actuated sumo-delay-based sumo-fixed".split()
SCENARIOS = "cologne1 cologne3 cologne8 ingolstadt1 ingolstadt7 ingolstadt21 grid4x4 arterial4x4".split()
INCIDENTS = ["max_wait_violations", "teleports", "collisions", "emergency_braking"]


def nets():
    """The RESCO nets of the installed sumo-rl wheel."""
    return pathlib.Path(sysconfig.get_paths()["purelib"]) / "sumo_rl" / "nets" / "RESCO"


def seeds_of(text):
    """5: seeds 1 to 5; 3-5: 3 to 5; 2,7: these."""
    if match := re.fullmatch(r"(\d+)", text):
        seeds = range(1, int(match[1]) + 1)
    elif match := re.fullmatch(r"(\d+)-(\d+)", text):
        seeds = range(int(match[1]), int(match[2]) + 1)
    elif re.fullmatch(r"\d+(,\d+)+", text):
        seeds = sorted({int(seed) for seed in text.split(",")})
    else:
        seeds = []
    if not seeds:
        raise argparse.ArgumentTypeError(f"found {text!r}; allowed: 5 (1 to 5), 3-5 or 2,7")
    return list(seeds)


def run(phasewise, scenario, controller, seed, folder):
    out = folder / f"{scenario}.{controller}.{seed}.json"
    if out.exists():
        return json.loads(out.read_text())
    config = nets() / scenario / f"{scenario}.sumocfg"
    # Under its name only once it is whole: a run that is stopped leaves nothing that looks done.
    unfinished = out.with_suffix(".unfinished")
    command = [
        phasewise, "sumo", str(config), "--controller", controller, "--seed", str(seed), "--json", str(unfinished)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    unfinished.rename(out)
    figures = json.loads(out.read_text())
    print(f"{scenario} {controller} seed {seed}: {figures['delay_s']:.1f} s", file=sys.stderr, flush=True)
    return figures


def table(figures, scenarios, controllers, seeds):
    lines = ["| | " + " | ".join(scenarios) + " |", "|---|" + "---:|" * len(scenarios)]
    for controller in controllers:
        cells = []
        for scenario in scenarios:
            delays = [figures[scenario, controller, seed]["delay_s"] for seed in seeds]
            cells.append(f"{statistics.mean(delays):.1f} [{min(delays):.1f}, {max(delays):.1f}]")
        lines.append(f"| {controller} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def incidents(figures, scenarios, controllers, seeds):
    lines = ["| | longest wait, s | waits over 120 s | teleports | collisions | hard braking |", "|---|" + "---:|" * 5]
    for controller in controllers:
        runs = [figures[scenario, controller, seed] for scenario in scenarios for seed in seeds]
        counts = [str(sum(run[key] for run in runs)) for key in INCIDENTS]
        lines.append(f"| {controller} | {max(run['max_wait_s'] for run in runs):.0f} | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def page(figures, scenarios, controllers, seeds, picture):
    sumo = next(iter(figures.values()))["sumo"]
    numbers = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {', '.join(map(str, seeds))}"
    return f"""# SUMO scenarios

Delay: mean of time loss and departure delay over all scheduled vehicles, s; mean over {numbers} [lowest, highest].
{sumo}; nets of the sumo-rl wheel (`benches/sumo/requirements.txt`), their own yellow, minimum green 5 s, cameras to 100 m, nobody
teleported. Made by `make bench-sumo`; one run is `phasewise sumo NET.sumocfg --controller NAME --seed N`. What each figure
means: [docs/sumo.md](../../docs/sumo.md#what-each-figure-means).

{table(figures, scenarios, controllers, seeds)}

![Delay of every run: a panel per scenario, a row per controller, a dot per seed, a bar at the mean]({picture})

## What must not happen, all scenarios and seeds

{incidents(figures, scenarios, controllers, seeds)}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phasewise", required=True, help="the program")
    parser.add_argument("--scenarios", nargs="+", default=SCENARIOS, choices=SCENARIOS, metavar="NAME",
                        help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument("--controllers", nargs="+", default=CONTROLLERS, choices=[*CONTROLLERS, "fixed"], metavar="NAME",
                        help=f"of {', '.join(CONTROLLERS)}, fixed")
    parser.add_argument("--seeds", type=seeds_of, default="5", help="5: seeds 1 to 5; 3-5; 2,7")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--runs", type=pathlib.Path, help="folder that keeps the figures of runs; those there are not run again")
    parser.add_argument("--output", type=pathlib.Path, required=True,
                        help="the page to write; the figure gets its name, with .svg")
    args = parser.parse_args()
    what = (args.scenarios, args.controllers, args.seeds)
    jobs = [(scenario, controller, seed) for scenario in what[0] for controller in what[1] for seed in what[2]]
    with tempfile.TemporaryDirectory() as temporary, concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        folder = args.runs or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        figures = dict(zip(jobs, pool.map(lambda job: run(args.phasewise, *job, folder), jobs)))
    delays = {
        scenario: {
            controller: {seed: figures[scenario, controller, seed]["delay_s"] for seed in args.seeds}
            for controller in args.controllers}
        for scenario in args.scenarios}
    args.output.parent.mkdir(parents=True, exist_ok=True)
    picture = args.output.with_suffix(".svg")
    picture.write_text(figure(delays))
    args.output.write_text(page(figures, *what, picture.name))


if __name__ == "__main__":
    main()
