"""A picture of a simulation: what was paid in, what it was worth, and every execution."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from automation.errors import InvalidInput
from infra.local.simulation import amounts
from infra.local.simulation.outcome import Outcome, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that people with any colour vision tell apart (Okabe and Ito), and that differ in brightness too.
_VALUE: Final = "#0072B2"
_DONE: Final = "#00395A"
_PAID_IN: Final = "#D55E00"
_TAKEN_OUT: Final = "#009E73"
_TEXT: Final = "#222222"
_QUIET: Final = "#6B6B6B"
_GRID: Final = "#E4E4E4"
# What did not succeed is a mark at the foot: its colour, and its height as a share of the panel.
_NOT_DONE: Final = {"Skipped": ("#E69F00", 0.035), "Failed": ("#000000", 0.06)}
_STYLE: Final[Any] = {
    "font.family": "DejaVu Sans",
    "text.color": _TEXT,
    "axes.edgecolor": _QUIET,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
}
# Inches: a panel's size, and the room around it for titles, legend, scales and last values.
_WIDTH: Final = 11.0
_HEIGHT: Final = 5.6
_LEFT: Final = 0.95
_RIGHT: Final = 1.2
_ABOVE: Final = 1.2
_BELOW: Final = 0.55
_DOTS_PER_INCH: Final = 150
_MOST: Final = 40


def draw(outcome: Outcome, path: Path) -> None:
    """Write a PNG with one panel a client; InvalidInput where there are more clients than a picture can hold."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(outcome.clients)
    if count > _MOST:
        raise InvalidInput("--chart", f"shows up to {_MOST} clients, not {count}", hint="simulate fewer in one go")
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, _HEIGHT * count), dpi=_DOTS_PER_INCH, facecolor="white")
        FigureCanvasAgg(figure)
        for number, (code, result) in enumerate(outcome.clients.items()):
            _panel(_place(figure, count - 1 - number, count), code, result, outcome)
        figure.savefig(path, format="png")


def _place(figure: Figure, from_below: int, count: int) -> Axes:
    height = _HEIGHT * count
    return figure.add_axes(
        (
            _LEFT / _WIDTH,
            (from_below * _HEIGHT + _BELOW) / height,
            1 - (_LEFT + _RIGHT) / _WIDTH,
            (_HEIGHT - _ABOVE - _BELOW) / height,
        )
    )


def _panel(axes: Axes, code: str, result: Result, outcome: Outcome) -> None:
    _scales(axes, result.currency, outcome)
    if result.days:
        _lines(axes, result)
    else:
        axes.set_yticks([0])
    _executions(axes, result)
    axes.set_ylim(bottom=0)
    _titles(axes, code, result, outcome)
    _legend(axes)


