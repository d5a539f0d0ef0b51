# %% gives last_value
import numpy as np
# %%
series = np.linspace(0.0, 1.0, 6)
# %% change
for step in range(1, len(series)):
    series[step] = series[step] + 0.5 * series[step - 1]
# %%
last_value = round(float(series[-1]), 6)
series
