"""One column: does it name an entity or a person, and how much of the target does it tell?"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

FEWEST = 20  # values of an entity, and rows of a table that says anything
READ = 1_000  # values of a column that are held against patterns

IDS = {"id", "uuid", "guid"}
BEHIND = IDS | {"no", "nr", "num", "number", "code", "key", "ref", "name", "hash"}
WORDS = {
    kind: set(words.split())
    for kind, words in {
        "entity": "account animal applicant athlete borrower client customer device donor driver "
        "employee engine household machine member participant passenger patient person player "
        "pupil sensor session student subject user vehicle vin worker",
        # Of these few have many rows each, and new rows are of known ones.
        "place or kind": "airport area brand category city class country currency department dept "
        "district genre group item job language location make model product region shop state "
        "station status store title type zone",
        "later": "cancellation chargeoff closed discharge discharged outcome recoveries refund "
        "refunded resolution resolved settlement",
        "earlier": "avg average former lag last mean past prev previous prior rolling yesterday",
        "of a target": "class flag has is label outcome target value y",
    }.items()
}
SHAPE = re.compile(r"[A-Za-z]{1,5}[-_/]?\d{3,}|[0-9a-fA-F]{8}-?[0-9a-fA-F-]{8,28}")
PERSONAL = {  # what a name says
    "an e-mail address": [{"email"}, {"e", "mail"}, {"mail", "address"}],
    "a telephone number": [{"phone"}, {"telephone"}, {"mobile", "number"}],
    "an account number": [{"iban"}],
    "a card number": [{"card", "number"}, {"credit", "card", "no"}],
    "an official number": [{"ssn"}, {"passport"}, {"social", "security"}, {"national", "id"}],
    "a person's name": [{"surname"}, *({part, "name"} for part in ("first", "last", "full"))],
    "a date of birth": [{"dob"}, {"birthday"}, {"birth", "date"}, {"date", "birth"}],
    "a home address": [{"street"}, {"home", "address"}, {"postal", "address"}],
}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
PHONE = re.compile(r"(\+|00|\(?0)[\d\s()./-]{7,18}\d")
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
PERSON = re.compile(r"[A-Z][\w'-]+,? ([A-Z][\w'.()-]*,? ?)+")


# Its name


def words_of(name: str) -> list[str]:
    """The words of a name, whether it is `customer_id`, `Customer ID` or `customerId`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[a-z]+", apart.lower())


def names_an_entity(name: str) -> bool:
    """Whether a column is named like what rows may repeat by, such as `patient_id`."""
    words = words_of(name)
    if not words or WORDS["place or kind"] & set(words):
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    entities = WORDS["entity"]
    return last in entities | IDS or (last in BEHIND and before in entities)


# Its values


def has_shape(values: pd.Series, shape: re.Pattern[str], share: float) -> bool:
    """Whether a column holds texts, and at least this share of the first ones have a shape.

    Args:
        values: of the column.
        shape: that a whole text has.
        share: 0 to 1.
    """
    if not (types.is_string_dtype(values) or types.is_object_dtype(values)):
        return False
    found = values.dropna().head(READ).astype(str)
    return _share(found, lambda text: shape.fullmatch(text)) >= share


def _share(texts: pd.Series, holds: Callable[[str], Any]) -> float:
    return float(np.mean([bool(holds(text)) for text in texts])) if len(texts) else 0.0


def chance_of_equal(values: pd.Series) -> float:
    """The chance that two values, drawn at random, are equal."""
    shares = values.value_counts(normalize=True, dropna=False).to_numpy()
    return float((shares**2).sum())


def is_constant(values: pd.Series) -> bool:
    """Whether all values are the same, or all are missing."""
    missing = bool(values.isna().iloc[0])
    return bool((values.isna() if missing else values == values.iloc[0]).all())


# A person


def personal(values: pd.Series) -> str | None:
    """What a column tells of a person; None if nothing."""
    words = set(words_of(str(values.name)))
    is_text = types.is_string_dtype(values) or types.is_object_dtype(values)
    if not is_text and not (types.is_numeric_dtype(values) and values.abs().min() > 1e5):
        return None
    found = values.dropna().head(READ).astype(str).str.strip()
    if found.nunique() < FEWEST // 2:
        return None
    if is_text and _share(found, lambda text: EMAIL.fullmatch(text)) >= 0.5:
        return "an e-mail address"
    if is_text and _share(found, _is_iban) > 0.9:
        return "an account number"
    if _share(found, _is_card) > 0.9:
        return "a card number"
    for kind, names in PERSONAL.items():
        if any(each <= words for each in names) and (is_text or "number" in kind):
            return kind
    if is_text and _share(found, lambda text: PHONE.fullmatch(text)) >= 0.8:
        dates = pd.to_datetime(found, errors="coerce", format="mixed").notna().mean()
        return "a telephone number" if dates < 0.5 else None
    if is_text and words == {"name"} and found.nunique() > 0.9 * len(found):
        return "a person's name" if _share(found, lambda t: PERSON.fullmatch(t)) > 0.8 else None
    return None


