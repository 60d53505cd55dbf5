"""The first page of the report, as HTML within the page of the report."""

from html import escape

from proda.summary.document import Summary
from proda.summary.sentences import Paragraph

__all__ = ["first_page"]


def first_page(summary: Summary, explorer: str | None, figures: str) -> str:
    """HTML of the answer, the cautions, the pictures and what the answer rests on.

    Parameters
    ----------
    summary
        Of the run.
    explorer
        Address of the explorer as seen from the report; None without one.
    figures
        Folder of the figures, as the report names them. A picture is ``<img data-result=PATH>``,
        which the report's script fills with the picture that it holds already.
    """
    run, *rest = summary.paragraphs
    answers = [one for one in rest if one.answer]
    grounds = [one for one in rest if not one.answer]
    parts = [
        f"<h1>{escape(summary.dataset)}</h1>",
        f'<p class="run">{_text(run.text)}</p>',
        *(_section(one) for one in answers),
        _explorer(explorer) if explorer else "",
        _cautions(summary.cautions),
        '<div class="pictures">',
        *(
            f'<figure><button type="button"><img data-result="{escape(path)}" '
            f'alt="{escape(one.caption)}"></button>'
            f"<figcaption>{escape(one.caption)}</figcaption></figure>"
            for one in summary.pictures
            for path in [f"{figures}/{one.figure}.png"]
        ),
        "</div>",
        *(_section(one) for one in grounds),
        '<p class="more">The menu leads to all tables and figures with their captions, and at its '
        "end to the graph of rules that made them.</p>",
    ]
    return "\n".join(part for part in parts if part)


def _section(one: Paragraph) -> str:
    kind = "answer" if one.answer else "ground"
    return f'<section class="{kind}"><h2>{escape(one.title)}</h2><p>{_text(one.text)}</p></section>'


def _text(text: str) -> str:
    """Text in which units stay with their numbers."""
    return escape(text).replace(" %", "&nbsp;%").replace(" Pg", "&nbsp;Pg")


def _explorer(address: str) -> str:
    return (
        f'<p class="explorer"><a href="{escape(address)}">Open the explorer</a> '
        "Maps of all methods, and every profile with its posterior.</p>"
    )


def _cautions(texts: tuple[str, ...]) -> str:
    if not texts:
        return '<section class="cautions none"><h2>Cautions</h2><p>None.</p></section>'
    items = "".join(f"<li>{_text(text)}</li>" for text in texts)
    return f'<section class="cautions"><h2>Cautions</h2><ul>{items}</ul></section>'
