# %% gives importance draw
import numpy as np
from sklearn.ensemble import RandomForestRegressor
# %%
table_in = np.linspace(0, 5, 80).reshape(40, 2) * [1, -1]
table_out = np.cos(table_in[:, 0]) + table_in[:, 1] ** 2
# %% draw
forest = RandomForestRegressor(n_estimators=4).fit(table_in, table_out)
# %%
importance = forest.feature_importances_.round(5)
importance
