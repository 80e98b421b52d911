"""Findings: what would mislead a model in a table, each with the line to change."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig
from pandas.api import types

from ..data.casting import conform
from ..data.schema import Schema
from ..tools.paths import CONF, SCHEMA
from .columns import (
    FEWEST,
    READ,
    SHAPE,
    WORDS,
    Truth,
    chance_of_equal,
    has_shape,
    is_constant,
    names_an_entity,
    personal,
    words_of,
)

NAMED = 5  # columns in a finding
SELDOM = 0.3  # different values a row, above which they hardly repeat
CELLS = 1_000_000  # at most, and SAMPLE rows, where all rows would take long
SAMPLE = 20_000

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
        if not (names_an_entity(name) or has_shape(values, SHAPE, 0.95)):
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
    target, is_number = look.sample[look.schema.target], look.schema.task == "regression"
    truth, scores = Truth(target, is_number, look.cfg.seed), {}
    for name in look.features:
        if name in look.entities:
            continue
        values = look.sample[name]
        if look.schema[name].type in ("text", "datetime"):
            values = values.isna()  # whether there is one; that a target grows with time is no leak
        if (score := truth.told_by(values)) >= ALONE:
            scores[name] = score
    for name, score in sorted(scores.items(), key=lambda each: -each[1])[:3]:
        what = "r2" if look.schema.task == "regression" else "balanced accuracy"
        yield Finding(
            f"{_short(name)} alone tells the target",
            (name,),
            f"Without any other column it reaches a {what} of {score:.3f}. Is it known when a "
            "prediction is asked for, or does it follow from the target?",
            f"{SCHEMA}: delete {quoted(name)}, so that no model looks at it",
            silent=True,
        )


def duplicates(look: Look) -> Iterator[Finding]:
    """Rows that are equal in all columns, on both sides of the split."""
    split = look.cfg.data.split
    names = [n for n in look.table if n in look.features or n == look.schema.target]
    if split.kind not in ("random", "stratified") or len(names) < 3:
        return
    chances = [chance_of_equal(look.sample[name]) for name in names[:100]]
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
    subject = set(words_of(look.schema.target)) - WORDS["of a target"]
    for name in look.features:
        words = set(words_of(name))
        numbered = words == set(words_of(look.schema.target))  # one of a series
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
    found = {str(name): kind for name in look.table if (kind := personal(look.sample[name]))}
    known = {name: kind for name, kind in found.items() if name != look.schema.target}
    if not known:
        return
    line = f"{SCHEMA}: delete {_listed(known)}"
    asked = ", ".join([quoted(name) for name in known if name in look.features][:NAMED])
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
    names = [n for n in look.features if is_constant(look.sample[n])]
    names = [name for name in names if is_constant(look.table[name])]
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
            f"{SCHEMA}: {quoted(names[0])}: type: text, without categories",
        )


def unread(look: Look) -> Iterator[Finding]:
    """Categories that may be numbers or dates, written in more than one way."""
    found: dict[str, str] = {}
    for name in look.features:
        values = look.sample[name].dropna()
        if look.schema[name].type != "category" or len(values) < FEWEST:
            continue
        first = values.head(READ).astype(str)
        digits = first.str.contains(r"\d", regex=True).mean()
        few_words = first.str.count(r"\S+").mean() < 3
        if digits >= 0.95 and few_words and values.nunique() > SELDOM * len(values):
            shown = ", ".join(repr(_short(text, 20)) for text in first.unique()[:2])
            found[name] = f"{_short(name)} ({shown})"
    if found:
        yield Finding(
            "Numbers, dates or codes as categories",
            tuple(found),
            f"{', '.join(list(found.values())[:NAMED])}{_more(found)}: hardly a value repeats, so "
            "little is learned. If these are numbers or dates, they are written in several ways.",
            f"{SCHEMA}: delete {_listed(found)}, or write it in one way in prepare.py",
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
    unread,
)


SILENT = (repeated_entities, leaks)  # whose findings nothing else would tell


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


def silent_findings(look: Look) -> list[Finding]:
    """What would be wrong without anybody's notice, which the gate asks about."""
    return [f for search in SILENT for f in search(look) if f.silent] if len(look.table) else []


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


# In words


def _short(name: Any, longest: int = 60) -> str:
    text = " ".join(str(name).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def quoted(name: Any) -> str:
    """A name as YAML takes it."""
    plain = re.fullmatch(r"[A-Za-z_]\w*", str(name), re.ASCII)
    is_word = str(name).lower() in ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
    return str(name) if plain and not is_word else json.dumps(str(name), ensure_ascii=False)


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(quoted(_short(name)) for name in names[:NAMED]) + _more(names)


def _more(items: Any) -> str:
    return f" and {len(items) - NAMED} more" if len(items) > NAMED else ""


def _split_by(kind: str, name: str) -> str:
    files = sorted((CONF / "data").glob("*.yaml"))
    place = f"conf/data/{files[0].name}" if len(files) == 1 else "conf/data"
    return f"{place}: split: " + "{" + f"kind: {kind}, column: {quoted(name)}" + "}"
