"""Errors planted in the township, one household each, with a note of every cell that became untrue."""

from pipeline.sample.plants import attributes, homes, identity, months, records, work
from pipeline.sample.plants.core import KINDS, Garden, Planted
from pipeline.sample.plants.villages import sow_villages

__all__ = ["KINDS", "Garden", "Planted", "attributes", "homes", "identity", "months", "records", "sow_villages", "work"]
