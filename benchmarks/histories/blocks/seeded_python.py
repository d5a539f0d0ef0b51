# %% gives picked
import random

random.seed(11)
# %%
picked = random.sample(range(50), 4)
picked
# %%
random.shuffle(picked)
print(picked)
