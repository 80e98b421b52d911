"""A lab is read, or refused in a line that names the place."""

from pathlib import Path

import pytest

from course.lab import read_lab, read_labs
from course.mistakes import Mistake
from tests.course.invented import GATE_LAB, LABS, write


def test_labs_are_read_in_order(tmp_path: Path) -> None:
    cart, gate = read_labs(write(tmp_path, LABS))
    assert (cart.number, cart.name, cart.after, cart.remove) == (3, "03_cart", (), ())
    assert gate.empty == {"src/*/gate.py": ("interval", "Gate.passes")}
    assert (gate.minutes, gate.points, gate.after, gate.seconds) == (60, 6, (3,), 3)
    assert gate.hints[0] == "A mean of few scores is not sure."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points: 6", "points: six", ":3: points is 'six'; write a number of points such as 10"),
        ("points: 6", "points: true", ":3: points is True; write a number"),
        ("minutes: 60\n", "", ": minutes is missing; write a number of minutes"),
        ("title: The gate", "titel: The gate", ":1: there is no key 'titel'; keys are title, "),
        ("points: 6", "points: 6\npoints: 7", ":4: points stands twice"),
        ("seconds: 3", "imports: pandas", "imports is 'pandas'; write a list of modules such as"),
        ("points: 6", "points: [6", ": this is no YAML: "),
        ("remove: [tests/test_gate.py]", "remove: [../other]", ":10: remove is ['../other']; "),
        ("remove: [tests/test_gate.py]", "remove: [/etc]", ":10: remove is ['/etc']; write a list"),
        ("[interval, Gate.passes]", "interval", ":8: empty is {'src/*/gate.py': 'interval'}; "),
        ("[interval, Gate.passes]", "['a b']", ":8: empty is "),
    ],
)
def test_a_mistake_is_one_line_with_its_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in GATE_LAB
    folder = write(tmp_path, {**LABS, "08_gate/lab.yaml": GATE_LAB.replace(old, new)}) / "08_gate"
    with pytest.raises(Mistake) as refused:
        read_lab(folder)
    assert str(refused.value).startswith(str(folder / "lab.yaml"))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_lab_comes_after_earlier_ones_only(tmp_path: Path) -> None:
    later = GATE_LAB.replace("after: [3]", "after: [9]")
    with pytest.raises(Mistake, match="after names lab 9, which is no lab before it"):
        read_labs(write(tmp_path, {**LABS, "08_gate/lab.yaml": later}))


def test_a_lab_without_its_task_is_refused(tmp_path: Path) -> None:
    (write(tmp_path, LABS) / "08_gate" / "TASK.md").unlink()
    with pytest.raises(Mistake, match=r"08_gate has no TASK\.md"):
        read_labs(tmp_path)


def test_a_folder_without_labs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="holds no lab; a lab is a folder such as 08_gate"):
        read_labs(tmp_path)
