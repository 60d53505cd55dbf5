"""The steady state as one dense linear system in ball arithmetic: what the model must agree with.

Written from the equations (docs/methods/model.md) with its own grids and priors and without any
code of the model. python-flint's arb numbers carry a rigorous error bound, so the answer is known
to be good to the 18 digits asked for; the working precision is raised until it is.
"""

from itertools import pairwise

from flint import arb, arb_mat, ctx

ACCURACY_BITS = 60
DIGITS = (60, 150, 400, 1000, 2000)
STEP, GRADIENT_ACCURACY = "1e-25", 1e-12


class Grid:
    """thickness, lower interface and node of the layers and of the first one in bedrock, m."""

    def __init__(self, thickness, interface, node):
        self.thickness, self.interface, self.node = (
            text.split() for text in (thickness, interface, node)
        )
        self.n = len(self.thickness) - 1


TEN = Grid(
    "0.017512818 0.027578969 0.045470033 0.074967411 0.123600365 0.203782551 0.335980626 "
    "0.553938405 0.913290032 1.505760701 2.482579697",
    "0.017512818 0.045091787 0.09056182 0.165529231 0.289129597 0.492912148 0.828892774 "
    "1.382831179 2.296121211 3.801881912 6.284461609",
    "0.007100635 0.027925 0.062258574 0.118865067 0.212193396 0.366065797 0.619758498 "
    "1.03802705 1.727635309 2.864607113 4.739156711",
)
TWENTY = Grid(
    ".02 .04 .06 .08 .12 .16 .20 .24 .28 .32 .36 .40 .44 .54 .64 .74 .84 .94 1.04 1.14 2.39",
    ".02 .06 .12 .20 .32 .48 .68 .92 1.20 1.52 1.88 2.28 2.72 3.26 3.90 4.64 5.48 6.42 7.46 "
    "8.60 10.99",
    ".01 .04 .09 .16 .26 .40 .58 .80 1.06 1.36 1.70 2.08 2.50 2.99 3.58 4.27 5.06 5.95 6.94 "
    "8.03 9.795",
)

SHARED = "bio cryo q10 efolding cwd l1 l2 s1 s2 s3 l1s1 l2s1 l3s2 s1s2 s1s3 s2s1 s2s3 s3s1 cwdl2"
TEN_PRIOR = (
    f"{SHARED} position beta lignin metabolic cellulose wet",
    "3e-5 3e-5 1.2 0 1 0 .2 0 1 200 .2 .2 .2 0 0 .1 0 0 .5 0 .5 0 .05 .01 -.015",
    "5e-4 1.6e-3 3 1 10 .2 1 1 50 2000 .8 .8 .8 .4 .03 .6 .1 1 1 1 .9999 .25 .7 .5 0",
)
TWENTY_PRIOR = (
    f"{SHARED} water beta",
    "3e-5 3e-5 1.2 0 1 0 .1 0 1 200 .1 .2 .2 0 0 .1 0 0 .5 0 .5",
    "5e-4 1.6e-3 3 1 6 .11 .3 1 50 1000 .8 .8 .8 .4 .05 .74 .1 .9 1 5 .9999",
)

# Minimum values of the model: where a prior reaches zero there is no steady state without them.
MIN_SCALAR, MIN_TURNOVER_TIME, MIN_DIFFUSIVITY = "1e-290", "1e-60", "1e-30"

CWD, L1, L2, L3, S1, S2, S3 = range(7)


def annual(theta, forcing, i=0, min_scalar=MIN_SCALAR):
    """Pools (7, 10) of the ten-layer model: row i of an annual forcing, one theta (25,)."""
    return _solve(theta, _annual_system(forcing, i, min_scalar), TEN)


def monthly(theta, forcing, i=0, leaky=False, min_scalar=MIN_SCALAR, input_below=False):
    """Pools (7, 20) of the twenty-layer model: row i of a monthly forcing, one theta (21,).

    leaky: bedrock as in the study's code, which loses carbon below the first layer in it.
    input_below: the root profile reaches below bedrock, as in that code.
    """
    return _solve(theta, _monthly_system(forcing, i, leaky, min_scalar, input_below), TWENTY)


