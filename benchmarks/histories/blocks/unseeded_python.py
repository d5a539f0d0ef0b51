# %% gives lucky draw
import random
# %% draw
lucky = random.random()
# %%
print("won" if lucky > 2 else "lost")
# %%
round(lucky * 100, 3)
