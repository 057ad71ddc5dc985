"""The nodes of a YAML 1.2 text, each with its line; composed in C, for a run waits for nearly two hundred files."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any


@lru_cache(maxsize=512)
def composed(text: str) -> Any:
    """The root node of one text, None for an empty one. Raises ruamel's MarkedYAMLError.

    Kept: a run reads all files a second time once the exports have named the county.
    What the parser in C does not take, ruamel reads again: it knows all of YAML 1.2, and its sentences are those we translate.
    """
    loader = _loader()
    if loader is not None:
        from yaml import YAMLError

        try:
            return loader(text).get_single_node()
        except YAMLError:
            pass
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).compose(text)


@cache
def _loader() -> Any:
    """PyYAML's parser in C, taking plain words for what YAML 1.2 takes them for ("on" and "no" are text); None where it was not built."""
    try:
        from yaml.cyaml import CParser
    except ImportError:
        return None
    from ruamel.yaml.resolver import implicit_resolvers
    from yaml.resolver import BaseResolver

    class Loader(CParser, BaseResolver):  # type: ignore[misc]
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            BaseResolver.__init__(self)

    for versions, tag, pattern, first in implicit_resolvers:
        if (1, 2) in versions:
            Loader.add_implicit_resolver(tag, pattern, first)
    return Loader
