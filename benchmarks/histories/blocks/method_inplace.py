# %% gives best
import pandas as pd
# %%
races = pd.DataFrame({"runner": ["u", "v", "w"], "time": [12.5, None, 10.0]})
# %% change
races.dropna(inplace=True)
races.sort_values("time", inplace=True)
# %%
best = races["runner"].iloc[0]
races
