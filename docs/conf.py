"""The pages as a site (make docs): Sphinx reads the Markdown files where they are.

The sources are the whole repository, so that a link from one page to another, to a configuration or
to the licence is the same here and on the pages of a repository's host.
"""

from importlib import metadata

import numpy.typing as npt
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

from proda import arrays

project = "PRODA"
release = version = metadata.version("proda")
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
root_doc = "docs/index"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "config/README.md",
    "results/README.md",
    "docs/*.md",
    "docs/*/*.md",
]
exclude_patterns = [".*", "build", "data", "my_data", "results/*/**", "tests", "workflow"]

# Markdown as GitHub renders it: anchors of headings, images in HTML.
myst_heading_anchors = 4
myst_enable_extensions = ["html_image"]

# Notebooks (docs/notebooks) are executed whenever the pages are built; an error in one is an error
# of the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600  # seconds a cell; kernels may have to be compiled
nb_merge_streams = True

# The reference shows the library's core; what the extras bring is not imported.
autodoc_mock_imports = ["pandas", "xarray"]
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_preprocess_types = False

# A theme that fetches neither fonts nor scripts.
html_theme = "furo"
html_title = f"PRODA {release}"
html_additional_pages = {"index": "start.html"}
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["notebooks.css"]
html_copy_source = False
html_show_copyright = False

# Names of types as Sphinx writes them out; the longest first, as they contain each other.
_ALIASES = {name: getattr(arrays, name) for name in arrays.__all__} | {"ArrayLike": npt.ArrayLike}
_SHORT = {stringify_annotation(alias, "smart"): name for name, alias in _ALIASES.items()}
_SHORT = dict(sorted(_SHORT.items(), key=lambda item: -len(item[0])))


def short_types(*event: object) -> tuple[str, str] | None:
    """Signature and returned type with the names of arrays that the code has; None for modules."""
    if not event[-2]:
        return None
    texts = [str(text or "") for text in event[-2:]]
    for long, short in _SHORT.items():
        texts = [text.replace(long, short) for text in texts]
    return texts[0], texts[1]


def leave_out_fields(*event: object) -> bool | None:
    """Fields of a named tuple, which its own text describes; None leaves it to the others."""
    return True if type(event[3]).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> None:
    """Show tables of horizons as text, as Pygments knows no csv, and types by their names."""
    app.connect("autodoc-skip-member", leave_out_fields)
    app.add_lexer("csv", TextLexer)
    app.connect("autodoc-process-signature", short_types)
