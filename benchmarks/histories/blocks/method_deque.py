# %% gives next_up
from collections import deque

turns = deque(["red", "green", "blue"])
# %% change
turns.rotate(1)
# %%
next_up = turns[0]
list(turns)
