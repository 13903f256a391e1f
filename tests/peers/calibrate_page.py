"""Clicks through the page of `phasewise calibrate-camera` in a real browser, and checks what it writes.

    python3 tests/peers/calibrate_page.py --phasewise target/debug/phasewise [--chromium /usr/bin/chromium] [--shots DIR]

Draws a count line, a zone and a view into a painted street; drags, undoes, saves; changes the site file behind the page's back
and saves again. Needs `playwright` from PyPI and a Chromium, and is not part of `make test`.
"""

import argparse
import pathlib
import re
import subprocess
import tempfile
import tomllib

from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 640, 480
SITE = """# A street that is painted.
[site]
id = "painted"
name = "Painted Street"
simulated = true
approaches = [{ id = "north", heading_deg = 180, length_m = 100, speed_limit_kmh = 50, crossing_m = 15 }]
exits = [{ id = "south", lanes = 1, length_m = 100, heading_deg = 180, speed_limit_kmh = 50 }]
lanes = [{ id = "SB", approach = "north" }]   # only one
movements = [{ id = "through", from = "north", to = "south", turn = "through", lanes = ["SB"], protected = [2] }]
rings = ["2"]
views = [
  { id = "SB view", lanes = ["SB"], from_m = 0, to_m = 60 },   # of the city's own camera
]

[site.phases]
2 = "through"

[safety.phases]
2 = { min_green_s = 5, yellow_change_s = 3.3, red_clearance_s = 1.6 }

[tuning.phases]
2 = { max_green_s = 30, recall = "min" }
"""


def paint(path):
    """Grass, a road that narrows into the distance, a line in its middle."""
    rows = bytearray()
    for y in range(HEIGHT):
        half = 20 + y * 0.35
        for x in range(WIDTH):
            off = abs(x - WIDTH / 2)
            mark = off < 1 + y / 200 and (y // (10 + y // 10)) % 2
            rows += bytes((230, 230, 230) if mark else (105, 105, 110) if off < half else (70, 110, 60))
    path.write_bytes(b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + rows)


class Page:
    def __init__(self, page, shots):
        self.page, self.shots = page, shots

    def at(self, place):
        script = """place => {
            const p = new DOMPoint(...place).matrixTransform(document.getElementById('picture').getScreenCTM());
            return [p.x, p.y];
        }"""
        return self.page.evaluate(script, list(place))

    def click(self, *places):
        for place in places:
            self.page.mouse.click(*self.at(place))

    def drag(self, start, end):
        self.page.mouse.move(*self.at(start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at([(a + b) / 2 for a, b in zip(start, end)]))
        self.page.mouse.move(*self.at(end))
        self.page.mouse.up()

    def shot(self, name):
        self.page.wait_for_timeout(400)
        if self.shots:
            self.page.screenshot(path=str(self.shots / f"{name}.png"))

    def save(self):
        self.page.click("#save")
        self.page.click("dialog button.main:has-text('Write')")
        self.page.wait_for_selector("#advice:has-text('wrote')")


def draw(page, site):
    page.page.click("[data-new=line]")
    page.page.click(".chip:has-text('SB')")
    page.click((200, 300), (310, 300), (230, 470))
    assert page.page.input_value("[data-field=id]") == "SB count"
    page.page.click("[data-new=zone]")
    page.click((190, 330), (310, 330), (310, 380), (170, 380))
    page.page.keyboard.press("Enter")
    page.drag((170, 380), (176, 384))
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Control+z")
    page.shot("zone")
    page.page.select_option("#others", label="SB view  (SB)")
    # Left and right the wrong way round: the check says so at once. Then right.
    page.click((180, 320), (310, 320), (318, 60), (300, 60))
    page.page.wait_for_selector("#problems:has-text('other way round')")
    page.shot("mirrored")
    page.page.click("button:has-text('Draw anew')")
    page.click((310, 320), (200, 320), (300, 60), (318, 60))
    page.page.wait_for_selector("#verdict:has-text('nothing is wrong')")
    page.shot("drawn")
    page.save()
    text = site.read_text()
    read = tomllib.loads(text)["site"]
    assert read["detectors"][0]["line_px"] == [[200, 300], [310, 300]], read
    assert read["detectors"][1]["zone_px"] == [[190, 330], [310, 330], [310, 380], [176, 384]], read
    assert read["views"][0]["corners_px"] == [[310, 320], [200, 320], [300, 60], [318, 60]], read
    for comment in re.findall("#.*", SITE):
        assert comment in text, comment


def meanwhile(page, site):
    site.write_text(site.read_text().replace("Painted Street", "Painted Road"))
    page.page.click("#items li >> nth=0")
    page.drag((200, 300), (196, 302))
    page.page.click("dialog button.main:has-text('anew')")
    page.page.wait_for_timeout(500)
    page.save()
    read = tomllib.loads(site.read_text())["site"]
    assert read["name"] == "Painted Road", read
    assert read["detectors"][0]["line_px"] == [[196, 302], [310, 300]], read


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--phasewise", default="target/release/phasewise")
    arguments.add_argument("--chromium", default="/usr/bin/chromium")
    arguments.add_argument("--shots", type=pathlib.Path)
    arguments = arguments.parse_args()
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folder = pathlib.Path(folder)
        site, picture = folder / "site.toml", folder / "street.ppm"
        site.write_text(SITE)
        paint(picture)
        command = [arguments.phasewise, "calibrate-camera", picture, "--site", site, "--port", "0"]
        shown = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
        try:
            address = next(line.strip() for line in shown.stdout if "http://" in line)
            page = browser.new_page(viewport={"width": 1360, "height": 820})
            wrong = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.goto(address)
            page.wait_for_selector("#verdict:has-text('nothing is wrong')")
            page = Page(page, arguments.shots)
            draw(page, site)
            meanwhile(page, site)
            page.shot("saved")
            assert not wrong, wrong
        finally:
            browser.close()
            shown.terminate()
        subprocess.run([arguments.phasewise, "check", "--strict", site], check=True, stdout=subprocess.DEVNULL)
    print("drawn, checked, saved, and saved again after somebody else")


if __name__ == "__main__":
    main()
