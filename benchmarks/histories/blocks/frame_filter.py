# %% gives warm_days
import pandas as pd
# %%
weather = pd.DataFrame({"day": pd.date_range("2024-05-01", periods=6), "degrees": [11.5, 14.0, 19.5, 21.0, 16.0, 9.5]})
limit = 15
# %%
warm = weather[weather["degrees"] > limit]
# %%
warm_days = len(warm)
warm
# %%
print(f"{warm_days} of {len(weather)} days above {limit}")