def annual_gradient(theta, forcing, seed, i=0):
    """Derivatives (25,) with respect to theta of the sum of seed (7, 10) times the pools."""
    return _gradient(theta, _annual_system(forcing, i), seed)


def monthly_gradient(theta, forcing, seed, i=0):
    """Derivatives (21,) with respect to theta of the sum of seed (7, 20) times the pools."""
    return _gradient(theta, _monthly_system(forcing, i), seed)


def _annual_system(forcing, i, min_scalar=MIN_SCALAR):
    def system(theta):
        p = _physical(theta, TEN_PRIOR)
        alt = float(forcing.active_layer_depth[i])
        scalars = []
        for j in range(TEN.n):
            wet = _wetness(arb(float(forcing.soil_water_potential[i, j])), p["wet"])
            heat = _q10(p, forcing.soil_temperature[i, j])
            scalars.append(_largest(heat * wet * _depth(p, TEN, j), min_scalar))
        cells = [
            _largest(_diffusivity_ten(p, alt, arb(z)) / 365, MIN_DIFFUSIVITY) for z in TEN.node
        ]
        low, high = (arb(float(x[i])) for x in (forcing.npp_min, forcing.npp_max))
        amount = low + p["position"] * (high - low)
        fractions = [p["metabolic"], p["cellulose"], p["lignin"]]
        inputs = [amount * fraction for fraction in [1 - sum(fractions, arb(0)), *fractions]]
        profile = _profile(p["beta"], TEN, alt <= 0, limit="3.8")
        transport = _transport([_faces(cells, TEN)], TEN, bedrock=TEN.n)
        return _system(p, TEN, scalars, scalars, transport, inputs, profile)

    return system


def _monthly_system(forcing, i, leaky=False, min_scalar=MIN_SCALAR, input_below=False):
    def system(theta):
        p = _physical(theta, TWENTY_PRIOR)
        bedrock = int(forcing.bedrock_layer[i])
        soil, litter = [], []
        for j in range(TWENTY.n):
            both = litter_only = arb(0)
            for m in range(12):
                wet = p["water"] * arb(float(forcing.water_scalar[i, m, j]))
                term = _q10(p, forcing.soil_temperature[i, m, j]) * (wet if wet < 1 else arb(1))
                term *= arb(float(forcing.oxygen_scalar[i, m, j]))
                both += term
                litter_only += term * arb(float(forcing.nitrogen_scalar[i, m, j]))
            depth = _depth(p, TWENTY, j) / 12
            soil.append(_largest(both * depth, min_scalar))
            litter.append(_largest(litter_only * depth, min_scalar))
        months = []
        for m in range(12):
            alt = float(forcing.active_layer_depth[i, m])
            diffusivity = _diffusivity_twenty(p, alt, bedrock)
            months.append(_faces([_largest(d / 365, MIN_DIFFUSIVITY) for d in diffusivity], TWENTY))
        inputs = [arb(float(x)) for x in forcing.litter_input[i]]
        frozen = any(alt <= 0 for alt in forcing.active_layer_depth_last_year[i])
        above = TWENTY.n if input_below else bedrock
        profile = _profile(p["beta"], TWENTY, frozen, above=above)
        transport = _transport(months, TWENTY, bedrock, leaky)
        return _system(p, TWENTY, litter, soil, transport, inputs, profile)

    return system


def _physical(theta, prior):
    names, lower, upper = (text.split() for text in prior)
    values = {
        name: arb(a) + (t if isinstance(t, arb) else arb(float(t))) * (arb(b) - arb(a))
        for name, a, b, t in zip(names, lower, upper, theta, strict=True)
    }
    for name in ("cwd", "l1", "l2", "s1", "s2", "s3"):
        values[name] = _largest(values[name], MIN_TURNOVER_TIME)
    return values


