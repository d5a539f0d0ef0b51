# %% gives columns
import pandas as pd
# %%
table = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [2.0, 4.0, 9.0]})
# %% change
for name in list(table.columns):
    table[name + "_scaled"] = table[name] / table[name].max()
    table[name] += 1
# %%
columns = list(table.columns)
table.round(3)
