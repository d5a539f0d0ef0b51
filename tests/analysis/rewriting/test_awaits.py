"""`async` and `await` go only where both surely do nothing."""

import pytest

from jupyter_mlops.analysis.rewriting.awaits import without_async


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (
            ["async  def price(a):  # é\n    return a", "x = (await price(1),\n     await  price(2))  # await"],
            {0: "def price(a):  # é\n    return a", 1: "x = (price(1),\n     price(2))  # await"},
        ),
        (["@keep\nasync def price(a): return a"], {0: "@keep\ndef price(a): return a"}),
        (["async def price(a): return a\r\nawait price(1)\r\n"], {0: "def price(a): return a\r\nprice(1)\r\n"}),
        (
            ["async def price(a): return a", "async def both(a): return await price(a) + await price(2)"],
            {0: "def price(a): return a", 1: "async def both(a): return price(a) + price(2)"},
        ),
        (["async def price(a): return a", "await other(1)"], {0: "def price(a): return a"}),
        (["async def price(a): return a", "await (price(1))"], {0: "def price(a): return a", 1: "(price(1))"}),
    ],
)
def test_plain(sources, expected):
    assert without_async(sources, "price") == expected


@pytest.mark.parametrize(
    "sources",
    [
        ["async def price(a): return await other(a)"],
        ["async def price(a):\n    async with a: ..."],
        ["async def price(a): return [x async for x in a]"],
        ["async def price(a): yield a"],
        ["async def price(a): return a", "asyncio.run(price(1))"],
        ["async def price(a): return a", "await gather(price(1), price(2))"],
        ["async def price(a): return a", "f = price"],
        ["async def price(a): return a", "(await\n price(2))"],
        ["async def price(a): return a", "%time x = await price(1)"],
        ["async def price(a): return a", "price = 2"],
        ["async \\\ndef price(a): return a"],
        ["def price(a): return a"],
    ],
)
def test_not_certain(sources):
    assert without_async(sources, "price") is None
