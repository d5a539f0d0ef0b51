# %% gives by_town
import pandas as pd
# %%
sales = pd.DataFrame({"town": ["A", "B", "A", "C", "B"], "sold": [3, 5, 2, 8, 1], "price": [2.0, 2.5, 2.0, 1.5, 2.5]})
# %%
sales["income"] = sales["sold"] * sales["price"]
# %%
by_town = sales.groupby("town")["income"].sum()
by_town
# %%
by_town.idxmax(), float(by_town.max())
