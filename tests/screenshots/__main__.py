"""`make screenshots`: take the pictures of every page.

`python -m tests.screenshots till` takes the pictures of the pages whose names begin so, and leaves the others and
docs/pages.md as they are; `--walk` walks one way alone.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests import browsers
from tests.journeys import videos
from tests.screenshots import walk_away, walk_cash, walk_languages, walk_office, walk_paper, walk_people, walk_till
from tests.screenshots.demo import Demo, running
from tests.screenshots.gallery import DESKTOP, DEVICES, PHONE, PICTURES, Device, Gallery

type Walk = Callable[[Browser, Gallery, Demo], None]

OFFICE = (PHONE, DESKTOP)
WALKS: dict[str, tuple[Walk, tuple[Device, ...]]] = {
    "sign-in": (walk_office.visit_sign_in, OFFICE),
    "till": (walk_till.visit, DEVICES),
    "cash": (walk_cash.visit, DEVICES),
    "people": (walk_people.visit, DEVICES),
    "away": (walk_away.visit, DEVICES),
    "paper": (walk_paper.visit, (PHONE,)),
    "office": (walk_office.visit, OFFICE),
    "new": (walk_office.visit_new, OFFICE),
    "languages": (walk_languages.visit, DEVICES),
}
"""What is walked through and on which devices, in the order of docs/pages.md."""


def take_all(demo: Demo, gallery: Gallery, *, walks: tuple[str, ...], video: Path) -> None:
    found = browsers.find()
    if found is None:
        sys.exit(browsers.MISSING)
    camera = f"--use-file-for-fake-video-capture={videos.of_codes(demo.told['programme'], to=video, blur=22)}"
    flags = [*browsers.flags(), "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", camera]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        for name in walks:
            visit, devices = WALKS[name]
            for device in devices:
                gallery.device = device
                visit(browser, gallery, demo)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="take only pages whose names begin so")
    parser.add_argument("--walk", choices=[*WALKS], help="walk only here")
    parser.add_argument("--var", type=Path, help="where the demo's data are, or are to be made (default: made anew)")
    options = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    gallery = Gallery(options.only)
    walks = (options.walk,) if options.walk else tuple(WALKS)
    with tempfile.TemporaryDirectory() as place, running((options.var or Path(place)).absolute()) as demo:
        take_all(demo, gallery, walks=walks, video=Path(place) / "camera.y4m")
    if not options.only and not options.walk:
        print(f"  {gallery.keep()}")


if __name__ == "__main__":
    main()
