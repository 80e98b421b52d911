"""Draws the chart of `benchmarks.report`, where matplotlib is: in the rendered repo's environment.

`chart.py figures own file`: everybody's figures as JSON, scikit-learn's own milliseconds, an SVG.
"""
# mypy: ignore-errors
# Runs in the rendered repo's environment, whose packages the template's own does not have.

import json
import sys

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

if __name__ == "__main__":
    figures, own, file = json.loads(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    names = list(figures)[::-1]
    colours = ["#2563eb" if name == "ours" else "#9ca3af" for name in names]
    # The same figures give the same bytes.
    mpl.rcParams.update({"svg.hashsalt": "serving", "svg.fonttype": "none", "font.size": 10})
    figure, axes = plt.subplots(1, 3, figsize=(11, 2.8), sharey=True, layout="constrained")
    panels = [
        ("One row: requests a second\n(more is better)", "rate", "{:,.0f}"),
        ("1,000 rows: milliseconds\n(less is better)", "many_p50", "{:,.1f}"),
        ("Cold start: seconds\n(less is better)", "cold", "{:.1f}"),
    ]
    for ax, (title, key, form) in zip(axes, panels, strict=True):
        values = [figures[name][key] for name in names]
        bars = ax.barh(names, values, color=colours)
        labels = ax.bar_label(bars, [form.format(value) for value in values], padding=4)
        for label in labels:
            label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
        ax.set_title(title, fontsize=10)
        ax.set_xlim(0, 1.2 * max(values))
        ax.xaxis.set_visible(False)
        ax.spines[["top", "right", "bottom"]].set_visible(False)
        ax.tick_params(left=False)
    axes[1].axvline(own, color="#111827", linestyle=":", linewidth=1, zorder=0)
    axes[1].text(own, -0.75, " scikit-learn", fontsize=8, va="center")
    figure.savefig(file, metadata={"Date": None})
