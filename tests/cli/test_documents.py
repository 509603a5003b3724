"""What `dubito methods show` prints of each row is what its own code says."""

import inspect
from functools import partial
from types import FunctionType

import pytest

from dubito.catalogue import Entry, entries
from dubito.cli.methods import document


@pytest.mark.parametrize("entry", entries().values(), ids=entries())
def test_each_row_is_explained_by_its_own_words(entry: Entry) -> None:
    told = document(entry.method.make)
    assert told
    assert told not in {inspect.getdoc(FunctionType), inspect.getdoc(partial)}
