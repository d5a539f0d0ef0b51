# %% gives kept_rows
import pandas as pd
# %%
orders = pd.DataFrame({"item": ["a", "b", "c"], "count": [3, 1, 2]})
view = orders
# %% change
view["double"] = view["count"] * 2
# %%
kept_rows = int(orders.sum(numeric_only=True).sum())
orders
