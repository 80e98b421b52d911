"""What the image is made of."""

import runpy
import shutil
from pathlib import Path

definition = runpy.run_path(str(Path(__file__).with_name("container.py")))["definition"]
PARTS = ("Dockerfile", ".dockerignore", "pyproject.toml", "conf", "src")


def image_of(team, folder):
    """Read the Dockerfile in a copy of the repository with a model in it."""
    for name in PARTS:
        source = team.folder / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        elif source.is_file():
            shutil.copy(source, folder / name)
    (folder / "models" / "image").mkdir(parents=True)
    (folder / "models" / "image" / "pipeline.skops").write_text("a model")
    return definition(folder)


def test_the_image_holds_code_configuration_and_model(team, tmp_path):
    """What the service needs is copied into the image."""
    image = image_of(team, tmp_path)
    given = [str(Path(source).relative_to(tmp_path)) for source in image["files"].values()]
    package = sorted((team.folder / "src").glob("*/serving/app.py"))[0].relative_to(team.folder)
    for name in (str(package), "conf/config.yaml", "models/image/pipeline.skops"):
        assert name in given, f"expected {name} in the image, it is not there"


def test_the_image_does_not_run_as_root(team, tmp_path):
    """The image names a user, who is not root."""
    user = image_of(team, tmp_path)["user"].partition(":")[0]
    assert user not in ("", "0", "root"), f"expected a user that is not root, found {user!r}"
