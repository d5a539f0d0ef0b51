"""Which functions of a cell become endpoints."""

from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.served import functions, is_generator

CELL = """
%matplotlib inline
def price(a): ...
def _own(): ...
async def later(): ...
class Offer:
    def method(self): ...
if True:
    def inside(): ...
@decorated
def price(b, c): ...
"""


def test_public_functions_of_the_top_level_and_of_two_the_last():
    found = functions(parse_cell(CELL))
    assert [(each.name, len(each.args.args)) for each in found] == [("price", 2), ("later", 0)]
    assert found[0].lineno == 11


def test_generators():
    def of(source):
        return is_generator(functions(parse_cell(source))[0])

    assert of("def f():\n    for i in x:\n        yield i")
    assert of("def f():\n    x = yield from y")
    assert not of("def f():\n    def g():\n        yield 1\n    return list(g())")
    assert not of("def f(): return [i for i in (lambda: (yield))()]")
