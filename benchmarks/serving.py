"""Our service beside its peers: `python -m benchmarks.serving`, from the template's root.

Makes a table and a repository of it, fits its model, and serves that model by each contender in
turn, a process of its own with one worker:

- `empty`: FastAPI that only says yes; the most that any service on it can reach
- `naive`: FastAPI, pydantic, a DataFrame and `predict_proba`, as most people write it
- `ours`: the rendered repository's own service
- `unlogged`: the same without its log of predictions
- `mlflow`: `mlflow models serve`
- `bentoml`: `bentoml serve`

`--seconds` is the length of each measurement (3; three of them a contender and round), `--only
ours,naive` leaves out the others, `--quick` is one round of a second each. `--folder` keeps the
repository and the environments there, and uses what is there. A full run takes about five minutes
and writes `docs/benchmarks.md` and `docs/serving.svg`; one that is not full only prints.

Needs Git, make and wrk (`apt-get install wrk`).
"""

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from benchmarks.lending import Lending, prepare
from benchmarks.load import Failed, Figures, Server, free_port, wrk
from benchmarks.peers import ALL, Contender
from benchmarks.report import table, targets, write

ROUNDS = 3
SECONDS = 3
CONNECTIONS = 8  # enough to keep one worker busy
# A row has nothing to share out, and threads that wait for their share spin: on a busy machine
# that costs the peers most of their speed.
THREADS = {"OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Trial:
    """A contender with the model that it serves and the requests that it gets."""

    name: str
    lending: Lending

    @property
    def contender(self) -> Contender:
        """How it is started, asked and understood."""
        return ALL[self.name]

    def bodies(self, kind: str) -> Path:
        """A file with the bodies of all requests of a kind, one a line."""
        file = self.lending.folder / f"{self.name}-{kind}.jsonl"
        requests = map(self.contender.body, self.lending.requests(kind))
        file.write_text("\n".join(map(json.dumps, requests)) + "\n")
        return file

    def start(self) -> Server:
        """Start it."""
        port = free_port()
        return Server(
            self._words(self.contender.command, port=port),
            port,
            self.lending.repo,
            self.lending.environment(self.contender.package) | THREADS,
            self.lending.folder / f"{self.name}.log",
        )

    def right(self, expected: list[float]) -> Callable[[Any], bool]:
        """Tell whether an answer is scikit-learn's."""

        def agrees(answer: Any) -> bool:
            if self.contender.read is None:
                return bool(answer == {"ok": True})
            found = self.contender.read(answer)
            return len(found) == len(expected) and all(
                math.isclose(one, other, abs_tol=1e-5)
                for one, other in zip(found, expected, strict=True)
            )

        return agrees

    def check(self, expected: list[float]) -> None:
        """Ask for rows, alone and together, gaps among them; nothing wrong is measured.

        Raises:
            Failed: if an answer is not scikit-learn's.
        """
        if self.contender.before:
            self.lending.run(*self._words(self.contender.before), package=self.contender.package)
        many, *_ = self.bodies("many").read_bytes().splitlines()
        ones = self.bodies("one").read_bytes().splitlines()[:50]
        with self.start() as server:
            server.wait(self.contender.one, ones[0], self.right(expected[:1]))
            if not self.right(expected)(server.ask(self.contender.many, many)):
                raise Failed(f"{self.name} does not answer {len(expected)} rows as scikit-learn")
            for body, chance in zip(ones, expected, strict=False):
                if not self.right([chance])(server.ask(self.contender.one, body)):
                    raise Failed(f"{self.name} does not answer as scikit-learn: {body!r}")

    def measure(self, expected: list[float], seconds: float) -> Figures:
        """Start it and put it under load: one row a request, then many."""
        one, many = self.bodies("one"), self.bodies("many")
        first = one.read_bytes().splitlines()[0]
        with self.start() as server:
            cold = server.wait(self.contender.one, first, self.right(expected[:1]))
            server.load(self.contender.one, one, 1, CONNECTIONS)
            busy = server.load(self.contender.one, one, seconds, CONNECTIONS)
            alone = server.load(self.contender.one, one, seconds, 1)
            rows = server.load(self.contender.many, many, seconds, 1)
            return Figures(
                cold=cold,
                rate=max(busy["rate"], alone["rate"]),  # many at once slow some down
                p50=alone["p50"],
                p99=alone["p99"],
                many_rate=rows["rate"],
                many_p50=rows["p50"],
                many_p99=rows["p99"],
                memory=server.memory(),
            )

    def _words(self, command: str, port: int = 0) -> list[str]:
        """A command with its places filled in, and the environment's own program."""
        folder, model = self.lending.folder, self.lending.model
        words = command.format(port=port, folder=folder, model=model).split()
        return [str(self.lending.bin(self.contender.package) / words[0]), *words[1:]]


def medians(rounds: list[Figures]) -> Figures:
    """Take the median of each figure."""
    return Figures(*map(statistics.median, zip(*map(astuple, rounds), strict=True)))


def compare(
    names: list[str], lending: Lending, seconds: float, rounds: int
) -> tuple[dict[str, Figures], float]:
    """Measure contenders in turn, so that a machine that slows down slows all.

    Returns:
        Each contender's figures, and scikit-learn's own milliseconds for many rows.
    """
    trials = [Trial(name, lending) for name in names]
    expected, _ = lending.in_process(0)
    for trial in trials:
        say(f"checking {trial.name}")
        trial.check(expected)  # also compiles what is imported, before any start is measured
    measured: dict[str, list[Figures]] = {name: [] for name in names}
    own = []
    for number in range(rounds):
        own.append(lending.in_process(min(seconds, 2))[1])
        for trial in trials:
            say(f"round {number + 1} of {rounds}: {trial.name}")
            measured[trial.name].append(trial.measure(expected, seconds))
    return {name: medians(found) for name, found in measured.items()}, statistics.median(own)


def say(what: str) -> None:
    """Tell the person who waits."""
    print(what, file=sys.stderr, flush=True)


def contenders(text: str) -> list[str]:
    """Read names, separated by commas."""
    unknown = sorted(set(text.split(",")) - ALL.keys())
    if unknown:
        raise argparse.ArgumentTypeError(f"no such contender: {', '.join(unknown)}")
    return [name for name in ALL if name in text.split(",")]


def main() -> None:
    """Measure, print, and write what a full run found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each measurement")
    parser.add_argument("--only", type=contenders, default=list(ALL), help="such as ours,naive")
    parser.add_argument("--quick", action="store_true", help="one round of a second each")
    parser.add_argument("--folder", type=Path, help="keep what is made here, and use it again")
    options = parser.parse_args()
    seconds, rounds = (1, 1) if options.quick else (options.seconds, ROUNDS)
    with tempfile.TemporaryDirectory() as temporary:
        try:
            wrk()
            others = os.getloadavg()[0]
            if others > 0.5:
                say(f"this machine is busy (load average {others:.1f}): figures will be off")
            say("making a repository, its model and the contenders' environments")
            packages = [ALL[name].package for name in options.only if ALL[name].package]
            lending = prepare((options.folder or Path(temporary)).resolve(), packages)
            figures, own = compare(options.only, lending, seconds, rounds)
            print(table(figures), targets(figures, own), sep="\n\n")
            if not options.quick and options.only == list(ALL):
                notes = {name: contender.note for name, contender in ALL.items()}
                run = {"rounds": rounds, "seconds": seconds, "connections": CONNECTIONS}
                write(figures, own, lending, notes, others=others, **run)
        except Failed as failed:
            sys.exit(str(failed))


if __name__ == "__main__":
    main()