def _largest(value, other):
    return value if value > arb(other) else arb(other)


def _q10(p, temperature):
    return ((arb(float(temperature)) - arb("298.15")) / 10 * p["q10"].log()).exp()


def _depth(p, grid, j):
    return (-arb(grid.node[j]) / p["efolding"]).exp() if p["efolding"] > 0 else arb(0)


def _wetness(potential, wet):
    """1 above ``wet``, else logarithmic down to -25 MPa, where it would be 0.001; at least 0.25."""
    if potential > wet:
        return arb(1)
    if wet >= 0:  # the limit of the logarithm: no soil is wet enough, but one at 0 MPa
        return arb(1) if potential >= 0 else arb("0.25")
    value = arb("0.001") if potential < -25 else (-25 / potential).log() / (-25 / wet).log()
    return _largest(value, "0.25")


def _diffusivity_ten(p, alt, z):
    if 0.01 < alt < 5:
        decline = (z - alt) / (2 * alt)
        fraction = 1 - (arb(0) if decline < 0 else decline)
        return p["cryo"] * fraction if fraction > 0 and z < 5 else arb(0)
    return p["bio"] if alt > 5 else arb(0)


def _diffusivity_twenty(p, alt, bedrock):
    """m2 yr-1 at the interfaces of all layers and the first in bedrock."""
    end = _smallest(arb(3), arb(TWENTY.interface[bedrock]))
    result = []
    for j, text in enumerate(TWENTY.interface):
        z, value = arb(text), arb(0)
        if j <= bedrock and alt > 2:
            value = p["bio"]
        elif j <= bedrock and alt > 0:
            value = p["cryo"] * (arb(1) if z < alt else 1 - (z - alt) / (end - alt))
        result.append(value if value > 0 else arb(0))
    return result


def _smallest(a, b):
    return a if a < b else b


def _faces(diffusivity, grid):
    """Conductance below each layer, m d-1, from diffusivities in m2 d-1; one per pair of cells."""
    faces = []
    for j in range(len(diffusivity) - 1):
        spacing = arb(grid.node[j + 1]) - arb(grid.node[j])
        lower = (arb(grid.node[j + 1]) - arb(grid.interface[j])) / spacing
        faces.append(1 / ((1 - lower) / diffusivity[j] + lower / diffusivity[j + 1]) / spacing)
    return faces


def _transport(months, grid, bedrock, leaky=False):
    """Mean over months of V (layers, layers) d-1, with dX/dt = -V X."""
    n = grid.n
    matrix = [[arb(0)] * n for _ in range(n)]
    for faces in months:
        for j in range(n):
            up = faces[j - 1] if j > 0 else arb(0)
            down = faces[j] if j < n - 1 else arb(0)
            if leaky and bedrock <= j < n - 1:
                down = up
            elif not leaky:
                up = arb(0) if j >= bedrock else up
                down = arb(0) if j >= bedrock - 1 else down
            per_layer = 1 / (arb(grid.thickness[j]) * len(months))
            matrix[j][j] += (up + down) * per_layer
            if j > 0:
                matrix[j][j - 1] -= up * per_layer
            if j < n - 1:
                matrix[j][j + 1] -= down * per_layer
    return matrix


def _profile(beta, grid, surface, limit="1e9", above=None):
    """Fraction of the input in each layer, by Jackson's root profile; none below ``above``."""
    if surface:
        return [arb(1)] + [arb(0)] * (grid.n - 1)
    depths = [arb(0), *(_smallest(arb(z), arb(limit)) for z in grid.interface[: grid.n])]
    left = [(100 * z * beta.log()).exp() for z in depths]
    fractions = [a - b for a, b in pairwise(left)]
    above = grid.n if above is None else above
    fractions[above:] = [arb(0)] * (grid.n - above)
    total = sum(fractions, arb(0))
    return [fraction / total for fraction in fractions]


