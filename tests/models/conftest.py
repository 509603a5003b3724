"""Models that all tests of this room share, made once."""

import pytest
from transformers import PreTrainedTokenizerFast

from dubito.models.encoder import Encoder
from dubito.models.local import LocalModel
from models.tiny import tiny_encoder, tiny_local, tiny_tokenizer


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    """Bytes, a few words and a chat template."""
    return tiny_tokenizer()


@pytest.fixture(scope="session")
def local(tokenizer: PreTrainedTokenizerFast) -> LocalModel:
    """A random chat model."""
    return tiny_local(tokenizer)


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """A random sentence encoder."""
    return tiny_encoder()
