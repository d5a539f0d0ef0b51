"""Notebooks that run, written at random from a grammar: lists, dictionaries and objects that share what they hold.

A word in angle brackets stands for any of its forms: `<change>` may become `<row>.append(<number>)`, and that
`b.append(n)`. All names are bound before the first drawn statement, to what they stay all along: `n` and `m` to
numbers, `a` to `c` to lists of numbers, `d` and `e` to dictionaries of lists, `g` and `h` to lists of lists, `it` to an
iterator over numbers.
"""

from __future__ import annotations

import re

from hypothesis import strategies as st

NAMES = ["n", "m", "a", "b", "c", "d", "e", "g", "h"]

START = """\
import collections, contextlib, copy, functools, itertools, random
random.seed(7)
n, m = 1, 2
a = [0, 1]
b = [1, 2]
c = [2, 3]
d, e = {'k': a}, {'k': [4]}
g = [b, [5]]
h = [[6]]
it = iter(c)
def f(xs): return xs
def put(xs): xs.append(1)
def reset(): pass
def walk(xs): yield from xs
def tick(): return 1
class Box:
    shared = []
    def __init__(self, items):
        self.items = items
    def push(self, x):
        self.items.append(x)
        return self
    @property
    def size(self): return len(self.items)
box = Box([8])
def twice(function):
    def wrapped(*args):
        return function(*args)
    return wrapped
"""

