# %% gives cleaned
import pandas as pd


def clean(frame, limit):
    frame.loc[frame["size"] > limit, "size"] = limit
    frame["small"] = frame["size"] < limit / 2
# %%
parts = pd.DataFrame({"part": ["x", "y", "z"], "size": [4, 40, 19]})
# %% change
clean(parts, 20)
# %%
cleaned = int(parts["size"].sum())
parts
