"""A figure of delays: one panel per scenario, one row per controller, one dot per seed. Writes SVG, needs nothing.

In: delays by scenario, controller and seed. Out: the text of an SVG file. Not here: running anything (`run.py`).
"""
import math
import statistics
from xml.sax.saxutils import escape

PANEL_WIDTH, ROW, HEAD, FOOT = 460, 20, 30, 34
LABELS, VALUES, GAP = 118, 56, 20
COLUMNS = 2
OURS = {"adaptive": "#0b6e4f", "actuated": "#4a7c6b", "fixed": "#4a7c6b"}
OTHERS = "#7a5c99"
INK, FAINT = "#222222", "#cccccc"


def ticks(low, high):
    """1, 2, 5, 10 … from the last below `low` to the first above `high`."""
    steps = [m * 10**e for e in range(-2, 6) for m in (1, 2, 5)]
    begin = max(i for i, step in enumerate(steps) if step <= low)
    end = min(i for i, step in enumerate(steps) if step >= high)
    return steps[begin : max(end, begin + 1) + 1]


def text(x, y, words, anchor="start", color=INK, size=12, weight="normal"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size}"'
        f' font-weight="{weight}">{escape(str(words))}</text>')


def panel(name, delays, x0, y0):
    """`delays`: seconds by controller and seed. The axis is logarithmic: controllers differ by factors."""
    seconds = [max(delay, 0.1) for of_seed in delays.values() for delay in of_seed.values()]
    marks = ticks(min(seconds), max(seconds))
    left, right = x0 + LABELS, x0 + PANEL_WIDTH - VALUES
    scale = (right - left) / math.log(marks[-1] / marks[0])
    place = lambda delay: left + scale * math.log(max(delay, 0.1) / marks[0])
    top, bottom = y0 + HEAD, y0 + HEAD + ROW * len(delays)
    parts = [text(x0, y0 + 16, name, size=14, weight="bold")]
    for mark in marks:
        parts.append(f'<line x1="{place(mark):.1f}" x2="{place(mark):.1f}" y1="{top}" y2="{bottom}" stroke="{FAINT}"/>')
        parts.append(text(place(mark), bottom + 14, f"{mark:g}", "middle", size=11))
    parts.append(text(right, bottom + 28, "delay, s per vehicle (logarithmic)", "end", size=11))
    for row, (controller, of_seed) in enumerate(delays.items()):
        y = top + ROW * (row + 0.5)
        color = OURS.get(controller, OTHERS)
        mean = statistics.mean(of_seed.values())
        weight = "bold" if controller == "adaptive" else "normal"
        parts.append(text(left - 8, y + 4, controller, "end", weight=weight))
        parts.append(
            f'<line x1="{place(mean):.1f}" x2="{place(mean):.1f}" y1="{y - 7:.1f}" y2="{y + 7:.1f}"'
            f' stroke="{color}" stroke-width="2"/>')
        for seed, delay in of_seed.items():
            parts.append(
                f'<circle cx="{place(delay):.1f}" cy="{y:.1f}" r="4" fill="{color}" fill-opacity="0.55">'
                f"<title>{escape(name)}, {escape(controller)}, seed {seed}: {delay:.1f} s</title></circle>")
        parts.append(text(right + 10, y + 4, f"{mean:.1f}", color=color, weight=weight))
    return parts


def figure(delays):
    """The SVG of `delays`: seconds by scenario, controller and seed."""
    columns = min(COLUMNS, len(delays))
    heights = [HEAD + FOOT + ROW * max(map(len, delays.values()))] * math.ceil(len(delays) / columns)
    width = columns * PANEL_WIDTH + (columns + 1) * GAP
    height = sum(heights) + (len(heights) + 1) * GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' font-family="sans-serif" role="img" aria-label="Mean delay by scenario and controller, a dot per seed">',
        f'<rect width="{width}" height="{height}" fill="white"/>']
    for number, (name, of_controller) in enumerate(delays.items()):
        row, column = divmod(number, columns)
        parts += panel(name, of_controller, GAP + column * (PANEL_WIDTH + GAP), GAP + row * (heights[0] + GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"