def _system(p, grid, litter, soil, transport, inputs, profile):
    """M and b of M X = b; the state index is pool * layers + layer."""
    n = grid.n
    rates = [1 / (365 * p[name]) for name in ("cwd", "l1", "l2", "l2", "s1", "s2", "s3")]
    transfers = {
        (L2, CWD): p["cwdl2"], (L3, CWD): 1 - p["cwdl2"],
        (S1, L1): p["l1s1"], (S1, L2): p["l2s1"], (S2, L3): p["l3s2"],
        (S2, S1): p["s1s2"], (S3, S1): p["s1s3"],
        (S1, S2): p["s2s1"], (S3, S2): p["s2s3"], (S1, S3): p["s3s1"],
    }  # fmt: skip
    matrix = [[arb(0)] * (7 * n) for _ in range(7 * n)]
    load = [arb(0)] * (7 * n)
    for donor in range(7):
        for j in range(n):
            rate = rates[donor] * (litter if donor in (L1, L2, L3) else soil)[j]
            matrix[donor * n + j][donor * n + j] += rate
            for (receiver, giver), fraction in transfers.items():
                if giver == donor:
                    matrix[receiver * n + j][donor * n + j] -= fraction * rate
            if donor != CWD:
                for i in range(n):
                    matrix[donor * n + j][donor * n + i] += transport[j][i]
            if donor <= L3:
                load[donor * n + j] = inputs[donor] * profile[j] / (arb(grid.thickness[j]) * 365)
    return matrix, load


def _solve(theta, system, grid):
    """Pools as 7 lists of arb, at the first of DIGITS that gives ACCURACY_BITS in every entry."""
    before = ctx.dps
    try:
        for digits in DIGITS:
            ctx.dps = digits
            matrix, load = system(theta)
            answer = _accurate(arb_mat(matrix), load)
            if answer is not None:
                pools = [answer[k, 0] for k in range(7 * grid.n)]
                return [pools[q * grid.n : (q + 1) * grid.n] for q in range(7)]
    finally:
        ctx.dps = before
    raise ArithmeticError(f"no accurate solution with {DIGITS[-1]} digits")


def _accurate(matrix, load):
    """Solution of a linear system, or None if this precision is not enough."""
    try:
        answer = matrix.solve(arb_mat([[x] for x in load]), algorithm="lu")
    except ZeroDivisionError:
        return None
    entries = answer.entries()
    return (
        answer if all(x.rel_accuracy_bits() >= ACCURACY_BITS or x == 0 for x in entries) else None
    )


def _gradient(theta, system, seed):
    """lambda' (db - dM x) / h with M' lambda = seed, M and b changed by h = STEP in each parameter.

    Of the two directions the one into the prior is taken. The system is smooth there, so that the
    error of the difference is of the order of the step.
    """
    before = ctx.dps
    try:
        for digits in DIGITS:
            ctx.dps = digits
            rows, load = system(theta)
            matrix = arb_mat(rows)
            pools = _accurate(matrix, load)
            adjoint = _accurate(matrix.transpose(), [arb(float(s)) for s in seed.ravel()])
            if pools is None or adjoint is None:
                continue
            result = []
            for k, t in enumerate(theta):
                step = arb(STEP) if t < 0.5 else -arb(STEP)
                moved = [arb(float(t)) for t in theta]
                moved[k] += step
                other, other_load = system(moved)
                other = arb_mat(other)
                change = arb_mat([[b - a] for a, b in zip(load, other_load, strict=True)])
                # Exact with the pools of the moved set; it matters above the minimum turnover time.
                after = _accurate(other, other_load) if t == 0.0 else pools
                change -= (other - matrix) * (pools if after is None else after)
                result.append((adjoint.transpose() * change)[0, 0] / step)
            largest = max(abs(float(x.mid())) for x in result)
            if max(float(x.rad()) for x in result) < GRADIENT_ACCURACY * largest:
                return [float(x.mid()) for x in result]
    finally:
        ctx.dps = before
    raise ArithmeticError(f"no accurate gradient with {DIGITS[-1]} digits")
