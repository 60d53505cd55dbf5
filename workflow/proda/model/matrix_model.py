"""The matrix model of CLM's soil carbon: the interface for people and for other stages."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, Draws, FloatArray, Layers, Mask, Parameters, PoolLayers, Theta
from proda.check import as_array, check_range
from proda.errors import InputError, number_text
from proda.model.columns import check_forcing, grid_rows, prepare_columns
from proda.model.dense import assemble
from proda.model.derivatives import check_columns, derivatives, weights_of_pools
from proda.model.existence import (
    NoSteadyState,
    columns_without_steady_state,
    require_steady_state,
    row_name,
)
from proda.model.forcing import Forcing
from proda.model.grid import SoilGrid
from proda.model.lanes.blocks import steady_states_by_blocks
from proda.model.lanes.layout import LANES, empty_lanes, new_lane_workspace
from proda.model.layout import new_workspace, steps_in
from proda.model.parameters import ParameterTable
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
from proda.model.steady_state import coefficients
from proda.model.structure import Structure
from proda.model.structures import get_structure
from proda.model.switches import Switches, with_switches

__all__ = ["MatrixModel"]

CHUNK = 1024  # columns prepared at a time, which bounds memory and stays in the processor's cache
MAX_BETA = 1.0 - 1e-9  # of the depth distribution of the input; 1 would reach down for ever


class MatrixModel:
    """CLM's soil carbon in matrix form, at steady state (Tao et al. 2020, eq. 1-2).

    Parameters
    ----------
    structure
        Name of a structure (``proda.model.structures``), which determines layers, parameters and
        forcing.
    **switches
        Single switches that differ from the structure's own (``proda.model.switches.Switches``).

    Attributes
    ----------
    structure : Structure
        Record of the structure.
    switches : Switches
        Choices of this model.
    grid_rows : (3, layers)
        The grid as the compiled kernels read it, m.

    Raises
    ------
    InputError
        For an unknown structure or switch, and for a switch that the forcing does not allow.
    """

    def __init__(self, structure: str, **switches: bool | float) -> None:
        self.structure: Structure = get_structure(structure)
        self.switches: Switches = with_switches(self.structure.switches, switches)
        self._check_switches()
        self.grid_rows: Layers = grid_rows(self.grid, self.switches)

    def with_wider_prior(self, names: Sequence[str], factor: float) -> "MatrixModel":
        """The same model with wider bounds of some parameters (``ParameterTable.widened``).

        Parameters
        ----------
        names
            Of the parameters.
        factor
            By which the bounds move apart at either end.

        Raises
        ------
        InputError
            For an unknown name.
        """
        wider = copy(self)
        table = self.structure.parameters.widened(names, factor)
        wider.structure = replace(self.structure, parameters=table)
        return wider

    @property
    def grid(self) -> SoilGrid:
        """Soil layers."""
        return self.structure.grid

    @property
    def parameters(self) -> ParameterTable:
        """Names, bounds and defaults of the parameters."""
        return self.structure.parameters

    @property
    def prior(self) -> Prior:
        """Prior of the parameters."""
        return self.structure.prior

    # --- steady states ---------------------------------------------------------------------------

    def steady_state(self, theta: npt.ArrayLike, forcing: Forcing) -> PoolLayers:
        """Carbon of every pool in every layer at steady state.

        Parameters
        ----------
        theta
            (n, parameters) or (parameters,) normalised parameters in [0, 1].
        forcing
            Of n columns, or of one column for all of theta; n columns with one theta are run with
            that one.

        Returns
        -------
        PoolLayers
            (n, 7, layers) gC m-3, pools in the order CWD, L1, L2, L3, S1, S2, S3.

        Raises
        ------
        InputError
            For theta outside [0, 1], input fractions that sum to 1 or more, lengths that do not
            fit, or a column without a steady state (``without_steady_state``).
        """
        return self._run(self.physical(theta), forcing)

    def physical(self, theta: npt.ArrayLike) -> Parameters:
        """Physical vectors of normalised parameters.

        Parameters
        ----------
        theta
            (n, parameters) or (parameters,) in [0, 1].

        Returns
        -------
        physical
            (n, 26), with the columns of ``proda.model.slots.PARAMETERS``; those the structure does
            not use are 0.

        Raises
        ------
        InputError
            For infeasible sets, as ``steady_state``.
        """
        physical = self.prior.to_vector(self.prior.checked(theta))
        self._check_fractions(physical, "theta")
        return physical

    def steady_state_of(self, physical: npt.ArrayLike, forcing: Forcing) -> PoolLayers:
        """As ``steady_state``, for physical values (n, 26), which may lie outside the prior.

        Raises
        ------
        InputError
            For values that have no physical meaning, and as ``steady_state``.
        """
        return self._run(self._checked(physical), forcing)

    def steady_state_in(
        self, physical: Parameters, columns: FloatArray, column: Counts | None = None
    ) -> PoolLayers:
        """As ``steady_state_of``, unchecked, in columns that are prepared already.

        Many pairs of a parameter set and a column are solved at a time (``proda.model.lanes``);
        the result of a pair does not depend on the others.

        Parameters
        ----------
        physical
            (n, 26) physical vectors.
        columns
            (m, rows, layers) of ``columns``.
        column
            (n,) index of the column of each vector; by default each its own, or the only one for
            all.

        Returns
        -------
        ndarray
            (n, 7, layers) gC m-3.
        """
        n, (_, rows, layers) = len(physical), columns.shape
        if column is None:
            column = np.arange(n) if len(columns) > 1 else np.zeros(n, dtype=np.int64)
        pools = np.empty((n, 7, layers))
        steady_states_by_blocks(
            physical,
            columns,
            column,
            self.grid_rows,
            self.switches,
            empty_lanes(physical.shape[1], LANES),
            empty_lanes(layers, rows, LANES),
            new_lane_workspace(layers, steps_in(rows)),
            pools,
        )
        return pools

    def columns(self, forcing: Forcing) -> FloatArray:
        """Forcing of n columns prepared for the compiled kernels, (n, rows, layers).

        The rows are named in ``proda.model.layout``.
        """
        return prepare_columns(forcing, self.structure, self.switches)

    # --- derivatives -----------------------------------------------------------------------------

    def gradient(self, theta: npt.ArrayLike, forcing: Forcing, seed: npt.ArrayLike) -> Theta:
        """Derivatives of a linear functional of the pools with respect to theta.

        Exact to rounding, by the adjoint. They are one-sided where a scalar has a kink
        (docs/methods/model.md, derivatives).

        Parameters
        ----------
        theta, forcing
            As for ``steady_state``.
        seed
            Weights of the functional, its derivatives with respect to carbon densities (per gC
            m-3): (layers,) of SOC, (7, layers) of the pools or (n, 7, layers) of the pools in each
            column.

        Returns
        -------
        ndarray
            (n, parameters).

        Raises
        ------
        InputError
            As ``steady_state``, and for a seed of another shape.
        """
        weights = weights_of_pools("seed", seed, self.grid.n_layers, many=False)
        return self._normalised(self._derivatives(self.physical(theta), forcing, weights)[0])[:, 0]

    def gradient_of(
        self, physical: npt.ArrayLike, forcing: Forcing, seed: npt.ArrayLike
    ) -> Parameters:
        """As ``gradient``, for physical values and with respect to them, (n, 26).

        Raises
        ------
        InputError
            As ``steady_state_of``, and for a seed of another shape.
        """
        weights = weights_of_pools("seed", seed, self.grid.n_layers, many=False)
        return self._derivatives(self._checked(physical), forcing, weights)[0][:, 0]

    def jacobian(
        self, theta: npt.ArrayLike, forcing: Forcing, operator: npt.ArrayLike
    ) -> FloatArray:
        """Derivatives of h linear functionals of the pools with respect to theta.

        A column is solved once for all of them.

        Parameters
        ----------
        theta, forcing
            As for ``steady_state``.
        operator
            Weights as in ``gradient``: (h, layers) of SOC, (h, 7, layers) of the pools or (h, n,
            7, layers) of the pools in each column.

        Returns
        -------
        ndarray
            (n, h, parameters).

        Raises
        ------
        InputError
            As ``steady_state``, and for an operator of another shape.
        """
        weights = weights_of_pools("operator", operator, self.grid.n_layers, many=True)
        return self._normalised(self._derivatives(self.physical(theta), forcing, weights)[0])

    def jacobian_of(
        self, physical: npt.ArrayLike, forcing: Forcing, operator: npt.ArrayLike
    ) -> FloatArray:
        """As ``jacobian``, for physical values and with respect to them, (n, h, 26).

        Raises
        ------
        InputError
            As ``steady_state_of``, and for an operator of another shape.
        """
        weights = weights_of_pools("operator", operator, self.grid.n_layers, many=True)
        return self._derivatives(self._checked(physical), forcing, weights)[0]

    def input_gradient(
        self, theta: npt.ArrayLike, forcing: Forcing, seed: npt.ArrayLike
    ) -> FloatArray:
        """Derivatives of a linear functional with respect to the carbon input of the pools.

        More input follows the distribution over depth that the pool's input has.

        Parameters
        ----------
        theta, forcing, seed
            As for ``gradient``.

        Returns
        -------
        ndarray
            (n, 4), per gC m-2 yr-1 to CWD, L1, L2 and L3. 0 where the input is given by layer and
            the pool has none, whose distribution is unknown.

        Raises
        ------
        InputError
            As ``gradient``.
        """
        weights = weights_of_pools("seed", seed, self.grid.n_layers, many=False)
        return self._derivatives(self.physical(theta), forcing, weights)[1][:, 0]

    # --- whether there is one --------------------------------------------------------------------

    def without_steady_state(self, forcing: Forcing) -> list[NoSteadyState]:
        """Columns in which carbon enters a layer that cannot lose it.

        Returns the first pool and layer of each such column; layers count from 1
        (``proda.model.existence``). ``steady_state`` raises InputError for them.
        """
        check_forcing(forcing, self.structure)
        return columns_without_steady_state(forcing, self.switches)

    def require_steady_state(
        self, forcing: Forcing, where: Callable[[int], str] = row_name
    ) -> None:
        """Check that all columns have a steady state.

        Parameters
        ----------
        forcing
            Of n columns.
        where
            Names the place of a row in the message.

        Raises
        ------
        InputError
            Names row, layer and cause of the first column without one.
        """
        check_forcing(forcing, self.structure)
        require_steady_state(forcing, self.switches, where)

    def sets_without_decomposition(self, physical: Parameters) -> Mask:
        """Which physical sets (..., 26) stop all decomposition, hence have no steady state, (...).

        Those at an end of the prior that is zero: of the e-folding depth, or of the water scaling
        where CLM's water scalar is used. ``steady_state`` gives their limit (docs/methods/model.md,
        minimum values), which is not meant for maps or tables.
        """
        stops = physical[..., EFOLDING_DEPTH] == 0.0
        if not self.switches.water_from_potential:
            stops = stops | (physical[..., WATER_SCALING] == 0.0)
        return np.asarray(stops)

    # --- the system of one column ----------------------------------------------------------------

    def coefficients(self, theta: npt.ArrayLike, forcing: Forcing) -> tuple[Parameters, FloatArray]:
        """Rates, scalars, conductances, inputs and fractions of one parameter set in one column.

        Parameters
        ----------
        theta
            (parameters,) normalised.
        forcing
            Of one column.

        Returns
        -------
        physical
            (26,) physical vector.
        workspace
            (rows, layers) with its coefficients filled, rows as in ``proda.model.layout``.

        Raises
        ------
        InputError
            For more than one set or column, and for sets that the prior excludes.
        """
        return self._coefficients("theta", self.physical(theta), forcing)

    def coefficients_of(
        self, physical: npt.ArrayLike, forcing: Forcing
    ) -> tuple[Parameters, FloatArray]:
        """As ``coefficients``, for physical values, which may lie outside the prior.

        Parameters
        ----------
        physical
            (26,) physical vector.
        forcing
            Of one column.

        Raises
        ------
        InputError
            For values that have no physical meaning, and as ``coefficients``.
        """
        return self._coefficients("physical", self._checked(physical), forcing)

    def matrix(self, theta: npt.ArrayLike, forcing: Forcing) -> tuple[FloatArray, FloatArray]:
        """The dense system of one column, (A K - V) X = -input.

        For teaching and as a check of the structured solve, which never builds it.

        Parameters
        ----------
        theta
            (parameters,) normalised.
        forcing
            Of one column.

        Returns
        -------
        matrix
            A K - V, (7 layers, 7 layers) d-1; state index = pool * layers + layer.
        input
            (7 layers,) gC m-3 d-1.
        """
        return assemble(*self.coefficients(theta, forcing), self.grid.thickness)

    def matrix_of(self, physical: npt.ArrayLike, forcing: Forcing) -> tuple[FloatArray, FloatArray]:
        """As ``matrix``, for physical values, which may lie outside the prior.

        Parameters
        ----------
        physical
            (26,) physical vector.
        forcing
            Of one column.
        """
        return assemble(*self.coefficients_of(physical, forcing), self.grid.thickness)

    # --- amounts ---------------------------------------------------------------------------------

    def soc(self, pools: PoolLayers) -> Layers:
        """Soil organic carbon: fast + slow + passive. (..., 7, layers) -> (..., layers) gC m-3."""
        return _as_shape("pools", pools, (7, self.grid.n_layers))[..., 4:, :].sum(axis=-2)

    def stock(self, soc: Layers, top: float, bottom: float) -> FloatArray:
        """Carbon between two depths.

        A layer counts with the fraction of it that lies between them.

        Parameters
        ----------
        soc
            (..., layers) gC m-3.
        top, bottom
            m.

        Returns
        -------
        ndarray
            (...) gC m-2.
        """
        soc = _as_shape("soc", soc, (self.grid.n_layers,))
        # A matrix product would round differently in batches of different length.
        return np.multiply(soc, self.grid.overlap(top, bottom), order="C").sum(axis=-1)

    # --- checks ----------------------------------------------------------------------------------

    def _checked(self, physical: npt.ArrayLike) -> Parameters:
        """Physical values (n, 26) or (26,) as an array, if they have a meaning."""
        rows = np.atleast_2d(physical) if np.ndim(physical) == 1 else physical
        values: Parameters = as_array("physical", rows, (None, len(PARAMETERS)))
        for slot in self.prior.slots:
            if slot == SATURATED_WATER_POTENTIAL:
                bounds = -np.inf, 0.0
            else:
                bounds = 0.0, MAX_BETA if slot == INPUT_BETA else np.inf
            check_range(PARAMETERS[slot], values[:, slot], *bounds, open_lower=slot == Q10)
        self._check_fractions(values, "physical")
        return values

    def _run(self, physical: Draws, forcing: Forcing) -> PoolLayers:
        check_forcing(forcing, self.structure)
        physical = self._broadcast(physical, len(forcing))
        self.require_steady_state(forcing)
        pools = np.empty((len(physical), 7, self.grid.n_layers))
        for start in range(0, len(pools), CHUNK):
            rows = slice(start, start + CHUNK)
            columns = self.columns(forcing if len(forcing) == 1 else forcing.take(rows))
            pools[rows] = self.steady_state_in(physical[rows], columns)
        return pools

    def _derivatives(
        self, physical: Draws, forcing: Forcing, weights: PoolLayers
    ) -> tuple[FloatArray, FloatArray]:
        """Derivatives with respect to parameters (n, h, 26) and to the input (n, h, 4)."""
        check_forcing(forcing, self.structure)
        physical = self._broadcast(physical, len(forcing))
        self.require_steady_state(forcing)
        check_columns(weights, len(physical))
        parts = []
        for start in range(0, len(physical), CHUNK):
            rows = slice(start, start + CHUNK)
            columns = self.columns(forcing if len(forcing) == 1 else forcing.take(rows))
            part = weights if weights.shape[1] == 1 else weights[:, rows]
            parts.append(derivatives(physical[rows], columns, self.grid_rows, self.switches, part))
        of_parameters, of_input = zip(*parts, strict=True)
        return np.concatenate(of_parameters), np.concatenate(of_input)

    def _normalised(self, of_physical: FloatArray) -> FloatArray:
        """Derivatives (..., 26) with respect to theta, (..., parameters)."""
        return of_physical[..., self.prior.slots] * self.prior.span

    def _coefficients(
        self, name: str, physical: Parameters, forcing: Forcing
    ) -> tuple[Parameters, FloatArray]:
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

    def _check_switches(self) -> None:
        """A structure's forcing determines where its water and its input come from."""
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

    def _broadcast(self, physical: Parameters, n: int) -> Parameters:
        if len(physical) == 1:
            return np.repeat(physical, n, axis=0)
        if n not in (1, len(physical)):
            raise InputError("forcing", f"1 or {len(physical)} columns, as theta has", str(n))
        return physical

    def _check_fractions(self, physical: Parameters, name: str) -> None:
        """No donor may give away more than it decomposes; input fractions sum to less than 1."""
        if self.switches.input_from_npp:
            total = physical[:, INPUT_FRACTIONS].sum(axis=1)
            for row in np.flatnonzero(total >= 1.0)[:1]:
                raise InputError.of_element(
                    name,
                    (row,),
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
                raise InputError.of_element(
                    name,
                    (row,),
                    f"{names} at most 1",
                    number_text(total[row], 1.0),
                )


def _as_shape(name: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """An array whose last axes have ``shape``."""
    array: FloatArray = np.asarray(values)
    if array.shape[-len(shape) :] != shape:
        wanted = ", ".join(map(str, shape))
        raise InputError(name, f"shape (..., {wanted})", f"shape {array.shape}")
    return array
