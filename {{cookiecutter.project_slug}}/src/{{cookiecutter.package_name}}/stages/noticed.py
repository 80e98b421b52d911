"""What stands out in a table before a model learns from it: reports/noticed.html, and the gate."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig, OmegaConf
from pandas.api import types

from ..data.casting import conform
from ..data.schema import Schema
from ..data.tables import is_here, read_table
from ..tools.command import command
from ..tools.files import read_json, write_text
from ..tools.paths import CONF, REPORTS, SCHEMA, TEST, TRAIN
from .ingest import read_prepared

PAGE = REPORTS / "noticed.html"
MOST = 10  # findings on the page
NAMED = 5  # columns in a finding
CELLS = 1_000_000  # at most, and SAMPLE rows, where all rows would take long
SAMPLE = 20_000
READ = 1_000  # values of a column that are held against patterns

FEWEST = 20  # values of an entity, and rows of a table that says anything
OFTEN = 100  # rows a value, above which it is a category
REPEATED = 0.2  # share of the rows whose entity has another row
ALIKE = 0.1  # share of the target's variance that an entity explains
ALONE = 0.99  # balanced accuracy or r2 of one column
TWINS = 0.02  # share of rows that have an equal one
BY_CHANCE = 20  # times as many equal rows as independent columns would have
CONTINUOUS = 0.005  # chance that two values of a continuous column are equal
SAME = 0.9995  # correlation
MOSTLY_MISSING = 0.95
RARE = 0.05  # share of a class

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


@dataclass(frozen=True)
class Finding:
    """One thing that stands out.

    Attributes:
        title: in a few words.
        columns: that it is about.
        text: what was found.
        line: what to change, and where.
        silent: whether nothing else would tell that the model or its scores are wrong.
    """

    title: str
    columns: tuple[str, ...]
    text: str
    line: str
    silent: bool = False


@dataclass(frozen=True)
class Look:
    """A table, and how it will be used.

    Attributes:
        table: the rows whose target is known, as they are read.
        schema: of the table, which may have further columns.
        cfg: with `data`, `seed` and `evaluate`.
    """

    table: pd.DataFrame
    schema: Schema
    cfg: DictConfig

    @cached_property
    def sample(self) -> pd.DataFrame:
        """Rows drawn with the seed, in the table's order and the schema's types."""
        size = min(SAMPLE, max(1_000, CELLS // len(self.table.columns)))
        rows = self.table
        if len(rows) > size:
            drawn = np.random.default_rng(self.cfg.seed).choice(len(rows), size, replace=False)
            rows = rows.iloc[np.sort(drawn)]
        typed = conform(rows, self.schema)
        return pd.concat([typed, rows[[n for n in rows if n not in typed]]], axis=1)

    @property
    def features(self) -> list[str]:
        """Columns that a model may look at."""
        return [name for name in self.schema.features if name in self.table]

    @property
    def target(self) -> npt.NDArray[np.float64]:
        """The sample's target: one column a class, or its ranks; shape (rows, columns)."""
        values = self.sample[self.schema.target]
        if self.schema.task == "regression":
            return np.asarray(pd.to_numeric(values, errors="coerce").rank(), dtype=float)[:, None]
        codes, labels = pd.factorize(values)
        return np.asarray(codes[:, None] == np.arange(min(len(labels), 20)), dtype=float)

    @cached_property
    def entities(self) -> dict[str, float]:
        """Columns by which rows repeat, and how much they explain of the target; coarsest first."""
        names = [str(name) for name in self.table if self._is_entity(str(name))]
        names.sort(key=lambda name: self.table[name].nunique())
        return {name: self._explained(name) for name in names}

    def keeps_together(self, name: str) -> bool:
        """Whether the split is one for which rows with equal values of a column are no leak."""
        split = self.cfg.data.split
        if split.kind != "group":
            return split.kind in ("time", "predefined")
        if split.column not in self.table:
            return False
        groups = self.table[split.column].groupby(self.table[name]).nunique()
        return bool((groups <= 1).all())

    def _is_entity(self, name: str) -> bool:
        values = self.table[name]
        if name == self.schema.target or types.is_bool_dtype(values):
            return False
        if types.is_float_dtype(values) or types.is_datetime64_any_dtype(values):
            return False
        if not (_names_an_entity(name) or _has_shape(values, SHAPE, 0.95)):
            return False
        counts = values.value_counts()
        known = int(counts.sum())
        return (
            len(counts) >= FEWEST
            and known <= OFTEN * len(counts)
            and known >= len(values) / 2
            and int(counts[counts > 1].sum()) >= REPEATED * known
        )

    def _explained(self, name: str) -> float:
        """The intraclass correlation of the target, less what chance may give; 0 to 1."""
        groups = self.table[name].groupby(self.table[name], dropna=True)
        sizes = groups.size()
        kept = sizes.index[sizes > 1][: SAMPLE // 2]
        rows = self.table[self.table[name].isin(kept)].head(SAMPLE)
        target = Look(rows, self.schema, self.cfg).target
        codes = pd.factorize(rows[name])[0]
        freedom = len(rows) - (codes.max() + 1)
        total = ((target - target.mean(axis=0)) ** 2).sum() / max(1, len(rows) - 1)
        if freedom < 1 or not total > 0:
            return 0.0
        means = pd.DataFrame(target).groupby(codes).transform("mean").to_numpy()
        share = 1 - ((target - means) ** 2).sum() / freedom / total
        return max(0.0, float(share - 3 / np.sqrt(freedom)))


# What is looked for, the most consequential first


def repeated_entities(look: Look) -> Iterator[Finding]:
    """Rows that repeat by a column, which a random split puts on both sides."""
    apart = [name for name in look.entities if not look.keeps_together(name)]
    for name in apart[:1]:
        counts = look.table[name].value_counts()
        silent = look.entities[name] >= ALIKE
        alike = " Rows of one have like targets, so the score counts what was learned by heart."
        yield Finding(
            f"Rows repeat by {_short(name)}",
            (name,),
            f"{int(counts.sum()):,} rows have {len(counts):,} values of {_short(name)}, "
            f"{counts.mean():.3g} rows each, and a {look.cfg.data.split.kind} split puts rows of "
            f"one into training and test.{alike if silent else ''}",
            _split_by("group", name),
            silent,
        )


def leaks(look: Look) -> Iterator[Finding]:
    """Columns of which one alone tells the target."""
    if len(look.sample) < 2 * FEWEST:
        return
    truth, scores = _Truth(look), {}
    for name in look.features:
        if name in look.entities or look.schema[name].type in ("text", "datetime"):
            continue  # that a target grows with time is no leak
        if (score := truth.told_by(look.sample[name])) >= ALONE:
            scores[name] = score
    for name, score in sorted(scores.items(), key=lambda each: -each[1])[:3]:
        what = "r2" if look.schema.task == "regression" else "balanced accuracy"
        yield Finding(
            f"{_short(name)} alone tells the target",
            (name,),
            f"Without any other column it reaches a {what} of {score:.3f}. Is it known when a "
            "prediction is asked for, or does it follow from the target?",
            f"{SCHEMA}: delete {_quoted(name)}, so that no model looks at it",
            silent=True,
        )


def duplicates(look: Look) -> Iterator[Finding]:
    """Rows that are equal in all columns, on both sides of the split."""
    split = look.cfg.data.split
    names = [n for n in look.table if n in look.features or n == look.schema.target]
    if split.kind not in ("random", "stratified") or len(names) < 3:
        return
    chances = [_chance_of_equal(look.sample[name]) for name in names[:100]]
    if min(chances) > CONTINUOUS + 4 / len(look.sample):
        return  # in so few values rows are equal by chance
    hashes = pd.util.hash_pandas_object(look.table[names], index=False)
    sizes = hashes.value_counts()
    sizes = sizes[sizes > 1]
    pairs = float((sizes * (sizes - 1) / 2).sum())
    by_chance = float(np.prod(chances)) * len(hashes) * (len(hashes) - 1) / 2
    rows = int(sizes.sum())
    if rows < max(FEWEST, TWINS * len(hashes)) or pairs < BY_CHANCE * by_chance:
        return
    seen = float((sizes * (1 - split.test_size ** (sizes - 1))).sum()) / len(hashes)
    yield Finding(
        "Rows are there more than once",
        (),
        f"{rows:,} rows are equal to another one in all columns that are learned from, and in the "
        f"target: about {seen:.1%} of the test rows are known from training.",
        "prepare.py: table = table.drop_duplicates()",
    )


def in_order_of_time(look: Look) -> Iterator[Finding]:
    """A date by which the rows are in order."""
    if look.cfg.data.split.kind not in ("random", "stratified"):
        return
    for name in look.table:
        values = look.sample[name]
        if not types.is_datetime64_any_dtype(values):
            continue
        dates = values.dropna()
        ordered = dates.is_monotonic_increasing or dates.is_monotonic_decreasing
        if ordered and dates.nunique() >= FEWEST and len(dates) >= 0.9 * len(values):
            yield Finding(
                f"Rows are in the order of {_short(name)}",
                (str(name),),
                "A random split tests on days between those that were learned from; what comes "
                "next is harder to tell.",
                _split_by("time", str(name)),
            )
            return


def known_too_late(look: Look) -> Iterator[Finding]:
    """Columns that may not be known yet when a prediction is asked for."""
    late: dict[str, str] = {}
    dates = [n for n in look.features if types.is_datetime64_any_dtype(look.sample[n])]
    for name in dates:
        for other in dates:
            both = look.sample[[name, other]].dropna() if name != other else look.sample[:0]
            if len(both) < FEWEST:
                continue
            after, same = both[name] > both[other], both[name] == both[other]
            if (after | same).mean() >= 0.99 and after.mean() >= 0.5:
                late.setdefault(name, f"{_short(name)} is later than {_short(other)}")
    subject = set(_words(look.schema.target)) - WORDS["of a target"]
    for name in look.features:
        words = set(_words(name))
        numbered = words == set(_words(look.schema.target))  # one of a series
        if words & WORDS["earlier"]:
            continue
        if words & WORDS["later"]:
            late.setdefault(name, f"{_short(name)} is named like something that comes afterwards")
        elif subject and subject <= words and max(map(len, subject)) > 3 and not numbered:
            late.setdefault(name, f"{_short(name)} is named like the target")
    if late:
        yield Finding(
            "Known only afterwards?",
            tuple(late),
            f"{'; '.join(list(late.values())[:NAMED])}{_more(late)}. What is not known when a "
            "prediction is asked for can't be learned from.",
            f"{SCHEMA}: delete {_listed(late)}, if that is so",
        )


def personal_data(look: Look) -> Iterator[Finding]:
    """Columns that tell who somebody is, by name or by what they hold."""
    found = {str(name): kind for name in look.table if (kind := _personal(look.sample[name]))}
    known = {name: kind for name, kind in found.items() if name != look.schema.target}
    if not known:
        return
    line = f"{SCHEMA}: delete {_listed(known)}"
    asked = ", ".join([_quoted(name) for name in known if name in look.features][:NAMED])
    for group, settings in look.cfg.items():
        log = settings.get("log") if isinstance(settings, DictConfig) else None
        if asked and log is not None and "drop" in log:
            place = f"conf/{group!s}/default.yaml: log: drop"
            line += f"; or keep it out of the log, {place}: [{asked}]"
    yield Finding(
        "Personal data",
        tuple(known),
        "; ".join(f"{_short(name)} holds {kind}" for name, kind in list(known.items())[:NAMED])
        + f"{_more(known)}. A model rarely needs that, and the law asks what it is kept for.",
        line,
    )


def imbalance(look: Look) -> Iterator[Finding]:
    """A class that is rare."""
    if look.schema.task == "regression":
        return
    shares = look.table[look.schema.target].value_counts(normalize=True)
    limit = RARE if len(shares) == 2 else RARE / len(shares)
    rare = shares[shares < limit]
    metric = look.cfg.evaluate.metric
    if rare.empty:
        return
    counts = ", ".join(
        f"{_short(str(label))} is {share:.2%} of the rows ({round(share * len(look.table)):,})"
        for label, share in list(rare.items())[:NAMED]
    )
    line = (
        "metric: balanced_accuracy"
        if metric == "accuracy"
        else f"metric: {metric} stays; beside it, read precision and recall, not accuracy"
    )
    yield Finding(
        "A class is rare",
        (look.schema.target,),
        f"{counts}{_more(rare)}. A model that never says so has a high accuracy.",
        f"conf/config.yaml: evaluate: {line}",
    )


def identifiers(look: Look) -> Iterator[Finding]:
    """Columns that no model looks at, since they number the rows."""
    names = [column.name for column in look.schema.columns if column.type == "id"]
    if names:
        yield Finding(
            "Not learned from: identifiers",
            tuple(names),
            f"{_listed(names)}: each row has a value of its own, which says nothing about others.",
            f"{SCHEMA}: type: id; to learn from it, type: integer or type: category",
        )


def nearly_all_missing(look: Look) -> Iterator[Finding]:
    """Columns with hardly a value."""
    shares = look.sample[look.features].isna().mean()
    names = [n for n in shares.index[shares >= MOSTLY_MISSING] if look.sample[n].nunique()]
    if names:
        yield Finding(
            "Nearly all missing",
            tuple(names),
            ", ".join(f"{_short(n)} ({shares[n]:.1%} missing)" for n in names[:NAMED])
            + f"{_more(names)}.",
            f"{SCHEMA}: delete {_listed(names)}",
        )


def constants(look: Look) -> Iterator[Finding]:
    """Columns that are the same in every row."""
    names = [n for n in look.features if _is_constant(look.sample[n])]
    names = [name for name in names if _is_constant(look.table[name])]
    if names:
        yield Finding(
            "The same in every row",
            tuple(names),
            f"{_listed(names)}: nothing can be learned from {'it' if len(names) == 1 else 'them'}.",
            f"{SCHEMA}: delete {_listed(names)}",
        )


def same_columns(look: Look) -> Iterator[Finding]:
    """Columns that say what another one says."""
    pairs = [*_correlated(look), *_renamed(look)]
    if pairs:
        said = ", ".join(f"{_short(b)} ({_short(a)})" for a, b in pairs[:NAMED])
        seconds = list(dict.fromkeys(second for _, second in pairs))
        yield Finding(
            "Columns that say the same",
            tuple(seconds),
            f"These follow another column, in brackets: {said}{_more(pairs)}. Importances are "
            "shared between them.",
            f"{SCHEMA}: delete {_listed(seconds)}, if one of each is enough",
        )


def texts(look: Look) -> Iterator[Finding]:
    """Categories that are texts."""
    names = []
    for name in look.features:
        values = look.sample[name].dropna()
        if look.schema[name].type != "category" or len(values) < FEWEST:
            continue
        words = values.head(READ).astype(str).str.count(r"\S+").mean()
        if words >= 3 and values.nunique() > 0.5 * len(values):
            names.append(name)
    if names:
        yield Finding(
            "Texts among the categories",
            tuple(names),
            f"{_listed(names)}: most values are there once and have several words; as a category "
            "little can be learned, as a text each word counts.",
            f"{SCHEMA}: {_quoted(names[0])}: type: text, without categories",
        )


LOOKED_FOR: tuple[Callable[[Look], Iterator[Finding]], ...] = (
    repeated_entities,
    leaks,
    duplicates,
    in_order_of_time,
    known_too_late,
    personal_data,
    imbalance,
    identifiers,
    nearly_all_missing,
    constants,
    same_columns,
    texts,
)


def look_at(table: pd.DataFrame, schema: Schema, cfg: DictConfig) -> Look:
    """Look at a table as the pipeline will see it.

    Args:
        table: prepared.
        schema: of it.
        cfg: the composed configuration.
    """
    return Look(table.dropna(subset=[schema.target]).reset_index(drop=True), schema, cfg)


def findings(look: Look) -> list[Finding]:
    """All that stands out, the most consequential first."""
    found = [finding for search in LOOKED_FOR for finding in search(look)]
    told = {name for finding in found if finding.silent for name in finding.columns}
    return [f for f in found if f.silent or not f.columns or not told.issuperset(f.columns)]


def notice(table: pd.DataFrame, schema: Schema, cfg: DictConfig) -> list[Finding]:
    """Look at a table, and leave what stands out on reports/noticed.html and in the terminal.

    Args:
        table: prepared.
        schema: of it.
        cfg: the composed configuration.
    """
    look = look_at(table, schema, cfg)
    if look.table.empty:
        return []
    found = findings(look)
    write_text(PAGE, page(found, look))
    if not found:
        print(f"Noticed: nothing that stands out ({PAGE})")
        return found
    print(f"Noticed ({PAGE}):")
    for number, finding in enumerate(found[:MOST], 1):
        print(f"{number:>3}. {finding.title}. {finding.text}\n     {finding.line}")
        if finding.silent and (remark := _answer(finding, cfg)):
            print(f"     {remark}")
    if len(found) > MOST:
        print(f"     and {len(found) - MOST} lesser ones")
    return found


def judge(candidate: Path, gate: DictConfig) -> dict[str, Any]:
    """The gate's check: what would be wrong without anybody's notice has to be answered.

    A notebook whose features, rows and model are this repository's has answered: it is what its
    author does.

    Args:
        candidate: its model folder.
        gate: the `gate` group.
    """
    cfg, schema = OmegaConf.load(candidate / "params.yaml"), Schema.load(candidate / "schema.yaml")
    assert isinstance(cfg, DictConfig)
    if is_here(cfg.data):
        table = read_prepared(cfg.data)
    else:
        table = pd.concat([read_table(TRAIN), read_table(TEST)], ignore_index=True)
    look = look_at(table, schema, cfg)
    found = [f for search in (repeated_entities, leaks) for f in search(look) if f.silent]
    answers = gate.get("accept_noticed") or {}
    open_ones = [finding for finding in found if not _answered(finding, answers)]
    comparison = candidate / "parity.json"
    as_in_notebook = comparison.exists() and read_json(comparison)["word"] == "equal"
    said = [_said(finding, answers, as_in_notebook) for finding in found]
    todo = "; ".join(f"{finding.title}: {finding.line}" for finding in open_ones)
    accepting = _accepting([finding.columns[0] for finding in open_ones])
    return {
        "name": "what was noticed in the table",
        "required": "nothing silently wrong, or answered",
        "found": "; ".join(said) or "nothing",
        "passed": as_in_notebook or not open_ones,
        "refusal": f"noticed, not answered: {todo}; or, if it is right so, say why in "
        f"conf/gate/default.yaml: {accepting}",
    }


def _said(finding: Finding, answers: Mapping[str, str], as_in_notebook: bool) -> str:
    if _answered(finding, answers):
        return f"{finding.title}; accepted: {answers[finding.columns[0]]}"
    if as_in_notebook:
        return f"{finding.title}, as in the notebook"
    return f"noticed, not answered: {finding.title}"


def _answered(finding: Finding, answers: Mapping[str, str]) -> bool:
    return finding.columns[0] in answers


def _answer(finding: Finding, cfg: DictConfig) -> str:
    """What to do where it is right so."""
    if _answered(finding, answers := cfg.gate.get("accept_noticed") or {}):
        return f"Accepted: {answers[finding.columns[0]]}"
    remark = (
        "`make promote` asks for an answer: that line, or why it is right so, "
        f"conf/gate/default.yaml: {_accepting(finding.columns[:1])}."
    )
    if "parity" in cfg:
        remark += " Where this repository equals its notebook, that is the answer."
    return remark


# One column


class _Truth:
    """The target, and how much of it a column tells that stands alone.

    Half of the rows are learned from, in bins that hold their values' order; the others judge.
    """

    def __init__(self, look: Look) -> None:
        values = look.sample[look.schema.target]
        self.is_number = look.schema.task == "regression"
        order = np.random.default_rng(look.cfg.seed).permutation(len(values))
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
        edges = [np.nanquantile(x[rows], points) for rows in classes if np.isfinite(x[rows]).any()]
        middle = np.unique(np.concatenate(edges)) if edges else np.zeros(1)
        return np.where(np.isnan(x), 0, np.searchsorted(middle, x, side="right") + 1)

    def _by_class(self) -> list[npt.NDArray[np.intp]]:
        """Rows that are learned from, of each class, so that rare ones have edges, too."""
        labels = self.truth[self.known]
        return [self.known[labels == label] for label in np.unique(labels)[:20]]


def _personal(values: pd.Series) -> str | None:
    """What a column tells of a person; None if nothing."""
    words = set(_words(str(values.name)))
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


def _share(texts: pd.Series, holds: Callable[[str], Any]) -> float:
    return float(np.mean([bool(holds(text)) for text in texts])) if len(texts) else 0.0


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


def _has_shape(values: pd.Series, shape: re.Pattern[str], share: float) -> bool:
    if not (types.is_string_dtype(values) or types.is_object_dtype(values)):
        return False
    found = values.dropna().head(READ).astype(str)
    return _share(found, lambda text: shape.fullmatch(text)) >= share


def _names_an_entity(name: str) -> bool:
    words = _words(name)
    if not words or WORDS["place or kind"] & set(words):
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    entities = WORDS["entity"]
    return last in entities | IDS or (last in BEHIND and before in entities)


def _words(name: str) -> list[str]:
    """The words of a name, whether it is `customer_id`, `Customer ID` or `customerId`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[a-z]+", apart.lower())


def _chance_of_equal(values: pd.Series) -> float:
    shares = values.value_counts(normalize=True, dropna=False).to_numpy()
    return float((shares**2).sum())


def _correlated(look: Look) -> Iterator[tuple[str, str]]:
    """Numeric columns of which the second follows the first in a straight line."""
    kinds = ("number", "integer")
    names = [n for n in look.features if look.schema[n].type in kinds][:2_000]
    numbers = (
        look.sample[names].apply(pd.to_numeric, errors="coerce").replace([np.inf, -np.inf], np.nan)
    )
    numbers = numbers.loc[:, (numbers.nunique() > 2) & (numbers.notna().mean() > 0.5)]
    if numbers.shape[1] < 2 or len(numbers) < FEWEST:
        return
    centered = (numbers - numbers.mean()).fillna(0.0)
    scaled = (centered / np.sqrt((centered**2).sum())).to_numpy(dtype=float)
    for first, second in np.argwhere(np.triu(np.abs(scaled.T @ scaled) >= SAME, 1)):
        yield str(numbers.columns[first]), str(numbers.columns[second])


def _renamed(look: Look) -> Iterator[tuple[str, str]]:
    """Other columns whose values go together one to one."""
    seen: dict[bytes, str] = {}
    for name in look.features:
        if look.schema[name].type not in ("category", "boolean"):
            continue
        codes, labels = pd.factorize(look.sample[name])
        if len(labels) < 2:
            continue
        key = codes.tobytes()
        if key in seen:
            yield seen[key], name
        seen.setdefault(key, name)


def _is_constant(values: pd.Series) -> bool:
    missing = bool(values.isna().iloc[0])
    return bool((values.isna() if missing else values == values.iloc[0]).all())


# In words


def _short(name: Any, longest: int = 60) -> str:
    text = " ".join(str(name).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _quoted(name: Any) -> str:
    """A name as YAML takes it."""
    plain = re.fullmatch(r"[A-Za-z_]\w*", str(name), re.ASCII)
    is_word = str(name).lower() in ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
    return str(name) if plain and not is_word else json.dumps(str(name), ensure_ascii=False)


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(_quoted(_short(name)) for name in names[:NAMED]) + _more(names)


def _more(items: Any) -> str:
    return f" and {len(items) - NAMED} more" if len(items) > NAMED else ""


def _accepting(columns: Iterable[str]) -> str:
    return "accept_noticed: {" + ", ".join(f"{_quoted(name)}: why" for name in columns) + "}"


def _split_by(kind: str, name: str) -> str:
    files = sorted((CONF / "data").glob("*.yaml"))
    place = f"conf/data/{files[0].name}" if len(files) == 1 else "conf/data"
    return f"{place}: split: " + "{" + f"kind: {kind}, column: {_quoted(name)}" + "}"


# It opens without a network.
FRAME = Template("""\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title: noticed</title>
<style>
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif }
li { margin-bottom: 1.2rem }
code { background: #f3f3f3; padding: 0.1rem 0.3rem; overflow-wrap: anywhere }
.silent h2 { color: #a40000 }
h2 { font-size: 1.1rem; margin: 0 }
p { margin: 0.2rem 0 }
</style>
<body>
<h1>Noticed in $table</h1>
<p>$about</p>
<ol>
$items
</ol>
<p>$end</p>
</body>
</html>
""")


def page(found: list[Finding], look: Look) -> str:
    """The page for a browser."""
    table = look.table
    about = f"{len(table):,} rows with a target, {len(table.columns):,} columns"
    if len(look.sample) < len(table):
        about += (
            f"; what takes long was looked for in {len(look.sample):,} of them, "
            f"drawn with the seed {look.cfg.seed}"
        )
    end = "Nothing stands out." if not found else ""
    if len(found) > MOST:
        end = "Left out are lesser ones: " + ", ".join(each.title for each in found[MOST:]) + "."
    return FRAME.substitute(
        title=escape(str(look.cfg.title)),
        table=escape(str(look.cfg.data.path)),
        about=escape(about + "."),
        items="\n".join(_item(finding, look.cfg) for finding in found[:MOST]),
        end=escape(end),
    )


def _item(finding: Finding, cfg: DictConfig) -> str:
    answer = f"<p>{escape(_answer(finding, cfg))}</p>" if finding.silent else ""
    kind = ' class="silent"' if finding.silent else ""
    return (
        f"<li{kind}><h2>{escape(finding.title)}</h2>"
        f"<p>{escape(finding.text)}</p><p><code>{escape(finding.line)}</code></p>{answer}</li>"
    )


def look_again(cfg: DictConfig) -> None:
    """Look at the table as it is configured now."""
    notice(read_prepared(cfg.data), Schema.load(), cfg)


main = command(look_again)

if __name__ == "__main__":
    main()
