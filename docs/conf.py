"""The pages as a site (make docs): Sphinx reads the Markdown files where they are.

The sources are the whole repository, so that a link from one page to another, to a configuration or
to the licence is the same here and on the pages of a repository's host.
"""

from importlib import metadata

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "PRODA"
release = version = metadata.version("proda")
language = "en"

extensions = [
    "myst_parser",
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
html_copy_source = False


def setup(app: Sphinx) -> None:
    """Show tables of horizons as text: Pygments knows no csv."""
    app.add_lexer("csv", TextLexer)
