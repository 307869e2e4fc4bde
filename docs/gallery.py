#!/usr/bin/env python3
"""Write the pictures of docs/gallery.md: the reports of the three committed books in Debian's chromium.

    ./setup --tests && cargo build --release
    pip install pillow==12.0.0                       # for small PNGs: 256 colours
    python3 docs/gallery.py target/release/carve     # solves the books, and writes docs/gallery/*.png
"""
import base64
import io
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLOURS = 256


class Browser:
    """Chromium by the WebDriver protocol."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                urllib.request.urlopen(self.base + "/status", timeout=1)
                break
            except OSError:
                time.sleep(0.05)
        args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"]
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {"args": args}}}}
        self.session = f"{self.base}/session/" + self.post(self.base + "/session", wanted)["sessionId"]

    def post(self, url, body):
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request, timeout=60))["value"]

    def devtools(self, command, **params):
        return self.post(self.session + "/goog/cdp/execute", {"cmd": command, "params": params})

    def run(self, script):
        return self.post(self.session + "/execute/sync", {"script": script, "args": []})

    def open(self, path, width, height, dark=False, phone=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)
        scheme = "dark" if dark else "light"
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.post(self.session + "/url", {"url": Path(path).resolve().as_uri()})
        for _ in range(200):
            if self.run("return document.documentElement.dataset.ready") == "yes":
                return
            time.sleep(0.05)
        raise SystemExit(f"{path} does not come up")

    def picture(self, target, clip=None, colours=COLOURS):
        """Saves what is shown, or the part with this selector."""
        params = {}
        if clip:
            box = self.run(f"const r = document.querySelector({json.dumps(clip)}).getBoundingClientRect();"
                           "return [r.left + scrollX, r.top + scrollY, r.width, r.height]")
            params = {"clip": dict(zip(("x", "y", "width", "height"), box)) | {"scale": 1}, "captureBeyondViewport": True}
        time.sleep(0.4)
        data = base64.b64decode(self.devtools("Page.captureScreenshot", format="png", **params)["data"])
        if colours:
            from PIL import Image
            small = Image.open(io.BytesIO(data)).convert("RGB")
            small = small.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
            small.save(target, optimize=True)
        else:
            Path(target).write_bytes(data)

    def close(self):
        # The browser ends with its session, not with its driver.
        urllib.request.urlopen(urllib.request.Request(self.session, method="DELETE"), timeout=20)
        self.driver.terminate()
        self.driver.wait()


def main(carve):
    carve = str(Path(carve).resolve())
    out = HERE / "gallery"
    out.mkdir(exist_ok=True)
    books = HERE.parent / "datasets" / "books"
    from PIL import Image  # noqa: F401  (missing, it is told before a minute of solving)
    browser = Browser()
    with tempfile.TemporaryDirectory() as work:
        for book in ("amer-17", "growth", "smb-500"):
            folder = books / book
            # The work limit of its plan file ends it, on however busy a machine.
            more = ["--time-limit", "20m"] if book == "amer-17" else []
            subprocess.run([carve, "solve", "accounts.csv", "--plan", "plan.yaml", "--out", f"{work}/{book}", *more],
                           cwd=folder, check=True, stdout=subprocess.DEVNULL)
        page = lambda book: f"{work}/{book}/report.html"
        browser.open(page("amer-17"), 1280, 1130)
        browser.picture(out / "amer-17.png")
        browser.picture(out / "amer-17-before-after.png", "#balance")
        browser.picture(out / "amer-17-moves.png", "#moves .matrix")
        browser.picture(out / "amer-17-proof.png", "#proof")
        browser.open(page("amer-17"), 1280, 900, dark=True)
        browser.run("document.querySelector('#map').scrollIntoView()")
        browser.picture(out / "amer-17-dark.png")
        browser.open(page("growth"), 1280, 900)
        browser.picture(out / "growth-stages.png", "#stages")
        browser.open(page("smb-500"), 390, 844, phone=True)
        browser.picture(out / "smb-500-phone.png")
    browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
