"""Rosters of three forms, and what is wrong with one."""

from pathlib import Path

import pytest

from course.mistakes import Mistake
from course.roster import Student, read_roster, teams_of

OWN = "team,name,email,username,id\nred,Ada L,ada@x.org,ada,7\nred,Alan T,alan@x.org,,\n"
MOODLE = (
    "\ufeffFirst name;Last name;ID number;Email address;Groups\n"
    'Zoë;"de Vries";0042;zoe@x.org;"Équipe 1, Other"\nBo;Li;;bo.li@x.org;\n'
)
CLASSROOM = "username,first_name,last_name,email,section,github_id\nada-l,Ada,L,ada@x.org,A,123\n"


def read(folder: Path, text: str) -> list[Student]:
    path = folder / "cohort.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path)


def test_three_forms_are_read(tmp_path: Path) -> None:
    own = read(tmp_path, OWN)
    assert own[0] == Student("red", "Ada L", "ada@x.org", "ada", "7")
    assert teams_of(own) == ["red"]
    assert read(tmp_path, MOODLE) == [
        Student("Equipe-1", "Zoë de Vries", "zoe@x.org", "", "0042"),
        Student("bo-li", "Bo Li", "bo.li@x.org"),
    ]
    assert read(tmp_path, CLASSROOM) == [Student("ada-l", "Ada L", "ada@x.org", "ada-l")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; its first line is team,name,email"),
        ("who,where\na,b\n", ":1: the columns are those of no roster; write team,name,email"),
        ("team,name,email\n", "names no student"),
        ("team,name,email\n../up,A,a@x\n", ":2: the team is '../up'; write letters, digits"),
        ("team,name,email\nred,A,a\n", ":2: the e-mail address is 'a'; write one such as"),
        ("team,name,email\nred,A,a@x\nblue,A,A@x\n", "a@x stands twice; one person"),
        ("team,name,email\nred,A,a@x\nRed,B,b@x\n", "red and Red differ in case only"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Mistake) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
