"""HiGHS in a process of its own that can be ended, through OR-Tools' MathOpt."""
