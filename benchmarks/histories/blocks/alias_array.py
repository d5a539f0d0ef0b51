# %% gives first_row
import numpy as np
# %%
grid = np.arange(12).reshape(3, 4)
# %%
row = grid[0]
# %% change
row[:] = row + 10
# %%
first_row = int(grid[0].sum())
grid
