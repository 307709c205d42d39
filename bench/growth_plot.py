"""One plot of what bench/growth.py measured, as SVG: rate and p99 of each case as something grows.

It has no background, and colours for light pages and for dark ones.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from growth_results import Experiment

WIDTH, HEIGHT = 860, 420
TOP, BOTTOM = 44, 270
"""Where the panels' axes begin and end."""
LEGEND = 340
LIGHT = ("#0550ae", "#b35900", "#1a7f37", "#a40e6c", "#57606a")
DARK = ("#79c0ff", "#ffa657", "#56d364", "#ff9bce", "#b1bac4")
"""A line each, which its mark tells apart too."""
MARKS = ("circle", "square", "diamond", "triangle", "cross")
PANELS = (("rate", "answered a second", 70), ("p99", "p99, milliseconds", 500))
"""What of a row; its unit; where the panel begins."""
PANEL_WIDTH = 330
NICE = (1, 2, 5)
PATHS = {
    "circle": "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
    "square": "M-4,-4h8v8h-8z",
    "diamond": "M0,-5.5l5.5,5.5l-5.5,5.5l-5.5,-5.5z",
    "triangle": "M0,-5l5,9h-10z",
    "cross": "M-4.5,-2.5l2,-2l2.5,2.5l2.5,-2.5l2,2l-2.5,2.5l2.5,2.5l-2,2l-2.5,-2.5l-2.5,2.5l-2,-2l2.5,-2.5z",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """A logarithmic one, from `low` to `high`."""

    low: float
    high: float

    def y(self, value: float) -> float:
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return BOTTOM - share * (BOTTOM - TOP)

    def ticks(self) -> Iterator[float]:
        for power in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
            yield from (nice * 10.0**power for nice in NICE if self.low <= nice * 10.0**power <= self.high * 1.001)


def plot(experiment: Experiment) -> str:
    """The whole document."""
    series = {case: [(row.rate, row.p99) for row in rows] for case, rows in experiment.medians.items()}
    panels = (
        line
        for number, (_, unit, left) in enumerate(PANELS)
        for line in _panel(
            {case: [pair[number] for pair in pairs] for case, pairs in series.items()}, experiment, unit, left
        )
    )
    title = escape(f"Rate and p99 by {experiment.grows}")
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{title}">',
        f"<title>{title}</title>",
        _style(),
        *panels,
        *_legend(series),
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def _style() -> str:
    def colours(of: Sequence[str]) -> str:
        return " ".join(f".s{number} {{ color: {colour} }}" for number, colour in enumerate(of))

    return f"""<style>
svg {{ color: #1f2328; font: 13px system-ui, sans-serif }}
text {{ fill: currentColor }}
.grid {{ stroke: currentColor; stroke-opacity: .18 }}
.line {{ stroke: currentColor; stroke-width: 2; fill: none }}
.mark {{ fill: currentColor }}
{colours(LIGHT)}
@media (prefers-color-scheme: dark) {{
svg {{ color: #e6edf3 }}
{colours(DARK)}
}}
</style>"""


def _panel(series: Mapping[str, Sequence[float]], experiment: Experiment, unit: str, left: int) -> Iterator[str]:
    scale = _scale(value for values in series.values() for value in values)
    names = experiment.variants
    places = [left + PANEL_WIDTH * (number + 0.5) / len(names) for number in range(len(names))]
    yield _text(left, TOP - 20, unit, "start")
    for tick in scale.ticks():
        y = scale.y(tick)
        yield f'<path class="grid" d="M{left},{y:.1f}h{PANEL_WIDTH}"/>'
        yield _text(left - 8, y + 4, f"{tick:,.10g}", "end")
    for x, name in zip(places, names, strict=True):
        yield _text(x, BOTTOM + 20, name, "middle")
    yield _text(left + PANEL_WIDTH / 2, BOTTOM + 42, experiment.grows, "middle")
    for number, values in enumerate(series.values()):
        points = [(x, scale.y(value)) for x, value in zip(places, values, strict=True)]
        path = "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<g class="s{number}"><path class="line" d="M{path}"/>{"".join(_mark(number, *at) for at in points)}</g>'


def _scale(values: Iterable[float]) -> Scale:
    """The next round numbers around them."""
    positive = [value for value in values if value > 0] or [1.0]
    nice = [each * 10.0**power for power in range(-3, 7) for each in NICE]
    low = max((each for each in nice if each <= min(positive)), default=nice[0])
    return Scale(low, min((each for each in nice if each >= max(positive) and each > low), default=nice[-1]))


def _legend(cases: Iterable[str]) -> Iterator[str]:
    for number, case in enumerate(cases):
        x, y = PANELS[0][2] + number % 2 * 400, LEGEND + number // 2 * 26
        yield f'<g class="s{number}"><path class="line" d="M{x},{y}h28"/>{_mark(number, x + 14, y)}</g>'
        yield _text(x + 38, y + 4, case, "start")


def _mark(number: int, x: float, y: float) -> str:
    return f'<path class="mark" transform="translate({x:.1f} {y:.1f})" d="{PATHS[MARKS[number % len(MARKS)]]}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
