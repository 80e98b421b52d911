"""A picture: repositories as rows, rules as columns."""

from html import escape

from fleet.audit import Audited

CELL = 14
LEFT, TOP, LEGEND = 190, 60, 160
COLOURS = {
    "passed": "#b7d7b0",
    "error": "#b3261e",
    "warning": "#e8a33d",
    "waived": "#8e9ad6",
    "skipped": "#eeeeee",
}
WORDS = {"error": "error, or an expired waiver", "skipped": "does not apply"}


def svg(audited: list[Audited]) -> str:
    """Give the picture as SVG, which each cell explains when it is pointed at."""
    rules = sorted({outcome.rule for repo in audited for outcome in repo.outcomes})
    width = max(LEFT + CELL * len(rules) + 20, LEFT + LEGEND * len(COLOURS))
    height = TOP + CELL * len(audited) + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" font-family="system-ui, sans-serif" font-size="10">'
    ]
    for column, rule in enumerate(rules):
        x = LEFT + CELL * column + 10
        parts.append(
            f'<text transform="translate({x} {TOP - 6}) rotate(-60)">{escape(rule)}</text>'
        )
    for row, repo in enumerate(audited):
        y = TOP + CELL * row
        name = escape(repo.name if len(repo.name) < 32 else repo.name[:30] + "…")
        parts.append(f'<text x="{LEFT - 6}" y="{y + 10}" text-anchor="end">{name}</text>')
        states = {outcome.rule: outcome for outcome in repo.outcomes}
        for column, rule in enumerate(rules):
            if outcome := states.get(rule):
                kind: str = outcome.level if outcome.counts else outcome.state
                parts.append(
                    f'<rect x="{LEFT + CELL * column}" y="{y}" width="{CELL - 2}" '
                    f'height="{CELL - 2}" fill="{COLOURS.get(kind, "#eeeeee")}">'
                    f"<title>{escape(repo.name)}, {rule}: {outcome.state}</title></rect>"
                )
    for number, (kind, colour) in enumerate(COLOURS.items()):
        x = LEFT + LEGEND * number
        parts.append(f'<rect x="{x}" y="{height - 30}" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 14}" y="{height - 21}">{WORDS.get(kind, kind)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
