"""A model of the planted corpus's topics."""

import shutil

import pytest

import begriff as bg
from tests.conftest import BagOfWords


@pytest.fixture(scope="session")
def modelled(atlas, tmp_path_factory):
    """An atlas with a model of its topics, with controls; never edited."""
    path = shutil.copytree(atlas.path, tmp_path_factory.mktemp("models") / "planted.atlas")
    opened = bg.open(path, encoder=BagOfWords())
    bg.classify(opened, "topic")
    return opened


@pytest.fixture
def model(modelled, tmp_path):
    """A model of its own to correct."""
    path = shutil.copytree(modelled.path, tmp_path / "planted.atlas")
    return bg.Classifier(bg.open(path, encoder=BagOfWords()), "topic")
