# %% gives throw_sum
import numpy as np

rng = np.random.default_rng(7)
# %%
throws = rng.integers(1, 7, 6)
# %%
throw_sum = int(throws.sum())
print(throws, throw_sum)
# %%
rng.permutation(4)
