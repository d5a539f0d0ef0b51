# %% gives joined_rows
import pandas as pd
# %%
left = pd.DataFrame({"key": [1, 2, 3], "value": ["x", "y", "z"]})
right = pd.DataFrame({"key": [2, 3, 4], "weight": [0.5, 0.25, 0.75]})
# %%
joined = left.merge(right, on="key", how="left").fillna({"weight": 1.0})
# %%
joined_rows = float(joined["weight"].sum())
joined
