# %% gives walk_end draw
import numpy as np
# %% draw
source_of_chance = np.random.default_rng()
# %%
walk = source_of_chance.normal(size=10).cumsum()
# %%
walk_end = float(walk[-1])
walk.round(2)
