# %% gives ordered
from enum import Enum
from typing import NamedTuple


class Size(Enum):
    SMALL = 1
    LARGE = 3


class Order(NamedTuple):
    size: Size
    count: int
# %%
orders_made = [Order(Size.LARGE, 2), Order(Size.SMALL, 5)]
# %%
ordered = sum(order.size.value * order.count for order in orders_made)
orders_made[0], ordered
