"""Uses the page of a rendered repo as a person does, in Chromium. Run where Playwright is.

Takes what to do as JSON: url, browser, fields (by label: a number, or the choice of a select),
good and bad (files to upload), folder (for screenshots and the download). Prints what was seen.
"""

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright  # type: ignore[import-not-found]

OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PREDICTION = "[data-testid=stMetricValue]"
QUIET = "[data-testid=stApp][data-test-script-state=notRunning]"


def use(page: Page, folder: Path, url: str, fields: dict[str, Any], good: str, bad: str) -> Any:
    """Look at each tab; fill in the form; upload a file that is right, and one that is not."""
    seen: dict[str, Any] = {"hosts": [], "complaints": []}
    page.on("request", lambda request: seen["hosts"].append(request.url.split("/")[2]))
    page.on("pageerror", lambda error: seen["complaints"].append(str(error)))

    def picture(name: str) -> None:
        page.locator(QUIET).wait_for()
        page.wait_for_timeout(700)  # charts and tables paint themselves afterwards
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    page.goto(url)
    page.get_by_text("Each bar").wait_for()
    picture("example")
    seen["model"] = page.get_by_test_id("stSidebar").inner_text()
    seen["example"] = page.locator(PREDICTION).inner_text()

    for label, value in fields.items():
        widget = page.get_by_label(label, exact=True)
        if isinstance(value, str):
            page.get_by_role("combobox", name=label).click()
            page.get_by_role("option", name=value, exact=True).click()
        else:
            widget.fill("" if value is None else str(value))
    page.get_by_role("button", name="Predict").click()
    page.wait_for_function(
        f"before => document.querySelector('{PREDICTION}').innerText != before",
        arg=seen["example"],
    )
    picture("filled-in")
    seen["filled in"] = page.locator(PREDICTION).inner_text()
    labels = page.locator("[data-testid=stVegaLiteChart] svg text").all_text_contents()
    seen["moved"] = [label.partition(" = ")[0] for label in labels if " = " in label]

    page.get_by_role("tab", name="A file").click()
    page.locator("input[type=file]").set_input_files(good)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    download.value.save_as(folder / "predictions.csv")
    picture("file")
    page.locator("input[type=file]").set_input_files(bad)
    page.get_by_text("not as expected").wait_for()
    picture("bad-file")
    seen["bad"] = page.get_by_role("tabpanel").filter(visible=True).inner_text()

    page.get_by_role("tab", name="Drift").click()
    picture("drift")
    seen["drift"] = page.get_by_role("tabpanel").filter(visible=True).inner_text()
    return seen


def main() -> None:
    """Do what the first argument says."""
    task = json.loads(sys.argv[1])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=task.pop("browser"), args=OPTIONS)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        seen = use(page, Path(task.pop("folder")), **task)
        browser.close()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