# Forms of a word, two blanks apart. The first one ends what would grow too deep.
SHORT = {
    "number": """
n  m  3  <number> + <number>  len(<row>)  sum(<row>) % 7  (<row> or [1])[-1]  next(it, 0)
(<number> if <number> % 2 else <number>)  random.randint(0, 9)  max(<row>, key=lambda v: -v, default=1)
(lambda v, w=<number>: v + w + <number>)(<number>)  sum(v + <number> for v in <row>[:4]) % 7  tick()
len(<table>.get('k', ()))  box.size  len(Box.shared)  sum(len(row) for row in <grid>)
""",
    "row": """
a  b  c  [<number>, <number>]  list(<row>)  (<row> + <row>)  <row>[1:]  sorted(<row>)
(<row> if <number> % 2 else <row>)  (<row> or <row>)  [v + <number> for v in <row>[:4]]  copy.copy(<row>)
list(map(lambda v: v + <number>, <row>[:4]))  list(reversed(<row>))  list(itertools.chain(<row>, [1]))
<table>.get('k', <row>)  dict.get(<table>, 'k', [1])  [*<table>.values(), [2]][0]  f(<row>)
dict(zip(<table>, <table>.values())).get('k', [3])  {**<table>}.get('k', [4])  list(walk(<row>))
(<grid> or [[1]])[-1]  next(iter(<grid>), [1])  (list.pop(<grid>) if <grid> else [])  box.items
[row for row in <grid> or [[1]]][0]  [*zip(<grid> or [[1]])][0][0]  list(itertools.islice(it, 4))
Box(<row>).push(1).items  min(<row>, <row>, key=len)  list.copy(<row>)  copy.deepcopy(g or [[1]])[0]
sum([<grid>], [[1]])[0]
""",
    "table": """
d  e  {'k': <row>}  dict(k=<row>)  dict([('k', <row>)])  dict(zip('km', [<row>, <row>]))  dict.fromkeys('km', <row>)
dict(<table>)  dict(<table>.items(), m=<row>)  (<table> | dict(z=<row>))  {key: <row> for key in 'km'}
{key: row for key, row in <table>.items()}  dict(enumerate(<grid>))  collections.OrderedDict(k=<row>)
dict(('k', row) for row in <grid>)  copy.copy(<table>)
""",
    "grid": """
g  h  [<row>, <row>]  list(<grid>)  [<row> for _ in range(2)]  [*<grid>, <row>]  <grid>[:1]  list(<table>.values())
[list(row) for row in <grid>]  list(map(f, <grid>))  copy.deepcopy(<grid>)  sorted(<grid>, key=len)
[row for _, row in sorted(<table>.items(), key=str)]  (<grid> + [<row>])
""",
    "change": """
a.append(n)  <row>.append(<number>)  <name>.extend(<row>)  <name>.sort()  <name>[:1] = <row>  del <name>[1:]
random.shuffle(<name>)  list.append(<name>, <number>)  (lambda q: q.append(5))(<row>)
list(map(<name>.append, <row>[:3]))  push = <name>.append; push(<number>)  getattr(<name>, 'append')(7)
[<name>.append(v) for v in range(2)]  functools.partial(<name>.append, 3)()  put(<row>)  next(it, 0)
<table>['k'] = <row>  <table>.update(m=<row>)  <table>.update([('k', <row>)])  <table>.pop('z', 0)
<table>.setdefault('k', <row>).append(<number>)  for row in <table>.values(): row.append(<number>)
<grid>.append(<row>)  for row in <grid>: row.append(<number>)  list(map(list.reverse, <grid>))
for at, row in enumerate(<grid>): row.extend([at])  <grid>.reverse()  list(map(list.sort, <grid>))
box.items = <row>  box.push(<number>)  list(map(box.push, <row>[:2]))  setattr(box, 'items', <row>)
Box.shared.append(<number>)  type(box).shared = <row>  Box.push(box, <number>)  random.seed(<number>)
""",
    "bind": """
n = m  <name> = <row>  <name> = <row>  n = <number>  m = <number>  d = <table>  e = <table>  g = <grid>  h = <grid>
<name> += <row>  n += <number>  a, n = <row>, <number>  g += <grid>  m, *c = [<number>, *<row>]
for m, b in [(<number>, <row>)]: pass  e |= <table>  box = Box(<row>)  (b := <row>).append(<number>)
new = <row>; del a, b; a = b = new  del n, m; n = m = 1  box = copy.copy(box)  it = iter(<row>)
it = (v + <number> for v in <row>)  it = map(lambda v: v + n, <row>)  it = walk(<row>)  reset()
""",
    "read": """
str(<row>)  repr(<table>)  assert <row> is not None  unused = <number>  [<grid>, <table>]
""",
    "name": "a  b  c",
    "block": "<change>  <change>  <bind>  <bind>  <compound>",
    "statement": "<change>  <change>  <bind>  <bind>  <read>  <compound>  <define>",
}
# Forms of several lines, with an empty line between them.
LONG = {
    "define": """
def f(xs): return xs

def f(xs, memo=<row>):
    memo.append(len(xs))
    return memo

def f(xs):
    xs = <row>
    xs.append(<number>)
    return <row>

def put(xs, more=<row>):
    <change>
    xs.extend(more)

def put(xs):
    if <number> % 2: return
    xs.append(<number>)
    <change>

put = <name>.append if <number> % 2 else put

def reset():
    global a, n
    a = <row>
    <change>
    n = <number>

def reset():
    def inner():
        global d
        d = <table>
    <change>
    inner()

def walk(xs):
    for x in list(xs)[:3]:
        <change>
        yield x + <number>

def counter(kept):
    def tick():
        kept.append(<number>)
        return len(kept)
    return tick
tick = counter(<row>)

def counter(total):
    def tick():
        nonlocal total
        total += <number>
        return total
    return tick
tick = counter(<number>)

@twice
def f(xs):
    <change>
    return xs + <row>

class Box:
    shared = <row>
    def __init__(self, items):
        self.items = items
    def push(self, x):
        self.shared.append(x)
        return self
    @property
    def size(self):
        <change>
        return len(self.shared)
box = Box(<row>)
""",
    "compound": """
for n in <row>[:2]:
    <block>

for x in range(<number> % 3):
    <block>
    if n % 2: break
else:
    <block>

if <number> % 2:
    <block>
else:
    <block>

if <number> % 2:
    <block>

times = 0
while times < 2:
    times += 1
    <block>

try:
    <block>
    1 / (<number> % 2)
    <block>
except ZeroDivisionError:
    <block>
finally:
    <block>

with contextlib.suppress(ZeroDivisionError):
    <block>
    1 / (<number> % 2)
    <block>

try:
    <name> = [<row>[5]]
except IndexError:
    n = <number>

match <row>:
    case [m, *c]:
        <change>
    case _:
        <change>
""",
}

GRAMMAR = {word: re.split(r" {2,}|\n", text.strip()) for word, text in SHORT.items()}
GRAMMAR |= {word: text.strip().split("\n\n") for word, text in LONG.items()}

# What the body of a function leaves out: it would call itself.
_CALLS = re.compile(r"\b(f|put|reset|walk|tick|push|size)\b")
_DEEPEST = 4


def _written(draw: st.DrawFn, word: str, depth: int = 0, *, calls: bool = True) -> str:
    forms = [form for form in GRAMMAR[word] if calls or not _CALLS.search(form) or word == "define"]
    form = forms[0] if depth > _DEEPEST else draw(st.sampled_from(forms))
    calls = calls and word != "define"
    lines: list[str] = []
    for line in form.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        written = re.sub(r"<(\w+)>", lambda slot: _written(draw, slot[1], depth + 1, calls=calls), line)
        lines += written.replace("\n", f"\n{indent}").split("\n")
    return "\n".join(lines)


@st.composite
def notebooks(draw: st.DrawFn) -> list[str]:
    """The statements of a notebook; now and then it raises."""
    size = draw(st.integers(2, 12))
    return [START, *(_written(draw, "statement") for _ in range(size))]