def _scales(axes: Axes, currency: str, outcome: Outcome) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    locator = AutoDateLocator(minticks=5, maxticks=12)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    )
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda amount, _: amounts.tick(amount, currency)))
    axes.tick_params(length=0, labelsize=9.5, pad=7)
    axes.grid(axis="y", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    first, last = _days([outcome.start, outcome.end + timedelta(days=1)])
    axes.set_xlim(first - (last - first) * 0.008, last)


def _days(dates: Sequence[date]) -> list[float]:
    """Dates as matplotlib counts them."""
    from matplotlib.dates import date2num

    return [float(number) for number in date2num(dates)]  # type: ignore[no-untyped-call]


class _Curve(NamedTuple):
    label: str
    colour: str
    drawstyle: str
    amounts: Sequence[Decimal]


def _lines(axes: Axes, result: Result) -> None:
    dates = _days([day.on for day in result.days])
    curves = [
        _Curve("Value", _VALUE, "default", [day.value for day in result.days]),
        _Curve("Paid in", _PAID_IN, "steps-post", [day.paid_in for day in result.days]),
    ]
    if result.taken_out:
        curves.append(_Curve("Withdrawn", _TAKEN_OUT, "steps-post", [day.taken_out for day in result.days]))
    for curve in curves:
        heights = [float(amount) for amount in curve.amounts]
        axes.plot(
            dates, heights, color=curve.colour, linewidth=1.5, drawstyle=curve.drawstyle, label=curve.label, zorder=3
        )
    axes.fill_between(dates, [float(day.value) for day in result.days], color=_VALUE, alpha=0.10, linewidth=0)
    _last_values(axes, curves, result.currency)


def _last_values(axes: Axes, curves: Sequence[_Curve], currency: str) -> None:
    """Say at the right where each line ends, moved apart where lines end close to each other."""
    apart = axes.get_ylim()[1] * 0.055
    height = float("-inf")
    for curve in sorted(curves, key=lambda curve: curve.amounts[-1]):
        last = curve.amounts[-1]
        height = max(float(last), height + apart)
        axes.annotate(
            amounts.short(last, currency),
            (1, height),
            (8, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            color=curve.colour,
            fontsize=10,
            fontweight="bold",
            verticalalignment="center",
            annotation_clip=False,
        )


def _executions(axes: Axes, result: Result) -> None:
    """What succeeded is a dot on the value line; what did not is a mark at the foot."""
    done = _on(result, "Success")
    if done and result.days:
        size = max(2.5, min(14.0, 3500 / len(done)))
        known = [day.on for day in result.days]
        heights = [float(result.days[max(bisect_right(known, on) - 1, 0)].value) for on in done]
        axes.scatter(_days(done), heights, s=size, color=_DONE, linewidth=0, label="Executed", zorder=4)
    for status, (colour, height) in _NOT_DONE.items():
        if days := _on(result, status):
            foot = axes.get_xaxis_transform()
            axes.vlines(_days(days), 0, height, color=colour, linewidth=1.2, transform=foot, label=status, zorder=5)


def _on(result: Result, status: str) -> list[date]:
    """The dates with executions that ended so; a condition may come true on a day without a NAV."""
    return sorted({each.on for each in result.executions if each.status == status})


def _titles(axes: Axes, code: str, result: Result, outcome: Outcome) -> None:
    def above(points: float, text: str, size: float, weight: str, colour: str) -> None:
        left = -(_LEFT - 0.2) * 72
        axes.annotate(
            text,
            (0, 1),
            (left, points),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=size,
            fontweight=weight,
            color=colour,
        )

    above(60, _headline(result), 16, "bold", _TEXT)
    above(40, _subtitle(code, result, outcome), 10.5, "normal", _QUIET)


def _headline(result: Result) -> str:
    currency = result.currency
    paid_in, value = amounts.short(result.paid_in, currency), amounts.short(result.value, currency)
    if not result.paid_in:
        return "Nothing was paid in"
    if not result.taken_out:
        return f"{paid_in} paid in became {value}"
    return f"{paid_in} paid in: {amounts.short(result.taken_out, currency)} withdrawn, {value} left"


def _subtitle(code: str, result: Result, outcome: Outcome) -> str:
    rate, counted = result.xirr, result.by_status()
    done = f"{counted.pop('Success', 0):,} executed"
    return "   ·   ".join(
        [
            code if result.name == code else f"{result.name} ({code})",
            f"{outcome.start.day} {outcome.start:%b %Y} to {outcome.end.day} {outcome.end:%b %Y}",
            *([] if rate is None else [f"{rate * 100:.1f} % a year (XIRR)"]),
            ", ".join([done, *(f"{count:,} {status.lower()}" for status, count in sorted(counted.items()))]),
        ]
    )


def _legend(axes: Axes) -> None:
    """In a row between the titles and the panel, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(
            handles,
            labels,
            loc="lower left",
            bbox_to_anchor=(-(_LEFT - 0.2) / (_WIDTH - _LEFT - _RIGHT), 1.03),
            ncols=len(labels),
            frameon=False,
            fontsize=9.5,
            handlelength=1.4,
            columnspacing=1.8,
            borderpad=0,
            borderaxespad=0,
        )
