"""Makes docs/picture.png: a notebook's cell, the code it became, and what people look at.

`make picture` runs it. It needs what `make demo` leaves in .demo/, and Chromium.
"""

import base64
import html
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import sync_playwright  # type: ignore[import-not-found]
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

from examples.demo import FOLDER, NOTEBOOK, asked, free_port, served

PICTURE = Path(__file__).with_name("picture.png")
WIDTH = 1600  # of the picture, in CSS pixels
OPTIONS = "--no-sandbox --disable-gpu --disable-background-networking --no-first-run".split()
STYLE = """
body { margin: 0; padding: 28px; box-sizing: border-box; background: #eef1f6;
       font: 20px/1.4 "DejaVu Sans", sans-serif; color: #1d2939; }
main { display: grid; grid-template-columns: 1fr 1fr; gap: 24px; }
figure { margin: 0; background: white; border-radius: 10px; overflow: hidden; height: 460px;
         box-shadow: 0 2px 10px #0002; display: flex; flex-direction: column; }
figcaption { padding: 9px 18px; background: #1d2939; color: white; font-weight: bold; }
pre { margin: 14px 18px; font: 14px/1.4 "DejaVu Sans Mono", monospace; white-space: pre; }
pre.table { font-size: 11px; line-height: 1.15; white-space: pre; }
img { width: 100%; }
"""


def main() -> None:
    """Take the screenshots, put them beside each other, and write the picture."""
    repo = FOLDER / "penguin-species"
    if not (repo / "reports" / "report.html").is_file():
        sys.exit("There is no demo to take pictures of: run `make demo` first")
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        sys.exit("There is no Chromium here: install it, or run CHROMIUM=/path/to/it make picture")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        page = browser.new_page(viewport={"width": 1040, "height": 610})
        print("The report …", flush=True)
        page.goto((repo / "reports" / "report.html").as_uri())
        report = page.screenshot()
        print("Drift in a few hundred predictions …", flush=True)
        log_heavy_penguins(repo)
        page.goto((repo / "reports" / "drift.html").as_uri())
        drift = page.screenshot()
        print("The app …", flush=True)
        with app_of(repo) as address:
            page.set_viewport_size({"width": 1300, "height": 762})
            page.goto(address)
            page.get_by_text("Each bar").wait_for()
            page.wait_for_timeout(2_000)  # charts draw themselves afterwards
            app = page.screenshot()
        print(f"{PICTURE.name} …", flush=True)
        page = browser.new_page(viewport={"width": WIDTH, "height": 100})
        page.set_content(composition(repo, report, drift, app))
        page.screenshot(path=PICTURE, full_page=True)
        browser.close()
    print(f"{PICTURE.relative_to(Path.cwd())} is up to date ({PICTURE.stat().st_size // 1000} kB)")


def log_heavy_penguins(repo: Path) -> None:
    """Ask the service about penguins that eat too well, then look for drift."""
    example = json.loads((repo / "models" / "candidate" / "example.json").read_text())[0]
    shutil.rmtree(repo / "logs" / "predictions", ignore_errors=True)
    with served(repo) as address:
        for number in range(300):
            heavier = {"body_mass_g": 4_600.0 + number * 5, "bill_depth_mm": 15 + number % 50 / 10}
            asked(address, example | heavier)
    subprocess.run(["make", "monitor"], cwd=repo, capture_output=True, check=False)


@contextmanager
def app_of(repo: Path) -> Iterator[str]:
    """Start the app and give its address; it ends with the block."""
    subprocess.run(["make", "setup", "EXTRAS=dev,app"], cwd=repo, capture_output=True, check=True)
    port = free_port()
    words = ["make", "app", f"FLAGS=--server.headless true --server.port {port}"]
    process = subprocess.Popen(
        words,
        cwd=repo,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(300):
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/_stcore/health"):
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def composition(repo: Path, report: bytes, drift: bytes, app: bytes) -> str:
    """The page that shows everything beside each other."""
    figures = [
        ("A notebook …", code(cells())),
        ("… becomes features that learn from training rows", code(features(repo))),
        ("make pipeline: the report", image(report)),
        ("make promote: the gate", f"<pre class=table>{html.escape(gate(repo))}</pre>"),
        ("make app: a prediction, explained", image(app)),
        ("make monitor: drift", image(drift)),
    ]
    body = "".join(f"<figure><figcaption>{title}</figcaption>{x}</figure>" for title, x in figures)
    colours = HtmlFormatter().get_style_defs(".highlight")
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}{colours}</style><main>{body}</main>"


def cells() -> str:
    """The notebook's cells that shape features."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    texts = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    shaping = ("df[", "df.drop", "scaler")
    looking = ("plt", "sns", "value_counts", "crosstab", "groupby")
    chosen = (t for t in texts if any(w in t for w in shaping) and not any(w in t for w in looking))
    return "\n\n".join(chosen)


def features(repo: Path) -> str:
    """The steps of features.py, without its head."""
    (module,) = repo.glob("src/*/features.py")
    text = module.read_text(encoding="utf-8")
    return text[text.index("def ") :]


def gate(repo: Path) -> str:
    """What `make promote` and `make models` print."""
    commands = (["make", "--no-print-directory", name] for name in ("promote", "models"))
    done = (subprocess.run(c, cwd=repo, capture_output=True, text=True) for c in commands)
    return "\n\n".join(one.stdout for one in done)


def code(text: str) -> str:
    """A program's text as HTML."""
    return str(highlight(text, PythonLexer(), HtmlFormatter()))


def image(png: bytes) -> str:
    """An image as HTML that needs no other file."""
    data = base64.b64encode(png).decode()
    return f'<img src="data:image/png;base64,{data}" alt="">'


if __name__ == "__main__":
    main()
