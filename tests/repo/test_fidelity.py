"""docs/fidelity.md says of every component what is modelled, and has the assumptions that every check prints."""

from __future__ import annotations

from checkout import Checkout

from clusterproof.models.kubernetes.assumptions import ALWAYS, HIGHEST_SCORE
from clusterproof.models.kubernetes.cluster import COMPONENTS

BEGIN, END = "<!-- assumptions -->\n", "<!-- /assumptions -->"


def page(checkout: Checkout) -> str:
    """Return the page."""
    return (checkout.root / "docs" / "fidelity.md").read_text(encoding="utf-8")


def test_the_assumptions_are_those_that_are_printed(checkout: Checkout) -> None:
    """The table has every line that every check prints, with the properties that it could affect, and no other."""
    table = page(checkout).partition(BEGIN)[2].partition(END)[0]
    rows = [f"| {each.says} | {each.affects} |" for each in ALWAYS]

    assert table.strip().splitlines() == ["| assumed | where it does not hold |", "|---|---|", *rows]


def test_what_scores_rest_on_is_on_the_page(checkout: Checkout) -> None:
    """The line that is printed where scores decide, and what could be wrong then, are in the scheduler's section."""
    section = page(checkout).partition("\n## Scheduler\n")[2].partition("\n## ")[0]

    assert HIGHEST_SCORE.says.removeprefix("scheduler: ").partition(" (")[0] in section
    assert HIGHEST_SCORE.affects in section


def test_no_component_is_left_out(checkout: Checkout) -> None:
    """Every file whose actions make up the model is named on the page."""
    files = {
        f"{action.function.__module__.rpartition('.')[2]}.py"
        for component in COMPONENTS
        for action in component.actions
    }

    assert [name for name in sorted(files) if name not in page(checkout)] == []


def test_every_section_says_all_four_things(checkout: Checkout) -> None:
    """A section about transitions names its source, what is modelled, what one step is, and what is left out."""
    sections = [each for each in page(checkout).split("\n## ")[1:] if "Transitions: " in each]
    words = ("source `", "- **Modelled**: ", "- **One step**: ", "- **Left out**: ")
    silent = [(each.splitlines()[0], word) for each in sections for word in words if word not in each]

    assert len(sections) > 15
    assert silent == []
