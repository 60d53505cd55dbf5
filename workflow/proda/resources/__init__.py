"""Tables and outlines that come with the library; a module reads them by `resource`.

==========================  ======================================================================
parameters.csv              parameters of the model: priors, units, values of CLM4.5 and CLM5
covariates.csv              the 60 covariates of Tao et al. 2020, their files, codes and ranges
sources.csv                 data products: versions, addresses, licences
paper_values.csv            results of Tao et al. 2020
example_columns.csv         climate and texture of a few soil columns
tables.csv, columns.csv     tables of a run and their columns: meaning, unit, type, key
conus.geojson               land of the conterminous United States, BSD 3-Clause (libpysal 4.14.1,
                            conus.LICENSE.txt), made by make_conus.py
world.geojson               land of the globe without Antarctica, public domain (Natural Earth
                            1:50m), made by make_world.py
countries.geojson           land of each country, public domain (Natural Earth 1:50m), made by
                            make_countries.py
explorer.html, .css,        the page of results that `proda.explorer` makes: its frame, its look,
explorer_*.js               and what it does in the browser
==========================  ======================================================================
"""

from importlib.resources import files
from pathlib import Path

__all__ = ["resource"]


def resource(name: str) -> Path:
    """Path of a file of this package.

    Parameters
    ----------
    name
        Name of the file. Write it out where it is called: `proda.workflow_state.sources` finds the
        files that a rule depends on by the calls of this function.
    """
    return Path(str(files(__name__) / name))
