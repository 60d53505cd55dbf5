"""The matrix model of CLM's soil carbon: the face that people and other stages use."""

import numpy as np

from proda.check import as_array, check_range
from proda.errors import InputError, number_text
from proda.model.columns import check_forcing, grid_rows, prepare_columns
from proda.model.dense import assemble
from proda.model.existence import columns_without_steady_state, require_steady_state
from proda.model.layout import new_workspace
from proda.model.prior import Prior
from proda.model.slots import (
    CWD_TO_CELLULOSE,
    EFOLDING_DEPTH,
    FAST_TO_PASSIVE,
    FAST_TO_SLOW,
    INPUT_BETA,
    INPUT_FRACTION_NAMES,
    INPUT_FRACTIONS,
    PARAMETERS,
    PASSIVE_TO_FAST,
    Q10,
    SATURATED_WATER_POTENTIAL,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
    WATER_SCALING,
)
from proda.model.steady_state import coefficients, steady_state_of_columns
from proda.model.structures import get_structure
from proda.model.switches import checked_switch

__all__ = ["MatrixModel"]

CHUNK = 1024  # columns prepared at a time, which bounds memory and stays in the processor's cache


class MatrixModel:
    """CLM's soil carbon in matrix form, at steady state (Tao et al. 2020, eq. 1-2).

    structure: ``clm45-10`` (10 layers, 25 parameters, annual forcing) or ``clm5-20`` (20 layers,
    21 parameters, monthly forcing). Keyword arguments override single switches of the structure
    (proda.model.switches.Switches). Raises InputError for an unknown structure or switch.
    """

    def __init__(self, structure, **switches):
        self.structure = get_structure(structure)
        self.switches = self.structure.switches._replace(
            **{name: checked_switch(name, value) for name, value in switches.items()}
        )
        self._check_switches()
        self.grid_rows = grid_rows(self.structure.grid, self.switches)

    @property
    def grid(self):
        """The SoilGrid of the structure."""
        return self.structure.grid

    @property
    def parameters(self):
        """The ParameterTable of the structure."""
        return self.structure.parameters

    @property
    def prior(self) -> Prior:
        """The Prior of the parameters."""
        return self.structure.prior

    def steady_state(self, theta, forcing):
        """Carbon of every pool in every layer at steady state.

        theta: (n, parameters) or (parameters,) normalised parameters in [0, 1].
        forcing: AnnualForcing or MonthlyForcing of n columns, or of one that serves all of theta;
        n columns with one theta are run with that one.
        Returns (n, 7, layers) gC m-3, pools in the order CWD, L1, L2, L3, S1, S2, S3.
        Raises InputError for theta outside [0, 1], input shares that sum to 1 or more, lengths that
        do not fit, or a column without a steady state (``without_steady_state``).
        """
        return self._run(self.physical(theta), forcing)

    def physical(self, theta):
        """Normalised theta (n, parameters) or (parameters,) in [0, 1] -> physical values (n, 26).

        The columns are proda.model.slots.PARAMETERS; those the structure does not use are 0.
        Raises InputError as ``steady_state`` does.
        """
        physical = self.prior.to_vector(self.prior.checked(theta))
        self._check_fractions(physical, "theta")
        return physical

    def steady_state_of(self, physical, forcing):
        """As ``steady_state``, for physical values (n, 26), which may lie outside the prior.

        Raises InputError for values that have no physical meaning, and as ``steady_state``.
        """
        return self._run(self._checked(physical), forcing)

    def without_steady_state(self, forcing):
        """Columns in which carbon enters a layer that cannot lose it.

        Returns a list of (row, pool, layer, cause), the first pool and layer of each such column;
        layers count from 1 (proda.model.existence). ``steady_state`` refuses them.
        """
        check_forcing(forcing, self.structure)
        return columns_without_steady_state(forcing, self.switches)

    def sets_without_decomposition(self, physical):
        """Which physical sets (..., 26) stop all decomposition, hence have no steady state, (...).

        Those at an end of the prior that is zero: of the e-folding depth, or of the water scaling
        where CLM's water scalar is used. ``steady_state`` gives their limit (docs/methods/model.md,
        least values), which is no result for a map or a table.
        """
        stops = physical[..., EFOLDING_DEPTH] == 0.0
        if not self.switches.water_from_potential:
            stops = stops | (physical[..., WATER_SCALING] == 0.0)
        return stops

    def require_steady_state(self, forcing, **where):
        """Raise InputError that names row, layer and cause if a column has no steady state.

        where: ``where=`` a callable that names the place of a row in the message.
        """
        check_forcing(forcing, self.structure)
        require_steady_state(forcing, self.switches, **where)

    def _checked(self, physical):
        """Physical values (n, 26) or (26,) as an array, if they have a meaning."""
        physical = np.atleast_2d(physical) if np.ndim(physical) == 1 else physical
        physical = as_array("physical", physical, (None, len(PARAMETERS)))
        for slot in self.prior.slots:
            if slot == SATURATED_WATER_POTENTIAL:
                bounds = -np.inf, 0.0
            else:
                bounds = 0.0, 1.0 - 1e-9 if slot == INPUT_BETA else np.inf
            check_range(PARAMETERS[slot], physical[:, slot], *bounds, open_lower=slot == Q10)
        self._check_fractions(physical, "physical")
        return physical

    def _run(self, physical, forcing):
        check_forcing(forcing, self.structure)
        physical = self._broadcast(physical, len(forcing))
        self.require_steady_state(forcing)
        pools = np.empty((len(physical), 7, self.grid.n_layers))
        for start in range(0, len(pools), CHUNK):
            rows = slice(start, start + CHUNK)
            columns = self.columns(forcing if len(forcing) == 1 else forcing.take(rows))
            pools[rows] = self.steady_state_in(physical[rows], columns)
        return pools

    def steady_state_in(self, physical, columns):
        """As ``steady_state_of``, unchecked, in columns that are prepared (``columns``) already.

        columns: (n, rows, layers), or (1, rows, layers) for all of ``physical`` (n, 26).
        """
        pools = np.empty((len(physical), 7, self.grid.n_layers))
        workspace = new_workspace(self.grid.n_layers)
        steady_state_of_columns(physical, columns, self.grid_rows, self.switches, workspace, pools)
        return pools

    def columns(self, forcing):
        """Forcing prepared for the compiled kernels (rows named in proda.model.layout)."""
        return prepare_columns(forcing, self.structure, self.switches)

    def coefficients(self, theta, forcing):
        """Rates, scalars, conductances, inputs and shares of one parameter set in one column.

        theta: (parameters,). forcing: one column. Returns the physical values (26,) and a workspace
        with its coefficients filled (rows named in proda.model.layout).
        """
        return self._coefficients("theta", self.physical(theta), forcing)

    def coefficients_of(self, physical, forcing):
        """As ``coefficients``, for physical values (26,), which may lie outside the prior."""
        return self._coefficients("physical", self._checked(physical), forcing)

    def _coefficients(self, name, physical, forcing):
        check_forcing(forcing, self.structure)
        if len(physical) != 1 or len(forcing) != 1:
            raise InputError(
                f"{name} and forcing",
                "one set and one column",
                f"{len(physical)} and {len(forcing)}",
            )
        workspace = new_workspace(self.grid.n_layers)
        column = self.columns(forcing)[0]
        coefficients(physical[0], column, self.grid_rows, self.switches, workspace)
        return physical[0], workspace

    def matrix(self, theta, forcing):
        """The dense system of one column: (A K - V, input), with (A K - V) X = -input.

        Returns (7 layers, 7 layers) d-1 and (7 layers,) gC m-3 d-1; state index = pool * layers +
        layer. For teaching and as a check of the structured solve, which never builds it.
        """
        return assemble(*self.coefficients(theta, forcing), self.grid.thickness)

    def matrix_of(self, physical, forcing):
        """As ``matrix``, for physical values (26,), which may lie outside the prior."""
        return assemble(*self.coefficients_of(physical, forcing), self.grid.thickness)

    def soc(self, pools):
        """Soil organic carbon: fast + slow + passive. (..., 7, layers) -> (..., layers) gC m-3."""
        return _as_shape("pools", pools, (7, self.grid.n_layers))[..., 4:, :].sum(axis=-2)

    def stock(self, soc, top, bottom):
        """Carbon between two depths in m: (..., layers) gC m-3 -> (...) gC m-2.

        A layer counts with the share of it that lies between ``top`` and ``bottom``.
        """
        soc = _as_shape("soc", soc, (self.grid.n_layers,))
        # A matrix product would round differently in batches of different length.
        return np.multiply(soc, self.grid.overlap(top, bottom), order="C").sum(axis=-1)

    def _check_switches(self):
        """What a structure's forcing does not have cannot be switched on."""
        for name in ("water_from_potential", "input_from_npp"):
            wanted = getattr(self.structure.switches, name)
            if getattr(self.switches, name) != wanted:
                raise InputError(
                    f"switch {name}",
                    f"{wanted}, as the forcing of {self.structure.name} has it",
                    str(not wanted),
                )
        if self.switches.input_by_layer and self.switches.input_from_npp:
            raise InputError("switch input_by_layer", "False where input is from NPP", "True")

    def _broadcast(self, physical, n):
        if len(physical) == 1:
            return np.repeat(physical, n, axis=0)
        if n not in (1, len(physical)):
            raise InputError("forcing", f"1 or {len(physical)} columns, as theta has", str(n))
        return physical

    def _check_fractions(self, physical, name="theta"):
        """No donor may give away more than it decomposes, nor input shares sum to 1 or more."""
        if self.switches.input_from_npp:
            total = physical[:, INPUT_FRACTIONS].sum(axis=1)
            for row in np.flatnonzero(total >= 1.0)[:1]:
                raise InputError(
                    f"{name}[{row}]",
                    " + ".join(INPUT_FRACTION_NAMES) + " below 1",
                    number_text(total[row], 1.0),
                )
        for slots in (
            [] if self.switches.transfers_from_texture else [FAST_TO_SLOW, FAST_TO_PASSIVE],
            [SLOW_TO_FAST, SLOW_TO_PASSIVE],
            [PASSIVE_TO_FAST],
            [CWD_TO_CELLULOSE],
        ):
            total = physical[:, slots].sum(axis=1)
            for row in np.flatnonzero(total > 1.0)[:1]:
                names = " + ".join(PARAMETERS[slot] for slot in slots)
                raise InputError(
                    f"{name}[{row}]", f"{names} at most 1", number_text(total[row], 1.0)
                )


def _as_shape(name, values, shape):
    """An array whose last axes have ``shape``."""
    array = np.asarray(values)
    if array.shape[-len(shape) :] != shape:
        wanted = ", ".join(map(str, shape))
        raise InputError(name, f"shape (..., {wanted})", f"shape {array.shape}")
    return array
