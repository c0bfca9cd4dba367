"""The process in which HiGHS runs: linear and integer programs in, solutions out.

HiGHS overruns its time limit and cannot be interrupted from Python, so it lives in a process of its
own that its parent ends when it must. Requests and answers are pickles over the standard streams;
the end of the input ends the process.
"""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from matching.engines.highs.request import INFINITE, Answer, Request

if TYPE_CHECKING:
    from ortools.math_opt import model_pb2, parameters_pb2


def main() -> None:
    """Serve requests until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the solver prints must not end up between the answers
    serve(sys.stdin.buffer, answers)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    while True:
        try:
            request = pickle.load(requests)
        except EOFError:
            return
        answer: Answer | Exception
        try:
            answer = solve(request)
        except Exception as error:  # for the parent to raise: it is a fault of the program
            answer = RuntimeError(f"{type(error).__name__}: {error}")
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


LARGE_COST, TO_COST = 1e7, 1e4
"""Two goals as one weight cost billions a column, which HiGHS takes four times as long over (measured at
30,000 columns: 4.2 s, 1.0 s where the largest cost is 10,000). What is smaller stays as exact as it is."""


def solve(request: Request) -> Answer:
    """Solve one request in this process."""
    largest = float(np.abs(request.cost).max(initial=0))
    if largest <= LARGE_COST:
        return _solve(request)
    answer = _solve(replace(request, cost=request.cost * (TO_COST / largest)))
    return replace(answer, duals=answer.duals * (largest / TO_COST))


def _solve(request: Request) -> Answer:
    from ortools.math_opt import model_parameters_pb2, parameters_pb2
    from ortools.math_opt.core.python import solver

    result = solver.solve(
        _model(request),
        parameters_pb2.SOLVER_TYPE_HIGHS,
        parameters_pb2.SolverInitializerProto(),
        _parameters(request),
        model_parameters_pb2.ModelSolveParametersProto(),
        None,
        _no_callback(),
        None,
        None,
    )
    return _answer(request, result)


def _no_callback() -> Any:
    from ortools.math_opt import callback_pb2

    return callback_pb2.CallbackRegistrationProto()


def _model(request: Request) -> model_pb2.ModelProto:
    from ortools.math_opt import model_pb2

    model = model_pb2.ModelProto()
    columns, rows = model.variables, model.linear_constraints
    columns.ids.extend(range(len(request.cost)))
    columns.lower_bounds.extend(request.lo.tolist())
    columns.upper_bounds.extend(request.hi.tolist())
    whole = request.whole if request.whole is not None else np.zeros(len(request.cost), np.bool_)
    columns.integers.extend(whole.tolist())
    rows.ids.extend(range(len(request.low)))
    rows.lower_bounds.extend(request.low.tolist())
    rows.upper_bounds.extend(request.high.tolist())
    matrix = model.linear_constraint_matrix
    matrix.row_ids.extend(request.row.tolist())
    matrix.column_ids.extend(request.column.tolist())
    matrix.coefficients.extend(request.coefficient.tolist())
    model.objective.maximize = True
    worth = np.flatnonzero(request.cost)
    model.objective.linear_coefficients.ids.extend(worth.tolist())
    model.objective.linear_coefficients.values.extend(request.cost[worth].tolist())
    return model


def _parameters(request: Request) -> parameters_pb2.SolveParametersProto:
    from ortools.math_opt import parameters_pb2

    parameters = parameters_pb2.SolveParametersProto()
    parameters.random_seed = 1
    parameters.highs.string_options["parallel"] = "off"  # it refuses a number of threads
    if request.seconds != INFINITE:
        parameters.time_limit.FromNanoseconds(max(1, int(request.seconds * 1e9)))
    if request.whole is not None:
        parameters.relative_gap_tolerance = 0.0
        parameters.absolute_gap_tolerance = 0.0
    return parameters


def _answer(request: Request, result: Any) -> Answer:
    from ortools.math_opt import result_pb2

    reason = result_pb2.TerminationReasonProto.Name(result.termination.reason)
    limit = result_pb2.LimitProto.Name(result.termination.limit)
    status = {
        "TERMINATION_REASON_OPTIMAL": "optimal",
        "TERMINATION_REASON_FEASIBLE": "feasible",
        "TERMINATION_REASON_INFEASIBLE": "infeasible",
        # All columns are bounded, so what is one of the two is infeasible.
        "TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED": "infeasible",
    }.get(reason, "none")
    x, duals = np.zeros(len(request.cost)), np.zeros(len(request.low))
    if result.solutions:
        best = result.solutions[0]
        found = best.primal_solution.variable_values
        x[np.array(found.ids, np.int64)] = np.array(found.values)
        prices = best.dual_solution.dual_values
        duals[np.array(prices.ids, np.int64)] = np.array(prices.values)
    elif status == "feasible":
        status = "none"
    return Answer(status, x, duals, limit == "LIMIT_TIME")


if __name__ == "__main__":
    main()
