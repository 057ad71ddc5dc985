"""Households made on purpose for the plan's rosters; cases.yml says what every one is for.

The system and the departments agree about it unless the case is about their not agreeing.
"""

from pipeline.sample.cases import lists, looks, measures, removal, work
from pipeline.sample.cases.core import CASES, Case, make_cases, settle_in, write_lists

__all__ = ["CASES", "Case", "lists", "looks", "make_cases", "measures", "removal", "settle_in", "work", "write_lists"]
