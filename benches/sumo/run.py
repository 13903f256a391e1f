#!/usr/bin/env python3
"""Runs SUMO scenarios x controllers x seeds and writes a page of tables.

Called by `make bench-sumo`. Every run is one `phasewise sumo ... --json`; two run at a time.
"""
import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import sys
import sysconfig
import tempfile

CONTROLLERS = "adaptive max-pressure greedy actuated sumo-actuated sumo-delay-based sumo-fixed".split()
SCENARIOS = "cologne1 cologne3 cologne8 ingolstadt1 ingolstadt7 ingolstadt21 grid4x4 arterial4x4".split()


def nets():
    """The RESCO nets of the installed sumo-rl wheel."""
    return pathlib.Path(sysconfig.get_paths()["purelib"]) / "sumo_rl" / "nets" / "RESCO"


def run(phasewise, scenario, controller, seed, folder):
    out = folder / f"{scenario}.{controller}.{seed}.json"
    config = nets() / scenario / f"{scenario}.sumocfg"
    command = [phasewise, "sumo", str(config), "--controller", controller, "--seed", str(seed), "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    print(f"{scenario} {controller} seed {seed} done", file=sys.stderr, flush=True)
    return json.loads(out.read_text())


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
    keys = ["max_wait_violations", "teleports", "collisions", "emergency_braking"]
    lines = ["| | longest wait, s | waits over 120 s | teleports | collisions | hard braking |", "|---|" + "---:|" * 5]
    for controller in controllers:
        runs = [figures[scenario, controller, seed] for scenario in scenarios for seed in seeds]
        counts = [str(sum(run[key] for run in runs)) for key in keys]
        lines.append(f"| {controller} | {max(run['max_wait_s'] for run in runs):.0f} | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phasewise", required=True, help="the program")
    parser.add_argument("--scenarios", nargs="+", default=SCENARIOS)
    parser.add_argument("--controllers", nargs="+", default=CONTROLLERS)
    parser.add_argument("--seeds", type=int, default=5, help="seeds 1 to this")
    parser.add_argument("--output", required=True, help="the page to write")
    args = parser.parse_args()
    seeds = range(1, args.seeds + 1)
    jobs = [(s, c, k) for s in args.scenarios for c in args.controllers for k in seeds]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda job: run(args.phasewise, *job, pathlib.Path(folder)), jobs)
        figures = dict(zip(jobs, results))
    sumo = next(iter(figures.values()))["sumo"]
    page = f"""# SUMO scenarios

Delay: mean of time loss and departure delay over all scheduled vehicles, s; mean over seeds 1 to {args.seeds} [lowest, highest].
{sumo}; nets of the sumo-rl wheel (`benches/sumo/requirements.txt`), their own yellow, minimum green 5 s, cameras to 100 m, nobody
teleported. Made by `make bench-sumo`; one run is `phasewise sumo NET.sumocfg --controller NAME --seed N`.

{table(figures, args.scenarios, args.controllers, seeds)}

## What must not happen, all scenarios and seeds

{incidents(figures, args.scenarios, args.controllers, seeds)}
"""
    pathlib.Path(args.output).write_text(page)


if __name__ == "__main__":
    main()
