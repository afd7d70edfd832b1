"""`--symmetry on|off`, and what the report and the JSON say of it."""

from __future__ import annotations

import json

import pytest


def test_the_report_names_the_ids_and_the_whole(command):
    """By which ids states were merged, and how many there would be without."""
    shown = command("check", "two-phase-commit", "--engine", "learned", "--symmetry", "on")

    assert shown.code == 0
    assert "80 states" in shown.out
    assert "by symmetry (3 ResourceManagers are interchangeable): without it up to 288 states" in shown.out


@pytest.mark.parametrize("words", [(), ("--symmetry", "off"), ("--symmetry", "on", "--engine", "reference")])
def test_nothing_is_merged(command, words):
    """Where it is off, as in the classics unless told otherwise, or where the engine cannot, all states are counted."""
    engine = () if "--engine" in words else ("--engine", "learned")
    shown = command("check", "two-phase-commit", *engine, *words, "--json", "-")

    (told,) = json.loads(shown.out)["explorations"]
    assert (told["symmetry"], told["states"], "full_states" in told) == ("none", 288, False)
    assert "by symmetry" not in command("check", "two-phase-commit", *engine, *words).out


def test_what_is_no_switch(command):
    """Anything but on and off is a mistake."""
    shown = command("check", "two-phase-commit", "--symmetry", "maybe")

    assert shown.code == 2
    assert "--symmetry" in shown.err
