# %% gives mean_price
import pandas as pd
# %%
houses = pd.DataFrame({"rooms": [3, 2, 5, 4], "price": [210.0, 150.0, 380.0, 295.0]})
# %% change
houses.insert(1, "per_room", houses["price"] / houses["rooms"])
# %%
mean_price = round(float(houses["price"].mean()), 3)
houses.describe()
# %%
houses.columns.tolist(), mean_price
