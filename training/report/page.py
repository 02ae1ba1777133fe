"""Owns the look of a page: one HTML file, no script, nothing fetched, legible in light, dark and print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_STYLE = """
:root{color-scheme:light dark;--bg:#fff;--ink:#1b1d21;--dim:#5b616b;--line:#d5d9df;--soft:#f3f5f7;
--1:#0064b4;--2:#bd4b00;--3:#12a594;--4:#4b1d3f;--warn:#fff3d6;--bad:#ffe1dc}
@media(prefers-color-scheme:dark){:root{--bg:#15171a;--ink:#e6e8eb;--dim:#a2a9b4;--line:#3a3f47;--soft:#1e2125;
--1:#4aa3ff;--2:#ff8c42;--3:#8ff0c8;--4:#e59bd3;--warn:#3d3210;--bad:#4a1f19}}
@media print{:root{color-scheme:light;--bg:#fff;--ink:#000;--dim:#444;--line:#bbb;--soft:#f6f6f6;
--1:#0064b4;--2:#bd4b00;--3:#12a594;--4:#4b1d3f;--warn:#fff3d6;--bad:#ffe1dc}section,figure,tr{break-inside:avoid}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1.5rem;background:var(--bg);color:var(--ink);
font:15px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:1.7rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.2rem 0 .3rem}p{margin:.4rem 0;max-width:60rem}
.dim,figcaption,caption{color:var(--dim)}
.big{font-size:2rem;font-weight:600;font-variant-numeric:tabular-nums}
.big small{display:block;font-size:1rem;font-weight:400}
.note{padding:.5rem .8rem;margin:.6rem 0;border-left:4px solid var(--2);background:var(--warn)}
.note.bad{background:var(--bad)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;margin:.4rem 0 1rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.2rem 0}
th,td{padding:.2rem .7rem .2rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600}td:not(:first-child){white-space:nowrap}.scroll>table td:first-child{min-width:7rem}
td.n,th.n{text-align:right}tr.own td{font-weight:600;background:var(--soft)}
.row{display:flex;flex-wrap:wrap;gap:0 1.2rem}figure{margin:0 0 1rem}figcaption{font-size:.85rem;max-width:22rem}
svg text{fill:var(--dim);font:11px system-ui,sans-serif}.grid{stroke:var(--line);stroke-width:.6;fill:none}
.frame{fill:none;stroke:var(--dim)}polyline{fill:none;stroke-width:1.8}.dashed{stroke-dasharray:5 4}
.l1{stroke:var(--1)}.l2{stroke:var(--2)}.l3{stroke:var(--3);stroke-dasharray:9 2}
.l4{stroke:var(--4);stroke-dasharray:2 2}
.d1{fill:var(--1)}.d2{fill:var(--2)}.d3{fill:var(--3)}.d4{fill:var(--4)}
.b1{fill:var(--1);opacity:.16}.b2{fill:var(--2);opacity:.16}.b3{fill:var(--3);opacity:.16}.b4{fill:var(--4);opacity:.16}
.key{display:inline-block;margin-right:.9rem}.key i{display:inline-block;width:1.4rem;height:0;border-top:2.5px solid;
margin-right:.35rem;vertical-align:middle}.key i.dashed{border-top-style:dashed}
.key i.dot{width:0;border:4px solid;border-radius:50%}
.k1{border-color:var(--1)!important}.k2{border-color:var(--2)!important}
.k3{border-color:var(--3)!important;border-top-style:dashed!important}
.k4{border-color:var(--4)!important;border-top-style:dotted!important}
.case{width:15.5rem}.case img{width:7.5rem;height:auto;background:#000;border:1px solid var(--line)}
code{background:var(--soft);padding:.1rem .3rem;overflow-wrap:anywhere}
"""


def page(title: str, body: Sequence[str]) -> str:
    """A whole HTML document; `body` is HTML, `title` text."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def section(title: str, body: Sequence[str]) -> str:
    """A part of the page under a heading; nothing where `body` is empty."""
    return f"<section><h2>{escape(title)}</h2>\n" + "\n".join(body) + "\n</section>" if body else ""


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text; `kind`: "", "dim", "note" or "note bad"."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    caption: str = "",
    own: int | None = None,
    numbers: Sequence[int] = (),
) -> str:
    """A table of plain values; `own` is the row that is set off, `numbers` the columns that are set to the right."""

    def cell(tag: str, place: int, value: object) -> str:
        kind = ' class="n"' if place in numbers else ""
        return f"<{tag}{kind}>{escape(str(value))}</{tag}>"

    head = "".join(cell("th", place, value) for place, value in enumerate(heads))
    body = "".join(
        f"<tr{' class=own' if number == own else ''}>"
        + "".join(cell("td", place, value) for place, value in enumerate(row))
        + "</tr>"
        for number, row in enumerate(rows)
    )
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="scroll"><table>{told}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        if rows
        else ""
    )


def span(figure: Mapping[str, float] | str | None, digits: int = 3) -> str:
    """A figure with its interval, as text."""
    if figure is None:
        return "not to be had"
    if isinstance(figure, str):
        return figure
    return f"{figure['value']:.{digits}f} ({figure['low']:.{digits}f} to {figure['high']:.{digits}f})"