def _joined(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def _is_card(text: str) -> bool:
    """Whether it is a number of 13 to 19 digits with Luhn's check digit."""
    digits = _joined(text)
    if not re.fullmatch(r"[1-9][0-9]{12,18}", digits):
        return False
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    """Whether its check digits are right (ISO 7064, modulo 97)."""
    joined = _joined(text)
    if not IBAN.fullmatch(joined):
        return False
    digits = "".join(str(int(letter, 36)) for letter in joined[4:] + joined[:4])
    return int(digits) % 97 == 1


# The target


class Truth:
    """The target, and how much of it a column tells that stands alone.

    Half of the rows are learned from, in bins that hold their values' order; the others judge.

    Args:
        values: of the target.
        is_number: whether the task is regression.
        seed: of the halves.
    """

    def __init__(self, values: pd.Series, is_number: bool, seed: int) -> None:
        self.is_number = is_number
        order = np.random.default_rng(seed).permutation(len(values))
        self.known, self.new = np.array_split(order, 2)
        if self.is_number:
            self.truth = np.asarray(pd.to_numeric(values, errors="coerce"), dtype=float)
        else:
            self.truth = pd.factorize(values)[0].astype(float)
        _, counts = np.unique(self.truth, return_counts=True)
        self.is_judged = self.is_number or min(counts) >= FEWEST // 2

    def told_by(self, values: pd.Series) -> float:
        """Balanced accuracy, or r2."""
        if not self.is_judged:
            return 0.0
        if self.is_number:
            return max(self._of_bins(values), self._of_line(values))
        bins = self._bins(values)
        labels = self.truth[self.known].astype(int)
        counts = np.zeros((bins.max() + 1, int(self.truth.max()) + 1))
        np.add.at(counts, (bins[self.known], labels), 1)
        said = (counts / np.maximum(counts.sum(axis=0), 1)).argmax(axis=1)[bins[self.new]]
        right = pd.Series(said == self.truth[self.new]).groupby(self.truth[self.new]).mean()
        return float(right.mean())

    def _of_bins(self, values: pd.Series) -> float:
        bins = self._bins(values)
        known = pd.Series(self.truth[self.known])
        means = known.groupby(bins[self.known]).mean()
        return self._r2(means.reindex(bins[self.new]).fillna(known.mean()).to_numpy())

    def _of_line(self, values: pd.Series) -> float:
        """How well a straight line fits, or one of ranks."""
        if not types.is_numeric_dtype(values) or types.is_bool_dtype(values):
            return 0.0
        both = pd.DataFrame({"x": np.asarray(values, dtype=float), "y": self.truth})
        both = both.replace([np.inf, -np.inf], np.nan).dropna()
        if len(both) < 0.9 * len(values) or both["x"].nunique() < FEWEST:
            return 0.0
        return float(max(np.corrcoef(each.T)[0, 1] ** 2 for each in (both, both.rank())))

    def _r2(self, said: npt.NDArray[np.float64]) -> float:
        truth = self.truth[self.new]
        total = ((truth - truth.mean()) ** 2).sum()
        return float(1 - ((truth - said) ** 2).sum() / total) if total > 0 else 0.0

    def _bins(self, values: pd.Series) -> npt.NDArray[np.intp]:
        """A number for each value, from 0, which is for the missing ones."""
        if types.is_bool_dtype(values) or not (
            types.is_numeric_dtype(values) or types.is_datetime64_any_dtype(values)
        ):
            return np.asarray(pd.factorize(values)[0]) + 1
        is_date = types.is_datetime64_any_dtype(values)
        x = np.asarray(values.astype("int64") if is_date else values, dtype=float)
        x = np.where(np.asarray(values.isna()), np.nan, x)
        points = np.linspace(0, 1, 101 if self.is_number else 21)
        classes = [self.known] if self.is_number else self._by_class()
        finite = [x[rows][np.isfinite(x[rows])] for rows in classes]
        edges = [np.quantile(each, points) for each in finite if len(each)]
        middle = np.unique(np.concatenate(edges)) if edges else np.zeros(1)
        return np.where(np.isnan(x), 0, np.searchsorted(middle, x, side="right") + 1)

    def _by_class(self) -> list[npt.NDArray[np.intp]]:
        """Rows that are learned from, of each class, so that rare ones have edges, too."""
        labels = self.truth[self.known]
        return [self.known[labels == label] for label in np.unique(labels)[:20]]
