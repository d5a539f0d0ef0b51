"""Stories of notebooks, and what each cell can be said to be then; cells that are not named are fresh."""

from __future__ import annotations

import pytest
from stories import Story

from jupyter_mlops.tracking.state import code

# title: (what happened, {cell: "verdict variable<cause !root"})
STORIES: dict[str, tuple[str, dict[str, str]]] = {
    # --- never flagged
    "nothing": ("a: x = 1 \n b: print(x) \n run all", {}),
    "restart and run all": (
        "a: x = 1 \n b: x += 1 \n c: print(x) \n run a b b c \n restart \n run all",
        {},
    ),
    "a comment": ("a: x = 1 \n b: print(x) \n run all \n edit a: x  =  1  # one", {}),
    "a reverted edit": ("a: x = 1 \n b: print(x) \n run all \n edit a: x = 2 \n edit a: x = 1", {}),
    "an edit that ran and was reverted and ran": (
        "a: x = 1 \n b: print(x) \n run all \n edit a: x = 2 \n run a \n edit a: x = 1 \n run a",
        {},
    ),
    "a rerun that gave the same": ("a: x = 1 \n b: y = x + 1 \n c: print(y) \n run all \n run a b", {}),
    "a change in place that changes nothing the second time": (
        "a: d = {} \n b: d['k'] = 1 \n c: print(d) \n run a b c b",
        {},
    ),
    "empty cells": ("a: x = 1 \n b: \n c: # nothing \n d: print(x) \n run a d", {}),
    "cells that are skipped": ("a: x = 1 \n b: x = 2 \n c: print(x) \n run a c b \n skip b", {}),
    "a running cell": ("a: x = 1 \n run a \n edit a: x = 2 \n start a", {}),
    "a running cell that never ran": ("a: x = 1 \n start a", {}),
    "markdown": ("a: x = 1 \n b: words \n run a \n markdown b", {}),
    "a moved cell that needs nothing": ("a: x = 1 \n b: y = 2 \n c: print(x, y) \n run all \n move b above a", {}),
    "only clean runs": ("a: x = 1 \n b: print(x) \n clean", {}),
    "the same source twice": ("a: x = 1 \n b: print(x) \n c: x = 2 \n d: print(x) \n run all", {}),
    "a cell that raises": ("a: x = 1 \n b: x / 0 \n c: print(x) \n run all \n run b", {}),
    "a seeded stream": (
        "a: import random \n b: random.seed(1) \n c: x = random.random() \n d: print(x)"
        " \n run all \n restart \n run all",
        {},
    ),
    "a seeded stream that was rerun in order": (
        "a: import random \n b: random.seed(1) \n c: x = random.random() \n d: print(x) \n run all \n run b c d",
        {},
    ),
    "an iterator": ("a: i = iter([1, 2]) \n b: next(i) \n c: print(next(i)) \n run all", {}),
    "big values": ("a: x = Big('one') \n b: y = Big(x.content + '!') \n c: print(y.content) \n run all \n run a b", {}),
    "a function that reads a name that came later": (
        "a: w = 1 \n b: f = lambda q: q + w \n c: print(f(1)) \n run b a c \n move a below b",
        {},
    ),
    "an untraced cell": ("a: x = 1 \n b: print(x) \n run all \n untraced a \n untraced b", {}),
    "another count of names in a comprehension": ("a: r = [1] \n b: y = [i for i in r] \n i: i = 5 \n run all", {}),
    # --- never run
    "no execution": ("a: x = 1 \n b: print(x)", {"a": "never-run", "b": "never-run"}),
    "a new cell below": ("a: x = 1 \n run a \n b: print(x)", {"b": "never-run"}),
    "a function that will bind a global name, below an edit of it": (
        "a: n = 0 \n b: def bump(): / \t global n / \t n += 1 \n c: bump() \n d: print(n) \n run all \n edit a: n = 5",
        {"a": "stale -<a", "c": "stale n<a !a", "d": "stale n<a !a"},
    ),
    "a new cell that binds what is read below": (
        "a: x = 1 \n b: print(x) \n run all \n insert c above b: x = 5",
        {"c": "never-run", "b": "stale x<c !c"},
    ),
    "a new cell that changes what is read below": (
        "a: x = [1] \n b: print(x) \n run all \n insert c above b: x.append(5)",
        {"c": "never-run", "b": "stale x<c !c"},
    ),
    "a new cell that only reads": (
        "a: x = [1] \n b: print(x) \n run all \n insert c above b: x.index(1)",
        {"c": "never-run"},
    ),
    "a new cell with an import that another had": (
        "a: import math \n b: print(math.pi) \n run all \n insert c above b: import math",
        {"c": "never-run"},
    ),
    # --- stale
    "edited": ("a: x = 1 \n run a \n edit a: x = 2", {"a": "stale -<a"}),
    "edited, and read below": (
        "a: x = 1 \n b: y = x \n c: print(y) \n run all \n edit a: x = 2",
        {"a": "stale -<a", "b": "stale x<a !a", "c": "stale y<a !a"},
    ),
    "edited, and another name read below": (
        "a: x = 1 / y = 5 \n b: print(y) \n run all \n edit a: x = 2 / y = 5",
        {"a": "stale -<a"},
    ),
    "an import is added": (
        "a: import math \n b: print(math.pi) \n run all \n edit a: import math / import random",
        {"a": "stale -<a"},
    ),
    "edited and rerun": (
        "a: x = 1 \n b: y = x \n c: print(y) \n run all \n edit a: x = 2 \n run a",
        {"b": "stale x<a", "c": "stale y<b !b"},
    ),
    "edited and rerun where the result is known": (
        "a: x = 1 \n b: y = x > 0 \n c: print(y) \n run all \n edit a: x = 2 \n run a b \n edit a: x = 3 \n run a b"
        " \n edit a: x = 2 \n run a",
        {},
    ),
    "edited, with a result that is equal": (
        "a: x = 1 \n b: y = x > 0 \n c: print(y) \n run all \n edit a: x = 2 \n run a b",
        {},
    ),
    "an edit that ran and was reverted": (
        "a: x = 1 \n b: print(x) \n run all \n edit a: x = 2 \n run a b \n edit a: x = 1",
        {"a": "stale -<a", "b": "stale x<a !a"},
    ),
    "run twice": (
        "a: x = 1 \n b: x = x + 1 \n c: print(x) \n run a b b c",
        {"b": "stale x<b", "c": "stale x<b !b"},
    ),
    "appended twice": (
        "a: x = [1] \n b: x.append(1) \n c: print(x) \n run a b b c",
        {"b": "stale x<b", "c": "stale x<b !b"},
    ),
    "out of order": ("a: x = 1 \n b: print(x) \n c: x = 2 \n run a c b", {"b": "stale x<c"}),
    "run between": ("a: x = 1 \n b: x = 2 \n c: print(x) \n run b a c", {"c": "stale x<a"}),
    "run before it existed": (
        "a: x = 1 \n b: try: / | print(x) / except NameError: / | print(0) \n run b a",
        {"b": "stale x<a"},
    ),
    "through a function": (
        "a: k = 2 \n b: def f(q): / | return q * k \n c: print(f(1)) \n run all \n edit a: k = 3 \n run a",
        {"c": "stale k<a"},
    ),
    "a function is edited": (
        "a: def f(q): / | return q \n b: print(f(1)) \n run all \n edit a: def f(q): / | return q + 1",
        {"a": "stale -<a", "b": "stale f<a !a"},
    ),
    "a comment in a function": (
        "a: def f(q): / | return q \n b: print(f(1)) \n run all \n edit a: def f(q): / | return q  # same",
        {},
    ),
    "changed through an alias": (
        "a: x = [1] \n b: y = x \n c: print(x) \n d: y.append(2) \n run all \n run c",
        {"c": "stale x<d"},
    ),
    "a closure counts": (
        "a: def make(): / | n = [0] / | def f(): / | | n.append(1) / | | return len(n) / | return f"
        " \n b: f = make() \n c: print(f()) \n run a b c c",
        {"c": "stale f<c"},
    ),
    "a default argument counts": (
        "a: def f(box=[]): / | box.append(1) / | return len(box) \n b: print(f()) \n run a b b",
        {"b": "stale f<b"},
    ),
    "a loop": (
        "a: t = 0 \n b: for i in range(3): / | t += i \n c: print(t) \n run a b b c",
        {"b": "stale t<b", "c": "stale t<b !b"},
    ),
    "a builtin is bound above": (
        "a: x = [1] \n b: print(sum(x)) \n run all \n insert c above b: sum = len \n run c",
        {"b": "stale sum<c"},
    ),
    "interrupted": ("a: x = 1 / raise KeyboardInterrupt \n b: print(x) \n run all", {"a": "stale -<a"}),
    "killed": ("a: x = 1 \n run a \n die a", {"a": "stale -<a"}),
    "a big value that is another": (
        "a: x = Big('one') \n b: print(x.content) \n run all \n edit a: x = Big('two') \n run a",
        {"b": "stale x<a"},
    ),
    "big values that were completed": (
        "a: x = Big('one') \n b: print(x.content) \n run a \n completed a x \n run b "
        " \n edit a: x = Big('on' + 'e') \n run a \n completed a x",
        {},
    ),
    "moved below what it feeds": (
        "a: x = 1 \n b: x = 2 \n c: print(x) \n run all \n move b below c",
        {"c": "stale x<b"},
    ),
    "settings that a cell sets": (
        "a: set_option(rows=5) \n b: print(1) \n run all \n edit a: set_option(rows=6) \n run a",
        {"b": "stale <settings.pandas><a"},
    ),
    "settings that nobody is known to have set": ("a: print(1) \n console: set_option(rows=5) \n run a", {}),
    "a seeded stream out of order": (
        "a: import random \n b: random.seed(1) \n c: x = random.random() \n d: y = random.random() \n run a b d c",
        {"c": "stale <random><d", "d": "stale <random><c !c"},
    ),
    "another seed": (
        "a: import random \n b: random.seed(1) \n c: x = random.random() \n d: print(x) \n run all"
        " \n edit b: random.seed(2) \n run b",
        {"c": "stale <random><b", "d": "stale x<c !c"},
    ),
    "another seed that did not run": (
        "a: import random \n b: random.seed(1) \n c: x = random.random() \n run all \n edit b: random.seed(2)",
        {"b": "stale -<b", "c": "stale <random><b !b"},
    ),
    "a parameter of a clean run": (
        "a: x = 1 \n b: y = 2 \n c: print(x, y) \n clean with x = 3",
        {},
    ),
    # --- what an edit leaves alone
    "an edit of what is shown": (
        "a: x = [1] / y = len(x) / print(x) \n b: print(x, y) \n run all \n edit a: x = [1] / y = len(x) / print(y)",
        {"a": "stale -<a"},
    ),
    "an edit of what nothing hangs on": (
        "a: k = 1 \n b: x = k + 1 / y = x * 2 / z = 5 \n c: print(x) \n d: print(z) \n run all"
        " \n edit b: x = k + 1 / y = x * 3 / z = 6",
        {"b": "stale -<b", "d": "stale z<b !b"},
    ),
    "an edit below what is changed": (
        "a: x = [1] / x.append(2) / y = 1 \n b: print(x) \n run all \n edit a: x = [1] / x.append(2) / y = 2",
        {"a": "stale -<a"},
    ),
    "an edit that changes it in place": (
        "a: x = [1] / y = x \n b: print(x) \n run all \n edit a: x = [1] / y = x / y.append(2)",
        {"a": "stale -<a", "b": "stale x<a !a"},
    ),
    "an edit and another input": (
        "a: k = 1 \n b: x = k / y = 5 \n c: print(x) \n d: print(y) \n run all \n edit a: k = 2 \n run a"
        " \n edit b: x = k / y = 5 / z = 0",
        {"b": "stale -<b", "c": "stale x<b !b"},
    ),
    "another input of one of two": (
        "a: k = 1 \n b: x = k / y = 5 \n c: print(x) \n d: print(y) \n run all \n edit a: k = 2 \n run a",
        {"b": "stale k<a", "c": "stale x<b !b"},
    ),
    "another input of a function that is called": (
        "a: k = 1 \n b: def f(): / | return k \n c: x = f() / y = 5 \n d: print(x) \n e: print(y) \n run all"
        " \n edit a: k = 2 \n run a",
        {"c": "stale k<a", "d": "stale x<c !c"},
    ),
    "an edit below a draw": (
        "a: import random / random.seed(1) \n b: x = random.random() / print(x) \n c: y = random.random() \n run all"
        " \n edit b: x = random.random() / print(-x)",
        {"b": "stale -<b"},
    ),
    "an edit of a draw": (
        "a: import random / random.seed(1) \n b: x = random.random() \n c: y = random.random() \n run all"
        " \n edit b: x = random.random() + random.random()",
        {"b": "stale -<b", "c": "stale <random><b !b"},
    ),
    # --- what the recorder cannot see
    "a branch that was not taken": (
        "a: x = 1 \n b: k = 0 \n c: if k: / | x = 2 \n d: print(x) \n loose \n run all \n edit a: x = 5 \n run a",
        {"d": "stale x<a"},
    ),
    "a branch that was taken twice": (
        "a: x = 1 \n b: k = 1 \n c: if k: / | x = 2 \n d: print(x) \n loose \n run all \n run c \n edit a: x = 5"
        " \n run a",
        {},
    ),
    "a branch that was taken": (
        "a: x = 1 \n b: k = 1 \n c: if k: / | x = 2 \n d: print(x) \n loose \n run all \n edit a: x = 5 \n run a",
        {},
    ),
    "an error before the end": (
        "a: x = 1 \n b: y = [0] / y[1] / x = 2 \n c: print(x) \n loose \n run all \n edit a: x = 5 \n run a",
        {"c": "stale x<a"},
    ),
    "what is deleted is there": (
        "a: x = 1 \n b: del x \n run all \n restart \n run all",
        {},
    ),
    "what is deleted is not there": (
        "a: x = 1 \n b: del x \n run all \n delete a",
        {"b": "hidden-state x<-"},
    ),
    "what is deleted was not there": (
        "b: del x \n run b \n insert a above b: x = 1 \n run a",
        {"b": "stale x<a"},
    ),
    # --- hidden state
    "deleted": ("a: x = 1 \n b: print(x) \n run all \n delete a", {"b": "hidden-state x<a"}),
    "deleted, and followed": (
        "a: x = 1 \n b: y = x \n c: print(y) \n run all \n delete a",
        {"b": "hidden-state x<a", "c": "stale y<b !b"},
    ),
    "a deleted import": ("a: import math \n b: print(math.pi) \n run all \n delete a", {"b": "hidden-state math<a"}),
    "a deleted change": (
        "a: x = [3, 1] \n b: x.sort() \n c: print(x) \n run all \n delete b",
        {"c": "hidden-state x<b"},
    ),
    "a deleted rebinding": (
        "a: x = 1 \n b: x = x + 1 \n c: print(x) \n run all \n delete b",
        {"c": "hidden-state x<b"},
    ),
    "edited away": (
        "a: x = 1 / z = 0 \n b: print(x) \n run all \n edit a: z = 0 \n run a",
        {"b": "hidden-state x<a"},
    ),
    "edited away, not rerun": (
        "a: x = 1 / z = 0 \n b: print(x) \n run all \n edit a: z = 0",
        {"a": "stale -<a", "b": "hidden-state x<a"},
    ),
    "renamed": (
        "a: x = 1 \n b: print(x) \n run all \n edit a: y = 1 \n run a",
        {"b": "hidden-state x<a"},
    ),
    "a change edited away": (
        "a: x = 1 \n b: x = x + 1 \n c: print(x) \n run all \n edit b: y = x + 1 \n run b",
        {"b": "hidden-state x<b", "c": "hidden-state x<b"},
    ),
    "emptied": ("a: x = 1 \n b: print(x) \n run all \n edit a:", {"b": "hidden-state x<a"}),
    "skipped": ("a: x = 1 \n b: print(x) \n run all \n skip a", {"b": "hidden-state x<a"}),
    "defined only below": ("b: print(x) \n a: x = 1 \n run a b", {"b": "hidden-state x<a"}),
    "moved above what it needs": (
        "a: x = 1 \n b: print(x) \n run all \n move b above a",
        {"b": "hidden-state x<a"},
    ),
    "from a console": ("b: print(x) \n console: x = 5 \n run b", {"b": "hidden-state x<-"}),
    "from nowhere": ("a: x = 1 \n b: print(x) \n run all \n untraced a \n delete a", {"b": "hidden-state x<-"}),
    "left by itself": (
        "a: try: / | n += 1 / except NameError: / | n = 0 \n b: print(n) \n run a a b",
        {"a": "hidden-state n<a", "b": "stale n<a !a"},
    ),
    "deleted by a cell above": (
        "a: x = 1 \n b: del x \n c: print(x) \n run a c b",
        {"c": "hidden-state x<b"},
    ),
    # --- not repeatable
    "unseeded": (
        "a: import random \n b: x = random.random() \n c: print(x) \n run all",
        {"b": "not-repeatable <random><b", "c": "not-repeatable x<b !b"},
    ),
    "unseeded, with two draws": (
        "a: import random \n b: x = random.random() \n c: y = random.random() \n run all",
        {"b": "not-repeatable <random><b", "c": "not-repeatable <random><b !b"},
    ),
    "names of the same cell that do not hang on the draw": (
        "a: import random / k = 1 / x = random.random() \n b: print(k) \n run all",
        {"a": "not-repeatable <random><a"},
    ),
    "an unseeded generator": (
        "a: r = Random() \n b: print(r.random()) \n run all",
        {"a": "not-repeatable <entropy><a", "b": "not-repeatable r<a !a"},
    ),
    "a draw that decides nothing, by the table": (
        "a: import random \n b: x = random.random() * 0 \n c: print(x) \n idle b \n run all",
        {},
    ),
    "a draw that decides nothing, by the second run": (
        "a: import random \n b: x = random.random() * 0 \n c: print(x) \n run all \n restart \n run all",
        {},
    ),
    "a draw that decides nothing, by two clean runs": (
        "a: import random \n b: x = random.random() * 0 \n c: print(x) \n clean \n clean",
        {},
    ),
    "an unseeded generator that decides nothing": (
        "a: x = Random().random() * 0 \n b: print(x) \n run all \n clean",
        {},
    ),
    "a draw that decides, by two clean runs": (
        "a: import random \n b: x = random.random() \n clean \n clean",
        {"b": "not-repeatable <random><b"},
    ),
    "a draw that decides nothing, after a seed": (
        "a: import random \n b: random.seed(1) \n c: x = random.random() * 0 \n d: y = random.random() \n idle c"
        " \n run all \n run c",
        {},
    ),
    "unseeded and stale": (
        "a: import random \n b: k = 1 \n c: x = random.random() + k \n run all \n edit b: k = 2 \n run b",
        {"c": "stale k<b, not-repeatable <random><c"},
    ),
    # --- restarts, ids, sessions
    "a cell that did not run since the restart": (
        "a: x = 1 \n b: print(x) \n run all \n restart \n edit a: x = 2 \n run a",
        {"b": "stale x<a"},
    ),
    "nothing ran since the restart": ("a: x = 1 \n b: print(x) \n run all \n restart \n run a", {}),
    "deleted before the restart": (
        "a: x = 1 \n b: print(x) \n run all \n restart \n delete a",
        {"b": "hidden-state x<a"},
    ),
    "no ids": ("a: x = 1 \n b: print(x) \n run all \n edit a: x = 2 \n run a \n anonymous", {"b": "stale x<a"}),
    "a copy under another id": (
        "a: x = 1 \n b: print(x) \n run all \n rename a d",
        {"d": "never-run"},
    ),
    "a deleted cell that was put back": (
        "a: x = 1 \n b: print(x) \n run all \n delete a \n insert d above b: x = 1",
        {"d": "never-run"},
    ),
    "a clean run shows what a live kernel did not": (
        "a: x = 1 \n b: x = x + 1 \n c: print(x) \n run a b b c \n clean",
        {"b": "stale x<b", "c": "stale x<b !b"},
    ),
}


def shown(story: Story) -> dict[str, str]:
    """The verdicts in the notation of the table, without cells that are fresh."""
    texts = {
        cell: ", ".join(
            entry.verdict
            + ("" if entry.verdict == "never-run" else f" {entry.variable or '-'}<{entry.cause_cell or '-'}")
            + (f" !{entry.because_of}" if entry.because_of else "")
            for entry in verdict.verdicts
        )
        for cell, verdict in story.verdicts.items()
    }
    return {cell: text for cell, text in texts.items() if text}


@pytest.mark.parametrize("title", STORIES)
def test_what_a_story_leaves(title):
    text, expected = STORIES[title]
    assert shown(Story().tell(text)) == {cell: told.replace(" !", " !") for cell, told in expected.items()}


def test_a_draw_from_a_library_changes_a_generator_and_not_the_library():
    assert code("rng.normal(size=3)").facts.changes == {"rng"}
    assert not code("np.random.normal(size=3)").facts.changes
